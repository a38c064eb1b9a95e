// Databases outside, as a test answers for them: between the values of `testing.d.ts` and those of the interfaces.

import { encodeText, toBytes } from "./bytes.js";
import { DatabaseFailed } from "./databases.js";

/** The methods of a connection, by grant. */
export const METHODS = {
  postgres: ["query", "execute"],
  mysql: ["query", "execute"],
  redis: ["get", "set", "incr", "del", "publish", "sadd", "smembers", "srem", "execute"],
};
const MAX_CONNECTIONS = 8;

/** The functions behind an interface's `Connection`: `open` gives a handle, which the others take first. */
export function database(kind, open) {
  const connections = [];
  const methods = METHODS[kind].map((name) => [
    name,
    (handle, ...given) => failing(() => (kind === "redis" ? words : tables)(connections[handle], name, given)),
  ]);
  return {
    open: (address) =>
      failing(() => {
        if (connections.length >= MAX_CONNECTIONS) throw tooMany(kind);
        const made = open?.(address);
        if (made === undefined) throw new DatabaseFailed("connection-failed", `the test has no databases.${kind}`);
        return connections.push(made) - 1;
      }),
    ...Object.fromEntries(methods),
  };
}

function tooMany(kind) {
  const text = `at most ${MAX_CONNECTIONS} connections are open at once`;
  return kind === "redis" ? new DatabaseFailed("too-many-connections") : new DatabaseFailed("connection-failed", text);
}

/** What the test throws crosses the border as the engine shows it. */
function failing(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DatabaseFailed)) throw error;
    const payload = { tag: error.failure, val: error.detail };
    throw Object.assign(new Error("[object Object] (see error.payload)"), { payload });
  }
}

function tables(connection, name, [text, parameters]) {
  const answer = connection[name](text, Array.from(parameters, plain));
  if (name === "execute") return answer ?? null;
  const { columns = [], rows = [] } = answer ?? {};
  return { columns: columns.map((each) => ({ name: each, dataType: "other" })), rows: rows.map((row) => row.map(cell)) };
}

/** A parameter, as the test gets it. */
function plain({ tag, val }) {
  if (tag === "db-null") return null;
  if (tag === "binary") return Uint8Array.from(val);
  if (tag !== "datetime") return val;
  const [year, month, day, hours, minutes, seconds, nanoseconds] = val;
  return new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds, nanoseconds / 1_000_000));
}

/** A value of a row that the test gives. */
function cell(value) {
  if (value === undefined) return { tag: "unsupported" };
  if (value === null) return { tag: "db-null" };
  if (typeof value === "boolean") return { tag: "boolean", val: value };
  if (typeof value === "number") return { tag: Number.isInteger(value) ? "int64" : "floating64", val: value };
  if (typeof value === "string") return { tag: "str", val: value };
  if (value instanceof Date) return { tag: "datetime", val: parts(value) };
  return { tag: "binary", val: toBytes(value, "a value of a row") };
}

function parts(date) {
  const [, year, month, day, hours, minutes, seconds, milliseconds] =
    /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z$/.exec(date.toISOString());
  return [...[year, month, day, hours, minutes, seconds].map(Number), Number(milliseconds) * 1_000_000];
}

function words(connection, name, given) {
  const inward = given.map((each) => (ArrayBuffer.isView(each) ? Uint8Array.from(each) : each));
  if (name === "execute") {
    const [command, parameters] = inward;
    return connection.execute(command, Array.from(parameters, plain)).map(word);
  }
  const answer = connection[name](...inward);
  return name === "get" && typeof answer === "string" ? encodeText(answer) : (answer ?? null);
}

/** A word of Redis's that the test gives. */
function word(value) {
  if (value === null) return { tag: "nil" };
  if (typeof value === "number") return { tag: "int64", val: value };
  return typeof value === "string" ? { tag: "status", val: value } : { tag: "binary", val: toBytes(value, "a word") };
}
