import type { ContractError } from "./errors.js";

/**
 * The contract's database: SQLite, sealed as the store of `kv` is, and committed with it. Needs the grant `sql`.
 *
 * The call is the transaction: what a call changes takes effect with its other writes, or not at all; `BEGIN`,
 * `COMMIT` and `SAVEPOINT` are denied. Each function takes effect as a whole or not at all, and the call goes on after a
 * failure. `wit/sql.wit` says what the language has, what a unit of work is, and every bound. In a test of
 * `adyton/testing` there is no database: Node.js 20 has no SQLite. `adyton test` runs the real one.
 */

/**
 * A value: a whole number up to 2^53, another number, a text, or bytes. A boolean is 0 or 1; a whole number beyond 2^53
 * is read and passed as text.
 */
export type Value = null | number | string | Uint8Array;

/** What may be passed as a value. */
export type Parameter = Value | undefined | boolean | bigint | ArrayBuffer | ArrayBufferView;

/** What a query gives. */
export interface Rows {
  /** The columns' names. */
  columns: string[];
  /** The rows, each with a value for each column. */
  rows: Value[][];
}

/** What a statement did. */
export interface Done {
  /** How many rows it inserted, changed or removed itself. */
  changes: number;
  /** The rowid of the row that this call inserted last; 0 if it inserted none, null if it is beyond 2^53. */
  lastRowid: number | null;
}

/** Why a function did nothing. */
export type Failure = "invalid" | "constraint" | "denied" | "limit";

/** Thrown where a function did nothing. Passed on, it is an error of the kind that is nearest. */
export class SqlFailed extends ContractError {
  constructor(failure: Failure, detail?: string);
  /**
   * `invalid`: the statement is malformed or fits neither tables nor parameters; `constraint`: a constraint of the
   * tables does not hold, as where a key is there already; `denied`: contracts may not do that; `limit`: a bound is
   * reached.
   */
  readonly failure: Failure;
}

/**
 * Carries out one statement and gives its rows. `?` stands for a parameter, in their order.
 *
 * Throws `SqlFailed`. Where it throws because a row has a whole number beyond 2^53, a statement that writes, as with
 * `RETURNING`, has taken effect.
 *
 * Cost: 250000 fuel + 4 per byte of statement, parameters, names and values, and 5000 per unit of work.
 */
export function query(text: string, parameters?: Parameter[]): Rows;

/**
 * Carries out one statement; rows that it gives are dropped.
 *
 * Throws `SqlFailed`.
 *
 * Cost: 250000 fuel + 4 per byte of statement and parameters, and 5000 per unit of work.
 */
export function execute(text: string, parameters?: Parameter[]): Done;

/**
 * Carries out at most 1000 statements, each with its parameters, in their order: all or none of them.
 *
 * Throws `SqlFailed`; its text begins with the number of the statement that failed, from 1.
 *
 * Cost: 250000 fuel + 4 per byte of statements and parameters, and 5000 per unit of work.
 */
export function batch(statements: [text: string, parameters?: Parameter[]][]): Done[];
