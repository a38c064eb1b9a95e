// `Math.random` and `crypto` as programs expect them, over the host's randomness.
//
// The engine's own `Math.random` must never run: its state is part of the component that everybody can read, and
// gives every call the same numbers.

import { random } from "adyton:granted";
import { ContractError, ask } from "./errors.js";

/** Bytes asked for at once for numbers: asking costs more than the bytes. */
const BATCH = 256;
let store = new DataView(new ArrayBuffer(0));
let used = 0;

function bytes(length, what) {
  if (random === undefined) throw ContractError.denied(`${what} needs the grant "random" in adyton.toml`);
  return ask(what, () => random.bytes(length));
}

/** A number of 0 to less than 1, with 53 random bits. */
export function number() {
  if (used + 8 > store.byteLength) {
    const fresh = bytes(BATCH, "Math.random");
    store = new DataView(fresh.buffer, fresh.byteOffset, fresh.byteLength);
    used = 0;
  }
  const high = store.getUint32(used) >>> 11;
  const low = store.getUint32(used + 4);
  used += 8;
  return (high * 2 ** 32 + low) / 2 ** 53;
}

function getRandomValues(array) {
  if (
    !ArrayBuffer.isView(array) ||
    array instanceof Float32Array ||
    array instanceof Float64Array ||
    array instanceof DataView
  ) {
    throw new TypeError("random values are written into an array of whole numbers");
  }
  if (array.byteLength > 65_536) throw new RangeError("at most 65536 random bytes at once");
  const fresh = bytes(array.byteLength, "crypto.getRandomValues");
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(fresh);
  return array;
}

/** A random identifier: version 4, RFC 9562. */
function randomUUID() {
  const id = bytes(16, "crypto.randomUUID");
  id[6] = (id[6] & 0x0f) | 0x40;
  id[8] = (id[8] & 0x3f) | 0x80;
  const digits = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}

export const crypto = { getRandomValues, randomUUID };
