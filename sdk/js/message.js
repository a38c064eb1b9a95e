// `Request` and `Response` (WHATWG Fetch §5): what a contract is asked and answers, and what `fetch` sends and gets.
//
// Other than in a browser the content is there as a whole: `body` is its bytes and not a stream.

import { decodeJson, decodeText, encodeJson, toBytes } from "./bytes.js";
import { Headers } from "./headers.js";
import { Promise } from "./promise.js";
import { URLSearchParams } from "./query.js";
import { URL } from "./url.js";

/** A contract has no host name; this one is nobody's (RFC 2606). */
const ORIGIN = "https://contract.invalid";
const TEXT = "text/plain;charset=UTF-8";
const FORM = "application/x-www-form-urlencoded;charset=UTF-8";
const JSON_TYPE = "application/json";
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The content, and the ways to read it. Each gives a promise, as everywhere; reading twice is allowed here. */
class Content {
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  get body() {
    return this.#bytes;
  }

  get bodyUsed() {
    return false;
  }

  bytes() {
    return Promise.try(() => bytesOf(this));
  }

  arrayBuffer() {
    return Promise.try(() => bytesOf(this).slice().buffer);
  }

  text() {
    return Promise.try(() => decodeText(bytesOf(this)));
  }

  json() {
    return Promise.try(() => decodeJson(bytesOf(this)));
  }
}

/** The content's bytes; none are an empty sequence. */
export function bytesOf(message) {
  return message.body ?? new Uint8Array();
}

/** Bytes of what a program gave as content, and the type that belongs to it. */
function contentOf(given) {
  if (given === undefined || given === null) return { bytes: null, type: null };
  if (typeof given === "string") return { bytes: toBytes(given), type: TEXT };
  if (given instanceof URLSearchParams) return { bytes: toBytes(given.toString()), type: FORM };
  if (ArrayBuffer.isView(given) || given instanceof ArrayBuffer) return { bytes: toBytes(given), type: null };
  throw new TypeError("content is text, bytes or URLSearchParams");
}

/** What came over the component's border. It is taken as it is: not everything that arrives could be made here. */
class Arrived {
  constructor(raw) {
    Object.assign(this, raw);
    this.headers = Headers.ofFields(raw.headers);
    if (raw.body.length === 0) this.body = null;
  }
}

/** The request that the contract is asked. */
export function arrivedRequest(raw) {
  return new Request(new Arrived(raw));
}

/** The response to a request that the contract sent. */
export function arrivedResponse(raw) {
  return new Response(new Arrived(raw));
}

function withType(headers, type) {
  if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
  return headers;
}

export class Request extends Content {
  #url;
  #headers;

  constructor(input, init = {}) {
    if (input instanceof Arrived) {
      super(input.body);
      this.method = input.method;
      this.#url = ORIGIN + input.path;
      this.#headers = input.headers;
      this.params = {};
      return;
    }
    const from = input instanceof Request ? input : null;
    const given = contentOf(init.body);
    super(given.bytes ?? from?.body ?? null);
    this.method = checkedMethod(init.method ?? from?.method ?? "GET");
    if (given.bytes !== null && (this.method === "GET" || this.method === "HEAD")) {
      throw new TypeError(`a request with the method ${this.method} has no content`);
    }
    this.#url = from === null ? new URL(input).href : from.url;
    this.#headers = withType(new Headers(init.headers ?? from?.headers ?? []), given.type);
    this.params = from?.params ?? {};
  }

  get url() {
    return this.#url;
  }

  get headers() {
    return this.#headers;
  }

  get path() {
    return this.#url.slice(this.#url.indexOf("/", this.#url.indexOf("//") + 2));
  }

  get route() {
    return this.path.split("?", 1)[0];
  }

  get webhook() {
    return this.headers.get("adyton-webhook");
  }

  get chainMessage() {
    const number = this.headers.get("adyton-message");
    return number === null ? null : Number(number);
  }

  get watch() {
    return this.headers.get("adyton-watch");
  }

  query(name) {
    const path = this.path;
    const at = path.indexOf("?");
    return at < 0 ? null : new URLSearchParams(path.slice(at)).get(name);
  }

  clone() {
    return new Request(this);
  }
}

export class Response extends Content {
  #headers;

  constructor(body = null, { status = 200, statusText = "", headers = [] } = {}) {
    if (body instanceof Arrived) {
      super(body.body);
      this.status = body.status;
      this.statusText = "";
      this.#headers = body.headers;
      this.tlsPeerSha256 = body.tlsPeerSha256 ?? null;
      return;
    }
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new RangeError("a status is a whole number of 200 to 599");
    const given = contentOf(body);
    super(given.bytes);
    this.status = status;
    this.statusText = String(statusText);
    this.#headers = withType(new Headers(headers), given.type);
    this.tlsPeerSha256 = null;
  }

  get headers() {
    return this.#headers;
  }

  get ok() {
    return this.status >= 200 && this.status <= 299;
  }

  clone() {
    return new Response(this.body, this);
  }

  static json(value, init = {}) {
    const response = new Response(encodeJson(value), init);
    withType(response.#headers, JSON_TYPE);
    return response;
  }

  static redirect(url, status = 302) {
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError("this status is not one of a redirect");
    return new Response(null, { status, headers: { location: String(url) } });
  }

  static notFound() {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    return new Response("there is nothing under this path\n", { status: 404, headers });
  }
}

function checkedMethod(method) {
  const text = String(method);
  if (!METHOD.test(text)) throw new TypeError(`'${text}' is not a method`);
  const upper = text.toUpperCase();
  return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].includes(upper) ? upper : text;
}
