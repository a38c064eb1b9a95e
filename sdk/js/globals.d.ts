import type * as headers from "./headers.js";
import type { OutgoingInit } from "./http.js";
import type * as message from "./message.js";
import type * as url from "./url.js";

/**
 * What a program finds in the global object beside the language itself.
 *
 * `Math.random()` needs the grant `random` and throws `denied` without it. `Date.now()` and `new Date()` are the call's
 * time, the same during the whole call. Both throw while the contract is built, at the top level of a module. There are
 * no timers: nothing runs after the answer.
 */
declare global {
  type Headers = headers.Headers;
  var Headers: typeof headers.Headers;
  type Request = message.Request;
  var Request: typeof message.Request;
  type Response = message.Response;
  var Response: typeof message.Response;
  type URL = url.URL;
  var URL: typeof url.URL;
  type URLSearchParams = url.URLSearchParams;
  var URLSearchParams: typeof url.URLSearchParams;

  /**
   * Sends a request: `http.send` with a promise, its limits, errors and cost. Requests of which none waits for another,
   * as those of one `Promise.all`, leave together, up to 16 at once. Those that nobody waits for are sent before the
   * answer leaves. Needs the grant `http`, and rejects with `denied` without it; redirects are not followed.
   */
  function fetch(
    input: string | url.URL | message.Request,
    init?: OutgoingInit & { redirect?: "manual" },
  ): Promise<message.Response>;

  /** Runs a function once everything that was begun before has run. */
  function queueMicrotask(job: () => void): void;

  /** Bytes as the characters of a text of one byte each, from base64. */
  function atob(text: string): string;
  /** Base64 of a text whose characters are bytes. */
  function btoa(text: string): string;

  /** UTF-8 (WHATWG Encoding Standard). */
  class TextEncoder {
    readonly encoding: "utf-8";
    encode(text?: string): Uint8Array;
    encodeInto(text: string, destination: Uint8Array): { read: number; written: number };
  }

  /** UTF-8 (WHATWG Encoding Standard), all of the text at once. */
  class TextDecoder {
    constructor(label?: "utf-8" | "utf8", options?: { fatal?: boolean; ignoreBOM?: boolean });
    readonly encoding: "utf-8";
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    /** Throws `TypeError` for what is not UTF-8, if `fatal`; puts U+FFFD in its place otherwise. */
    decode(input?: ArrayBuffer | ArrayBufferView): string;
  }

  /** Lines of the contract's log; without the grant `log` they are dropped. Bytes are shown as hexadecimal digits. */
  var console: {
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    trace(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
    assert(truth?: boolean, ...values: unknown[]): void;
  };

  /** Randomness that nobody can foresee. Needs the grant `random`, and throws `denied` without it. */
  var crypto: {
    /** Fills an array of whole numbers, at most 65536 bytes. */
    getRandomValues<T extends ArrayBufferView>(array: T): T;
    /** A random identifier: version 4, RFC 9562. */
    randomUUID(): string;
  };

  /** Time does not pass during a call: `now` is 0. */
  var performance: { now(): number; readonly timeOrigin: number };
}
