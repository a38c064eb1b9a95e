// Auctions with sealed bids: nobody sees a bid but the one who made it, neither before the end nor after. The program
// learns all of them when an auction is closed, says who won at what price, signs that, and forgets the bids.

import { ContractError, type Handler, Response, Router, bytes, crypto, env } from "adyton";

import { type Bid, MAX_BIDS, bidFrom, decide, termsFrom } from "./auction";
import { type Auction, bidOf, bidsOf, find, forgetBids, open, save, saveBid } from "./store";

/** The key that signs outcomes, and what it says it signs. */
const KEY = "outcomes";
const CONTEXT = "adyton sealed-bid-auction outcome 1";

/** The account that signed the call, hexadecimal digits. Bids and sales are nobody else's. */
function account(): string {
  const caller = env.caller();
  if (caller.kind !== "account") throw ContractError.denied("sign the call with an account: adyton call --from");
  return bytes.toHex(caller.id);
}

const sell: Handler = async (request) => {
  const auction = open(termsFrom(await request.json(), account(), Date.now()));
  return Response.json({ auction: auction.number }, { status: 201 });
};

const bid: Handler = async (request, { number = "" }) => {
  const bidder = account();
  const auction = find(number);
  if (Date.now() >= auction.closesAt) throw ContractError.denied("this auction takes no more bids");
  if (bidder === auction.seller) throw ContractError.denied("the seller does not bid");
  const earlier = bidOf(auction, bidder);
  if (earlier === null && auction.bidders === MAX_BIDS)
    throw ContractError.limit(`an auction has at most ${MAX_BIDS} bidders`);
  // The answer is the same for every amount: whether a bid reaches the reserve is not to be found out by trying.
  const made: Bid = { bidder, amount: bidFrom(await request.json()), order: auction.bids + 1 };
  saveBid(auction, made);
  save({ ...auction, bids: made.order, bidders: auction.bidders + (earlier === null ? 1 : 0) });
  return Response.json({ bid: String(made.amount) });
};

const ownBid: Handler = (_request, { number = "" }) => {
  const own = bidOf(find(number), account());
  if (own === null) throw ContractError.notFound();
  return Response.json({ bid: String(own.amount) });
};

/** Anybody may close an auction whose time is over: the outcome is the same. */
const close: Handler = (_request, { number = "" }) => {
  const auction = find(number);
  if (auction.outcome !== null) return Response.json(shown(auction));
  if (Date.now() < auction.closesAt) throw ContractError.denied("this auction still takes bids");
  const closed = { ...auction, outcome: decide(auction, bidsOf(auction)) };
  save(closed);
  forgetBids(closed);
  return Response.json(shown(closed));
};

/** What everybody sees; the reserve only the seller. */
function shown(auction: Auction): Record<string, unknown> {
  const { number, item, seller, rule, closesAt, bidders, outcome } = auction;
  const caller = env.caller();
  const own =
    caller.kind === "account" && bytes.toHex(caller.id) === seller ? { reserve: String(auction.reserve) } : {};
  const open = { auction: number, item, seller, rule, closesAt, bidders, ...own };
  if (outcome === null) return { ...open, state: Date.now() < closesAt ? "open" : "over" };
  const price = outcome.price === null ? null : String(outcome.price);
  return { ...open, state: "closed", winner: outcome.winner, price, signature: signed(auction, outcome.winner, price) };
}

/** Ed25519 over the outcome: what it is about comes first, so that it stands for no other auction or contract. */
function signed(auction: Auction, winner: string | null, price: string | null): string {
  const parts = [String(auction.number), auction.item, auction.seller, auction.rule, winner ?? "", price ?? ""];
  return bytes.toHex(crypto.sign("ed25519", KEY, crypto.message(CONTEXT, env.context().contract, ...parts)));
}

export default new Router()
  .post("/auctions", sell)
  .get("/auctions/:number", (_request, { number = "" }) => Response.json(shown(find(number))))
  .post("/auctions/:number/bids", bid)
  .get("/auctions/:number/bids/mine", ownBid)
  .post("/auctions/:number/close", close)
  .get("/key", () => Response.json({ scheme: "ed25519", key: bytes.toHex(crypto.publicKey("ed25519", KEY)) }));
