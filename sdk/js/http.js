// Outgoing HTTP requests, one by one or several at once, to wait for on the spot. Needs the grant `http`.
//
// `fetch` does the same with promises.

import * as host from "phat:contract/http@0.1.0";
import { ask } from "./errors.js";
import { arrivedResponse } from "./message.js";
import { fromHost, toHost } from "./outgoing.js";

export function send(input, init) {
  const request = toHost(input, init);
  return arrivedResponse(ask("http.send", () => host.send(request)));
}

export function sendAll(requests) {
  const all = requests.map((one) => (Array.isArray(one) ? toHost(...one) : toHost(one)));
  return ask("http.sendAll", () => host.sendAll(all)).map(fromHost);
}
