import type { Bytes } from "./bytes.js";
import type { Key } from "./evm-keys.js";

/**
 * EVM chains, such as Ethereum: what needs no grant. Reads from several endpoints that must agree are in `evmReads`
 * (grant `http`), and the contract's keys in `evmKeys` (grant `crypto`).
 *
 * Addresses and hashes are texts: `0x` and hexadecimal digits, addresses with the checksum of EIP-55.
 *
 * **Once only.** A request leaves the worker while the call runs, and what the call writes is committed after it has
 * answered. A call that signs and sends at once can lose its memory of having sent, and the next one signs another
 * transaction. So: one call decides, signs, writes the signed bytes to `kv` and asks the schedule for another call.
 * That one looks for the receipt, and while there is none, sends the stored bytes; sent again they are the same
 * transaction, which the chain takes once. `nonce too low` is what endpoints say of a transaction that is in a block
 * already: only the receipt tells. To pay a higher fee, sign another one with the same nonce. The next nonce is the
 * larger one of what the endpoints say and of a counter in `kv`. A key that signs elsewhere too has no owner of its
 * nonces: use one name for each chain and purpose. What must never happen twice, even if the store were set back, the
 * other chain's contract has to refuse the second time.
 */

/** Whole numbers of 0 or more. */
export type Whole = bigint | number;

/** Keccak-256: 32 bytes. SHA3-256 is another hash function. */
export function keccak256(content: Bytes): Uint8Array;

/**
 * An address with its checksum. Throws `invalid` for what is none, or has letters of both cases that are not the
 * checksum.
 */
export function address(text: string): string;

/** The account of a compressed public key of secp256k1. Throws `invalid` for what is none. */
export function addressOf(publicKey: Bytes): string;

/**
 * What contracts in Solidity are called with and answer. Types are written as there, with commas between them: `uint8`
 * to `uint256`, `address`, `bool`, `bytes1` to `bytes32`, `bytes`, `string`, `T[]`, `T[3]`, tuples as `(T,U)`.
 */
export namespace abi {
  /** Of numbers; addresses and `string`; `bool`; `bytes` and `bytesN`; arrays and tuples. */
  type Value = Whole | string | boolean | Uint8Array | Value[];
  /** What is read: numbers are `bigint`. */
  type Decoded = bigint | string | boolean | Uint8Array | Decoded[];
  /** Throws `invalid` for a type that is none, and for values that are not of these types. */
  function encode(types: string, values: Value[]): Uint8Array;
  /** What a function is called with: `call("transfer(address,uint256)", [owner, 7n])`. Throws as `encode` does. */
  function call(signature: string, values?: Value[]): Uint8Array;
  /** The first four bytes of a call of this function. */
  function selector(signature: string): Uint8Array;
  /**
   * The values that the data holds. Throws `invalid` for data that ends too soon, whose values together need more bytes
   * than it has, or that do not fit their types. Parts may overlap, though no encoder makes them so. What lies behind
   * the values is not looked at.
   */
  function decode(types: string, data: Uint8Array): Decoded[];
}

/** For whom a structure is signed (EIP-712). What is missing is not part of it. */
export interface Domain {
  name?: string;
  version?: string;
  chainId?: Whole;
  verifyingContract?: string;
  /** 32 bytes. */
  salt?: Uint8Array;
}

/** The hash that stands for a domain in each digest. */
export function domainSeparator(domain: Domain): Uint8Array;

/**
 * The hash of a structure (EIP-712): `definition` is its encoded type, such as `Price(string pair,uint256 value)`. A
 * member that is a structure itself is given by its own hash, and its definition stands behind the first one. Throws
 * `invalid` if the values are not its members.
 */
export function structHash(definition: string, values: abi.Value[]): Uint8Array;

/** The digest of a structure for a domain, for `Key.sign`. */
export function typedDigest(domain: Domain, hash: Uint8Array): Uint8Array;

/** The digest of a message as wallets sign it (EIP-191, version `E`). */
export function personalDigest(message: Bytes): Uint8Array;

/** A signature of a digest. */
export class Signature {
  constructor(r: Uint8Array, s: Uint8Array, yParity: number);
  readonly r: Uint8Array;
  /** The lower of the two possible, as EIP-2 demands. */
  readonly s: Uint8Array;
  /** Which of two points r stands for, 0 or 1. */
  readonly yParity: number;
  /** r, s and v, which is 27 or 28: what a contract in Solidity hands to `ecrecover`. */
  toBytes(): Uint8Array;
}

/** What a transaction says. Amounts are in wei, those of gas for a unit. */
export interface TransactionFields {
  /** The chain that alone takes it. */
  chainId: Whole;
  /** How many transactions of the account come before it. */
  nonce: Whole;
  maxPriorityFeePerGas: Whole;
  maxFeePerGas: Whole;
  gasLimit: Whole;
  /** Whom it calls or pays; null makes a contract. */
  to?: string | null;
  value?: Whole;
  /** What a contract is called with. */
  data?: Uint8Array;
  /** Accounts, and of each the slots, that it will use (EIP-2930). */
  accessList?: [string, string[]][];
}

/** A transaction of EIP-1559. */
export class Transaction {
  constructor(fields: TransactionFields);
  /** The digest to sign. Throws `invalid` for a field out of its bounds, or an address with a wrong checksum. */
  digest(): Uint8Array;
  /** Signs it. The same transaction always gives the same bytes. */
  sign(key: Key): SignedTransaction;
  /** With a signature of `digest`. */
  withSignature(signature: Signature): SignedTransaction;
}

/** A transaction that can be sent, any number of times: the chain takes it once. */
export class SignedTransaction {
  /** Of bytes that were stored. Throws `invalid` for others. */
  constructor(bytes: Bytes);
  readonly bytes: Uint8Array;
  /** Its hash, by which `Endpoints.receipt` finds it. */
  readonly hash: string;
}
