// Numbers as contracts need them: exact. Amounts are `bigint`, because a `number` is exact only up to 2^53.

import { ContractError } from "./errors.js";

export function median(values) {
  const sorted = [...values].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  if (sorted.length === 0) return null;
  const upper = sorted[sorted.length >> 1];
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[(sorted.length >> 1) - 1];
  return lower + (upper - lower) / 2n;
}

export function parseDecimal(text, decimals) {
  const [, whole, fraction = ""] = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > decimals) {
    throw ContractError.invalid(`'${text}' is not a number with at most ${decimals} decimals`);
  }
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

export function formatDecimal(units, decimals) {
  const digits = String(units).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
