// EVM chains, such as Ethereum: what needs no grant. Reads and keys are in modules of their own, because a program that
// uses one export of this one has all of them.

export * as abi from "./evm-abi.js";
export { keccak256 } from "./evm-keccak.js";
export { Signature, SignedTransaction, Transaction } from "./evm-transaction.js";
export { domainSeparator, personalDigest, structHash, typedDigest } from "./evm-typed-data.js";
export { address, addressOf } from "./evm-values.js";
