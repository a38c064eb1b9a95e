// The key-value store of `testing.js`: a call sees what was committed and its own writes.

import { ContractError } from "./errors.js";

const MAX_KEY = 1024;
const MAX_VALUE = 1_048_576;
const MAX_PAGE = 1_048_576;

export class Store {
  /** Values by their keys' hexadecimal digits, whose order is that of the bytes. */
  #values = new Map();

  begin() {
    return new Writes(this.#values, (written) => {
      for (const [key, value] of written) {
        if (value === null) this.#values.delete(key);
        else this.#values.set(key, value);
      }
    });
  }

  /** The committed value of a key; null if there is none. */
  get(key) {
    return this.#values.get(digits(Buffer.from(key))) ?? null;
  }

  /** As if an earlier call had committed it. */
  set(key, value) {
    this.#values.set(digits(Buffer.from(key)), Uint8Array.from(Buffer.from(value)));
  }

  get size() {
    return this.#values.size;
  }
}

class Writes {
  #committed;
  #written = new Map();
  #apply;

  constructor(committed, apply) {
    this.#committed = committed;
    this.#apply = apply;
  }

  commit() {
    this.#apply(this.#written);
  }

  #find(name) {
    return this.#written.has(name) ? this.#written.get(name) : (this.#committed.get(name) ?? null);
  }

  get(key) {
    return this.#find(keyOf(key));
  }

  set(key, value) {
    if (value.length > MAX_VALUE) throw ContractError.invalid(`a value has at most ${MAX_VALUE} bytes`);
    this.#written.set(keyOf(key), Uint8Array.from(value));
  }

  swap(key, expected, value) {
    const now = this.get(key);
    const same = now === null || expected === null ? now === expected : digits(now) === digits(expected);
    if (!same) throw ContractError.conflict();
    this.set(key, value);
  }

  delete(key) {
    this.#written.set(keyOf(key), null);
  }

  scan(prefix, after, limit) {
    if (prefix.length > MAX_KEY || after?.length > MAX_KEY) throw ContractError.invalid(`at most ${MAX_KEY} bytes`);
    if (limit < 1 || limit > 1000) throw ContractError.invalid("a limit is 1 to 1000");
    const under = digits(prefix);
    const from = after === null ? "" : digits(after);
    const names = [...new Set([...this.#committed.keys(), ...this.#written.keys()])].sort();
    const there = names.filter(
      (name) => name.startsWith(under) && (after === null || name > from) && this.#find(name) !== null,
    );
    return this.#page(there, limit);
  }

  #page(names, limit) {
    const entries = [];
    let size = 0;
    for (const name of names) {
      if (entries.length === limit || size >= MAX_PAGE) break;
      const value = this.#find(name);
      entries.push({ key: Uint8Array.from(Buffer.from(name, "hex")), value });
      size += name.length / 2 + value.length;
    }
    return { entries, next: entries.length < names.length ? entries.at(-1).key : null };
  }
}

function keyOf(key) {
  if (key.length === 0 || key.length > MAX_KEY) throw ContractError.invalid(`a key has 1 to ${MAX_KEY} bytes`);
  return digits(key);
}

function digits(bytes) {
  return Buffer.from(bytes).toString("hex");
}
