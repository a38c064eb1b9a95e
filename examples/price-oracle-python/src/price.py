"""A price, its signature, and exact decimal numbers: units of 10^-6, whole numbers."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Sequence

from adyton import Invalid, Unavailable, crypto, env

#: Decimals of a price.
DECIMALS = 6
#: The name of the key that signs prices.
_KEY = "price"
#: What a signature is over.
_CONTEXT = "price-oracle/v1"
_DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True)
class Price:
    """A price that several sources agree on."""

    #: What is priced in what.
    pair: str
    #: The median, a decimal number.
    value: str
    #: How many sources answered.
    sources: int
    #: When, in milliseconds since 1970.
    time_ms: int


@dataclass(frozen=True)
class SignedPrice(Price):
    """A price with the contract's Ed25519 signature, in hexadecimal digits."""

    public_key: str
    signature: str


def price_of(pair: str, quotes: Sequence[int], time_ms: int) -> Price:
    """The median of `quotes`, in units of 10^-6; of two in the middle what lies between them, rounded down."""
    if not quotes:
        raise Unavailable("no source answered")
    ordered, middle = sorted(quotes), len(quotes) // 2
    value = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
    return Price(pair, format_decimal(value), len(quotes), time_ms)


def sign(price: Price) -> SignedPrice:
    """Signs a context, then contract, pair, value and time, each with its length in front."""
    texts = (price.pair.encode("utf-8"), price.value.encode("ascii"), price.time_ms.to_bytes(8, "little"))
    message = crypto.message(_CONTEXT, env.context().contract, *texts)
    key = crypto.public_key(crypto.Scheme.ED25519, _KEY).hex()
    signature = crypto.sign(crypto.Scheme.ED25519, _KEY, message).hex()
    return SignedPrice(**asdict(price), public_key=key, signature=signature)


def parse_decimal(text: str) -> int:
    """A number like `0.1234` in units of 10^-6. Raises `Invalid` for anything else."""
    found = _DECIMAL.fullmatch(text)
    if found is None or len(found[2] or "") > DECIMALS:
        raise Invalid(f"{ascii(text)} is not a number with at most {DECIMALS} decimals")
    return int(found[1] + (found[2] or "").ljust(DECIMALS, "0"))


def format_decimal(units: int) -> str:
    """Units of 10^-6 as a number, without zeros at its end."""
    whole, fraction = divmod(units, 10**DECIMALS)
    return f"{whole}.{fraction:0{DECIMALS}}".rstrip("0").rstrip(".")
