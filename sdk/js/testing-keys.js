// The keys of `testing.js`: real signatures by keys that everybody knows. The worker's come from the contract's secret.

import { ECDH, createECDH, createHash, createHmac, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

import { ContractError } from "./errors.js";

/** The parts of PKCS #8 and SubjectPublicKeyInfo before the 32 bytes of an Ed25519 key (RFC 8410 §7, §4). */
const PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
/** secp256k1 (SEC 2 §2.4.1). */
const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export const Keys = {
  publicKey(scheme, name) {
    const seed = seedOf(scheme, name);
    if (scheme === "secp256k1") return Uint8Array.from(pointOf(seed).getPublicKey(null, "compressed"));
    const key = createPublicKey(ed25519(seed)).export({ format: "der", type: "spki" });
    return Uint8Array.from(key.subarray(PUBLIC.length));
  },

  sign(scheme, name, message) {
    const seed = seedOf(scheme, name);
    if (scheme === "ed25519") return Uint8Array.from(sign(null, message, ed25519(seed)));
    if (message.length !== 32) throw ContractError.invalid("secp256k1 signs a digest of 32 bytes");
    return ecdsa(seed, message);
  },

  verify(scheme, key, message, signature) {
    try {
      if (scheme === "secp256k1") return ecdsaHolds(key, message, signature);
      const known = createPublicKey({ key: Buffer.concat([PUBLIC, key]), format: "der", type: "spki" });
      return verify(null, message, known, signature);
    } catch {
      return false;
    }
  },
};

function seedOf(scheme, name) {
  const length = Buffer.byteLength(name);
  if (length < 1 || length > 64) throw ContractError.invalid("a name has 1 to 64 bytes");
  return createHash("sha256").update(`a key of a test, ${scheme}: ${name}`).digest();
}

function ed25519(seed) {
  return createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: "der", type: "pkcs8" });
}

function pointOf(scalar) {
  const pair = createECDH("secp256k1");
  pair.setPrivateKey(scalar);
  return pair;
}

/** r, s (the lower one) and the recovery number, with the nonce of RFC 6979. */
function ecdsa(secret, digest) {
  for (const nonce of nonces(secret, digest)) {
    const point = pointOf(bytesOf(nonce)).getPublicKey();
    const x = numberOf(point.subarray(1, 33));
    const r = x % ORDER;
    const s = modulo(inverse(nonce, ORDER) * (numberOf(digest) + r * numberOf(secret)));
    // The recovery number has one bit only: an x above the order (1 in 2^127) would need another.
    if (x !== r || r === 0n || s === 0n) continue;
    const high = s > ORDER / 2n;
    const odd = (point[64] & 1) === 1;
    return Uint8Array.from([...bytesOf(r), ...bytesOf(high ? ORDER - s : s), odd !== high ? 1 : 0]);
  }
  throw new Error("the nonces of RFC 6979 do not end");
}

/** RFC 6979 §3.2 with HMAC-SHA-256. */
function* nonces(secret, digest) {
  const mac = (key, ...parts) => createHmac("sha256", key).update(Buffer.concat(parts)).digest();
  const seed = Buffer.concat([secret, bytesOf(modulo(numberOf(digest)))]);
  let key = Buffer.alloc(32, 0);
  let value = Buffer.alloc(32, 1);
  for (const mark of [0, 1]) {
    key = mac(key, value, Buffer.from([mark]), seed);
    value = mac(key, value);
  }
  for (;;) {
    value = mac(key, value);
    const nonce = numberOf(value);
    if (nonce > 0n && nonce < ORDER) yield nonce;
    key = mac(key, value, Buffer.from([0]));
    value = mac(key, value);
  }
}

/** Node checks ECDSA only over a digest that it computes itself: here the curve's own arithmetic does. */
function ecdsaHolds(key, digest, signature) {
  if (key.length !== 33 || digest.length !== 32 || signature.length !== 65) return false;
  const r = numberOf(signature.subarray(0, 32));
  const s = numberOf(signature.subarray(32, 64));
  if (r === 0n || s === 0n || r >= ORDER || s > ORDER / 2n) return false;
  const weight = inverse(s, ORDER);
  const generator = pointAt(pointOf(bytesOf(1n)).getPublicKey(null, "compressed"));
  const sum = add(multiply(generator, modulo(numberOf(digest) * weight)), multiply(pointAt(key), modulo(r * weight)));
  return sum !== null && modulo(sum.x) === r;
}

function pointAt(key) {
  const plain = ECDH.convertKey(key, "secp256k1", undefined, undefined, "uncompressed");
  return { x: numberOf(plain.subarray(1, 33)), y: numberOf(plain.subarray(33)) };
}

function multiply(point, scalar) {
  let sum = null;
  for (let power = point, rest = scalar; rest > 0n; rest >>= 1n, power = add(power, power)) {
    if (rest & 1n) sum = add(sum, power);
  }
  return sum;
}

/** The sum of two points; null is the one at infinity. */
function add(one, other) {
  if (one === null || other === null) return one ?? other;
  if (one.x === other.x && one.y !== other.y) return null;
  const [rise, run] = one.x === other.x ? [3n * one.x * one.x, 2n * one.y] : [other.y - one.y, other.x - one.x];
  const slope = modulo(rise * inverse(modulo(run, FIELD), FIELD), FIELD);
  const x = modulo(slope * slope - one.x - other.x, FIELD);
  return { x, y: modulo(slope * (one.x - x) - one.y, FIELD) };
}

function modulo(value, by = ORDER) {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

/** By Euclid's algorithm. */
function inverse(value, by) {
  let [high, low, left, right] = [by, modulo(value, by), 0n, 1n];
  while (low !== 0n) {
    const times = high / low;
    [high, low, left, right] = [low, high - times * low, right, left - times * right];
  }
  return modulo(left, by);
}

function numberOf(bytes) {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function bytesOf(value) {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}
