import type { Bytes } from "./bytes.js";

/** Reading the chain's state, and acting on the chain. Needs the grant `chain`. */

/** A finalized block. */
export interface FinalizedBlock {
  readonly number: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** Its time, in milliseconds since 1970-01-01 UTC. */
  readonly timeMs: number;
}

/** The finalized block that the call acts on: the one in its receipt. Cost: 4000 fuel. */
export function block(): FinalizedBlock;

/**
 * The values of storage keys in the chain's state after that block, in the order of the keys; null where the chain has
 * nothing. They are proven. Keys and values have the chain's own form: a key begins with the 128-bit xxHash of the
 * pallet's and of the item's name, and a value is SCALE. So `Timestamp.Now` is
 * `value(bytes.fromHex("f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb"))`, eight bytes,
 * little-endian. `specs/storage.md` of Adyton's repository has the network's own.
 *
 * At most 32 keys of 1 to 256 bytes; a value has at most 65536 bytes, and all together 262144.
 *
 * Throws `invalid` for too many keys or a malformed one, `limit` for values that are too long, `timeout` and
 * `unavailable` if the worker's node is late or does not prove them. Cost: 200000 fuel + 10 per byte of keys and values
 * (too long ones as well), and 20000 per key.
 */
export function storage(keys: Iterable<Bytes>): (Uint8Array | null)[];

/** The value of one storage key. Throws what `storage` throws. */
export function value(key: Bytes): Uint8Array | null;

/**
 * Reports a call to the chain: once the receipt of this call is verified there, the chain dispatches it as signed by
 * the contract's own account. `call` is a SCALE-encoded runtime call, at most 4096 bytes; the worker does not look into
 * it.
 *
 * One report per call. It takes effect if the program answers, and then after the answer: whether the dispatch
 * succeeded is not known here.
 *
 * Throws `limit` for a second report, `invalid` for an empty or longer one. Cost: 500000 fuel + 20 per byte.
 */
export function report(call: Bytes): void;

/**
 * Reports a remark: `data` appears on the chain in an event, under the contract's account. Throws what `report` throws.
 */
export function remark(data: Bytes): void;

/** SCALE's compact encoding of a length below 2^30. */
export function compact(value: number): number[];
