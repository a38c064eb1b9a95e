// The contract's keys as accounts of EVM chains. Needs the grant `crypto`.

import * as crypto from "./crypto.js";
import { Signature } from "./evm-transaction.js";
import { addressOf } from "./evm-values.js";

export class Key {
  #name;

  constructor(name, address) {
    this.#name = name;
    this.address = address;
  }

  static named(name) {
    return new Key(name, addressOf(crypto.publicKey("secp256k1", name)));
  }

  sign(digest) {
    const given = crypto.sign("secp256k1", this.#name, digest);
    return new Signature(given.subarray(0, 32), given.subarray(32, 64), given[64]);
  }
}
