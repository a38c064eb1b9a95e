/**
 * A contract's own tests: its program under Node, with a host in memory in place of the worker's. What is not here:
 * fuel, memory and time limits, the worker's network rules, and the contract's real keys.
 */

import type { Value } from "./databases.js";
import type * as redis from "./redis.js";

/** A request that the contract sent. Secrets are filled in, as the worker does. */
export interface Sent {
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  body: Uint8Array;
  timeoutMs: number | null;
}

/** Who calls: `{ tag: "account", val: … }` with 32 bytes, or nobody. */
export type Principal = { tag: "anonymous" | "system" } | { tag: "account" | "contract"; val: Uint8Array };

/** A connection to a database that has tables, as the test answers for it. */
export interface Tables {
  /** The columns' names, and rows. */
  query?: (text: string, parameters: Value[]) => { columns: string[]; rows: Value[][] };
  /** How many rows were changed; of `mysql` nothing. */
  execute?: (text: string, parameters: Value[]) => number | void;
}

export interface Start {
  /** Milliseconds since 1970-01-01 UTC; by default the beginning of 2026. */
  nowMs?: number;
  settings?: Record<string, string>;
  /** The owner's secrets; each has version 1. */
  secrets?: Record<string, string | Uint8Array>;
  /** The chain's state: storage keys and values in hexadecimal digits, with or without `0x`. */
  chain?: Record<string, string>;
  /**
   * Answers the contract's requests, or throws a `ContractError`. Without it they fail with `unavailable`. Content in
   * several parts, as of a list or a generator, comes to `http.open` in these; what it throws breaks the answer off.
   */
  http?: (request: Sent) => {
    status?: number;
    headers?: Record<string, string>;
    body?: string | Uint8Array | Iterable<string | Uint8Array>;
  };
  /**
   * Answers for other contracts, or throws an error whose `payload` is a refusal (`{ tag: "trapped", val: "why" }`).
   * Without it each of them is `elsewhere`.
   */
  contracts?: (request: Sent & { contract: string; path: string }) => {
    status?: number;
    headers?: Record<string, string>;
    body?: string | Uint8Array;
  };
  /**
   * Answers for databases outside: a connection for an address. Without it none can be opened. What is thrown as
   * `DatabaseFailed` is the database's failure.
   */
  databases?: {
    postgres?: (address: string) => Tables;
    mysql?: (address: string) => Tables;
    redis?: (address: string) => Partial<redis.Connection>;
  };
  /** Gives this many bytes; by default random ones. */
  random?: (length: number) => Uint8Array;
}

/** What the contract meets; everything may be looked at and changed between calls. */
export interface Host {
  nowMs: number;
  block: number;
  /** The identities that the contract's context has, 32 bytes each. */
  network: Uint8Array;
  contract: Uint8Array;
  settings: Record<string, string>;
  secrets: Record<string, string | Uint8Array>;
  chain: Record<string, string>;
  http: NonNullable<Start["http"]>;
  random: (length: number) => Uint8Array;
  /** What was committed and has not ended; what a test sets here counts as committed by an earlier call. */
  readonly store: {
    get(key: string | Uint8Array): Uint8Array | null;
    set(key: string | Uint8Array, value: string | Uint8Array): void;
    readonly size: number;
  };
  /** The finished objects, as the store; and how many are unfinished. */
  readonly objects: {
    get(name: string): Uint8Array | null;
    set(name: string, content: string | Uint8Array, contentType?: string | null): void;
    readonly size: number;
    readonly unfinished: number;
  };
  /** Log lines, of failed calls too. */
  lines: { level: string; message: string }[];
  /** Requests that left, of failed calls too. */
  requests: Sent[];
  /** Calls to the chain that were reported. */
  reports: Uint8Array[];
}

/** A run of the contract's schedule. */
export interface Run {
  /** The entry's name. */
  name: string;
  /** When it was due, which is the time that the contract saw. */
  dueMs: number;
  /** What the contract answered; null if it threw. */
  answer: Answer | null;
  /** What it threw; null if it answered. */
  error: ContractError | null;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** All of its content. */
  body: Uint8Array;
  /** The parts of it that `reply.write` gave before the program returned. */
  parts: Uint8Array[];
  text(): string;
  json(): any;
}

export class World {
  /**
   * Bundles the program in `folder` (by default the current one) with the grants of its `adyton.toml`. `program` is the
   * path of another one than `src/main.ts` or `src/main.js`.
   */
  static open(options?: Start & { folder?: string; program?: string; grants?: string[] }): Promise<World>;
  readonly host: Host;
  /**
   * Runs the program's `init`. Without it, the first call does, of itself. Throws the `ContractError` of one that fails:
   * then it has changed nothing, and each call tries it again before it is answered, and throws the same.
   */
  init(): void;
  /**
   * Runs the program's `migrate` in the place of `init`, on the state that the test gave `host.store`, as if the version
   * of this number and with this hash of its code had left it. Throws as `init` does.
   */
  migrate(fromVersion?: number, fromCode?: Uint8Array): void;
  /**
   * Calls the contract; what it writes is committed if it answers. Throws the `ContractError` that a caller would see.
   */
  call(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: string | Uint8Array; caller?: Principal },
  ): Answer;
  /**
   * Makes the runs of the contract's schedule that are due by the host's `nowMs`, in the order of their times, and each
   * at its time; at most 1000. A test moves the clock and then calls this.
   */
  runDue(): Run[];
}

/**
 * Seals `content` to a public key that the contract has of `crypto.encryptionKey`, as anybody can with a library for
 * HPKE (RFC 9180). The sealed bytes are others each time. `info` and `associatedData` are empty unless they are given.
 */
export function seal(
  publicKey: Uint8Array,
  content: string | Uint8Array,
  options?: { info?: string | Uint8Array; associatedData?: string | Uint8Array },
): Uint8Array;

export { ContractError } from "./errors.js";
export { DatabaseFailed } from "./databases.js";
