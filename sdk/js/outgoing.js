// From a `Request`, or what stands for one, to what `wit/http.wit` sends; and back.

import { ContractError, fromWit, whole } from "./errors.js";
import { Headers } from "./headers.js";
import { Request, arrivedResponse, bytesOf } from "./message.js";

/** Milliseconds that fit the border's number. */
const MAX_TIMEOUT = 2 ** 32 - 1;

/** What the host sends, with the fields that only a contract's requests have. */
export function toHost(input, init = {}) {
  const request = new Request(input, init);
  const { secretHeaders = [], timeoutMs = null } = init;
  return {
    method: request.method,
    url: withoutFragment(request.url),
    headers: Headers.fieldsOf(request.headers),
    secretHeaders: secretHeaders.map(secretField),
    body: bytesOf(request),
    timeoutMs: timeoutMs === null ? null : whole(timeoutMs, 0, MAX_TIMEOUT, "timeoutMs"),
  };
}

/** A fragment is for the one who asks, and is not sent. */
function withoutFragment(url) {
  return url.split("#", 1)[0];
}

function secretField(field) {
  const { name, secret, prefix = "" } = field ?? {};
  if (typeof name !== "string" || typeof secret !== "string" || typeof prefix !== "string") {
    throw ContractError.invalid("a secret header has a name, the name of a secret, and may have a prefix");
  }
  return { name, prefix, secret };
}

/** The outcome of one request of several: its response, or the error that became of it. */
export function fromHost(result) {
  if (result.tag === "ok") return arrivedResponse(result.val);
  return fromWit(result.val) ?? ContractError.other("the request failed for a reason without a name");
}
