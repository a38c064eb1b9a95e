// What PostgreSQL and MySQL have in common: connections, and values on their way to a database and back.

import { toBytes } from "./bytes.js";
import { ContractError, ask } from "./errors.js";

/** What each failure is where the contract passes it on; of the last three, Redis alone has any. */
const FAILURES = new Map([
  ["connection-failed", "unavailable"],
  ["bad-parameter", "invalid"],
  ["query-failed", "other"],
  ["value-conversion-failed", "other"],
  ["other", "other"],
  ["invalid-address", "invalid"],
  ["too-many-connections", "limit"],
  ["type-error", "other"],
]);
const MAX_INT32 = 2 ** 31 - 1;

export class DatabaseFailed extends ContractError {
  constructor(failure, detail = "") {
    super(FAILURES.get(failure), detail);
    this.name = "DatabaseFailed";
    this.failure = failure;
  }
}

/** Asks the database; its failures are thrown as `DatabaseFailed`. */
export function asked(name, call) {
  return ask(name, () => {
    try {
      return call();
    } catch (thrown) {
      const failure = thrown?.payload ?? thrown;
      throw FAILURES.has(failure?.tag) ? new DatabaseFailed(failure.tag, failure.val) : thrown;
    }
  });
}

/** A connection to a database that has tables; `toMoment` makes a parameter of a `Date`. */
export class Connection {
  #name;
  #host;
  #toMoment;

  constructor(name, host, toMoment) {
    this.#name = name;
    this.#host = host;
    this.#toMoment = toMoment;
  }

  query(text, parameters = []) {
    const given = this.#given(parameters);
    const { columns, rows } = asked(`${this.#name} query`, () => this.#host.query(String(text), given));
    return { columns: columns.map(({ name }) => name), rows: rows.map((row) => row.map(fromValue)) };
  }

  execute(text, parameters = []) {
    const given = this.#given(parameters);
    const changes = asked(`${this.#name} execute`, () => this.#host.execute(String(text), given));
    return changes === undefined || changes === null ? undefined : Number(changes);
  }

  #given(parameters) {
    return parameters.map((value) => (value instanceof Date ? this.#toMoment(moment(value)) : toValue(value)));
  }
}

function moment(date) {
  if (Number.isNaN(date.getTime())) throw new DatabaseFailed("bad-parameter", "an invalid Date");
  return date;
}

function toValue(given) {
  if (given === null || given === undefined) return { tag: "db-null" };
  if (typeof given === "boolean") return { tag: "boolean", val: given };
  if (typeof given === "bigint") return integer(Number(given));
  if (typeof given === "number") return Number.isSafeInteger(given) ? integer(given) : { tag: "floating64", val: given };
  if (typeof given === "string") return { tag: "str", val: given.toWellFormed() };
  return { tag: "binary", val: toBytes(given, "a parameter") };
}

/** In as few bits as hold it: a database widens a whole number by itself, and does not narrow it. */
function integer(value) {
  if (!Number.isSafeInteger(value))
    throw new DatabaseFailed("bad-parameter", "a whole number beyond 2^53; pass it as a text, and cast it");
  return { tag: value >= -MAX_INT32 - 1 && value <= MAX_INT32 ? "int32" : "int64", val: value };
}

function fromValue({ tag, val }) {
  if (tag === "db-null") return null;
  if (tag === "unsupported") return undefined;
  if (tag === "int64" || tag === "uint64") return exact(Number(val));
  if (tag === "date") return day(val);
  if (tag === "time") return hour(val);
  if (tag === "datetime") return instant(`${day(val)}T${hour(val.slice(3))}`);
  if (tag === "timestamp") return new Date(Number(val) * 1000);
  return val;
}

/** Whole numbers cross the border as `number`: beyond 2^53 they would be others. */
export function exact(number) {
  if (Number.isSafeInteger(number)) return number;
  throw new DatabaseFailed("value-conversion-failed", "a whole number beyond 2^53; cast it to text in the statement");
}

const digits = (number, length) => String(number).padStart(length, "0");

function day([year, month, date]) {
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}`;
}

function hour([hours, minutes, seconds, nanoseconds]) {
  const whole = [hours, minutes, seconds].map((part) => digits(part, 2)).join(":");
  return nanoseconds === 0 ? whole : `${whole}.${digits(nanoseconds, 9).replace(/0+$/, "")}`;
}

/** A `Date` has milliseconds: what is finer is cut off. */
function instant(text) {
  const date = new Date(`${text.replace(/(\.\d{3})\d+$/, "$1")}Z`);
  if (Number.isNaN(date.getTime()))
    throw new DatabaseFailed("value-conversion-failed", "a moment that no Date is; cast it to text in the statement");
  return date;
}
