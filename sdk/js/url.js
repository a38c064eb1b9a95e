// `URL`: the part of the WHATWG URL Standard that a contract meets, `http:` and `https:` with an ASCII host.
//
// Other schemes are refused rather than parsed by other rules than everybody else's; a host that is not ASCII is
// refused too, as the worker would refuse it: write its `xn--` form.

import { encodeText } from "./bytes.js";
import { URLSearchParams } from "./query.js";

const DEFAULT_PORTS = { "http:": "80", "https:": "443" };
/** Characters that are percent-encoded, beside controls, space and all that is not ASCII. */
const IN_PATH = '"#<>?^`{}';
const IN_QUERY = "\"#<>'";
const IN_FRAGMENT = '"<>`';
const IN_USER = '"#<>?^`{}/:;=@[\\]|';

export class URL {
  #parts;
  #search;

  constructor(url, base) {
    this.#parts = parse(tidy(url), base === undefined ? null : new URL(base).#parts);
  }

  static canParse(url, base) {
    try {
      return Boolean(new URL(url, base));
    } catch {
      return false;
    }
  }

  static parse(url, base) {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  get href() {
    const { protocol, username, password, path, query, fragment } = this.#parts;
    const secret = password === "" ? "" : `:${password}`;
    const user = username === "" && secret === "" ? "" : `${username}${secret}@`;
    return `${protocol}//${user}${this.host}${path}${mark("?", query)}${mark("#", fragment)}`;
  }

  set href(url) {
    this.#parts = parse(tidy(url), null);
  }

  get origin() {
    return `${this.protocol}//${this.host}`;
  }

  get protocol() {
    return this.#parts.protocol;
  }

  get username() {
    return this.#parts.username;
  }

  get password() {
    return this.#parts.password;
  }

  get host() {
    return this.port === "" ? this.hostname : `${this.hostname}:${this.port}`;
  }

  get hostname() {
    return this.#parts.hostname;
  }

  get port() {
    return this.#parts.port;
  }

  get pathname() {
    return this.#parts.path;
  }

  set pathname(path) {
    this.#parts.path = normalPath(String(path));
  }

  get search() {
    return this.#parts.query ? `?${this.#parts.query}` : "";
  }

  set search(query) {
    const text = String(query).replace(/^\?/, "");
    this.#parts.query = text === "" ? null : encode(text, IN_QUERY);
    this.#search = undefined;
  }

  get searchParams() {
    this.#search ??= URLSearchParams.of(this.#parts.query ?? "", (query) => {
      this.#parts.query = query === "" ? null : query;
    });
    return this.#search;
  }

  get hash() {
    return this.#parts.fragment ? `#${this.#parts.fragment}` : "";
  }

  set hash(fragment) {
    const text = String(fragment).replace(/^#/, "");
    this.#parts.fragment = text === "" ? null : encode(text, IN_FRAGMENT);
  }

  toString() {
    return this.href;
  }

  toJSON() {
    return this.href;
  }
}

function mark(sign, text) {
  return text === null ? "" : sign + text;
}

/** Without what the standard has removed before anything else: controls and spaces around, tabs and line ends. */
function tidy(url) {
  return String(url)
    .replace(/^[\0-\x20]+|[\0-\x20]+$/g, "")
    .replace(/[\t\n\r]/g, "");
}

function parse(text, base) {
  const [, beforeFragment, fragment] = /^([^#]*)(?:#([^]*))?$/.exec(text);
  const shape = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([/\\]{2,}[^/\\?]*)?([^?]*)(?:\?([^]*))?$/.exec(beforeFragment);
  const [, scheme, authority, path, query] = shape;
  const parts =
    scheme === undefined && authority === undefined
      ? relative(base, path, query, text)
      : absolute(scheme, authority, base, path, text);
  parts.query = query === undefined ? parts.query : encode(query, IN_QUERY);
  parts.fragment = fragment === undefined ? null : encode(fragment, IN_FRAGMENT);
  return parts;
}

function absolute(scheme, authority, base, path, text) {
  const protocol = scheme === undefined ? base?.protocol : `${scheme.toLowerCase()}:`;
  if (protocol === undefined) throw refused(text, "it has no scheme");
  if (!Object.hasOwn(DEFAULT_PORTS, protocol)) throw refused(text, "its scheme is neither http nor https");
  if (authority === undefined) throw refused(text, "it has no host");
  return {
    protocol,
    ...parseAuthority(authority.replace(/^[/\\]+/, ""), protocol, text),
    path: normalPath(path),
    query: null,
  };
}

function relative(base, path, query, text) {
  if (base === null) throw refused(text, "it is relative, and to nothing");
  if (path === "") return { ...base, query: query === undefined ? base.query : null };
  const rooted = /^[/\\]/.test(path);
  const folder = base.path.slice(0, base.path.lastIndexOf("/") + 1);
  return { ...base, path: normalPath(rooted ? path : folder + path), query: null };
}

function parseAuthority(authority, protocol, text) {
  const at = authority.lastIndexOf("@");
  const [username, password = ""] = at < 0 ? [""] : splitOnce(authority.slice(0, at), ":");
  const place = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]+)(?::([0-9]*))?$/.exec(authority.slice(at + 1));
  if (place === null) throw refused(text, "its host or port is malformed");
  const [, host, digits = ""] = place;
  return {
    username: encode(username, IN_USER),
    password: encode(password, IN_USER),
    hostname: normalHost(host, text),
    port: normalPort(digits, protocol, text),
  };
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function normalHost(host, text) {
  if (host.startsWith("[")) return host.toLowerCase();
  if (!/^[\x21-\x7e]+$/.test(host)) throw refused(text, "its host is not ASCII; write its xn-- form");
  if (/[#%/<>?@\\^|`"{}\x7f]/.test(host)) throw refused(text, "its host has characters that no host has");
  return host.toLowerCase();
}

function normalPort(digits, protocol, text) {
  if (digits === "") return "";
  const port = Number(digits);
  if (port > 65_535) throw refused(text, "its port is above 65535");
  return String(port) === DEFAULT_PORTS[protocol] ? "" : String(port);
}

/** Begins with `/`, without `.` and `..`. */
function normalPath(path) {
  const segments = path.replaceAll("\\", "/").replace(/^\//, "").split("/");
  const out = [];
  segments.forEach((segment, at) => {
    const plain = segment.replace(/%2e/gi, ".");
    const last = at === segments.length - 1;
    if (plain === "..") out.pop();
    if (plain !== "." && plain !== "..") out.push(encode(segment, IN_PATH));
    else if (last) out.push("");
  });
  return `/${out.join("/")}`;
}

function encode(text, special) {
  if (/^[A-Za-z0-9\-._~/=&%+:@!$(),*;]*$/.test(text) && special !== IN_USER) return text;
  let out = "";
  for (const byte of encodeText(text)) {
    const character = String.fromCharCode(byte);
    const plain = byte > 0x20 && byte < 0x7f && !special.includes(character);
    out += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

function refused(text, why) {
  return new TypeError(`'${text}' is not a URL: ${why}`);
}
