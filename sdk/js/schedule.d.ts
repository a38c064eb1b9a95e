import type { Bytes } from "./bytes.js";
import type { Request } from "./message.js";

/**
 * Calls that the contract asks for itself, at a time or again and again. Needs the grant `schedule`.
 *
 * What is set and cancelled takes effect with the call's writes. Times are milliseconds since 1970-01-01 UTC, by the
 * chain's finalized blocks. A name has 1 to 64 of `a-z A-Z 0-9 . _ -`; a contract has at most 64 entries.
 */

/** What the contract asks of itself. */
export interface Asked {
  /** The method; by default `POST`. */
  method?: string;
  /** The path and, after `?`, the query; at most 1024 bytes. */
  path: string;
  /** The content, at most 16384 bytes; by default empty. */
  body?: Bytes;
}

/** An entry of the schedule. */
export interface Entry {
  name: string;
  /** When it is due next. */
  dueMs: number;
  /** The expression of an entry by `cron`; null of one by `at`. */
  cron: string | null;
}

/** A run of the contract's schedule, as the worker says. */
export interface Run {
  /** The entry's name. */
  name: string;
  /** When it was due. */
  dueMs: number;
}

/**
 * Asks for one run, once it is `dueMs`; a time that has passed is as good as now. Replaces the entry called `name`.
 *
 * Throws `invalid` for a malformed name or request, or a time more than ten years ahead; `limit` for one entry too
 * many, or beyond the manifest's `limits.writes`. Cost: 350000 fuel + 20 per byte of name and request.
 */
export function at(name: string, dueMs: number | Date, request: Asked): void;

/**
 * Asks for a run at each time that `expression` stands for, after now, and gives the first. Replaces the entry called
 * `name`. The expression has five fields between spaces, in UTC: minute, hour, day of the month, month, and day of the
 * week, of which 0 and 7 are Sunday. A field is an asterisk, or a list of numbers and ranges with commas between; a
 * slash and a number behind an asterisk or a range take every so many.
 *
 * Throws `invalid` for a malformed name, request or expression, or one whose next time is more than ten years ahead;
 * `limit` for one entry too many, or beyond the manifest's `limits.writes`. Cost: 400000 fuel + 20 per byte of name,
 * expression and request.
 */
export function cron(name: string, expression: string, request: Asked): number;

/**
 * Removes the entry called `name`; nothing is wrong if there is none.
 *
 * Throws `invalid` for a malformed name, `limit` beyond the manifest's `limits.writes`. Cost: 350000 fuel + 20 per byte
 * of name.
 */
export function cancel(name: string): void;

/**
 * The entries, ascending by name. Cost: 60000 fuel + 2 per byte of names and expressions, and 2000 per entry.
 */
export function entries(): Entry[];

/** Which run of the schedule a request is; null for one that somebody sent, which nobody can make look like a run. */
export function run(request: Request): Run | null;
