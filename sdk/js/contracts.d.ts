import type { Bytes } from "./bytes.js";
import type { ContractError } from "./errors.js";
import type { Headers, HeadersInit } from "./headers.js";
import type { Response } from "./message.js";

/**
 * Calls of other contracts on the same worker. Needs the grant `contracts`, and the contract to be named in the
 * manifest's `contracts`.
 *
 * The other contract commits what it writes before the response comes, and keeps it whatever becomes of this call. It
 * sees this contract as its caller. What must happen once needs a key in the request by which it refuses a second one.
 * A chain of calls has at most 4 contracts, none of them twice; each call counts as one of `limits.egress_requests`.
 */

/** Why another contract did not respond. */
export type Refusal =
  | "invalid"
  | "limit"
  | "elsewhere"
  | "unavailable"
  | "reentrant"
  | "too-deep"
  | "denied"
  | "failed"
  | "trapped"
  | "exceeded";

/** Thrown where another contract did not respond. Passed on, it is an error of the kind that is nearest. */
export class CallRefused extends ContractError {
  constructor(refusal: Refusal, detail?: string);
  /**
   * `elsewhere`: the same worker does not run it; `unavailable`: it cannot be called now, which whoever called may
   * bring about on purpose; `reentrant`: it waits in this chain of calls; `too-deep`: the chain has 4 contracts;
   * `denied`: the manifest does not name it, or it answers only accounts; `failed`: it returned an error; `trapped`: its
   * code failed; `exceeded`: it used up its fuel or another limit.
   */
  readonly refusal: Refusal;
}

/** A request to another contract. */
export interface Called {
  /** The method; by default `GET`. */
  method?: string;
  /** The path and, after `?`, the query; at most 8192 bytes. */
  path: string;
  /** At most 64 header fields, 16384 bytes in all. */
  headers?: HeadersInit | Headers;
  /** The content, at most `limits.egress_bytes`; by default empty. */
  body?: Bytes;
  /** The most fuel that the other contract may use; by default what is left. */
  fuelLimit?: number | null;
}

/**
 * Calls the contract with this identifier, 32 bytes or their hexadecimal digits, and waits for its response, of any
 * status. Throws `CallRefused` if there is none. A contract that gives all its fuel has none left to handle that where
 * the other one uses it up.
 *
 * Cost: 600000 fuel + 4 per byte of request and response, and the fuel that the other contract used.
 */
export function call(contract: Bytes, request: Called): Response;
