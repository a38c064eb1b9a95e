/**
 * PostgreSQL, outside, over TLS. Needs the grant `postgres`, and a rule in `adyton.toml` for where it is:
 *
 *     [[egress]]
 *     host = "db.example.org"
 *     protocol = "postgres"
 *
 * What a call does there is not taken back when the call fails, and is done again when the call is: write so that a second
 * time changes nothing (`ON CONFLICT DO NOTHING`). At most 8 connections are open at once; they end with the call. Each
 * connection and each statement is one of `limits.egress_requests`. `wit/deps/README.md` of Adyton's repository has every
 * bound. In a test of `adyton/testing` the test answers (`databases`); `adyton test` has no databases.
 */
import type { Parameter, Rows } from "./databases.js";

export { DatabaseFailed, type Failure, type Parameter, type Rows, type Value } from "./databases.js";

/** A connection. */
export interface Connection {
  /**
   * Carries out one statement and gives its rows. `$1` stands for the first parameter.
   *
   * Throws `DatabaseFailed`.
   *
   * Cost: 200000 fuel + 10 per byte of it, its parameters and what the server says, and 100 per value of the result.
   */
  query(text: string, parameters?: Parameter[]): Rows;
  /**
   * Carries out one statement, and gives how many rows it inserted, changed or removed.
   *
   * Throws `DatabaseFailed`.
   *
   * Cost: as `query`.
   */
  execute(text: string, parameters?: Parameter[]): number;
}

/**
 * Opens a connection: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with `%41` for `A`. The password is the contract's to
 * keep: best is an address that is one of its `secrets`.
 *
 * Throws `DatabaseFailed`.
 *
 * Cost: 500000 fuel + 10 per byte of the address and of what is said until the connection is open.
 */
export function open(address: string): Connection;
