import type { Bytes } from "./bytes.js";

/**
 * Keys of the contract, by name. They are derived from the contract's secret, are the same on every worker, and never
 * reach the contract itself: it names one, and the worker signs or opens. Only what `derive` gives is the contract's to
 * hold. A name has 1 to 64 bytes; the same name in another function or under another scheme is another key. Needs the
 * grant `crypto`.
 */

/**
 * A signature scheme.
 *
 * - `ed25519`: Ed25519 (RFC 8032), over a message of any length. Public key: 32 bytes. Signature: 64 bytes.
 * - `secp256k1`: ECDSA over secp256k1 (SEC 1, SEC 2) with nonces of RFC 6979, over a digest of 32 bytes which the
 *   contract has computed (SHA-256, Keccak-256, …). Public key: 33 bytes, compressed. Signature: 65 bytes: r, s (the
 *   lower of the two possible), then the recovery number 0 or 1.
 * - `p256`: ECDSA over P-256 (FIPS 186-5, SEC 1) with nonces of RFC 6979, over a digest of 32 bytes which the contract
 *   has computed (SHA-256 for ES256 and for passkeys). Public key: 33 bytes, compressed. Signature: 64 bytes: r, s (the
 *   lower of the two possible).
 * - `sr25519`: Schnorr signatures over Ristretto255 as Substrate chains have them (schnorrkel, signing context
 *   `substrate`), over a message of any length. Public key: 32 bytes, the account of this key on such a chain.
 *   Signature: 64 bytes, others at each signing.
 */
export type Scheme = "ed25519" | "secp256k1" | "p256" | "sr25519";

/**
 * The public key of the signing key called `name`.
 *
 * Throws `invalid` for another name or scheme. Cost: 120000 fuel.
 */
export function publicKey(scheme: Scheme, name: string): Uint8Array;

/**
 * Signs with the key called `name`.
 *
 * Throws `invalid` for another name or scheme, or for a message that the scheme does not take. Cost: 200000 fuel + 16
 * per byte.
 */
export function sign(scheme: Scheme, name: string, message: Bytes): Uint8Array;

/**
 * Whether `signature` is the signature of `message` under `key`. Malformed keys and signatures, and weak keys, are just
 * false; so is a high `s` under secp256k1. Under P-256 either `s` is taken: such a signature can be turned into another
 * one of the same message.
 *
 * Throws `invalid` for another scheme. Cost: 200000 fuel + 8 per byte of message.
 */
export function verify(scheme: Scheme, key: Bytes, message: Bytes, signature: Bytes): boolean;

/**
 * The public key to which anybody seals what only this contract can open: 32 bytes, an X25519 key (RFC 7748) for HPKE
 * as in `decrypt`.
 *
 * Throws `invalid` for another name. Cost: 200000 fuel.
 */
export function encryptionKey(name: string): Uint8Array;

/**
 * Opens what was sealed to the encryption key called `name`: HPKE (RFC 9180), base mode, single-shot, with
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305. `sealed` is the encapsulated key (32 bytes), then the
 * ciphertext. `info` and `associatedData` are those of the sender, and empty unless they are given. It says nothing
 * about who sealed, and the same bytes open again and again.
 *
 * Throws `invalid` for another name, and for whatever does not open. Cost: 400000 fuel + 4 per byte of info, associated
 * data and sealed content.
 */
export function decrypt(name: string, sealed: Bytes, options?: { info?: Bytes; associatedData?: Bytes }): Uint8Array;

/**
 * A secret for the contract's own use, of 1 to 64 bytes: a key for its own encryption, a salt. The same name, context
 * (at most 1024 bytes) and length always give the same bytes, any other of them unrelated ones, and no name gives a key
 * with which `sign` or `decrypt` works.
 *
 * Throws `invalid` for another name, context or length. Cost: 20000 fuel + 8 per byte of context and result.
 */
export function derive(name: string, context: Bytes, length: number): Uint8Array;

/**
 * A message to sign: a context that says what is signed, then parts, each with its length in front (one byte for the
 * context, 32 bits little-endian for a part), so that no two lists of parts give the same bytes. Throws `invalid` for a
 * context of more than 255 bytes.
 */
export function message(context: string, ...parts: Bytes[]): Uint8Array;
