// Transactions of EIP-1559.

import { toBytes, toHex } from "./bytes.js";
import { ContractError } from "./errors.js";
import { keccak256 } from "./evm-keccak.js";
import { address, concat, dataOf, wholeOf } from "./evm-values.js";

/** The type of such a transaction (EIP-2718). */
const TYPE = new Uint8Array([2]);

export class Signature {
  constructor(r, s, yParity) {
    this.r = dataOf(toHex(r), 32);
    this.s = dataOf(toHex(s), 32);
    this.yParity = Number(wholeOf(yParity, 1));
  }

  toBytes() {
    return concat(this.r, this.s, new Uint8Array([27 + this.yParity]));
  }
}

export class SignedTransaction {
  constructor(bytes) {
    this.bytes = toBytes(bytes, "the transaction");
    if (this.bytes[0] !== TYPE[0]) throw ContractError.invalid("this is no transaction of EIP-1559");
  }

  get hash() {
    return toHex(keccak256(this.bytes));
  }
}

export class Transaction {
  constructor(fields) {
    const { to = null, value = 0n, data = new Uint8Array(0), accessList = [] } = fields;
    Object.assign(this, { ...fields, to, value, data, accessList });
  }

  digest() {
    return keccak256(concat(TYPE, list(fieldsOf(this))));
  }

  sign(key) {
    return this.withSignature(key.sign(this.digest()));
  }

  withSignature({ r, s, yParity }) {
    const signed = [number(yParity, 1), number(BigInt(toHex(r)), 256), number(BigInt(toHex(s)), 256)];
    return new SignedTransaction(concat(TYPE, list([...fieldsOf(this), ...signed])));
  }
}

function fieldsOf(transaction) {
  const { to, accessList } = transaction;
  const slots = (all) => list(all.map((slot) => string(dataOf(slot, 32))));
  return [
    number(transaction.chainId, 64),
    number(transaction.nonce, 64),
    number(transaction.maxPriorityFeePerGas, 128),
    number(transaction.maxFeePerGas, 128),
    number(transaction.gasLimit, 64),
    string(to === null ? new Uint8Array(0) : dataOf(address(to))),
    number(transaction.value, 256),
    string(toBytes(transaction.data, "the data")),
    list(accessList.map(([account, all]) => list([string(dataOf(address(account))), slots(all)]))),
  ];
}

// RLP (Ethereum Yellow Paper, appendix B). Nothing that arrives is RLP, so it is never decoded.

function string(content) {
  return content.length === 1 && content[0] < 0x80 ? content : headed(0x80, content);
}

function number(value, bits) {
  return string(significant(wholeOf(value, bits)));
}

function list(items) {
  return headed(0xc0, concat(...items));
}

function headed(kind, content) {
  if (content.length < 56) return concat(new Uint8Array([kind + content.length]), content);
  const length = significant(BigInt(content.length));
  return concat(new Uint8Array([kind + 55 + length.length]), length, content);
}

/** The bytes of a number, without leading zeros. */
function significant(value) {
  const digits = value === 0n ? "" : value.toString(16);
  return dataOf(`0x${digits.length % 2 === 0 ? "" : "0"}${digits}`);
}
