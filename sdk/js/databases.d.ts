import type { ContractError } from "./errors.js";

/**
 * A value: a whole number up to 2^53, another number, a boolean, a text, bytes, or a moment. A day is a text like
 * `2026-01-31`, a time of day one like `23:59:59.5`. `undefined` is a value of a type that is not among these: cast it to
 * text in the statement. So are whole numbers beyond 2^53, which the functions refuse.
 */
export type Value = null | undefined | boolean | number | string | Uint8Array | Date;

/** What may be passed as a value. A `Date` is passed in UTC; days and other times are passed as texts. */
export type Parameter = Value | bigint | ArrayBuffer | ArrayBufferView;

/** What a query gives. */
export interface Rows {
  /** The columns' names. */
  columns: string[];
  /** The rows, each with a value for each column. */
  rows: Value[][];
}

/** Why a function did not do what it was asked; the last three are of Redis alone. */
export type Failure =
  | "connection-failed"
  | "bad-parameter"
  | "query-failed"
  | "value-conversion-failed"
  | "other"
  | "invalid-address"
  | "too-many-connections"
  | "type-error";

/**
 * Thrown where a database, or the way to it, failed. Passed on, it is an error of the kind that is nearest, and the text,
 * which may have the database's own words, reaches the caller.
 */
export class DatabaseFailed extends ContractError {
  constructor(failure: Failure, detail?: string);
  /**
   * `connection-failed`: no rule of the manifest allows it, or there is no connection, or none any more; `query-failed`:
   * the database's own error, with its code; `bad-parameter`, `value-conversion-failed`: a value that does not fit;
   * `other`: a limit, no answer in time, or one that makes no sense. `wit/deps/README.md` of Adyton's repository has all.
   */
  readonly failure: Failure;
}
