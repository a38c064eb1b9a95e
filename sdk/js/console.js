// `console`: lines of the contract's log. Without the grant `log` they are dropped.

import { log } from "adyton:granted";
import { toHex } from "./bytes.js";
import { isAnswering } from "./instance.js";

/** How deep values within values are shown. */
const MAX_DEPTH = 4;
/** How many errors are shown of a chain of causes. */
const MAX_CAUSES = 8;

/** The text of values as `console` writes them. */
export function format(values) {
  return values.map((value) => (typeof value === "string" ? value : shown(value))).join(" ");
}

/** Writing a line never throws: a value whose fields cannot be read is only named. */
function shown(value) {
  try {
    return show(value, 0, []);
  } catch {
    return text(value);
  }
}

function show(value, depth, around) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[function ${text(value.name) || "without a name"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Error) return trace(value);
  if (around.includes(value)) return "[circular]";
  if (depth === MAX_DEPTH) return "[…]";
  return showParts(value, (part) => show(part, depth + 1, [...around, value]));
}

function showParts(value, inner) {
  if (typeof value.toJSON === "function") return inner(value.toJSON());
  if (Array.isArray(value)) return `[${value.map(inner).join(", ")}]`;
  if (value instanceof Set) return `Set ${showParts([...value], inner)}`;
  if (value instanceof Map) return `Map ${showParts([...value], inner)}`;
  const pairs = Object.entries(value).map(([name, part]) => `${name}: ${inner(part)}`);
  return `{ ${pairs.join(", ")} }`;
}

/** An error with the places that led to it, and its causes. Never throws: what a program throws may hold anything. */
export function trace(error) {
  const chain = [];
  let next = error;
  while (isError(next) && !chain.includes(next) && chain.length < MAX_CAUSES) {
    chain.push(next);
    next = field(next, "cause");
  }
  return chain.map(withPlaces).join("\ncaused by ");
}

function withPlaces(error) {
  const stack = field(error, "stack");
  const places = typeof stack === "string" ? stack.trimEnd() : "";
  const head = `${text(field(error, "name"))}: ${text(field(error, "message"))}`;
  return places.startsWith(head) ? places : `${head}\n${places}`.trimEnd();
}

/** Whether it is an error; asked so, a proxy cannot throw. */
export function isError(value) {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** What a value has under a name; nothing if reading it throws. */
export function field(value, name) {
  try {
    return value[name];
  } catch {
    return undefined;
  }
}

/** The text of any value. */
export function text(value) {
  try {
    return String(value);
  } catch {
    return "a value without a text";
  }
}

/** Writes a line, where lines can be written. */
export function line(level, message) {
  if (log !== undefined && isAnswering()) log.write(level, message.toWellFormed());
}

export const console = {
  log: (...values) => line("info", format(values)),
  info: (...values) => line("info", format(values)),
  debug: (...values) => line("debug", format(values)),
  trace: (...values) => line("trace", format(values)),
  warn: (...values) => line("warn", format(values)),
  error: (...values) => line("error", format(values)),
  assert: (truth, ...values) => {
    if (!truth) line("error", `assertion failed ${format(values)}`.trimEnd());
  },
};
