import type { Bytes } from "./bytes.js";

/** Acting on the chain. Needs the grant `chain`. */

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
