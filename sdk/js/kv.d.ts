import type { Bytes } from "./bytes.js";

/**
 * The contract's key-value store: bytes to bytes, ordered by key. Needs the grant `kv`.
 *
 * A call sees the store as it was when the call began, and its own writes. All its writes are committed together when
 * the program answers, and none if it throws.
 *
 * A key has 1 to 1024 bytes, a value at most 1048576 bytes. Keys and values written in one call have at most
 * `limits.writes` bytes together, counted at each write; one more write fails with `limit` and changes nothing. Text
 * stands for its UTF-8 bytes.
 */

/** A key and its value. */
export interface Entry {
  key: Uint8Array;
  value: Uint8Array;
}

/** A part of the entries under a prefix. */
export interface Page {
  /** The entries, ascending by key. */
  entries: Entry[];
  /** Where to go on: the key to pass as `after`. null: there are no more entries. */
  next: Uint8Array | null;
}

/**
 * The value of `key`; null if there is none.
 *
 * Throws `invalid` for a key of another length. Cost: 5000 fuel + 2 per byte of key and value.
 */
export function get(key: Bytes): Uint8Array | null;

/**
 * Sets the value of `key`, whatever it was.
 *
 * Throws `invalid` for a key or value of another length, `limit` beyond `limits.writes`. Cost: 20000 fuel + 20 per byte
 * of key and value.
 */
export function set(key: Bytes, value: Bytes): void;

/**
 * Sets the value of `key` if it is `expected` now; null: if there is none.
 *
 * Throws `conflict` if the value is another one, and what `set` throws. Cost: 25000 fuel + 20 per byte of key, value
 * and the value found.
 */
export function swap(key: Bytes, expected: Bytes | null, value: Bytes): void;

declare function remove(key: Bytes): void;
export {
  /**
   * Removes `key`; no error if it is not there.
   *
   * Throws `invalid` for a key of another length, `limit` beyond `limits.writes`. Cost: 20000 fuel + 20 per byte of
   * key.
   */
  remove as delete,
};

/**
 * Entries whose key begins with `prefix` and is greater than `after`, ascending, at most `limit` of them (1 to 1000, by
 * default 100). A page ends early when its keys and values reach 1048576 bytes.
 *
 * Throws `invalid` for a `prefix` or `after` of more than 1024 bytes, or another `limit`. Cost: 10000 fuel + 2 per byte
 * of keys and values read, and 500 per entry.
 */
export function scan(prefix: Bytes, options?: { after?: Bytes | null; limit?: number }): Page;

/** All entries whose key begins with `prefix`, ascending: as many scans of 1000 as it takes, one after the other. */
export function entries(prefix: Bytes): Generator<Entry, void, undefined>;

/** The value of `key` as text; null if there is none. Throws `invalid` if it is not UTF-8, and what `get` throws. */
export function getText(key: Bytes): string | null;

/**
 * The value of `key`, read as JSON; null if there is none. Throws `invalid` if it is no JSON, and what `get` throws.
 */
export function getJson<T = unknown>(key: Bytes): T | null;

/** Sets the value of `key` to `value` as JSON. Throws `invalid` for what has none, and what `set` throws. */
export function setJson(key: Bytes, value: unknown): void;
