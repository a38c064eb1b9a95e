// The large objects of `testing.js`: a call sees those that were committed and what it has changed itself.

import { randomBytes } from "node:crypto";

import { toBytes } from "./bytes.js";
import { ContractError } from "./errors.js";

const MAX_NAME = 512;
const MAX_SIZE = 1_073_741_824;
const MAX_READ = 1_048_576;
const MAX_PAGE = 1000;
/** The bytes of a stored part, by which removals are counted. */
const PART = 262_144;
const MAX_CHANGED = 256;
const MAX_REMOVED = 8192;

export class Objects {
  /** Finished ones by name, and others by handle: `{ handle, name, contentType, size, atMs, parts }`. */
  #finished = new Map();
  #unfinished = new Map();

  begin(nowMs) {
    return new Changes(new Map(this.#finished), new Map(this.#unfinished), nowMs, (finished, unfinished) => {
      this.#finished = finished;
      this.#unfinished = unfinished;
    });
  }

  /** The committed content of a name; null if there is none. */
  get(name) {
    const found = this.#finished.get(name);
    return found === undefined ? null : Uint8Array.from(Buffer.concat(found.parts));
  }

  /** As if an earlier call had written and committed it. */
  set(name, content, contentType = null) {
    const parts = [toBytes(content)];
    this.#finished.set(name, { handle: newHandle(), name, contentType, size: parts[0].length, atMs: 0, parts });
  }

  /** How many are unfinished. */
  get unfinished() {
    return this.#unfinished.size;
  }

  get size() {
    return this.#finished.size;
  }
}

class Changes {
  #finished;
  #unfinished;
  #nowMs;
  #apply;
  /** What the call has changed, and how many parts it has removed. */
  #names = new Set();
  #handles = new Set();
  #removed = 0;

  constructor(finished, unfinished, nowMs, apply) {
    this.#finished = finished;
    this.#unfinished = unfinished;
    this.#nowMs = nowMs;
    this.#apply = apply;
  }

  commit() {
    this.#apply(this.#finished, this.#unfinished);
  }

  create(name, contentType) {
    checkedName(name);
    if (contentType !== null && !/^[ -~]{1,255}$/.test(contentType))
      throw ContractError.invalid("a content type has 1 to 255 visible characters of ASCII or spaces");
    const handle = newHandle();
    this.#change([handle], []);
    this.#unfinished.set(handle, { handle, name, contentType, size: 0, atMs: this.#nowMs, parts: [] });
    return handle;
  }

  append(handle, content) {
    const before = this.#begun(handle);
    const size = before.size + content.length;
    if (size > MAX_SIZE) throw ContractError.limit(`an object has at most ${MAX_SIZE} bytes`);
    if (content.length === 0) return size;
    this.#change([handle], []);
    this.#unfinished.set(handle, { ...before, size, parts: [...before.parts, Uint8Array.from(content)] });
    return size;
  }

  finish(handle) {
    const object = this.#begun(handle);
    this.#change([handle], [object.name], this.#finished.get(object.name));
    this.#unfinished.delete(handle);
    this.#finished.set(object.name, { ...object, atMs: this.#nowMs });
  }

  discard(handle) {
    const object = this.#unfinished.get(handle);
    if (object === undefined) return;
    this.#change([handle], [], object);
    this.#unfinished.delete(handle);
  }

  remove(name) {
    const object = this.#finished.get(checkedName(name));
    if (object === undefined) return;
    this.#change([], [name], object);
    this.#finished.delete(name);
  }

  stat(name) {
    const found = this.#finished.get(checkedName(name));
    return found === undefined ? null : info(found);
  }

  read(name, offset, length) {
    checkedName(name);
    if (length > MAX_READ) throw ContractError.invalid(`at most ${MAX_READ} bytes are read at once`);
    const found = this.#finished.get(name);
    if (found === undefined) throw ContractError.notFound();
    if (offset > found.size) throw ContractError.invalid("an offset behind the end");
    return sliceOf(found.parts, offset, Math.min(length, found.size - offset));
  }

  finished(prefix, after, limit) {
    if (Math.max(bytesOf(prefix), bytesOf(after ?? "")) > MAX_NAME)
      throw ContractError.invalid(`at most ${MAX_NAME} bytes`);
    checkedLimit(limit);
    const names = [...this.#finished.keys()].filter((name) => name.startsWith(prefix)).sort(byBytes);
    const behind = names.filter((name) => after === null || byBytes(name, after) > 0);
    return behind.slice(0, limit).map((name) => info(this.#finished.get(name)));
  }

  unfinished(after, limit) {
    checkedLimit(limit);
    const handles = [...this.#unfinished.keys()].filter((handle) => after === null || handle > after);
    const first = handles.sort((one, other) => one - other).slice(0, limit);
    return first.map((handle) => info(this.#unfinished.get(handle)));
  }

  #begun(handle) {
    const found = this.#unfinished.get(handle);
    if (found === undefined) throw ContractError.notFound();
    return found;
  }

  /** Counts what a function is about to change, and refuses what is beyond the bounds of a call. */
  #change(handles, names, removed = { size: 0 }) {
    const [all, named] = [new Set([...this.#handles, ...handles]), new Set([...this.#names, ...names])];
    const count = this.#removed + Math.ceil(removed.size / PART);
    if (Math.max(all.size, named.size) > MAX_CHANGED)
      throw ContractError.limit(`a call changes at most ${MAX_CHANGED} names and ${MAX_CHANGED} unfinished objects`);
    if (count > MAX_REMOVED) throw ContractError.limit(`a call removes at most ${MAX_REMOVED} parts of objects`);
    [this.#handles, this.#names, this.#removed] = [all, named, count];
  }
}

/** A random number below 2^48, which is as good as one below 2^53. */
function newHandle() {
  return randomBytes(6).readUIntBE(0, 6);
}

function checkedName(name) {
  const length = bytesOf(name);
  if (length === 0 || length > MAX_NAME || /\p{Cc}/u.test(name))
    throw ContractError.invalid(`a name has 1 to ${MAX_NAME} bytes without control characters`);
  return name;
}

function checkedLimit(limit) {
  if (limit < 1 || limit > MAX_PAGE) throw ContractError.invalid(`a limit is 1 to ${MAX_PAGE}`);
}

function sliceOf(parts, offset, length) {
  const found = [];
  let begin = 0;
  for (const part of parts) {
    const [from, to] = [Math.max(offset - begin, 0), Math.min(offset + length - begin, part.length)];
    if (from < to) found.push(part.subarray(from, to));
    begin += part.length;
  }
  return Uint8Array.from(Buffer.concat(found));
}

function info({ handle, name, contentType, size, atMs }) {
  return { handle, name, contentType, size, atMs };
}

function bytesOf(text) {
  return Buffer.byteLength(text);
}

function byBytes(one, other) {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
