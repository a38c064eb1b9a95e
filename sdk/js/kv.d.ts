import type { Bytes } from "./bytes.js";

/**
 * The contract's key-value store: bytes to bytes, ordered by key. Needs the grant `kv`.
 *
 * A call sees the store as it was when the call began, and its own writes. All its writes are committed together when
 * the program answers, and none if it throws.
 *
 * A key has 1 to 1024 bytes, a value at most 1048576 bytes. Keys and values written in one call have at most
 * `limits.writes` bytes together, counted at each write, and a call writes at most 8192 keys; one more write fails with
 * `limit` and changes nothing. Text stands for its UTF-8 bytes.
 *
 * The values that a call replaces or deletes without having read them have at most 67108864 bytes together, or nothing
 * of the call is committed: to delete more takes several calls.
 *
 * An entry may have an end, in milliseconds since 1970-01-01 UTC. From then on no call sees it, by whichever function.
 * The clock is the call's own, `env.nowMs()`. The worker removes ended entries a while later; until then, reading one
 * costs what it did before its end.
 */

/** A key and its value. */
export interface Entry {
  key: Uint8Array;
  value: Uint8Array;
}

/** A part of the entries under a prefix. */
export interface Page {
  /** The entries, ascending by key; of `scanBack`, descending. */
  entries: Entry[];
  /** Where to go on: the key to pass as `after`, or as `before`. null: there are no more entries. */
  next: Uint8Array | null;
}

/** One write of several: as `set`, with an end as `setUntil`, as `swap`, or as `delete`. */
export type Operation =
  | { do: "set"; key: Bytes; value: Bytes; endsMs?: number | Date | null }
  | { do: "swap"; key: Bytes; expected: Bytes | null; value: Bytes }
  | { do: "delete"; key: Bytes };

/**
 * The value of `key`; null if there is none.
 *
 * Throws `invalid` for a key of another length. Cost: 40000 fuel + 2 per byte of key and value.
 */
export function get(key: Bytes): Uint8Array | null;

/**
 * The values of at most 100 keys, in their order; null where there is none. Together they have at most 1048576 bytes.
 *
 * Throws `invalid` for more keys or a key of another length, `limit` for values of more bytes. Cost: 5000 fuel + 2 per
 * byte of keys and values, and 40000 per key.
 */
export function getMany(keys: Iterable<Bytes>): (Uint8Array | null)[];

/**
 * Sets the value of `key`, whatever it was. The entry does not end, even if the one before did.
 *
 * Throws `invalid` for a key or value of another length, `limit` beyond `limits.writes`. Cost: 20000 fuel + 20 per byte
 * of key and value.
 */
export function set(key: Bytes, value: Bytes): void;

/**
 * Sets the value of `key`, whatever it was, until `endsMs`, in milliseconds since 1970-01-01 UTC.
 *
 * Throws what `set` throws, and `invalid` for an end that is not after the call's time. Cost: 25000 fuel + 20 per byte
 * of key and value.
 */
export function setUntil(key: Bytes, value: Bytes, endsMs: number | Date): void;

/**
 * Sets the value of `key` if it is `expected` now; null: if there is none. The entry does not end, even if the one
 * before did.
 *
 * Throws `conflict` if the value is another one, and what `set` throws. Cost: 60000 fuel + 20 per byte of key, value
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
 * At most 1000 writes, in their order: each sees those before it. If one fails, none of them is made, and its error is
 * thrown; the call goes on with what it wrote before.
 *
 * Throws what the operations throw, and `invalid` for more of them. Cost: 5000 fuel + 20 per byte of keys, values and
 * the values found by `swap`, and 20000 per operation; each `swap` also costs a `get`.
 */
export function write(operations: Iterable<Operation>): void;

/**
 * Entries whose key begins with `prefix` and is greater than `after`, ascending, at most `limit` of them (1 to 1000, by
 * default 100). A page ends early when its keys and values reach 1048576 bytes. Entries that have ended and were not
 * removed yet, or were removed in this call, are passed over; they and what was there before this call wrote it anew
 * are read, too, and after 1000 of them or 1048576 of their bytes a page ends, even without entries.
 *
 * Throws `invalid` for a `prefix` or `after` of more than 1024 bytes, or another `limit`. Cost: 60000 fuel + 2 per byte
 * of `prefix`, `after`, and keys and values read, and 15000 per entry.
 */
export function scan(prefix: Bytes, options?: { after?: Bytes | null; limit?: number }): Page;

/**
 * `scan` the other way: entries whose key begins with `prefix` and is less than `before`, descending. The page's `next`
 * is the key to pass as `before`.
 *
 * Throws `invalid` for a `prefix` or `before` of more than 1024 bytes, or another `limit`. Cost: 60000 fuel + 2 per
 * byte of `prefix`, `before`, and keys and values read, and 15000 per entry.
 */
export function scanBack(prefix: Bytes, options?: { before?: Bytes | null; limit?: number }): Page;

/**
 * All entries whose key begins with `prefix`, ascending or descending: as many scans of 1000 as it takes, one after the
 * other.
 */
export function entries(prefix: Bytes, options?: { descending?: boolean }): Generator<Entry, void, undefined>;

/** The value of `key` as text; null if there is none. Throws `invalid` if it is not UTF-8, and what `get` throws. */
export function getText(key: Bytes): string | null;

/**
 * The value of `key`, read as JSON; null if there is none. Throws `invalid` if it is no JSON, and what `get` throws.
 */
export function getJson<T = unknown>(key: Bytes): T | null;

/** Sets the value of `key` to `value` as JSON. Throws `invalid` for what has none, and what `set` throws. */
export function setJson(key: Bytes, value: unknown): void;
