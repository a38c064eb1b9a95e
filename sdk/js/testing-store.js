// The key-value store of `testing.js`: a call sees what was committed and its own writes, and nothing that has ended.

import { ContractError } from "./errors.js";

const MAX_KEY = 1024;
const MAX_VALUE = 1_048_576;
const MAX_PAGE = 1_048_576;
const MAX_KEYS = 100;
const MAX_OPERATIONS = 1000;

export class Store {
  /** Values and their ends by their keys' hexadecimal digits, whose order is that of the bytes. */
  #entries = new Map();
  #now;

  /** `now` gives the present time. */
  constructor(now) {
    this.#now = now;
  }

  begin() {
    this.#removeEnded();
    return new Writes(this.#entries, this.#now(), (written) => {
      for (const [key, entry] of written) {
        if (entry === null) this.#entries.delete(key);
        else this.#entries.set(key, entry);
      }
    });
  }

  /** The committed value of a key; null if there is none, or if it has ended. */
  get(key) {
    this.#removeEnded();
    return this.#entries.get(digits(Buffer.from(key)))?.value ?? null;
  }

  /** As if an earlier call had committed it. */
  set(key, value) {
    this.#entries.set(digits(Buffer.from(key)), { value: Uint8Array.from(Buffer.from(value)), endsMs: Infinity });
  }

  get size() {
    this.#removeEnded();
    return this.#entries.size;
  }

  #removeEnded() {
    const now = this.#now();
    for (const [key, { endsMs }] of this.#entries) if (endsMs <= now) this.#entries.delete(key);
  }
}

class Writes {
  #committed;
  #nowMs;
  #written = new Map();
  #apply;

  constructor(committed, nowMs, apply) {
    this.#committed = committed;
    this.#nowMs = nowMs;
    this.#apply = apply;
  }

  commit() {
    this.#apply(this.#written);
  }

  #find(name) {
    const entry = this.#written.has(name) ? this.#written.get(name) : this.#committed.get(name);
    return entry?.value ?? null;
  }

  get(key) {
    return this.#find(keyOf(key));
  }

  getMany(keys) {
    if (keys.length > MAX_KEYS) throw ContractError.invalid(`at most ${MAX_KEYS} keys at once`);
    const values = keys.map(keyOf).map((name) => this.#find(name));
    const size = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
    if (size > MAX_PAGE) throw ContractError.limit(`values read at once have at most ${MAX_PAGE} bytes together`);
    return values;
  }

  set(key, value, endsMs = Infinity) {
    if (value.length > MAX_VALUE) throw ContractError.invalid(`a value has at most ${MAX_VALUE} bytes`);
    if (endsMs <= this.#nowMs) throw ContractError.invalid("an end is after the call's time");
    this.#written.set(keyOf(key), { value: Uint8Array.from(value), endsMs });
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

  /** All of them, or none. */
  write(operations) {
    if (operations.length > MAX_OPERATIONS) throw ContractError.invalid(`at most ${MAX_OPERATIONS} operations at once`);
    const before = new Map(this.#written);
    try {
      for (const { tag, val } of operations) {
        if (tag === "delete") this.delete(val);
        else if (tag === "swap") this.swap(val.key, val.expected, val.value);
        else this.set(val.key, val.value, val.endsMs);
      }
    } catch (error) {
      this.#written = before;
      throw error;
    }
  }

  scan(prefix, after, limit) {
    const from = after === null ? null : digits(after);
    return this.#scan(prefix, after, limit, (names) => names.filter((name) => from === null || name > from));
  }

  scanBack(prefix, before, limit) {
    const from = before === null ? null : digits(before);
    const less = (names) => names.filter((name) => from === null || name < from).reverse();
    return this.#scan(prefix, before, limit, less);
  }

  #scan(prefix, from, limit, behind) {
    if (prefix.length > MAX_KEY || from?.length > MAX_KEY) throw ContractError.invalid(`at most ${MAX_KEY} bytes`);
    if (limit < 1 || limit > 1000) throw ContractError.invalid("a limit is 1 to 1000");
    const under = digits(prefix);
    const names = [...new Set([...this.#committed.keys(), ...this.#written.keys()])].sort();
    return this.#page(behind(names.filter((name) => name.startsWith(under) && this.#find(name) !== null)), limit);
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
