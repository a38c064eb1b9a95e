"""Asking the sources."""

from __future__ import annotations

from typing import List, Union

from adyton import Error, Invalid, Unavailable, http, log

from price import parse_decimal


def ask(listed: str, quorum: int) -> List[int]:
    """The prices of at least `quorum` of the sources, asked at once. A source that fails is left out."""
    urls = listed.split()
    quotes = []
    for url, answer in zip(urls, http.send_all([http.Request("GET", url, timeout_ms=3_000) for url in urls])):
        try:
            quotes.append(_read(answer))
        except Error as error:
            log.warn(f"{url}: {error.message or type(error).__name__.lower()}")
    if len(quotes) < max(quorum, 1):
        raise Unavailable(f"{len(quotes)} of {len(urls)} sources answered; {quorum} are needed")
    return quotes


def _read(answer: Union[http.Response, Error]) -> int:
    """The price in an answer, in units of 10^-6. Raises why there is none."""
    if isinstance(answer, Error):
        raise answer
    quote = answer.success().json()
    price = quote.get("price") if isinstance(quote, dict) else None
    if not isinstance(price, str):
        raise Invalid("it has no price, as a text")
    units = parse_decimal(price)
    if units == 0:
        raise Invalid("a price of zero")
    return units
