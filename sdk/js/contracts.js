// Calls of other contracts on the same worker. Needs the grant `contracts`.

import * as host from "phat:contract/contracts@0.1.0";
import { fromHex, toBytes } from "./bytes.js";
import { ContractError, ask, whole } from "./errors.js";
import { Headers } from "./headers.js";
import { arrivedResponse } from "./message.js";

/** What each refusal is where the contract passes it on: the kind of error, and what it says where it says nothing. */
const REFUSALS = new Map([
  ["invalid", ["invalid", ""]],
  ["limit", ["limit", ""]],
  ["elsewhere", ["unavailable", "the called contract is not on this worker"]],
  ["unavailable", ["unavailable", ""]],
  ["reentrant", ["denied", "the called contract waits for this call"]],
  ["too-deep", ["limit", "the chain of calls has as many contracts as it may have"]],
  ["denied", ["denied", ""]],
  ["failed", ["other", ""]],
  ["trapped", ["other", ""]],
  ["exceeded", ["limit", ""]],
]);

export class CallRefused extends ContractError {
  constructor(refusal, detail = "") {
    const [kind, otherwise] = REFUSALS.get(refusal);
    super(kind, detail || otherwise);
    this.name = "CallRefused";
    this.refusal = refusal;
  }
}

export function call(contract, { method = "GET", path, headers = {}, body = "", fuelLimit = null }) {
  const id = typeof contract === "string" ? fromHex(contract) : toBytes(contract, "the contract");
  const request = {
    method: String(method),
    path: String(path),
    headers: Headers.fieldsOf(new Headers(headers)),
    body: toBytes(body, "the content"),
  };
  const limit = fuelLimit === null ? null : whole(fuelLimit, 0, Number.MAX_SAFE_INTEGER, "fuelLimit");
  return ask("contracts.call", () => {
    try {
      return arrivedResponse(host.call(id, request, limit));
    } catch (thrown) {
      const refusal = thrown?.payload ?? thrown;
      throw REFUSALS.has(refusal?.tag) ? new CallRefused(refusal.tag, refusal.val) : thrown;
    }
  });
}
