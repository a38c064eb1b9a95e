// The rules of an auction. Nothing here reads the store, the clock or the caller: they arrive as arguments.

import { ContractError } from "adyton";

/** The highest price bid, or the second highest: then everybody's best bid is what the thing is worth to them. */
export type Rule = "first-price" | "second-price";

export interface Terms {
  item: string;
  /** An account, hexadecimal digits after `0x`. */
  seller: string;
  rule: Rule;
  /** The lowest price for which it is sold. Only the seller sees it. */
  reserve: bigint;
  /** Milliseconds since 1970-01-01 UTC; the first at which no bid is taken any more. */
  closesAt: number;
}

export interface Bid {
  bidder: string;
  amount: bigint;
  /** The auction's bids in the order in which they came, from 1. */
  order: number;
}

/** Nobody wins where no bid reaches the reserve. */
export type Outcome = { winner: string; price: bigint } | { winner: null; price: null };

export const MAX_BIDS = 500;
const MAX_ITEM = 200;
const MAX_DURATION_MS = 90 * 24 * 60 * 60 * 1000;
/** Amounts fit the chain's balances, which have 128 bits. */
const MAX_AMOUNT = 2n ** 128n - 1n;

/** The terms that a seller asks for, now. Throws `invalid`, with what is wrong. */
export function termsFrom(asked: unknown, seller: string, now: number): Terms {
  const { item, rule, reserve, closesAt } = fieldsOf(asked, ["item", "rule", "reserve", "closesAt"]);
  if (typeof item !== "string" || item.trim() === "" || item.length > MAX_ITEM) {
    throw ContractError.invalid(`item is a text of 1 to ${MAX_ITEM} characters`);
  }
  if (rule !== "first-price" && rule !== "second-price") {
    throw ContractError.invalid('rule is "first-price" or "second-price"');
  }
  if (!Number.isSafeInteger(closesAt) || (closesAt as number) <= now || (closesAt as number) > now + MAX_DURATION_MS) {
    throw ContractError.invalid("closesAt is a time in milliseconds, later than now and within 90 days");
  }
  return { item, seller, rule, reserve: amountFrom(reserve, "reserve"), closesAt: closesAt as number };
}

/** The amount of a bid. Throws `invalid`, whatever the reserve is: a refusal must not tell about it. */
export function bidFrom(asked: unknown): bigint {
  const amount = amountFrom(fieldsOf(asked, ["amount"])["amount"], "amount");
  if (amount === 0n) throw ContractError.invalid("a bid is more than 0");
  return amount;
}

/** Who wins, and what they pay. Of equal bids the earlier one wins. */
export function decide(terms: Terms, bids: Bid[]): Outcome {
  const valid = bids.filter(({ amount }) => amount >= terms.reserve);
  valid.sort((one, other) =>
    one.amount === other.amount ? one.order - other.order : one.amount > other.amount ? -1 : 1,
  );
  const [best, second] = valid;
  if (best === undefined) return { winner: null, price: null };
  const price = terms.rule === "first-price" ? best.amount : (second?.amount ?? terms.reserve);
  return { winner: best.bidder, price };
}

function fieldsOf(asked: unknown, names: string[]): Record<string, unknown> {
  if (typeof asked !== "object" || asked === null || Array.isArray(asked)) {
    throw ContractError.invalid("the content is a JSON object");
  }
  const unknown = Object.keys(asked).find((name) => !names.includes(name));
  if (unknown !== undefined) throw ContractError.invalid(`there is no field '${unknown}'`);
  return asked as Record<string, unknown>;
}

/** A whole number as text: JSON's own numbers are exact only up to 2^53. */
function amountFrom(text: unknown, name: string): bigint {
  const amount = typeof text === "string" && /^(0|[1-9][0-9]{0,38})$/.test(text) ? BigInt(text) : MAX_AMOUNT + 1n;
  if (amount > MAX_AMOUNT) throw ContractError.invalid(`${name} is a whole number below 2^128, as text`);
  return amount;
}
