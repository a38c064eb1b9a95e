// `fetch`: outgoing requests with promises. Needs the grant `http` when it is called.
//
// Requests are collected while the contract has something else to do, and then leave together: those of one
// `Promise.all` run in parallel.

import { http } from "adyton:granted";
import { ContractError, ask } from "./errors.js";
import { fromHost, toHost } from "./outgoing.js";
import { Promise, whenIdle } from "./promise.js";

/** As many requests as the host sends at once. */
const AT_ONCE = 16;
let waiting = [];

export function fetch(input, init = {}) {
  return new Promise((resolve, reject) => {
    if (http === undefined) throw ContractError.denied('fetch needs the grant "http" in adyton.toml');
    if (init.signal != null) throw ContractError.invalid("a request is not aborted by a signal; give timeoutMs");
    if (![undefined, "manual"].includes(init.redirect)) {
      throw ContractError.invalid("redirects are not followed: the response tells where to, ask again yourself");
    }
    waiting.push({ request: toHost(input, init), resolve, reject });
  });
}

/** Forgets what an earlier call of this instance left behind. */
export function forget() {
  waiting = [];
}

whenIdle(() => {
  const now = waiting.splice(0, AT_ONCE);
  if (now.length === 0) return false;
  const results = ask("fetch", () => http.sendAll(now.map(({ request }) => request)));
  now.forEach(({ resolve, reject }, at) => {
    const outcome = fromHost(results[at]);
    if (outcome instanceof ContractError) reject(outcome);
    else resolve(outcome);
  });
  return true;
});
