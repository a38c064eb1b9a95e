"""The rules of an auction. Nothing here reads the store, the clock or the caller: they arrive as arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from adyton import Invalid

#: The highest price bid, or the second highest: then everybody's best bid is what the thing is worth to them.
RULES = ("first-price", "second-price")
MAX_BIDS = 500
_MAX_ITEM = 200
_MAX_DURATION_MS = 90 * 24 * 60 * 60 * 1000
#: Amounts fit the chain's balances, which have 128 bits.
_MAX_AMOUNT = (1 << 128) - 1
_AMOUNT = re.compile("0|[1-9][0-9]{0,38}")


@dataclass(frozen=True)
class Terms:
    """What a seller asks for."""

    item: str
    #: An account, hexadecimal digits after `0x`.
    seller: str
    #: One of `RULES`.
    rule: str
    #: The lowest price for which it is sold. Only the seller sees it.
    reserve: int
    #: Milliseconds since 1970-01-01 UTC; the first at which no bid is taken any more.
    closes_at: int


@dataclass(frozen=True)
class Bid:
    """What an account offers."""

    bidder: str
    amount: int
    #: The auction's bids in the order in which they came, from 1.
    order: int


@dataclass(frozen=True)
class Outcome:
    """Who won at what price; both none where no bid reached the reserve."""

    winner: Optional[str]
    price: Optional[int]


def terms_from(asked: Any, seller: str, now: int) -> Terms:
    """The terms that a seller asks for, now. Raises `Invalid`, with what is wrong."""
    fields = _fields_of(asked, ("item", "rule", "reserve", "closesAt"))
    item, rule, closes_at = fields.get("item"), fields.get("rule"), fields.get("closesAt")
    if not isinstance(item, str) or not item.strip() or len(item) > _MAX_ITEM or not _has_bytes(item):
        raise Invalid(f"item is a text of 1 to {_MAX_ITEM} characters")
    if not isinstance(rule, str) or rule not in RULES:
        raise Invalid('rule is "first-price" or "second-price"')
    # True and False are numbers in Python.
    if type(closes_at) is not int or not now < closes_at <= now + _MAX_DURATION_MS:
        raise Invalid("closesAt is a time in milliseconds, later than now and within 90 days")
    return Terms(item, seller, rule, _amount_from(fields.get("reserve"), "reserve"), closes_at)


def bid_from(asked: Any) -> int:
    """The amount of a bid. Raises `Invalid`, whatever the reserve is: a refusal must not tell about it."""
    amount = _amount_from(_fields_of(asked, ("amount",)).get("amount"), "amount")
    if amount == 0:
        raise Invalid("a bid is more than 0")
    return amount


def decide(terms: Terms, bids: List[Bid]) -> Outcome:
    """Who wins, and what they pay. Of equal bids the earlier one wins."""
    valid = [bid for bid in bids if bid.amount >= terms.reserve]
    valid.sort(key=lambda bid: (-bid.amount, bid.order))
    if not valid:
        return Outcome(None, None)
    second = valid[1].amount if len(valid) > 1 else terms.reserve
    return Outcome(valid[0].bidder, valid[0].amount if terms.rule == "first-price" else second)


def _fields_of(asked: Any, names: Tuple[str, ...]) -> Dict[str, Any]:
    if not isinstance(asked, dict):
        raise Invalid("the content is a JSON object")
    unknown = next((name for name in asked if name not in names), None)
    if unknown is not None:
        raise Invalid(f"there is no field {ascii(unknown)}")
    return asked


def _amount_from(text: Any, name: str) -> int:
    """A whole number as text: many readers of JSON have numbers that are exact only up to 2^53."""
    known = isinstance(text, str) and _AMOUNT.fullmatch(text) is not None
    amount = int(text) if known else _MAX_AMOUNT + 1
    if amount > _MAX_AMOUNT:
        raise Invalid(f"{name} is a whole number below 2^128, as text")
    return amount


def _has_bytes(text: str) -> bool:
    """Whether the text has a form in UTF-8: half a character, which JSON can spell, has none."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
