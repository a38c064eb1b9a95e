import type { Bytes } from "./bytes.js";
import type { HeadersInit } from "./headers.js";
import type { Response } from "./message.js";

/**
 * The answer's beginning, while the call still runs: for callers who want to see it grow. Needs the grant `reply`.
 *
 * Nothing is committed before the program returns. A caller who asks for a stream sees what is begun and written as it
 * comes, marked as provisional, and the receipt last; who does not gets the whole answer at its end. If the program
 * throws after `begin`, or a limit is reached, nothing is committed, and the caller is told that what it saw is void.
 * So it is where the call had to run again, because others changed what it had read. What nobody may see unless the
 * call is committed is therefore not for `write`: it belongs into what the program returns.
 *
 * The answer is what was begun, then what was written, then the content of what the program returns, which `end` makes.
 * All together has at most `limits.response` bytes.
 */

/** With what an answer begins. */
export interface Beginning {
  /** The status code, 200 to 599; by default 200. */
  status?: number;
  /**
   * At most 64 header fields. Those that belong to the connection (RFC 9110 §7.6.1) and `content-length` are left out;
   * those that begin with `adyton-` are refused.
   */
  headers?: HeadersInit;
}

/**
 * Begins the answer, once, with its status and its header fields.
 *
 * Throws `invalid` for a status or a header field that no answer may have, or if it was begun before; `denied` in
 * `init` and `migrate`, which answer nothing.
 *
 * Cost: 20000 fuel + 2 per byte of header fields.
 */
export function begin(beginning?: Beginning): void;

/**
 * Goes on with the answer's content. Waits for a slow caller, 5 s for all of a call's parts; what is not taken by then
 * comes with the answer's end.
 *
 * Throws `invalid` before `begin`; `limit` beyond `limits.response`, and then nothing of it is written.
 *
 * Cost: 5000 fuel + 2 per byte.
 */
export function write(content: Bytes): void;

/**
 * What the program returns where it has begun the answer: the rest of the content. Throws `invalid` before `begin`. Any
 * other response ends the call with an error.
 */
export function end(content?: Bytes): Response;

/**
 * Begins the answer, writes each of the parts as it comes, and gives what the program returns then. Where making a part
 * fails, its error is thrown. Throws and costs what `begin` and `write` do.
 */
export function stream(parts: Iterable<Bytes>, beginning?: Beginning): Response;
