import type { Signature } from "./evm.js";

/** The contract's keys as accounts of EVM chains. Needs the grant `crypto`. */

/** A secp256k1 key of the contract. It signs whatever digest it is given: a name is for one chain and one purpose. */
export class Key {
  private constructor();
  /** The key of this name. Throws `invalid` for a name that is none. */
  static named(name: string): Key;
  /** Its account. */
  readonly address: string;
  /** Signs a digest of 32 bytes. */
  sign(digest: Uint8Array): Signature;
}
