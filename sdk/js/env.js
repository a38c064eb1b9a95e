// Who and where the contract is, and who calls. Needs no grant.

import * as host from "phat:contract/env@0.1.0";
import { toHex } from "./bytes.js";
import { ask } from "./errors.js";
import { callNumber } from "./instance.js";

/** Who calls. Prints as text and as JSON, where the bare bytes would be an object of numbers. */
class Caller {
  constructor(principal) {
    this.kind = principal.tag;
    this.id = principal.val ?? null;
  }

  toString() {
    return this.id === null ? this.kind : `${this.kind} ${toHex(this.id)}`;
  }

  toJSON() {
    return this.id === null ? { kind: this.kind } : { kind: this.kind, id: toHex(this.id) };
  }
}

/** The context does not change during a call, and asking costs: it is asked for once. */
let remembered = { call: 0, context: null };

export function context() {
  if (remembered.call === callNumber() && remembered.context !== null) return remembered.context;
  const found = ask("env.context", () => host.get());
  const known = { ...found, lease: found.lease ?? null, caller: new Caller(found.caller) };
  remembered = { call: callNumber(), context: known };
  return known;
}

export function caller() {
  return context().caller;
}

export function nowMs() {
  return context().nowMs;
}

export function settings() {
  return ask("env.settings", () => host.settings());
}

export function setting(name) {
  return settings().find((field) => field.name === name)?.value ?? null;
}

export function gasLeft() {
  return ask("env.gasLeft", () => host.gasLeft());
}
