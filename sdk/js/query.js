// `URLSearchParams` (WHATWG URL Standard §6): the pairs of a query.

import { encodeText, toBytes } from "./bytes.js";
import { TextDecoder } from "./text.js";

const decoder = new TextDecoder();

export class URLSearchParams {
  #pairs = [];
  #changed = () => {};

  constructor(init = "") {
    if (typeof init === "string") this.#pairs = parse(init.replace(/^\?/, ""));
    else if (typeof init?.[Symbol.iterator] === "function") this.#pairs = Array.from(init, pair);
    else this.#pairs = Object.entries(init ?? {}).map(pair);
  }

  /** The parameters of a URL: `changed` is told the new query. */
  static of(query, changed) {
    const made = new URLSearchParams(query);
    made.#changed = changed;
    return made;
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    this.#pairs.push(pair([name, value]));
    this.#changed(this.toString());
  }

  delete(name, value) {
    const stays = ([key, held]) => key !== String(name) || (value !== undefined && held !== String(value));
    this.#pairs = this.#pairs.filter(stays);
    this.#changed(this.toString());
  }

  get(name) {
    return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null;
  }

  getAll(name) {
    return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value);
  }

  has(name, value) {
    return this.#pairs.some(([key, held]) => key === String(name) && (value === undefined || held === String(value)));
  }

  set(name, value) {
    const at = this.#pairs.findIndex(([key]) => key === String(name));
    if (at < 0) return this.append(name, value);
    this.#pairs = this.#pairs.filter(([key], place) => key !== String(name) || place === at);
    this.#pairs[at] = pair([name, value]);
    this.#changed(this.toString());
  }

  sort() {
    this.#pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
    this.#changed(this.toString());
  }

  forEach(work, self) {
    for (const [name, value] of this.#pairs) work.call(self, value, name, this);
  }

  *entries() {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys() {
    for (const [name] of this.#pairs) yield name;
  }

  *values() {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toString() {
    return this.#pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  }
}

function pair(given) {
  const [name, value] = given;
  return [String(name), String(value)];
}

function parse(query) {
  const parts = query.split("&").filter((part) => part !== "");
  return parts.map((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [decoded(part), ""] : [decoded(part.slice(0, at)), decoded(part.slice(at + 1))];
  });
}

/** The set `application/x-www-form-urlencoded`, with `+` for a space. */
function encoded(text) {
  let out = "";
  for (const byte of encodeText(text)) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) out += "+";
    else if (/[A-Za-z0-9*\-._]/.test(character)) out += character;
    else out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

function decoded(text) {
  return percentDecoded(text.replaceAll("+", " "));
}

/** `%` and two digits as the byte they stand for; anything else stays as it is. */
export function percentDecoded(text) {
  if (!text.includes("%")) return text;
  const bytes = toBytes(text);
  const out = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const digits = String.fromCharCode(bytes[at + 1], bytes[at + 2]);
    if (bytes[at] === 0x25 && /^[0-9a-f]{2}$/i.test(digits)) {
      out.push(Number.parseInt(digits, 16));
      at += 2;
    } else {
      out.push(bytes[at]);
    }
  }
  return decoder.decode(Uint8Array.from(out));
}
