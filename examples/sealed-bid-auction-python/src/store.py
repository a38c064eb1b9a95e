"""What the auctions keep: `next` is the number of the next auction, `auction/N` its terms and state, and
`bid/N/ACCOUNT` the one bid of an account. Numbers have 10 digits, so that none is the beginning of another."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import List, Optional

from adyton import Limit, NotFound, kv
from adyton.message import from_json

from auction import Bid, Outcome, Terms

_NEXT = b"next"
_MAX_AUCTIONS = 9_999_999_999
_NUMBER = re.compile("[1-9][0-9]{0,9}")


@dataclass(frozen=True)
class Auction:
    """An auction as it stands."""

    number: int
    terms: Terms
    #: How many accounts have bid.
    bidders: int = 0
    #: How many bids came, replaced ones counted.
    bids: int = 0
    #: What came of it; none until it is closed.
    outcome: Optional[Outcome] = None


def open_auction(terms: Terms) -> Auction:
    """Opens an auction, and gives its number."""
    number = kv.get_json(_NEXT, 1)
    if number > _MAX_AUCTIONS:
        raise Limit("there are no numbers left for auctions")
    kv.set_json(_NEXT, number + 1)
    auction = Auction(number, terms)
    save(auction)
    return auction


def find(number: str) -> Auction:
    """The auction of this number, as it stands in a path. Raises `NotFound`."""
    known = kv.get_json(_auction_key(int(number))) if _NUMBER.fullmatch(number) else None
    if known is None:
        raise NotFound()
    outcome = known["outcome"]
    return Auction(
        known["number"],
        Terms(**known["terms"]),
        known["bidders"],
        known["bids"],
        None if outcome is None else Outcome(**outcome),
    )


def save(auction: Auction) -> None:
    kv.set_json(_auction_key(auction.number), asdict(auction))


def bid_of(auction: Auction, bidder: str) -> Optional[Bid]:
    known = kv.get_json(_bid_key(auction, bidder))
    return None if known is None else Bid(**known)


def save_bid(auction: Auction, bid: Bid) -> None:
    kv.set_json(_bid_key(auction, bid.bidder), asdict(bid))


def take_bids(auction: Auction) -> List[Bid]:
    """All bids of the auction, which are then forgotten. One page has them: they are no more than 500, and small."""
    entries = kv.scan(_bid_key(auction, ""), limit=kv.MAX_ENTRIES).entries
    for key, _ in entries:
        kv.delete(key)
    return [Bid(**from_json(value)) for _, value in entries]


def _auction_key(number: int) -> bytes:
    return f"auction/{number:010}".encode("ascii")


def _bid_key(auction: Auction, bidder: str) -> bytes:
    return f"bid/{auction.number:010}/{bidder}".encode("ascii")
