// `Headers` (WHATWG Fetch §2.2.2): header fields of a request or response. Names are in lower case.

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No line ends and no NUL; characters up to U+00FF, each of which is one byte. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Fields of one connection (RFC 9110 §7.6.1), and the content's length: an answer from elsewhere is passed on without. */
const NOT_PASSED_ON = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export class Headers {
  #fields = [];

  constructor(init = []) {
    const pairs = typeof init?.[Symbol.iterator] === "function" ? init : Object.entries(init ?? {});
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name, value) {
    this.#fields.push({ name: checkedName(name), value: checkedValue(value) });
  }

  delete(name) {
    const key = checkedName(name);
    this.#fields = this.#fields.filter((field) => field.name !== key);
  }

  get(name) {
    const key = checkedName(name);
    const found = this.#fields.filter((field) => field.name === key);
    return found.length === 0 ? null : found.map((field) => field.value).join(", ");
  }

  getSetCookie() {
    return this.#fields.filter((field) => field.name === "set-cookie").map((field) => field.value);
  }

  has(name) {
    const key = checkedName(name);
    return this.#fields.some((field) => field.name === key);
  }

  set(name, value) {
    this.delete(name);
    this.append(name, value);
  }

  forEach(work, self) {
    for (const [name, value] of this) work.call(self, value, name, this);
  }

  /** Ascending by name; the values of one name are joined, but for `set-cookie`. */
  *entries() {
    const names = [...new Set(this.#fields.map((field) => field.name))].sort();
    for (const name of names) {
      if (name === "set-cookie") for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.get(name)];
    }
  }

  *keys() {
    for (const [name] of this) yield name;
  }

  *values() {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /** The fields one by one, in their order: the form in which they cross the component's border. */
  static fieldsOf(headers) {
    return headers.#fields.map(({ name, value }) => ({ name, value }));
  }

  /** The headers of fields that came over the border. */
  static ofFields(fields) {
    const headers = new Headers();
    headers.#fields = fields.map(({ name, value }) => ({ name: name.toLowerCase(), value }));
    return headers;
  }
}

/** The fields of an answer, in the form in which they cross the component's border. */
export function answerFields(headers) {
  return Headers.fieldsOf(headers).filter(({ name }) => !NOT_PASSED_ON.has(name));
}

function checkedName(name) {
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError(`'${text}' is not the name of a header field`);
  return text.toLowerCase();
}

function checkedValue(value) {
  const text = String(value).trim();
  if (!VALUE.test(text)) throw new TypeError("the value of a header field has characters that none can have");
  return text;
}
