// Why a contract, or a function of its host, did not do what it was asked: the variant `error` of `wit/types.wit`.

import { isAnswering } from "./instance.js";

/** The cases of the variant, and whether a text belongs to each. */
const KINDS = new Map([
  ["denied", true],
  ["limit", true],
  ["timeout", false],
  ["invalid", true],
  ["conflict", false],
  ["not-found", false],
  ["unavailable", true],
  ["other", true],
]);

/** More characters than these of a text are cut off: it travels to the caller, and is for people. */
const MAX_DETAIL = 2048;

export class ContractError extends Error {
  constructor(kind, detail = "") {
    if (!KINDS.has(kind)) throw new TypeError(`'${String(kind)}' is not a kind of error`);
    const text = KINDS.get(kind) ? String(detail).slice(0, MAX_DETAIL).toWellFormed() : "";
    super(text === "" ? kind : `${kind}: ${text}`);
    this.name = "ContractError";
    this.kind = kind;
    this.detail = text;
  }

  static denied(detail) {
    return new ContractError("denied", detail);
  }

  static limit(detail) {
    return new ContractError("limit", detail);
  }

  static timeout() {
    return new ContractError("timeout");
  }

  static invalid(detail) {
    return new ContractError("invalid", detail);
  }

  static conflict() {
    return new ContractError("conflict");
  }

  static notFound() {
    return new ContractError("not-found");
  }

  static unavailable(detail) {
    return new ContractError("unavailable", detail);
  }

  static other(detail) {
    return new ContractError("other", detail);
  }
}

/** The form in which an error crosses the component's border. */
export function toWit(error) {
  return KINDS.get(error.kind) ? { tag: error.kind, val: error.detail } : { tag: error.kind };
}

/** The error that crossed the border, or was thrown in its form; none if it is something else. */
export function fromWit(thrown) {
  const error = thrown?.payload ?? thrown;
  if (typeof error !== "object" || error === null || !KINDS.has(error.tag)) return null;
  return new ContractError(error.tag, error.val ?? "");
}

/** Calls a function of the host; its errors are thrown as `ContractError`. */
export function ask(name, call) {
  if (!isAnswering()) {
    throw new Error(
      `${name} works while a request is answered, not while the contract is built: call it within handle`,
    );
  }
  try {
    return call();
  } catch (thrown) {
    throw fromWit(thrown) ?? thrown;
  }
}

/** `value` if it is a whole number of `min` to `max`: the border itself would cut off what is too large. */
export function whole(value, min, max, name) {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw ContractError.invalid(`${name} is a whole number of ${min} to ${max}`);
}
