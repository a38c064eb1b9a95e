// What is sealed to the contract of `testing.js`: HPKE (RFC 9180), base mode, single-shot, with DHKEM(X25519,
// HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto";

import { toBytes } from "./bytes.js";

/** The parts of PKCS #8 and SubjectPublicKeyInfo before the 32 bytes of an X25519 key (RFC 8410 §7, §4). */
const PRIVATE = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC = Buffer.from("302a300506032b656e032100", "hex");
/** `suite_id` of the key encapsulation and of the whole (RFC 9180 §4.1, §5.1). */
const KEM = Buffer.from("KEM\0\x20", "latin1");
const HPKE = Buffer.from("HPKE\0\x20\0\x01\0\x03", "latin1");
const CIPHER = "chacha20-poly1305";
const TAG = 16;
const NONE = Buffer.alloc(0);

/** The key pair of a seed (§7.1.3), as Node has it. */
export function keyPairOf(seed) {
  const secret = expand(KEM, extract(KEM, NONE, "dkp_prk", seed), "sk", NONE, 32);
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE, secret]), format: "der", type: "pkcs8" });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** The 32 bytes of a public key. */
export function rawOf(publicKey) {
  return publicKey.export({ format: "der", type: "spki" }).subarray(PUBLIC.length);
}

/** Seals to a contract's encryption key: the encapsulated key, then the ciphertext. */
export function seal(publicKey, content, { info = "", associatedData = "" } = {}) {
  const recipient = toBytes(publicKey, "the public key");
  const own = generateKeyPairSync("x25519");
  const encapsulated = rawOf(own.publicKey);
  const { key, nonce } = schedule(own.privateKey, recipient, encapsulated, recipient, info);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG }).setAAD(toBytes(associatedData));
  const text = [cipher.update(toBytes(content)), cipher.final()];
  return Uint8Array.from(Buffer.concat([encapsulated, ...text, cipher.getAuthTag()]));
}

/** Opens what `seal` gives; throws for anything else. */
export function open({ privateKey, publicKey }, info, associatedData, sealed) {
  const encapsulated = sealed.subarray(0, 32);
  const { key, nonce } = schedule(privateKey, encapsulated, encapsulated, rawOf(publicKey), info);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG }).setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  return Buffer.concat([decipher.update(sealed.subarray(32, sealed.length - TAG)), decipher.final()]);
}

/** The key and nonce (§4.1, §5.1) of an own private key and the other side's public one. */
function schedule(privateKey, other, encapsulated, recipient, info) {
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC, other]), format: "der", type: "spki" });
  const exchanged = extract(KEM, NONE, "eae_prk", diffieHellman({ privateKey, publicKey }));
  const shared = expand(KEM, exchanged, "shared_secret", Buffer.concat([encapsulated, recipient]), 32);
  const context = Buffer.concat([
    Buffer.from([0]),
    extract(HPKE, NONE, "psk_id_hash", NONE),
    extract(HPKE, NONE, "info_hash", toBytes(info)),
  ]);
  const secret = extract(HPKE, shared, "secret", NONE);
  return { key: expand(HPKE, secret, "key", context, 32), nonce: expand(HPKE, secret, "base_nonce", context, 12) };
}

function extract(suite, salt, label, input) {
  return createHmac("sha256", salt).update("HPKE-v1").update(suite).update(label).update(input).digest();
}

/** At most 32 bytes: one block of HKDF. */
function expand(suite, key, label, info, length) {
  const mac = createHmac("sha256", key).update(Buffer.from([0, length])).update("HPKE-v1");
  return mac.update(suite).update(label).update(info).update(Buffer.from([1])).digest().subarray(0, length);
}
