import type { Bytes } from "./bytes.js";

/**
 * Keys of the contract, by name. They are derived from the contract's secret, are the same on every worker, and never
 * reach the contract itself: it names one, and the worker signs. Needs the grant `crypto`.
 */

/**
 * A signature scheme.
 *
 * - `ed25519`: Ed25519 (RFC 8032), over a message of any length. Public key: 32 bytes. Signature: 64 bytes.
 * - `secp256k1`: ECDSA over secp256k1 (SEC 1, SEC 2) with nonces of RFC 6979, over a digest of 32 bytes which the
 *   contract has computed (SHA-256, Keccak-256, …). Public key: 33 bytes, compressed. Signature: 65 bytes: r, s (the
 *   lower of the two possible), then the recovery number 0 or 1.
 */
export type Scheme = "ed25519" | "secp256k1";

/**
 * The public key of the key called `name`.
 *
 * A name has 1 to 64 bytes. The same name under another scheme is another key. Throws `invalid` for another name or
 * scheme. Cost: 100000 fuel.
 */
export function publicKey(scheme: Scheme, name: string): Uint8Array;

/**
 * Signs with the key called `name`.
 *
 * Throws `invalid` for another name or scheme, or for a message that the scheme does not take. Cost: 150000 fuel + 4
 * per byte.
 */
export function sign(scheme: Scheme, name: string, message: Bytes): Uint8Array;

/**
 * Whether `signature` is the signature of `message` under `key`. Malformed keys and signatures, weak Ed25519 keys and
 * high `s` are just false.
 *
 * Throws `invalid` for another scheme. Cost: 200000 fuel + 4 per byte of message.
 */
export function verify(scheme: Scheme, key: Bytes, message: Bytes, signature: Bytes): boolean;

/**
 * A message to sign: a context that says what is signed, then parts, each with its length in front (one byte for the
 * context, 32 bits little-endian for a part), so that no two lists of parts give the same bytes. Throws `invalid` for a
 * context of more than 255 bytes.
 */
export function message(context: string, ...parts: Bytes[]): Uint8Array;
