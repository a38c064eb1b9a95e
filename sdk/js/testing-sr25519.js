// Signatures of sr25519 for `testing.js`, which Node does not have: Schnorr signatures over Ristretto255 (RFC 9496),
// with Merlin transcripts over STROBE-128 as schnorrkel makes them for Substrate. With keys that everybody knows: nothing
// here takes the same time for every secret.

import { createHash, randomBytes } from "node:crypto";

const CONTEXT = "substrate";

/** The key of a mini secret key, expanded as Substrate does it with a seed. */
export function keyOf(seed) {
  const hash = createHash("sha512").update(seed).digest();
  hash[0] &= 248;
  hash[31] = (hash[31] & 63) | 64;
  // The scalar of Ed25519, divided by the cofactor.
  const scalar = (numberOf(hash.subarray(0, 32)) >> 3n) % ORDER;
  return { scalar, nonce: hash.subarray(32), publicKey: encode(multiply(scalar, BASE)) };
}

export function sign({ scalar, nonce, publicKey }, message, random = randomBytes(32)) {
  const transcript = transcriptOf(publicKey, message);
  const witness = numberOf(transcript.witness("signing", nonce, random)) % ORDER;
  const commitment = encode(multiply(witness, BASE));
  transcript.append("sign:R", commitment);
  const challenge = numberOf(transcript.challenge("sign:c")) % ORDER;
  const response = bytesOf((challenge * scalar + witness) % ORDER);
  // What tells these signatures from those of Ed25519.
  response[31] |= 128;
  return Buffer.concat([commitment, response]);
}

export function verify(publicKey, message, signature) {
  const key = publicKey.length === 32 ? decode(publicKey) : null;
  if (key === null || signature.length !== 64 || signature[63] < 128 || publicKey.every((byte) => byte === 0))
    return false;
  const commitment = Buffer.from(signature.subarray(0, 32));
  const response = numberOf(signature.subarray(32)) - 2n ** 255n;
  if (response >= ORDER) return false;
  const transcript = transcriptOf(publicKey, message);
  transcript.append("sign:R", commitment);
  const challenge = numberOf(transcript.challenge("sign:c")) % ORDER;
  return encode(add(multiply(response, BASE), multiply(ORDER - challenge, key))).equals(commitment);
}

function transcriptOf(publicKey, message) {
  const transcript = new Transcript("SigningContext");
  transcript.append("", Buffer.from(CONTEXT));
  transcript.append("sign-bytes", message);
  transcript.append("proto-name", Buffer.from("Schnorr-sig"));
  transcript.append("sign:pk", publicKey);
  return transcript;
}

/** Merlin (https://merlin.cool). */
class Transcript {
  #strobe = new Strobe("Merlin v1.0");

  constructor(label) {
    this.append("dom-sep", Buffer.from(label));
  }

  append(label, message) {
    this.#strobe.about(label, message.length);
    this.#strobe.associate(message);
  }

  challenge(label) {
    this.#strobe.about(label, 64);
    return this.#strobe.draw(64);
  }

  /** What a signature hides: it depends on all that was appended, on the key and on random bytes. */
  witness(label, secret, random) {
    const strobe = this.#strobe.copy();
    strobe.about(label, secret.length);
    strobe.key(secret);
    strobe.about("rng");
    strobe.key(random);
    strobe.about(sizeOf(64));
    return strobe.draw(64);
  }
}

/** The operations of STROBE-128 (https://strobe.sourceforge.io/specs) that Merlin uses. */
class Strobe {
  static RATE = 166;
  #state = permuted(
    Buffer.concat([Buffer.from([1, Strobe.RATE + 2, 1, 0, 1, 96]), Buffer.from("STROBEv1.0.2"), Buffer.alloc(182)]),
  );
  #at = 0;
  #begin = 0;

  constructor(label) {
    this.about(label);
  }

  copy() {
    const other = new Strobe("");
    [other.#state, other.#at, other.#begin] = [Buffer.from(this.#state), this.#at, this.#begin];
    return other;
  }

  /** Associated metadata: a label, and perhaps a length. */
  about(label, length) {
    this.#operation(0b10010);
    this.#absorb(Buffer.from(label));
    if (length !== undefined) this.#absorb(sizeOf(length));
  }

  associate(bytes) {
    this.#operation(0b00010);
    this.#absorb(bytes);
  }

  key(bytes) {
    this.#operation(0b00110);
    this.#each(bytes.length, (at, number) => (this.#state[at] = bytes[number]));
  }

  draw(length) {
    this.#operation(0b00111);
    const out = Buffer.alloc(length);
    this.#each(length, (at, number) => {
      out[number] = this.#state[at];
      this.#state[at] = 0;
    });
    return out;
  }

  #operation(flags) {
    const before = this.#begin;
    this.#begin = this.#at + 1;
    this.#absorb([before, flags]);
    if (flags & 0b100100 && this.#at !== 0) this.#permute();
  }

  #absorb(bytes) {
    this.#each(bytes.length, (at, number) => (this.#state[at] ^= bytes[number]));
  }

  #each(length, act) {
    for (let number = 0; number < length; number += 1) {
      act(this.#at, number);
      this.#at += 1;
      if (this.#at === Strobe.RATE) this.#permute();
    }
  }

  #permute() {
    this.#state[this.#at] ^= this.#begin;
    this.#state[this.#at + 1] ^= 4;
    this.#state[Strobe.RATE + 1] ^= 128;
    this.#state = permuted(this.#state);
    this.#at = 0;
    this.#begin = 0;
  }
}

function sizeOf(length) {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(length);
  return size;
}

/** Keccak-f[1600] (FIPS 202 §3.3). */
function permuted(state) {
  let lanes = Array.from({ length: 25 }, (_, at) => state.readBigUInt64LE(8 * at));
  let register = 1;
  for (let round = 0; round < 24; round += 1) {
    const columns = [0, 1, 2, 3, 4].map((x) => [0, 5, 10, 15, 20].reduce((sum, y) => sum ^ lanes[x + y], 0n));
    lanes = lanes.map((lane, at) => lane ^ columns[(at + 4) % 5] ^ rotated(columns[(at + 1) % 5], 1));
    let [x, y] = [1, 0];
    let moving = lanes[1];
    for (let step = 0; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const next = lanes[x + 5 * y];
      lanes[x + 5 * y] = rotated(moving, (((step + 1) * (step + 2)) / 2) % 64);
      moving = next;
    }
    lanes = lanes.map((lane, at) => {
      const row = at - (at % 5);
      return lane ^ (BigInt.asUintN(64, ~lanes[row + ((at + 1) % 5)]) & lanes[row + ((at + 2) % 5)]);
    });
    for (let power = 0; power < 7; power += 1) {
      if (register & 1) lanes[0] ^= 1n << BigInt(2 ** power - 1);
      register = (register << 1) ^ (register & 128 ? 0x171 : 0);
    }
  }
  const out = Buffer.alloc(200);
  lanes.forEach((lane, at) => out.writeBigUInt64LE(lane, 8 * at));
  return out;
}

function rotated(lane, by) {
  return BigInt.asUintN(64, (lane << BigInt(by)) | (lane >> BigInt(64 - by)));
}

/** The field of Curve25519, the order of its group, and constants of RFC 9496 §4.1. */
const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = modulo(-121665n * power(121666n, FIELD - 2n));
const ROOT = power(2n, (FIELD - 1n) / 4n);
const [, INVERSE_ROOT] = rootOfRatio(1n, modulo(-1n - D));
const BASE = base();

/** The point of Ed25519 with y = 4/5 and an even x. */
function base() {
  const y = modulo(4n * power(5n, FIELD - 2n));
  const [, x] = rootOfRatio(modulo(y * y - 1n), modulo(D * y * y + 1n));
  return { x, y, z: 1n, t: modulo(x * y) };
}

/** RFC 9496 §4.2: whether top / bottom is a square, and its root that is not negative. */
function rootOfRatio(top, bottom) {
  const root = modulo(top * bottom ** 3n * power(top * bottom ** 7n, (FIELD - 5n) / 8n));
  const check = modulo(bottom * root * root);
  const flipped = check === modulo(-top);
  const turned = flipped || check === modulo(-top * ROOT);
  return [flipped || check === modulo(top), positive(turned ? root * ROOT : root)];
}

/** RFC 9496 §4.3.1; null for what encodes no element. */
function decode(bytes) {
  const s = numberOf(bytes);
  if (s >= FIELD || s & 1n) return null;
  const [less, more] = [modulo(1n - s * s), modulo(1n + s * s)];
  const v = modulo(-D * less * less - more * more);
  const [square, inverse] = rootOfRatio(1n, modulo(v * more * more));
  const denominator = modulo(inverse * more);
  const x = positive(2n * s * denominator);
  const y = modulo(less * inverse * denominator * v);
  const t = modulo(x * y);
  return square && !(t & 1n) && y !== 0n ? { x, y, z: 1n, t } : null;
}

/** RFC 9496 §4.3.2. */
function encode({ x, y, z, t }) {
  const [one, two] = [modulo((z + y) * (z - y)), modulo(x * y)];
  const [, inverse] = rootOfRatio(1n, modulo(one * two * two));
  const [first, second] = [modulo(one * inverse), modulo(two * inverse)];
  const zInverse = modulo(first * second * t);
  const turned = modulo(t * zInverse) & 1n;
  const [across, up, denominator] = turned ? [y * ROOT, x * ROOT, first * INVERSE_ROOT] : [x, y, second];
  const signed = modulo(across * zInverse) & 1n ? -up : up;
  return bytesOf(positive(denominator * (z - signed)));
}

/** RFC 8032 §5.1.4. */
function add(one, other) {
  const a = modulo((one.y - one.x) * (other.y - other.x));
  const b = modulo((one.y + one.x) * (other.y + other.x));
  const c = modulo(2n * one.t * other.t * D);
  const d = modulo(2n * one.z * other.z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: modulo(e * f), y: modulo(g * h), z: modulo(f * g), t: modulo(e * h) };
}

function multiply(scalar, point) {
  let sum = { x: 0n, y: 1n, z: 1n, t: 0n };
  for (let doubled = point, rest = scalar; rest > 0n; rest >>= 1n, doubled = add(doubled, doubled)) {
    if (rest & 1n) sum = add(sum, doubled);
  }
  return sum;
}

function power(value, exponent) {
  let product = 1n;
  for (let square = modulo(value), rest = exponent; rest > 0n; rest >>= 1n, square = modulo(square * square)) {
    if (rest & 1n) product = modulo(product * square);
  }
  return product;
}

/** The one of a number and its negative that is even. */
function positive(value) {
  const rest = modulo(value);
  return rest & 1n ? FIELD - rest : rest;
}

function modulo(value) {
  const rest = value % FIELD;
  return rest < 0n ? rest + FIELD : rest;
}

/** Little-endian. */
function numberOf(bytes) {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function bytesOf(value) {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}
