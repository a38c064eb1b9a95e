// The schedule of `testing-host.js`: entries in memory, and the cron expressions of `wit/schedule.wit`.

import { ContractError } from "./errors.js";
import { isReserved } from "./testing-path.js";

const MAX_ENTRIES = 64;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const DAYS_AHEAD = 3653;
const FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];

/** The entries as one call sees them, over those that were committed: name to `{ dueMs, cron, request }`. */
export class Schedule {
  constructor(committed, nowMs) {
    this.entries = new Map(committed);
    this.nowMs = nowMs;
  }

  at(name, dueMs, request) {
    if (dueMs > this.nowMs + DAYS_AHEAD * DAY) throw ContractError.invalid("a time more than ten years ahead");
    this.#set(name, { dueMs: Math.max(dueMs, this.nowMs + 1), cron: null, request });
  }

  cron(name, cron, request) {
    const dueMs = nextAfter(cron, this.nowMs);
    if (dueMs === null) throw ContractError.invalid("an expression that stands for no time within ten years");
    this.#set(name, { dueMs, cron, request });
    return dueMs;
  }

  cancel(name) {
    this.entries.delete(checkedName(name));
  }

  list() {
    const names = [...this.entries.keys()].sort();
    return names.map((name) => ({ name, dueMs: this.entries.get(name).dueMs, cron: this.entries.get(name).cron }));
  }

  #set(name, { dueMs, cron, request: { method, path, body } }) {
    checkedName(name);
    if (!/^[A-Z]{1,16}$/.test(method)) throw ContractError.invalid("a method has 1 to 16 letters in upper case");
    if (!/^\/[!-~]{0,1023}$/.test(path))
      throw ContractError.invalid("a path begins with / and has at most 1024 visible ASCII characters");
    if (isReserved(path))
      throw ContractError.invalid(
        "paths that begin with /.adyton/, as they are, resolved or decoded, are the worker's",
      );
    if (body.length > 16_384) throw ContractError.invalid("content has at most 16384 bytes");
    if (!this.entries.has(name) && this.entries.size >= MAX_ENTRIES)
      throw ContractError.limit(`a contract has at most ${MAX_ENTRIES} entries in its schedule`);
    this.entries.set(name, { dueMs, cron, request: { method, path, body: Uint8Array.from(body) } });
  }
}

/** Takes the first entry that is due by `nowMs` out of `entries`, or brings it to its next time; null if none is. */
export function takeDue(entries, nowMs) {
  const [first] = [...entries].sort(([one, a], [two, b]) => a.dueMs - b.dueMs || (one < two ? -1 : 1));
  if (first === undefined || first[1].dueMs > nowMs) return null;
  const [name, { dueMs, cron, request }] = first;
  const next = cron === null ? null : nextAfter(cron, dueMs);
  if (next === null) entries.delete(name);
  else entries.set(name, { dueMs: next, cron, request });
  return { name, dueMs, request };
}

function checkedName(name) {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
    throw ContractError.invalid("the name of an entry has 1 to 64 of a-z A-Z 0-9 . _ -");
  return name;
}

/** The first time after `afterMs` that an expression stands for; null if there is none within ten years. */
export function nextAfter(text, afterMs) {
  const fields = text.split(" ").filter((field) => field !== "");
  if (fields.length !== FIELDS.length || text.length > 128)
    throw ContractError.invalid("an expression has five fields");
  const [minutes, hours, days, months, weekdays] = fields.map((field, at) => numbers(field, ...FIELDS[at]));
  const both = fields[2].startsWith("*") || fields[4].startsWith("*");
  const begin = (Math.floor(afterMs / MINUTE) + 1) * MINUTE;
  const today = Math.floor(begin / DAY) * DAY;
  for (let day = today; day <= today + DAYS_AHEAD * DAY; day += DAY) {
    const date = new Date(day);
    const weekday = date.getUTCDay();
    const fits = [days.has(date.getUTCDate()), weekdays.has(weekday) || (weekday === 0 && weekdays.has(7))];
    if (!months.has(date.getUTCMonth() + 1) || !(both ? fits[0] && fits[1] : fits[0] || fits[1])) continue;
    for (let time = Math.max(day, begin); time < day + DAY; time += MINUTE) {
      const minute = (time - day) / MINUTE;
      if (hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) return time;
    }
  }
  return null;
}

function numbers(field, least, most) {
  const found = new Set();
  for (const part of field.split(",")) {
    const [, all, first, last, step] = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const begin = all === undefined ? Number(first) : least;
    const end = all === undefined ? Number(last ?? first) : most;
    const stepless = step !== undefined && all === undefined && last === undefined;
    if (!(begin >= least && end <= most && begin <= end) || stepless || Number(step) === 0)
      throw ContractError.invalid(`the field ${field} of an expression has numbers of ${least} to ${most}`);
    for (let number = begin; number <= end; number += Number(step ?? 1)) found.add(number);
  }
  return found;
}
