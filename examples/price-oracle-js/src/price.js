// A price and its signature.

import { ContractError, bytes, crypto, env, number } from "adyton";

/** Decimals of a price. */
export const DECIMALS = 6;
/** The name of the key that signs prices. */
const KEY = "price";
/** What a signature is over. */
const CONTEXT = "price-oracle/v1";

/** The median of `quotes`, in units of 10^-6, as a price. */
export function median(pair, quotes, timeMs) {
  const value = number.median(quotes);
  if (value === null) throw ContractError.unavailable("no source answered");
  return { pair, value: number.formatDecimal(value, DECIMALS), sources: quotes.length, time_ms: timeMs };
}

/** The price with the contract's Ed25519 signature, in hexadecimal digits. */
export function sign(price) {
  const message = messageOf(price);
  const [publicKey, signature] = [crypto.publicKey("ed25519", KEY), crypto.sign("ed25519", KEY, message)];
  return { ...price, public_key: digits(publicKey), signature: digits(signature) };
}

/** The signed bytes: a context, then contract, pair, value and time, each with its length in front. */
function messageOf({ pair, value, time_ms: timeMs }) {
  const time = new DataView(new ArrayBuffer(8));
  time.setBigUint64(0, BigInt(timeMs), true);
  return crypto.message(CONTEXT, env.context().contract, pair, value, time);
}

/** Hexadecimal digits alone. */
function digits(value) {
  return bytes.toHex(value).slice(2);
}
