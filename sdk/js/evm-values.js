// Addresses, hashes and numbers of EVM chains, and their texts.

import { fromHex, toBytes, toHex } from "./bytes.js";
import { ContractError } from "./errors.js";
import { keccak256 } from "./evm-keccak.js";

/** The field of secp256k1 (SEC 2): its curve is y² = x³ + 7. */
const FIELD = 2n ** 256n - 2n ** 32n - 977n;

/** The bytes of `0x` and two digits each, of this length if one is given. */
export function dataOf(text, length = null) {
  if (typeof text !== "string" || !/^0x([0-9a-fA-F]{2})*$/.test(text)) {
    throw ContractError.invalid("bytes are 0x and two hexadecimal digits each");
  }
  const data = fromHex(text);
  if (length !== null && data.length !== length) throw ContractError.invalid(`not ${length} bytes`);
  return data;
}

export function address(text) {
  const digits = toHex(dataOf(text, 20)).slice(2);
  const sums = toHex(keccak256(digits)).slice(2);
  let checked = "0x";
  for (let at = 0; at < 40; at += 1) checked += sums[at] >= "8" ? digits[at].toUpperCase() : digits[at];
  const given = text.slice(2);
  if (given !== digits && given !== digits.toUpperCase() && text !== checked) {
    throw ContractError.invalid(`the address ${text} has a wrong checksum`);
  }
  return checked;
}

export function addressOf(publicKey) {
  const key = toBytes(publicKey, "the public key");
  const x = numberOf(key.subarray(1));
  const square = (x * x * x + 7n) % FIELD;
  const root = power(square, (FIELD + 1n) / 4n);
  if (key.length !== 33 || (key[0] & 0xfe) !== 2 || x >= FIELD || (root * root) % FIELD !== square) {
    throw ContractError.invalid("this is no public key of secp256k1");
  }
  const y = root % 2n === BigInt(key[0] & 1) ? root : FIELD - root;
  const point = new Uint8Array(64);
  point.set(wordOf(x));
  point.set(wordOf(y), 32);
  return address(toHex(keccak256(point).subarray(12)));
}

function power(base, exponent) {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}

/** A hash, in lower case. */
export function hashText(text) {
  return toHex(dataOf(text, 32));
}

/** The number, as a bigint, if it is a whole one of 0 or more with at most so many bits. */
export function wholeOf(number, bits) {
  const whole = typeof number === "bigint" || Number.isSafeInteger(number) ? BigInt(number) : -1n;
  if (whole >= 0n && whole < 1n << BigInt(bits)) return whole;
  throw ContractError.invalid(`not a whole number of at most ${bits} bits`);
}

/** A number as JSON-RPC has it: `0x` and digits without leading zeros. */
export function quantity(number) {
  return `0x${wholeOf(number, 256).toString(16)}`;
}

/** The number of `0x` and 1 to 64 digits. */
export function fromQuantity(text) {
  if (typeof text === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(text)) return BigInt(text);
  throw ContractError.invalid("a number is 0x and 1 to 64 hexadecimal digits");
}

/** The number of bytes, the most significant first. */
export function numberOf(data) {
  return data.length === 0 ? 0n : BigInt(toHex(data));
}

/** The 32 bytes of a number. */
export function wordOf(number) {
  return fromHex(wholeOf(number, 256).toString(16).padStart(64, "0"));
}

/** One behind the other. */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
