/** Who and where the contract is, and who calls. Needs no grant. */

/**
 * Who calls, as far as the worker has verified it.
 *
 * - `anonymous`: nobody in particular, the call is not signed.
 * - `account`: the account (32 bytes) that signed this very request.
 * - `contract`: a contract, by its identifier (32 bytes); the contract's own for a run of its schedule.
 * - `system`: the network itself.
 *
 * Prints as `account 0x…`, and in JSON as its kind and hexadecimal digits.
 */
export type Caller = { toString(): string; toJSON(): { kind: string; id?: string } } & (
  | { readonly kind: "anonymous" | "system"; readonly id: null }
  | { readonly kind: "account" | "contract"; readonly id: Uint8Array }
);

/** The lease under which the worker runs the contract. */
export interface Lease {
  /** Its number, from 1. */
  readonly number: number;
  /** How often the contract's store had been opened when this worker opened it. */
  readonly incarnation: number;
}

/** What is known about this call. */
export interface Context {
  /** The network's identity, 32 bytes. */
  readonly network: Uint8Array;
  /** The contract's identifier, 32 bytes. */
  readonly contract: Uint8Array;
  /** SHA-256 of this component, 32 bytes. */
  readonly code: Uint8Array;
  /** The lease; null where the code is tried out without one. */
  readonly lease: Lease | null;
  /**
   * The caller's name for this call, 16 bytes. A repetition of a call that wrote something or asked somebody outside,
   * with the same one, gets the stored answer and does not run again.
   */
  readonly requestId: Uint8Array;
  /** Who calls. */
  readonly caller: Caller;
  /**
   * Milliseconds since 1970-01-01 UTC: the chain's finalized time, carried on by the worker's own counter. The same
   * during the whole call.
   */
  readonly nowMs: number;
  /** Number of the finalized block that the worker acts on. */
  readonly block: number;
}

/** What is known about this call. Cost: 4000 fuel, at the first time in a call. */
export function context(): Context;

/** Who calls, as far as the worker has verified it. Cost: that of `context`. */
export function caller(): Caller;

/** `nowMs` of the context; `Date.now()` is the same. Cost: that of `context`. */
export function nowMs(): number;

/** The plain settings that the manifest carries, in its order. They are public. Cost: 4000 fuel + 1 per byte. */
export function settings(): { name: string; value: string }[];

/** The value of a plain setting of the manifest; null if there is none of this name. Cost: that of `settings`. */
export function setting(name: string): string | null;

/**
 * The units of fuel that are left to this call, after the cost of asking; exact up to 2^53. Cost: 500 fuel.
 */
export function gasLeft(): number;
