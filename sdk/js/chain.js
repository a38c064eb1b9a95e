// Reading the chain's state, and acting on the chain as the contract's own account. Needs the grant `chain`.

import * as host from "phat:contract/chain@0.1.0";
import { toBytes } from "./bytes.js";
import { ask } from "./errors.js";

/** `System.remark_with_event`: the pallet's and the call's number. */
const REMARK_WITH_EVENT = [0, 7];

export function block() {
  const { number, hash, timeMs } = ask("chain.block", () => host.block());
  return { number: Number(number), hash, timeMs: Number(timeMs) };
}

export function storage(keys) {
  const all = Array.from(keys, (key) => toBytes(key, "a storage key"));
  return ask("chain.storage", () => host.storage(all)).map((value) => value ?? null);
}

export function value(key) {
  return storage([key])[0];
}

export function report(call) {
  ask("chain.report", () => host.report(toBytes(call, "the call")));
}

export function remark(data) {
  const text = toBytes(data, "the remark");
  report(Uint8Array.from([...REMARK_WITH_EVENT, ...compact(text.length), ...text]));
}

/** SCALE's compact encoding of a length below 2^30. */
export function compact(value) {
  if (value < 1 << 6) return [value << 2];
  if (value < 1 << 14) return littleEndian((value << 2) | 1, 2);
  return littleEndian(value * 4 + 2, 4);
}

function littleEndian(value, length) {
  return Array.from({ length }, (_, at) => Math.floor(value / 256 ** at) % 256);
}
