// `TextEncoder` and `TextDecoder` (WHATWG Encoding Standard), which the engine lacks. UTF-8 only.

import { encodeText, latin1, toBytes } from "./bytes.js";

const LABELS = ["utf-8", "utf8", "unicode-1-1-utf-8"];

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return encodeText(text);
  }

  encodeInto(text, destination) {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const bytes = encodeText(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

export class TextDecoder {
  #fatal;
  #ignoreBOM;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!LABELS.includes(String(label).trim().toLowerCase())) {
      throw new RangeError(`the encoding '${label}' is not there: only UTF-8 is`);
    }
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding() {
    return "utf-8";
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = new Uint8Array(), { stream = false } = {}) {
    if (stream) throw new TypeError("text cannot be decoded in parts: give all of it at once");
    const text = this.#text(toBytes(input));
    return !this.#ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  #text(bytes) {
    try {
      // The engine's own decoder: it refuses everything that is not UTF-8.
      return decodeURIComponent(escape(latin1(bytes)));
    } catch {
      if (this.#fatal) throw new TypeError("these bytes are not UTF-8");
      return repaired(bytes);
    }
  }
}

/** The text of bytes that are not all UTF-8: each longest beginning of a character is one U+FFFD. */
function repaired(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const { length, character } = next(bytes, at);
    text += character;
    at += length;
  }
  return text;
}

/** One character, by the table of well-formed sequences (Unicode 15, table 3-7). */
function next(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return { length: 1, character: String.fromCharCode(first) };
  const rest =
    first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
  let code = first & (0x3f >> rest);
  let length = 1;
  for (; length <= rest; length += 1) {
    const byte = bytes[at + length];
    const [low, high] = length === 1 ? secondBetween(first) : [0x80, 0xbf];
    if (!(byte >= low && byte <= high)) break;
    code = (code << 6) | (byte & 0x3f);
  }
  const whole = rest > 0 && length > rest;
  return { length, character: whole ? String.fromCodePoint(code) : "\ufffd" };
}

function secondBetween(first) {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}
