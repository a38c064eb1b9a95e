// The contract's database: SQLite, sealed, and committed with the writes of `kv`. Needs the grant `sql`.

import * as host from "phat:contract/sql@0.1.0";
import { toBytes } from "./bytes.js";
import { ContractError, ask } from "./errors.js";

/** What each failure is where the contract passes it on. */
const FAILURES = new Map([
  ["invalid", "invalid"],
  ["constraint", "other"],
  ["denied", "denied"],
  ["limit", "limit"],
]);

export class SqlFailed extends ContractError {
  constructor(failure, detail = "") {
    super(FAILURES.get(failure), detail);
    this.name = "SqlFailed";
    this.failure = failure;
  }
}

export function query(text, parameters = []) {
  const { columns, rows } = asked("sql.query", () => host.query(String(text), parameters.map(toValue)));
  return { columns, rows: rows.map((row) => row.map(fromValue)) };
}

export function execute(text, parameters = []) {
  return done(asked("sql.execute", () => host.execute(String(text), parameters.map(toValue))));
}

export function batch(statements) {
  const all = statements.map(([text, parameters = []]) => ({
    text: String(text),
    parameters: parameters.map(toValue),
  }));
  return asked("sql.batch", () => host.batch(all)).map(done);
}

function asked(name, call) {
  return ask(name, () => {
    try {
      return call();
    } catch (thrown) {
      const failure = thrown?.payload ?? thrown;
      throw FAILURES.has(failure?.tag) ? new SqlFailed(failure.tag, failure.val) : thrown;
    }
  });
}

function done({ changes, lastRowid }) {
  // The statement has taken effect: a rowid that is no exact `number` is no failure of it.
  const rowid = Number(lastRowid);
  return { changes: Number(changes), lastRowid: Number.isSafeInteger(rowid) ? rowid : null };
}

function toValue(given) {
  if (given === null || given === undefined) return { tag: "null" };
  if (typeof given === "boolean") return { tag: "integer", val: Number(given) };
  if (typeof given === "bigint") return { tag: "integer", val: exact(Number(given)) };
  if (typeof given === "number") return { tag: Number.isSafeInteger(given) ? "integer" : "real", val: given };
  if (typeof given === "string") return { tag: "text", val: given.toWellFormed() };
  return { tag: "blob", val: toBytes(given, "a parameter") };
}

function fromValue({ tag, val }) {
  if (tag === "null") return null;
  return tag === "integer" ? exact(Number(val)) : val;
}

/** Whole numbers cross the border as `number`: beyond 2^53 they would be others. */
function exact(number) {
  if (Number.isSafeInteger(number)) return number;
  throw new SqlFailed("limit", "a whole number beyond 2^53; cast it to text in the statement");
}
