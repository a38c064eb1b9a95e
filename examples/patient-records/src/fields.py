"""Who calls, and what a request says: checked here, and nowhere else."""

from __future__ import annotations

from typing import Any, Dict, Iterable

from adyton import Denied, Invalid, NotFound, Request, env

#: The parts of a patient's records for which consent is given.
SECTIONS = ("allergies", "diagnoses", "laboratory", "medication", "notes")
#: The most entries of one page.
MAX_PAGE = 50
#: The greatest number of a record or an entry of the history: ten digits, so that keys are in the order of numbers.
MAX_NUMBER = 9_999_999_999


def caller() -> str:
    """The account that signed the call. The manifest lets nobody else in, and neither does this."""
    known = env.caller()
    if known.kind != "account":
        raise Denied("sign the call with an account")
    return f"0x{known.id.hex()}"


def account(value: Any) -> str:
    """An account as `0x` and 64 digits; there is one way only to write it, as it is part of keys."""
    if not isinstance(value, str) or len(value) != 66 or not value.startswith("0x"):
        raise Invalid("an account is 0x and 64 hexadecimal digits")
    if set(value[2:]) - set("0123456789abcdef"):
        raise Invalid("an account's digits are 0 to 9 and a to f, in lower case")
    return value


def section(value: Any) -> str:
    if not isinstance(value, str) or value not in SECTIONS:
        raise Invalid(f"a section is one of {', '.join(SECTIONS)}")
    return value


def sections(value: Any) -> "list[str]":
    if not isinstance(value, list) or not 1 <= len(value) <= len(SECTIONS):
        raise Invalid(f"sections are a list of 1 to {len(SECTIONS)}")
    named = [section(one) for one in value]
    if len(set(named)) != len(named):
        raise Invalid("a section is named twice")
    return named


def text(value: Any, least: int, most: int, what: str) -> str:
    if not isinstance(value, str) or not least <= len(value.strip()) or len(value) > most:
        raise Invalid(f"{what} is a text of {least} to {most} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid(f"{what} has half of a character") from None
    return value


def number(value: Any, least: int, most: int, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid(f"{what} is a number from {least} to {most}")
    return value


def record(text: str) -> int:
    """A record's number in a path. What is none is nowhere."""
    if not text.isascii() or not text.isdecimal() or not 1 <= len(text) <= 10:
        raise NotFound()
    return int(text)


def body(request: Request, names: Iterable[str]) -> Dict[str, Any]:
    """The content: a JSON object with these fields, and no others."""
    value = request.json()
    if not isinstance(value, dict) or set(value) != set(names):
        raise Invalid(f"the content is a JSON object with the fields {', '.join(names)}")
    return value


def query(request: Request, name: str, default: int, most: int) -> int:
    """A number of the query, from 1."""
    given = request.query.get(name)
    if given is None:
        return default
    if not 1 <= len(given) <= 10 or set(given) - set("0123456789"):
        raise Invalid(f"{name} is a number")
    return number(int(given), 1, most, name)
