// The newest price for contracts on EVM chains, which check its signature with `ecrecover`.

import { ContractError, bytes, env, evm, evmKeys, number } from "adyton";

import { DECIMALS } from "./price.js";

/** The name of the key that signs for EVM chains. */
const KEY = "evm-price";
/** What is signed (EIP-712). */
const DEFINITION = "Price(string pair,uint256 value,uint8 decimals,uint256 sources,uint256 timeMs)";

/** What a price says, with a signature of EIP-712. It holds on every chain: a price is the same on all of them. */
export function sign({ pair, value: text, sources, time_ms: timeMs }) {
  const salt = env.context().contract;
  const value = number.parseDecimal(text, DECIMALS);
  // A reader of the JSON has no larger number exactly, and would find the signature false.
  if (value > Number.MAX_SAFE_INTEGER) throw ContractError.limit("a price of more than 2^53 units of 10^-6");
  const hash = evm.structHash(DEFINITION, [pair, value, DECIMALS, sources, timeMs]);
  const key = evmKeys.Key.named(KEY);
  const signature = key.sign(evm.typedDigest({ name: "Adyton price oracle", version: "1", salt }, hash));
  return {
    pair,
    value: Number(value),
    decimals: DECIMALS,
    sources,
    timeMs,
    salt: bytes.toHex(salt),
    signer: key.address,
    signature: bytes.toHex(signature.toBytes()),
  };
}
