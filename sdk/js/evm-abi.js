// What contracts in Solidity are called with and answer (Contract ABI Specification, Solidity documentation).

import { decodeText, encodeText, toHex } from "./bytes.js";
import { ContractError } from "./errors.js";
import { keccak256 } from "./evm-keccak.js";
import { address, concat, dataOf, numberOf, wholeOf, wordOf } from "./evm-values.js";

/** Arrays and tuples within each other, at most. */
const MAX_DEPTH = 8;
/** Elements of an array whose type says how many. */
const MAX_FIXED = 1024;
const WORD = 32;

export function encode(types, values) {
  return sequence(listOf(types), values);
}

export function call(signature, values = []) {
  const [, types] = /^[^(]+\((.*)\)$/.exec(signature) ?? [];
  if (types === undefined) throw ContractError.invalid(`'${signature}' is no function`);
  return concat(selector(signature), encode(types, values));
}

export function selector(signature) {
  return keccak256(signature).slice(0, 4);
}

export function decode(types, data) {
  return new Reader(data).sequence(0, listOf(types));
}

/**
 * The type that is written like this: `name`, of an array its element in `parts` and its `length` (null where the data
 * says it), of a tuple its members in `parts`.
 */
export function parse(text) {
  const [found, rest] = parseOne(String(text), 0);
  if (rest !== "") throw noType(text);
  return found;
}

/** A value that takes 32 bytes whatever it is. */
export function word(kind, value) {
  const [, name, size] = /^(uint|bytes)([0-9]+)$/.exec(kind.name) ?? [];
  if (name === "uint") return wordOf(wholeOf(value, Number(size)));
  if (kind.name === "address") return concat(new Uint8Array(12), dataOf(address(value)));
  if (kind.name === "bool" && typeof value === "boolean") return wordOf(value ? 1n : 0n);
  if (name === "bytes" && value instanceof Uint8Array && value.length === Number(size)) {
    return concat(value, new Uint8Array(WORD - value.length));
  }
  throw mismatch(kind);
}

function noType(text) {
  return ContractError.invalid(`'${text}' is no type`);
}

function mismatch(kind) {
  return ContractError.invalid(`a value is not of the type ${kind.name}`);
}

function listOf(types) {
  if (types === "") return [];
  const found = parse(`(${types})`);
  if (found.name !== "tuple") throw noType(types);
  return found.parts;
}

function typeOf(name, parts = [], length = null) {
  const open = name === "array" && length === null;
  const dynamic = open || name === "bytes" || name === "string" || parts.some((part) => part.dynamic);
  const size = parts.reduce((sum, part) => sum + part.head, 0) * (length ?? 1);
  return { name, parts, length, dynamic, head: dynamic || parts.length === 0 ? WORD : size };
}

/** A type, and the text behind it. */
function parseOne(text, outside) {
  let depth = outside;
  let [found, rest] = text.startsWith("(") ? parseTuple(text.slice(1), depth + 1) : parseName(text);
  while (rest.startsWith("[")) {
    depth += 1;
    const [all, digits] = /^\[([1-9][0-9]{0,3})?\]/.exec(rest) ?? [];
    const length = digits === undefined ? null : Number(digits);
    if (all === undefined || depth > MAX_DEPTH || length > MAX_FIXED) throw noType(text);
    [found, rest] = [typeOf("array", [found], length), rest.slice(all.length)];
  }
  return [found, rest];
}

function parseName(text) {
  const [name] = /^[0-9A-Za-z]+/.exec(text) ?? [""];
  const [, kind, digits] = /^(uint|bytes)([1-9][0-9]{0,2})$/.exec(name) ?? [];
  const size = Number(digits);
  const sized = kind === "uint" ? size <= 256 && size % 8 === 0 : kind === "bytes" && size <= WORD;
  if (!sized && !["address", "bool", "bytes", "string"].includes(name)) throw noType(text);
  return [typeOf(name), text.slice(name.length)];
}

function parseTuple(text, depth) {
  if (depth > MAX_DEPTH + 1) throw noType(text);
  const members = [];
  let rest = `,${text}`;
  while (rest.startsWith(",")) {
    const [member, behind] = parseOne(rest.slice(1), depth);
    members.push(member);
    rest = behind;
  }
  if (!rest.startsWith(")")) throw noType(text);
  return [typeOf("tuple", members), rest.slice(1)];
}

/** The types of a tuple's members, or of so many elements. */
function partsOf(kind, count) {
  return kind.name === "tuple" ? kind.parts : Array(count).fill(kind.parts[0]);
}

/** Values one behind the other: first what each takes in its place, then what stands behind. */
function sequence(types, values) {
  if (!Array.isArray(values) || types.length !== values.length) {
    throw ContractError.invalid(`not the values of ${types.length} types`);
  }
  const places = [];
  const behind = [];
  let at = types.reduce((sum, kind) => sum + kind.head, 0);
  types.forEach((kind, position) => {
    const encoded = encodedOf(kind, values[position]);
    places.push(kind.dynamic ? wordOf(at) : encoded);
    if (!kind.dynamic) return;
    behind.push(encoded);
    at += encoded.length;
  });
  return concat(...places, ...behind);
}

function encodedOf(kind, value) {
  if (kind.name === "bytes" && value instanceof Uint8Array) return sized(value);
  if (kind.name === "string" && typeof value === "string") return sized(encodeText(value));
  if (kind.parts.length === 0) return word(kind, value);
  if (!Array.isArray(value)) throw mismatch(kind);
  if (kind.name === "tuple" || kind.length !== null) return sequence(partsOf(kind, kind.length), value);
  return concat(wordOf(value.length), sequence(partsOf(kind, value.length), value));
}

function sized(content) {
  return concat(wordOf(content.length), content, new Uint8Array((WORD - (content.length % WORD)) % WORD));
}

/**
 * Reads what another contract has answered: no more bytes in all than it has, so that a short answer cannot stand for a
 * large value.
 */
class Reader {
  #data;
  #left;

  constructor(data) {
    if (!(data instanceof Uint8Array)) throw ContractError.invalid("the data are no bytes");
    this.#data = data;
    this.#left = data.length;
  }

  sequence(base, types) {
    const values = [];
    let at = base;
    for (const kind of types) {
      values.push(this.#value(kind, kind.dynamic ? base + this.#number(at) : at));
      at += kind.head;
    }
    return values;
  }

  #value(kind, at) {
    if (kind.name === "bytes") return this.#take(at + WORD, this.#number(at)).slice();
    if (kind.name === "string") return decodeText(this.#take(at + WORD, this.#number(at)));
    if (kind.parts.length === 0) return single(kind, this.#take(at, WORD));
    if (kind.name === "tuple" || kind.length !== null) return this.sequence(at, partsOf(kind, kind.length));
    const length = this.#number(at);
    // Each element takes 32 bytes or more.
    if (length > this.#left / WORD) {
      throw ContractError.invalid("an array says that it has more elements than the data");
    }
    return this.sequence(at + WORD, partsOf(kind, length));
  }

  /** A length, or where something is: never more than there is data. */
  #number(at) {
    const number = numberOf(this.#take(at, WORD));
    if (number <= BigInt(this.#data.length)) return Number(number);
    throw ContractError.invalid("the data says of a part that it is longer, or further behind, than the data");
  }

  #take(at, length) {
    if (at + length > this.#data.length || length > this.#left) {
      throw ContractError.invalid("the data is shorter than its types");
    }
    this.#left -= length;
    return this.#data.subarray(at, at + length);
  }
}

/** The value of 32 bytes, which have to be those of its encoding. */
function single(kind, given) {
  let value = numberOf(given);
  if (kind.name === "address") value = address(toHex(given.subarray(12)));
  else if (kind.name === "bool") value = value === 1n;
  else if (kind.name.startsWith("bytes")) value = given.slice(0, Number(kind.name.slice(5)));
  if (toHex(word(kind, value)) !== toHex(given)) throw mismatch(kind);
  return value;
}
