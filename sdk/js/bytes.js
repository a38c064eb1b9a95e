// Bytes and texts. The host takes and gives bytes; contracts mostly mean text.

import { ContractError } from "./errors.js";

const CHUNK = 8192;

/** UTF-8. A half of a surrogate pair without the other becomes U+FFFD. */
export function encodeText(text) {
  const bytes = unescape(encodeURIComponent(String(text).toWellFormed()));
  // The engine has this, and does in one step what takes it one per byte below; Node may lack it.
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(btoa(bytes));
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) out[at] = bytes.charCodeAt(at);
  return out;
}

/** The text of UTF-8 bytes; refused if they are not UTF-8. */
export function decodeText(bytes) {
  try {
    return decodeURIComponent(escape(latin1(bytes)));
  } catch {
    throw ContractError.invalid("these bytes are not UTF-8");
  }
}

/** One character for each byte, with the byte's number. */
export function latin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + CHUNK));
  }
  return text;
}

/** Bytes of a text (as UTF-8), or of anything that holds bytes. No copy where there is no need of one. */
export function toBytes(value, name = "the value") {
  if (typeof value === "string") return encodeText(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw ContractError.invalid(`${name} is neither text nor bytes`);
}

/** Lower-case hexadecimal digits after `0x`. */
export function toHex(bytes) {
  let text = "0x";
  for (const byte of toBytes(bytes)) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of hexadecimal digits, with or without `0x`. */
export function fromHex(text) {
  const digits = String(text).replace(/^0x/, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    throw ContractError.invalid("not an even number of hexadecimal digits");
  }
  const out = new Uint8Array(digits.length / 2);
  for (let at = 0; at < out.length; at += 1) out[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return out;
}

/** Whether two sequences of bytes are the same. Takes the same time wherever they differ. */
export function equalBytes(one, other) {
  const left = toBytes(one);
  const right = toBytes(other);
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < left.length; at += 1) difference |= left[at] ^ right[at];
  return difference === 0;
}

/** A value as JSON; what has none (a function, undefined) is refused. */
export function encodeJson(value) {
  const text = JSON.stringify(value);
  if (text === undefined) throw ContractError.invalid("this value cannot be written as JSON");
  return encodeText(text);
}

/** The value of JSON in bytes. */
export function decodeJson(bytes) {
  try {
    return JSON.parse(decodeText(bytes));
  } catch (error) {
    throw ContractError.invalid(error instanceof ContractError ? error.detail : `not JSON: ${error.message}`);
  }
}
