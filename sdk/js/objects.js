// The contract's large objects: contents with names, written and read in parts. Needs the grant `objects`.

import * as host from "phat:contract/objects@0.1.0";
import { toBytes } from "./bytes.js";
import { ContractError, ask, whole } from "./errors.js";

/** In how many bytes at a time a content is read and written here: the parts in which it is stored. */
const PART = 262_144;
const MAX_READ = 1_048_576;
const MAX_PAGE = 1000;
/** The largest of a handle, an offset and a length that a `number` holds. */
const MAX = Number.MAX_SAFE_INTEGER;

export function create(name, contentType = null) {
  const type = contentType === null ? null : String(contentType);
  return Number(ask("objects.create", () => host.create(nameOf(name), type)));
}

export function append(handle, content) {
  const bytes = toBytes(content, "the content");
  return Number(ask("objects.append", () => host.append(handleOf(handle), bytes)));
}

export function finish(handle) {
  ask("objects.finish", () => host.finish(handleOf(handle)));
}

export function discard(handle) {
  ask("objects.discard", () => host.discard(handleOf(handle)));
}

export function remove(name) {
  ask("objects.remove", () => host.remove(nameOf(name)));
}

export function stat(name) {
  const found = ask("objects.stat", () => host.stat(nameOf(name))) ?? null;
  return found === null ? null : info(found);
}

export function read(name, offset, length) {
  const [from, count] = [whole(offset, 0, MAX, "offset"), whole(length, 0, MAX_READ, "length")];
  return ask("objects.read", () => host.read(nameOf(name), from, count));
}

export function finished(prefix, { after = null, limit = 100 } = {}) {
  const from = after === null ? null : nameOf(after);
  const count = whole(limit, 1, MAX_PAGE, "limit");
  return ask("objects.finished", () => host.finished(nameOf(prefix), from, count)).map(info);
}

export function unfinished({ after = null, limit = 100 } = {}) {
  const from = after === null ? null : handleOf(after);
  const count = whole(limit, 1, MAX_PAGE, "limit");
  return ask("objects.unfinished", () => host.unfinished(from, count)).map(info);
}

export function write(name, content, contentType = null) {
  const inParts = typeof content?.[Symbol.iterator] === "function" && typeof content !== "string";
  const handle = create(name, contentType);
  try {
    for (const part of inParts && !ArrayBuffer.isView(content) ? content : slices(content)) append(handle, part);
    finish(handle);
  } catch (error) {
    discard(handle);
    throw error;
  }
}

export function* parts(name) {
  for (let offset = 0; ;) {
    const part = read(name, offset, PART);
    if (part.length > 0) yield part;
    if (part.length < PART) return;
    offset += part.length;
  }
}

export function* all(prefix) {
  for (let after = null; ;) {
    const page = finished(prefix, { after, limit: MAX_PAGE });
    yield* page;
    if (page.length < MAX_PAGE) return;
    after = page.at(-1).name;
  }
}

/** A name that the border carries as it is: half of a surrogate pair would become another character. */
function nameOf(name) {
  const text = String(name);
  if (!text.isWellFormed()) throw ContractError.invalid("a name is well-formed Unicode");
  return text;
}

function handleOf(handle) {
  return whole(handle, 0, MAX, "handle");
}

/** The parts of a content that is there as a whole. */
function* slices(content) {
  const bytes = toBytes(content, "the content");
  for (let at = 0; at < bytes.length; at += PART) yield bytes.subarray(at, at + PART);
}

function info({ handle, name, contentType, size, atMs }) {
  return {
    handle: Number(handle),
    name,
    contentType: contentType ?? null,
    size: Number(size),
    atMs: Number(atMs),
  };
}
