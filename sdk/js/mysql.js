// MySQL and MariaDB, outside, over TLS. Needs the grant `mysql`.

import * as host from "fermyon:spin/mysql@2.0.0";
import { Connection, DatabaseFailed, asked } from "./databases.js";

export function open(address) {
  return new Connection("mysql", asked("mysql.open", () => host.Connection.open(String(address))), toMoment);
}

function toMoment(date) {
  return { tag: "str", val: date.toISOString().replace("T", " ").replace("Z", "") };
}

export { DatabaseFailed };
