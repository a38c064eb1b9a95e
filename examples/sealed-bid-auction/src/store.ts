// What the auctions keep: `next` is the number of the next auction, `auction/N` its terms and state, and
// `bid/N/ACCOUNT` the one bid of an account. Numbers have 10 digits, so that none is the beginning of another.

import { ContractError, bytes, kv } from "adyton";

import type { Bid, Outcome, Terms } from "./auction";

export interface Auction extends Terms {
  number: number;
  /** How many accounts have bid. */
  bidders: number;
  /** How many bids came, replaced ones counted. */
  bids: number;
  /** What came of it; null until it is closed. */
  outcome: Outcome | null;
}

const MAX_AUCTIONS = 9_999_999_999;

/** Opens an auction, and gives its number. */
export function open(terms: Terms): Auction {
  const number = kv.getJson<number>("next") ?? 1;
  if (number > MAX_AUCTIONS) throw ContractError.limit("there are no numbers left for auctions");
  kv.setJson("next", number + 1);
  const auction = { ...terms, number, bidders: 0, bids: 0, outcome: null };
  save(auction);
  return auction;
}

/** The auction of this number, as it stands in a path. Throws `not-found`. */
export function find(number: string): Auction {
  const known = /^[1-9][0-9]{0,9}$/.test(number) ? kv.getText(auctionKey(Number(number))) : null;
  if (known === null) throw ContractError.notFound();
  return JSON.parse(known, revive) as Auction;
}

export function save(auction: Auction): void {
  kv.set(auctionKey(auction.number), JSON.stringify(auction, write));
}

export function bidOf(auction: Auction, bidder: string): Bid | null {
  const known = kv.getText(bidKey(auction, bidder));
  return known === null ? null : (JSON.parse(known, revive) as Bid);
}

export function saveBid(auction: Auction, bid: Bid): void {
  kv.set(bidKey(auction, bid.bidder), JSON.stringify(bid, write));
}

export function bidsOf(auction: Auction): Bid[] {
  return [...kv.entries(bidKey(auction, ""))].map(({ value }) => JSON.parse(bytes.decodeText(value), revive) as Bid);
}

export function forgetBids(auction: Auction): void {
  for (const { key } of kv.entries(bidKey(auction, ""))) kv.delete(key);
}

function auctionKey(number: number): string {
  return `auction/${String(number).padStart(10, "0")}`;
}

function bidKey(auction: Auction, bidder: string): string {
  return `bid/${String(auction.number).padStart(10, "0")}/${bidder}`;
}

/** Amounts are texts in JSON. */
const AMOUNTS = ["reserve", "amount", "price"];

function write(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function revive(name: string, value: unknown): unknown {
  return AMOUNTS.includes(name) && typeof value === "string" ? BigInt(value) : value;
}
