import type { Headers, HeadersInit } from "./headers.js";
import type { URL, URLSearchParams } from "./url.js";

/** What content is made of. */
export type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams;

/** What a request and a response share. The content is there as a whole, and may be read more than once. */
declare abstract class Content {
  /** The content's bytes, not a stream; null if there are none. */
  readonly body: Uint8Array | null;
  readonly bodyUsed: false;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
  /** Rejects with `invalid` if the content is not UTF-8. */
  text(): Promise<string>;
  /** Rejects with `invalid` if the content is not JSON. */
  json<T = any>(): Promise<T>;
}

/** What a request is made of, beside its URL. */
export interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
}

/** A request to the contract, or one that it sends. */
export class Request extends Content {
  constructor(input: string | URL | Request, init?: RequestInit);
  /** The method, in upper case: `GET`, `POST`, … */
  readonly method: string;
  /**
   * A contract has no host name: requests to it have `https://contract.invalid`, and the path as the caller sent it.
   */
  readonly url: string;
  /** Of a request to the contract: without those that belong to the connection or to Adyton. */
  readonly headers: Headers;
  /** The path and, after `?`, the query, as the caller sent them. Begins with `/`. */
  readonly path: string;
  /** The path without the query. */
  readonly route: string;
  /**
   * The webhook of the manifest, by its path, that the request is a delivery of: its signature holds. Null for every
   * other request, whatever its path.
   */
  readonly webhook: string | null;
  /** The number of the message that the caller, an account, sent on the chain; null for every other request. */
  readonly chainMessage: number | null;
  /**
   * The watch of the manifest, by its name, whose value has changed: the content is the new value, in the chain's
   * encoding, and the method `DELETE` where there is none any more. Null for every other request, whatever its path.
   */
  readonly watch: string | null;
  /** The parts of the path that a `Router`'s pattern names. */
  params: Record<string, string>;
  /** The value of a parameter of the query, decoded; null if there is none. */
  query(name: string): string | null;
  clone(): Request;
}

/** What a response is made of, beside its content. */
export interface ResponseInit {
  /** The status code, 200 to 599; by default 200. */
  status?: number;
  statusText?: string;
  /**
   * At most 64 header fields. Those that belong to the connection (RFC 9110 §7.6.1) and `content-length` are left
   * out of an answer; those that begin with `adyton-` are refused.
   */
  headers?: HeadersInit;
}

/** The contract's answer, of at most `limits.response` bytes; or the answer to a request that it sent. */
export class Response extends Content {
  constructor(body?: BodyInit | null, init?: ResponseInit);
  readonly status: number;
  readonly statusText: string;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  readonly headers: Headers;
  /** Of an answer: SHA-256 of the other side's TLS certificate (DER), 32 bytes; null over plain HTTP. */
  readonly tlsPeerSha256: Uint8Array | null;
  clone(): Response;
  /** A response of JSON. */
  static json(value: unknown, init?: ResponseInit): Response;
  static redirect(url: string | URL, status?: 301 | 302 | 303 | 307 | 308): Response;
  /** A response 404. */
  static notFound(): Response;
}
