/**
 * MySQL and MariaDB, outside, over TLS. Needs the grant `mysql`, and a rule in `adyton.toml` with `protocol = "mysql"`.
 * What is said of `postgres` is true here too, but for columns of days and times, which have no type here: cast them to
 * text.
 */
import type { Parameter, Rows } from "./databases.js";

export { DatabaseFailed, type Failure, type Parameter, type Rows, type Value } from "./databases.js";

/** A connection. */
export interface Connection {
  /**
   * Carries out one statement and gives its rows. `?` stands for a parameter, in their order.
   *
   * Throws `DatabaseFailed`.
   *
   * Cost: 200000 fuel + 10 per byte of it, its parameters and what the server says, and 100 per value of the result.
   */
  query(text: string, parameters?: Parameter[]): Rows;
  /**
   * Carries out one statement; rows that it gives are dropped.
   *
   * Throws `DatabaseFailed`.
   *
   * Cost: as `query`.
   */
  execute(text: string, parameters?: Parameter[]): void;
}

/**
 * Opens a connection: `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, with `%41` for `A`.
 *
 * Throws `DatabaseFailed`.
 *
 * Cost: 500000 fuel + 10 per byte of the address and of what is said until the connection is open.
 */
export function open(address: string): Connection;
