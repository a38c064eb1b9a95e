import type { Bytes } from "./bytes.js";

/**
 * Randomness: what nobody can foresee or choose, and what only the contract can repeat. Needs the grant `random`;
 * `Math.random`, `crypto.getRandomValues` and `crypto.randomUUID` stand on it and need the grant too.
 */

/**
 * `length` random bytes, at most 65536, fit for keys.
 *
 * Throws `invalid` for a greater length. Cost: 3000 fuel + 12 per byte.
 */
export function bytes(length: number): Uint8Array;

/**
 * `length` bytes, at most 8160, that follow from `seed` (at most 1024 bytes) and the contract's secret. The same seed
 * gives the same bytes in every call and on every worker, and a shorter result is the beginning of a longer one; nobody
 * else can compute them or tell them from random ones. Whoever chooses the seed, or can try several, chooses the
 * outcome. Not for keys: that is `crypto.derive`.
 *
 * Throws `invalid` for a greater length or a longer seed. Cost: 20000 fuel + 16 per byte of seed and result.
 */
export function seeded(seed: Bytes, length: number): Uint8Array;
