// PostgreSQL, outside, over TLS. Needs the grant `postgres`.

import * as host from "spin:postgres/postgres@3.0.0";
import { Connection, DatabaseFailed, asked } from "./databases.js";

export function open(address) {
  return new Connection("postgres", asked("postgres.open", () => host.Connection.open(String(address))), toMoment);
}

function toMoment(date) {
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds() * 1_000_000];
  return { tag: "datetime", val: [...day, ...time] };
}

export { DatabaseFailed };
