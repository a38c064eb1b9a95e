// Outgoing HTTP requests, one by one or several at once, to wait for on the spot. Needs the grant `http`.
//
// `fetch` does the same with promises; `open` reads an answer as it comes.

import * as host from "phat:contract/http@0.1.0";
import { ask, whole } from "./errors.js";
import { Headers } from "./headers.js";
import { arrivedResponse } from "./message.js";
import { fromHost, toHost } from "./outgoing.js";

/** The most bytes of an answer that are read at once. */
const MAX_PART = 1_048_576;
/** How many are, if nobody says. */
const PART = 65_536;

export function send(input, init) {
  const request = toHost(input, init);
  return arrivedResponse(ask("http.send", () => host.send(request)));
}

export function sendAll(requests) {
  const all = requests.map((one) => (Array.isArray(one) ? toHost(...one) : toHost(one)));
  return ask("http.sendAll", () => host.sendAll(all)).map(fromHost);
}

export function open(input, init) {
  const request = toHost(input, init);
  return new Incoming(ask("http.open", () => host.open(request)));
}

class Incoming {
  #handle;

  constructor({ handle, status, headers, tlsPeerSha256 }) {
    this.#handle = handle;
    this.status = status;
    this.headers = Headers.ofFields(headers);
    this.tlsPeerSha256 = tlsPeerSha256 ?? null;
  }

  get ok() {
    return this.status >= 200 && this.status <= 299;
  }

  read(max = PART) {
    const most = whole(max, 1, MAX_PART, "max");
    return ask("http.read", () => host.read(this.#handle, most)) ?? null;
  }

  close() {
    ask("http.close", () => host.close(this.#handle));
  }

  *[Symbol.iterator]() {
    try {
      for (let part = this.read(); part !== null; part = this.read()) yield part;
    } finally {
      this.close();
    }
  }
}
