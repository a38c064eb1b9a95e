// An account of the chain, in its own encoding (SCALE): what polkadot-sdk calls `AccountInfo`.

import { ContractError } from "adyton";

/** Four numbers of 32 bits stand before the balances, of which the free one comes first, with 128 bits. */
const FREE = 16;
const LENGTH = 80;
const UNIT = 10n ** 12n;

/** What the account may spend, in units of 10^-12 PHA. */
export function freeBalance(bytes) {
  if (bytes.length !== LENGTH) throw ContractError.other(`an account of ${bytes.length} bytes`);
  let value = 0n;
  for (let at = FREE + 15; at >= FREE; at -= 1) value = value * 256n + BigInt(bytes[at]);
  return value;
}

/** In PHA, with as many digits behind the point as there are. */
export function inPha(units) {
  const [sign, amount] = units < 0n ? ["-", -units] : ["", units];
  const rest = String(amount % UNIT).padStart(12, "0").replace(/0+$/, "");
  return `${sign}${amount / UNIT}${rest === "" ? "" : `.${rest}`}`;
}
