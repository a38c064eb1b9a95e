import type { ContractError } from "./errors.js";
import type { SignedTransaction, Whole } from "./evm.js";
import type { SecretHeader } from "./http.js";

/**
 * Reads of one block of an EVM chain, on which several endpoints agree first, and sending. Needs the grant `http`.
 *
 * One endpoint is one witness, who may be wrong, behind or lying. `Endpoints` asks all of them at once and takes only
 * what a majority says, in a canonical form: the decoded value.
 */

/** What one endpoint said: its answer's beginning, or why there is none, at most 160 characters of its own words. */
export interface Said {
  /** Its host; the rest of its URL may be a secret. */
  endpoint: string;
  answer: string | null;
  reason: string | null;
}

/** Fewer endpoints than needed said the same. Its kind is `unavailable`. */
export class Disagreement extends ContractError {
  readonly method: string;
  readonly needed: number;
  readonly said: Said[];
}

/** No endpoint took the transaction, which may be on the chain nevertheless. Its kind is `unavailable`. */
export class Refused extends ContractError {
  readonly transaction: string;
  readonly said: Said[];
}

/** A block on which enough endpoints agree. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  /** In seconds since 1970, by its producer's word. Endpoints that are behind together agree on an old one. */
  readonly timestamp: number;
  /** In wei for a unit of gas; null on chains without EIP-1559. */
  readonly baseFee: bigint | null;
}

/** A log entry: an event of a contract in Solidity. */
export interface Log {
  address: string;
  /** The hash of the event's signature, and its indexed members. */
  topics: string[];
  /** The other members, for `abi.decode`. */
  data: Uint8Array;
  transaction: string;
  block: string;
  blockNumber: number;
  /** Its place in the block. */
  index: number;
}

/** What became of a transaction. */
export interface Receipt {
  transaction: string;
  block: string;
  blockNumber: number;
  /** Whether it did what it was to do; otherwise it has only cost its fee. */
  succeeded: boolean;
  from: string;
  to: string | null;
  /** The contract that it made. */
  contract: string | null;
  gasUsed: number;
  logs: Log[];
}

/** JSON-RPC endpoints of one chain, of which enough have to say the same; each may throw a `Disagreement`. */
export class Endpoints {
  /**
   * At most 16 endpoints on hosts of their own, of which `needed`, a majority, have to say the same. An answer of more
   * than `maxAnswer` bytes, by default 256 KiB, counts as none. Throws `invalid` for anything else.
   */
  constructor(
    all: (string | { url: string; secretHeader?: SecretHeader })[],
    needed: number,
    options?: { maxAnswer?: number; timeoutMs?: number },
  );
  /** The chain's number (EIP-155). */
  chainId(): number;
  /**
   * The newest finalized block that enough endpoints have: of the numbers that they say, the highest that as many as
   * are needed have reached, with a hash on which they agree.
   */
  finalized(): Block;
  /** As `finalized`, but `depth` below the newest block, for chains whose endpoints do not say what is final. */
  belowLatest(depth: number): Block;
  /** What a contract answers in the state after this block. One that reverts is an endpoint's error, and no answer. */
  call(block: Block, to: string, data: Uint8Array): Uint8Array;
  /** An account's balance after this block, in wei. */
  balance(block: Block, account: string): bigint;
  /** How many transactions of an account are in the chain after this block. */
  nonce(block: Block, account: string): number;
  /** A slot of a contract's storage after this block. */
  storage(block: Block, contract: string, slot: Whole): string;
  /**
   * What became of a transaction, if that stands in this block or one before it; otherwise null. Each endpoint is asked
   * first whether it has this block, and only those are counted: to one that is behind, nothing has happened yet.
   * Receipts of earlier blocks are of this chain only as far as no reorganization goes.
   */
  receipt(block: Block, transaction: string): Receipt | null;
  /**
   * Log entries of a contract in this block, or in those from `fromBlock` up to it, with these topics in their places;
   * at most 1000. Who is counted, and what holds for earlier blocks, is as of `receipt`.
   */
  logs(block: Block, filter: { fromBlock?: number; address: string; topics?: (string | null)[] }): Log[];
  /**
   * Sends a transaction to all of them; it is sent when one has it. Throws `Refused` if none took it, which does not
   * say that it is not on the chain: only its receipt tells.
   */
  send(transaction: SignedTransaction): { transaction: string; said: Said[] };
}
