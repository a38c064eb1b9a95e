/**
 * Randomness that nobody can foresee or choose. Needs the grant `random`; `Math.random`, `crypto.getRandomValues` and
 * `crypto.randomUUID` stand on it and need the grant too.
 */

/**
 * `length` random bytes, at most 65536, fit for keys.
 *
 * Throws `invalid` for a greater length. Cost: 1000 fuel + 2 per byte.
 */
export function bytes(length: number): Uint8Array;
