// The keys of `testing.js`: real ones that everybody knows. The worker's come from the contract's secret.

import {
  ECDH,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign,
  verify,
} from "node:crypto";

import { ContractError } from "./errors.js";
import { keyPairOf, open, rawOf } from "./testing-hpke.js";
import * as sr25519 from "./testing-sr25519.js";

/** The parts of PKCS #8 and SubjectPublicKeyInfo before the 32 bytes of an Ed25519 key (RFC 8410 §7, §4). */
const PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
/** SEC 2 §2.4.1 and §2.4.2: y² = x³ + ax + b over a field, and the order of the group. */
const CURVES = {
  secp256k1: {
    name: "secp256k1",
    field: 2n ** 256n - 2n ** 32n - 977n,
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    a: 0n,
    recoverable: true,
  },
  p256: {
    name: "prime256v1",
    field: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    a: -3n,
    recoverable: false,
  },
};
const MAX_CONTEXT = 1024;
const MAX_DERIVED = 64;
const MAX_SEED = 1024;
const MAX_SEEDED = 8160;

export const Keys = {
  publicKey(scheme, name) {
    const seed = seedOf(scheme, name);
    if (scheme === "sr25519") return Uint8Array.from(sr25519.keyOf(seed).publicKey);
    if (scheme !== "ed25519") return Uint8Array.from(pointOf(CURVES[scheme], seed).getPublicKey(null, "compressed"));
    const key = createPublicKey(ed25519(seed)).export({ format: "der", type: "spki" });
    return Uint8Array.from(key.subarray(PUBLIC.length));
  },

  sign(scheme, name, message) {
    const seed = seedOf(scheme, name);
    if (scheme === "sr25519") return Uint8Array.from(sr25519.sign(sr25519.keyOf(seed), message));
    if (scheme === "ed25519") return Uint8Array.from(sign(null, message, ed25519(seed)));
    if (message.length !== 32) throw ContractError.invalid(`${scheme} signs a digest of 32 bytes`);
    return ecdsa(CURVES[scheme], seed, message);
  },

  verify(scheme, key, message, signature) {
    try {
      if (scheme === "sr25519") return sr25519.verify(key, message, signature);
      if (scheme !== "ed25519") return ecdsaHolds(CURVES[scheme], key, message, signature);
      const known = createPublicKey({ key: Buffer.concat([PUBLIC, key]), format: "der", type: "spki" });
      return verify(null, message, known, signature);
    } catch {
      return false;
    }
  },

  encryptionKey(name) {
    return Uint8Array.from(rawOf(keyPairOf(seedOf("encryption", name)).publicKey));
  },

  decrypt(name, info, associatedData, sealed) {
    const pair = keyPairOf(seedOf("encryption", name));
    try {
      return Uint8Array.from(open(pair, info, associatedData, sealed));
    } catch {
      throw ContractError.invalid("this does not open with this key, info and associated data");
    }
  },

  derive(name, context, length) {
    const seed = seedOf("derived", name);
    if (context.length > MAX_CONTEXT) throw ContractError.invalid(`a context has at most ${MAX_CONTEXT} bytes`);
    if (length < 1 || length > MAX_DERIVED)
      throw ContractError.invalid(`a derived secret has 1 to ${MAX_DERIVED} bytes`);
    return new Uint8Array(hkdfSync("sha256", seed, `${length}`, context, length));
  },

  seeded(seed, length) {
    if (seed.length > MAX_SEED) throw ContractError.invalid(`a seed has at most ${MAX_SEED} bytes`);
    if (length > MAX_SEEDED) throw ContractError.invalid(`at most ${MAX_SEEDED} bytes of a seed`);
    return new Uint8Array(hkdfSync("sha256", seed, "a seed of a test", "", length));
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

function pointOf(curve, scalar) {
  const pair = createECDH(curve.name);
  pair.setPrivateKey(scalar);
  return pair;
}

/** r, s (the lower one) and, where it belongs to the signature, the recovery number; with the nonce of RFC 6979. */
function ecdsa(curve, secret, digest) {
  const { order } = curve;
  for (const nonce of nonces(order, secret, digest)) {
    const point = pointOf(curve, bytesOf(nonce)).getPublicKey();
    const x = numberOf(point.subarray(1, 33));
    const r = x % order;
    const s = modulo(inverse(nonce, order) * (numberOf(digest) + r * numberOf(secret)), order);
    if (r === 0n || s === 0n) continue;
    const high = s > order / 2n;
    const scalars = [...bytesOf(r), ...bytesOf(high ? order - s : s)];
    if (!curve.recoverable) return Uint8Array.from(scalars);
    // The recovery number has one bit only: an x above the order (1 in 2^127) would need another.
    if (x !== r) continue;
    const odd = (point[64] & 1) === 1;
    return Uint8Array.from([...scalars, odd !== high ? 1 : 0]);
  }
  throw new Error("the nonces of RFC 6979 do not end");
}

/** RFC 6979 §3.2 with HMAC-SHA-256. */
function* nonces(order, secret, digest) {
  const mac = (key, ...parts) => createHmac("sha256", key).update(Buffer.concat(parts)).digest();
  const seed = Buffer.concat([secret, bytesOf(modulo(numberOf(digest), order))]);
  let key = Buffer.alloc(32, 0);
  let value = Buffer.alloc(32, 1);
  for (const mark of [0, 1]) {
    key = mac(key, value, Buffer.from([mark]), seed);
    value = mac(key, value);
  }
  for (;;) {
    value = mac(key, value);
    const nonce = numberOf(value);
    if (nonce > 0n && nonce < order) yield nonce;
    key = mac(key, value, Buffer.from([0]));
    value = mac(key, value);
  }
}

/** Node checks ECDSA only over a digest that it computes itself: here the curve's own arithmetic does. */
function ecdsaHolds(curve, key, digest, signature) {
  const { order, recoverable } = curve;
  if (key.length !== 33 || digest.length !== 32 || signature.length !== (recoverable ? 65 : 64)) return false;
  const r = numberOf(signature.subarray(0, 32));
  const s = numberOf(signature.subarray(32, 64));
  if (r === 0n || s === 0n || r >= order || s >= order || (recoverable && s > order / 2n)) return false;
  const weight = inverse(s, order);
  const generator = pointAt(curve, pointOf(curve, bytesOf(1n)).getPublicKey(null, "compressed"));
  const ours = multiply(curve, generator, modulo(numberOf(digest) * weight, order));
  const sum = add(curve, ours, multiply(curve, pointAt(curve, key), modulo(r * weight, order)));
  return sum !== null && modulo(sum.x, order) === r;
}

function pointAt(curve, key) {
  const plain = ECDH.convertKey(key, curve.name, undefined, undefined, "uncompressed");
  return { x: numberOf(plain.subarray(1, 33)), y: numberOf(plain.subarray(33)) };
}

function multiply(curve, point, scalar) {
  let sum = null;
  for (let power = point, rest = scalar; rest > 0n; rest >>= 1n, power = add(curve, power, power)) {
    if (rest & 1n) sum = add(curve, sum, power);
  }
  return sum;
}

/** The sum of two points; null is the one at infinity. */
function add({ field, a }, one, other) {
  if (one === null || other === null) return one ?? other;
  if (one.x === other.x && one.y !== other.y) return null;
  const doubled = one.x === other.x;
  const [rise, run] = doubled ? [3n * one.x * one.x + a, 2n * one.y] : [other.y - one.y, other.x - one.x];
  const slope = modulo(rise * inverse(modulo(run, field), field), field);
  const x = modulo(slope * slope - one.x - other.x, field);
  return { x, y: modulo(slope * (one.x - x) - one.y, field) };
}

function modulo(value, by) {
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
