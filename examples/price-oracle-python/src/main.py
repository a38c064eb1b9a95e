"""A price oracle: asks several sources, takes the median, keeps a history, signs the result and reports it to the
chain."""

from __future__ import annotations

from dataclasses import asdict
from typing import List

from adyton import Invalid, Request, Response, Router, chain, env, kv, log
from adyton.message import from_json

import evm
import sources
from price import Price, SignedPrice, price_of, sign

#: Prices under this prefix, the newest first.
_HISTORY = b"history/"
#: The most prices of one answer.
_MAX_HISTORY = 100

service = Router()


@service.post("/update")
def update(request: Request) -> Response:
    """Asks, signs, remembers, reports. If one of them fails, none has happened."""
    pair = _setting("pair")
    quotes = sources.ask(_setting("sources"), _number(_setting("quorum"), "the setting quorum"))
    signed = sign(price_of(pair, quotes, env.now_ms()))
    kv.set_json(_key(signed.time_ms), asdict(signed))
    chain.remark(f"{pair} {signed.value} {signed.time_ms}".encode("utf-8"))
    log.info(f"{pair} is {signed.value} by {signed.sources} sources")
    return Response.json(asdict(signed))


@service.get("/price")
def price(request: Request) -> Response:
    newest = _history(1)
    return Response.json(asdict(newest[0])) if newest else _no_price()


@service.get("/price/evm")
def price_for_evm(request: Request) -> Response:
    newest = _history(1)
    return Response.json(evm.sign(newest[0])) if newest else _no_price()


@service.get("/history")
def history(request: Request) -> Response:
    limit = _number(request.query.get("limit", "10"), "limit")
    return Response.json([asdict(signed) for signed in _history(limit)])


def _no_price() -> Response:
    return Response.text("there is no price yet: POST /update\n", 404)


def _history(limit: int) -> List[SignedPrice]:
    page = kv.scan(_HISTORY, limit=min(max(limit, 1), _MAX_HISTORY))
    return [SignedPrice(**from_json(value)) for _, value in page.entries]


def _key(time_ms: int) -> bytes:
    """Keys count down from the end of time, so that a scan meets the newest first."""
    return _HISTORY + ((1 << 64) - 1 - time_ms).to_bytes(8, "big")


def _setting(name: str) -> str:
    value = env.setting(name)
    if value is None:
        raise Invalid(f"the manifest has no setting {name}")
    return value


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(f"{name} is not a number")
    return int(text)
