// The contract's key-value store. Needs the grant `kv`.

import * as host from "phat:contract/kv@0.1.0";
import { decodeJson, decodeText, encodeJson, toBytes } from "./bytes.js";
import { ask, whole } from "./errors.js";

export function get(key) {
  return ask("kv.get", () => host.get(toBytes(key, "the key")) ?? null);
}

export function set(key, value) {
  ask("kv.set", () => host.set(toBytes(key, "the key"), toBytes(value)));
}

export function swap(key, expected, value) {
  const before = expected == null ? null : toBytes(expected, "the expected value");
  ask("kv.swap", () => host.swap(toBytes(key, "the key"), before, toBytes(value)));
}

function remove(key) {
  ask("kv.delete", () => host.delete(toBytes(key, "the key")));
}
export { remove as delete };

export function scan(prefix, { after = null, limit = 100 } = {}) {
  const from = after === null ? null : toBytes(after, "after");
  const count = whole(limit, 1, 1000, "limit");
  const page = ask("kv.scan", () => host.scan(toBytes(prefix, "the prefix"), from, count));
  return { entries: page.entries, next: page.next ?? null };
}

export function* entries(prefix) {
  for (let after = null; ;) {
    const page = scan(prefix, { after, limit: 1000 });
    yield* page.entries;
    if (page.next === null) return;
    after = page.next;
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
