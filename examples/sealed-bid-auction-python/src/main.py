"""Auctions with sealed bids: nobody sees a bid but the one who made it, neither before the end nor after. The program
learns all of them when an auction is closed, says who won at what price, signs that, and forgets the bids."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional

from adyton import Denied, Limit, NotFound, Request, Response, Router, crypto, env

import store
from auction import MAX_BIDS, Bid, bid_from, decide, terms_from

#: The key that signs outcomes, and what it says it signs.
KEY = "outcomes"
CONTEXT = "adyton sealed-bid-auction outcome 1"

service = Router()


@service.post("/auctions")
def sell(request: Request) -> Response:
    auction = store.open_auction(terms_from(request.json(), account(), env.now_ms()))
    return Response.json({"auction": auction.number}, 201)


@service.get("/auctions/{number}")
def show(request: Request, number: str) -> Response:
    return Response.json(shown(store.find(number)))


@service.post("/auctions/{number}/bids")
def bid(request: Request, number: str) -> Response:
    bidder = account()
    auction = store.find(number)
    if env.now_ms() >= auction.terms.closes_at:
        raise Denied("this auction takes no more bids")
    if bidder == auction.terms.seller:
        raise Denied("the seller does not bid")
    is_first = store.bid_of(auction, bidder) is None
    if is_first and auction.bidders == MAX_BIDS:
        raise Limit(f"an auction has at most {MAX_BIDS} bidders")
    # The answer is the same for every amount: whether a bid reaches the reserve is not to be found out by trying.
    made = Bid(bidder, bid_from(request.json()), auction.bids + 1)
    store.save_bid(auction, made)
    store.save(replace(auction, bids=made.order, bidders=auction.bidders + is_first))
    return Response.json({"bid": str(made.amount)})


@service.get("/auctions/{number}/bids/mine")
def own_bid(request: Request, number: str) -> Response:
    own = store.bid_of(store.find(number), account())
    if own is None:
        raise NotFound()
    return Response.json({"bid": str(own.amount)})


@service.post("/auctions/{number}/close")
def close(request: Request, number: str) -> Response:
    """Anybody may close an auction whose time is over: the outcome is the same."""
    auction = store.find(number)
    if auction.outcome is None:
        if env.now_ms() < auction.terms.closes_at:
            raise Denied("this auction still takes bids")
        auction = replace(auction, outcome=decide(auction.terms, store.take_bids(auction)))
        store.save(auction)
    return Response.json(shown(auction))


@service.get("/key")
def key(request: Request) -> Response:
    return Response.json({"scheme": "ed25519", "key": digits(crypto.public_key(crypto.Scheme.ED25519, KEY))})


def account() -> str:
    """The account that signed the call, hexadecimal digits. Bids and sales are nobody else's."""
    caller = env.caller()
    if caller.kind != "account":
        raise Denied("sign the call with an account: adyton call --from")
    return digits(caller.id)


def shown(auction: store.Auction) -> Dict[str, Any]:
    """What everybody sees; the reserve only the seller."""
    terms, outcome, caller = auction.terms, auction.outcome, env.caller()
    told: Dict[str, Any] = {
        "auction": auction.number,
        "item": terms.item,
        "seller": terms.seller,
        "rule": terms.rule,
        "closesAt": terms.closes_at,
        "bidders": auction.bidders,
    }
    if caller.kind == "account" and digits(caller.id) == terms.seller:
        told["reserve"] = str(terms.reserve)
    if outcome is None:
        return {**told, "state": "open" if env.now_ms() < terms.closes_at else "over"}
    price = None if outcome.price is None else str(outcome.price)
    signature = signed(auction, outcome.winner, price)
    return {**told, "state": "closed", "winner": outcome.winner, "price": price, "signature": signature}


def signed(auction: store.Auction, winner: Optional[str], price: Optional[str]) -> str:
    """Ed25519 over the outcome: what it is about comes first, so that it stands for no other auction or contract."""
    terms = auction.terms
    parts = (str(auction.number), terms.item, terms.seller, terms.rule, winner or "", price or "")
    message = crypto.message(CONTEXT, env.context().contract, *(part.encode("utf-8") for part in parts))
    return digits(crypto.sign(crypto.Scheme.ED25519, KEY, message))


def digits(value: bytes) -> str:
    """Hexadecimal digits after `0x`."""
    return f"0x{value.hex()}"
