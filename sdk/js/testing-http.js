// Outgoing requests of a contract of `testing.js`, which the test answers.

import { ContractError, toWit } from "./errors.js";

/** As many requests as the worker sends at once, and answers that it keeps open. */
const AT_ONCE = 16;
const MAX_OPEN = 8;
const MAX_READ = 1_048_576;

/** The interface `http` of one call; `secretOf` gives the value of a secret, or throws. */
export function http(host, secretOf) {
  const streams = new Streams();
  const send = (request) => {
    const { parts, ...head } = asked(host, secretOf, request);
    return { ...head, body: Uint8Array.from(Buffer.concat([...parts])) };
  };
  const one = (request) => {
    try {
      return { tag: "ok", val: send(request) };
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      return { tag: "err", val: toWit(error) };
    }
  };
  const tooMany = () => ({ tag: "err", val: toWit(ContractError.invalid(`at most ${AT_ONCE} requests at once`)) });
  return {
    send,
    sendAll: (requests) => requests.map(requests.length > AT_ONCE ? tooMany : one),
    open: (request) => streams.open(() => asked(host, secretOf, request)),
    read: (handle, max) => streams.read(handle, max),
    close: (handle) => streams.close(handle),
  };
}

export function unreachable() {
  throw ContractError.unavailable("this test has no answer for outgoing requests; give World.open an `http`");
}

/** Sends a request; what the test answers, with its content in parts. */
function asked(host, secretOf, request) {
  const { secretHeaders, ...plain } = request;
  const filled = secretHeaders.map(({ name, prefix, secret }) => ({
    name: name.toLowerCase(),
    value: prefix + secretOf(secret),
  }));
  const sent = { ...plain, headers: [...request.headers, ...filled], body: Uint8Array.from(request.body) };
  if (filled.length > 0 && !sent.url.startsWith("https:"))
    throw ContractError.denied("a secret would leave unencrypted");
  host.requests.push(sent);
  const { status = 200, headers = {}, body = "" } = host.http(sent);
  const fields = Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), value }));
  return { status, headers: fields, parts: partsOf(body), tlsPeerSha256: null };
}

/** The parts in which content comes: one, unless the test gives a list or a generator of them. */
function* partsOf(body) {
  const whole = typeof body === "string" || ArrayBuffer.isView(body);
  for (const part of whole ? [body] : body) {
    const bytes = Uint8Array.from(Buffer.from(part));
    if (bytes.length > 0) yield bytes;
  }
}

/** The answers that a call has open. */
class Streams {
  #count = 0;
  /** Handle to what has come and was not read, and what is to come. */
  #open = new Map();

  open(ask) {
    if (this.#open.size >= MAX_OPEN) throw ContractError.limit(`at most ${MAX_OPEN} answers are open at once`);
    const { parts, ...head } = ask();
    this.#count += 1;
    this.#open.set(this.#count, { rest: new Uint8Array(), parts });
    return { ...head, handle: this.#count };
  }

  read(handle, max) {
    if (max < 1 || max > MAX_READ) throw ContractError.invalid(`max is 1 to ${MAX_READ}`);
    const stream = this.#open.get(handle);
    if (stream === undefined) throw ContractError.notFound();
    if (stream.rest.length === 0 && !this.#fetch(handle, stream)) return null;
    const part = stream.rest.subarray(0, max);
    stream.rest = stream.rest.subarray(max);
    return part;
  }

  close(handle) {
    this.#open.delete(handle);
  }

  /** Takes the next part; without one, or after an error, the answer is closed. */
  #fetch(handle, stream) {
    this.#open.delete(handle);
    const { done, value } = stream.parts.next();
    if (done) return false;
    stream.rest = value;
    this.#open.set(handle, stream);
    return true;
  }
}
