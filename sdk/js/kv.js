// The contract's key-value store. Needs the grant `kv`.

import * as host from "phat:contract/kv@0.1.0";
import { decodeJson, decodeText, encodeJson, toBytes } from "./bytes.js";
import { ContractError, ask, whole } from "./errors.js";

export function get(key) {
  return ask("kv.get", () => host.get(toBytes(key, "the key")) ?? null);
}

export function getMany(keys) {
  const names = Array.from(keys, (key) => toBytes(key, "a key"));
  return ask("kv.getMany", () => host.getMany(names)).map((value) => value ?? null);
}

export function set(key, value) {
  ask("kv.set", () => host.set(toBytes(key, "the key"), toBytes(value)));
}

export function setUntil(key, value, endsMs) {
  ask("kv.setUntil", () => host.setUntil(toBytes(key, "the key"), toBytes(value), end(endsMs)));
}

export function swap(key, expected, value) {
  const before = expected == null ? null : toBytes(expected, "the expected value");
  ask("kv.swap", () => host.swap(toBytes(key, "the key"), before, toBytes(value)));
}

function remove(key) {
  ask("kv.delete", () => host.delete(toBytes(key, "the key")));
}
export { remove as delete };

export function write(operations) {
  const all = Array.from(operations, operation);
  ask("kv.write", () => host.write(all));
}

export function scan(prefix, { after = null, limit = 100 } = {}) {
  const from = after === null ? null : toBytes(after, "after");
  const count = whole(limit, 1, 1000, "limit");
  const page = ask("kv.scan", () => host.scan(toBytes(prefix, "the prefix"), from, count));
  return { entries: page.entries, next: page.next ?? null };
}

export function scanBack(prefix, { before = null, limit = 100 } = {}) {
  const from = before === null ? null : toBytes(before, "before");
  const count = whole(limit, 1, 1000, "limit");
  const page = ask("kv.scanBack", () => host.scanBack(toBytes(prefix, "the prefix"), from, count));
  return { entries: page.entries, next: page.next ?? null };
}

export function* entries(prefix, { descending = false } = {}) {
  for (let from = null; ;) {
    const options = { after: from, before: from, limit: 1000 };
    const page = descending ? scanBack(prefix, options) : scan(prefix, options);
    yield* page.entries;
    if (page.next === null) return;
    from = page.next;
  }
}

export function getText(key) {
  const value = get(key);
  return value === null ? null : decodeText(value);
}

export function getJson(key) {
  const value = get(key);
  return value === null ? null : decodeJson(value);
}

export function setJson(key, value) {
  set(key, encodeJson(value));
}

/** One write of several, in the form in which it crosses the component's border. */
function operation(given) {
  const key = toBytes(given.key, "the key");
  switch (given.do) {
    case "set":
      if (given.endsMs == null) return { tag: "set", val: { key, value: toBytes(given.value) } };
      return { tag: "set-until", val: { key, value: toBytes(given.value), endsMs: end(given.endsMs) } };
    case "swap": {
      const expected = given.expected == null ? null : toBytes(given.expected, "the expected value");
      return { tag: "swap", val: { key, expected, value: toBytes(given.value) } };
    }
    case "delete":
      return { tag: "delete", val: key };
    default:
      throw ContractError.invalid("an operation does 'set', 'swap' or 'delete'");
  }
}

/** A time that the border carries whole, also one of a `Date`. */
function end(given) {
  return whole(Number(given), 0, Number.MAX_SAFE_INTEGER, "endsMs");
}
