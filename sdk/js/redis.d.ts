/**
 * Redis, outside, over TLS. Needs the grant `redis`, and a rule in `adyton.toml` with `protocol = "redis"`. What a call
 * does there is not taken back when the call fails. At most 8 connections are open at once; they end with the call.
 * `wit/deps/README.md` of Adyton's repository has every bound. In a test of `adyton/testing` the test answers
 * (`databases`); `adyton test` has no databases.
 */
export { DatabaseFailed, type Failure } from "./databases.js";

/** A word of a command: a number, a text, or bytes. */
export type Word = number | bigint | string | ArrayBuffer | ArrayBufferView;

/** What came of a command: nothing, a status, a whole number up to 2^53, or bytes. Lists are told as what is in them. */
export type Said = null | string | number | Uint8Array;

/**
 * A connection. Each of its functions throws `DatabaseFailed`, whose `failure` is `type-error` where a value has another
 * type, and costs 200000 fuel + 10 per byte of what is sent and said, and 100 per value of the result.
 */
export interface Connection {
  /** The value of a key; null if there is none. */
  get(key: string): Uint8Array | null;
  /** Sets a key. */
  set(key: string, value: string | ArrayBuffer | ArrayBufferView): void;
  /** Adds one to the number of a key, and gives it. */
  incr(key: string): number;
  /** Removes keys, and gives how many there were. */
  del(keys: string[]): number;
  /** Sends to a channel. */
  publish(channel: string, payload: string | ArrayBuffer | ArrayBufferView): void;
  /** Adds to a set, and gives how many were new. */
  sadd(key: string, values: string[]): number;
  /** What is in a set. */
  smembers(key: string): string[];
  /** Removes from a set, and gives how many there were. */
  srem(key: string, values: string[]): number;
  /** Carries out any command. */
  execute(command: string, parameters?: Word[]): Said[];
}

/**
 * Opens a connection: `rediss://USER:PASSWORD@HOST:PORT/NUMBER`.
 *
 * Throws `DatabaseFailed`.
 *
 * Cost: 500000 fuel + 10 per byte of the address and of what is said until the connection is open.
 */
export function open(address: string): Connection;
