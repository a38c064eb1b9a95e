// What a program finds in the global object. Runs before every other module of the contract.
//
// Two of these replace something dangerous that the engine has: `Math.random`, which would give every call the same
// numbers, and `Date`, whose clock would end the call. The others are missing in the engine.

import { ContractDate, performance } from "./clock.js";
import { console } from "./console.js";
import { crypto, number } from "./entropy.js";
import { fetch } from "./fetch.js";
import { Headers } from "./headers.js";
import { Request, Response } from "./message.js";
import { Promise, enqueue } from "./promise.js";
import { URLSearchParams } from "./query.js";
import { TextDecoder, TextEncoder } from "./text.js";
import { URL } from "./url.js";

const globals = {
  Date: ContractDate,
  Headers,
  Promise,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  console,
  crypto,
  fetch,
  performance,
  queueMicrotask: enqueue,
};

for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
Object.defineProperty(Math, "random", { value: number, writable: true, enumerable: false, configurable: true });
