"""Requests and responses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Optional, Tuple
from urllib.parse import parse_qsl, unquote_to_bytes

from adyton.errors import Invalid

# The first time it is used, it makes a table: now, and not in each call.
unquote_to_bytes("%41")

#: Header fields: names in lower case, and values, in the order in which they are sent.
Headers = Tuple[Tuple[str, str], ...]

#: How deep JSON that is read may be nested.
MAX_DEPTH = 100
#: A text in JSON.
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: How often the innermost brackets are taken away before the rest is counted.
_ROUNDS = 3
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def first(headers: Headers, name: str) -> Optional[str]:
    """The first value of a header field, or none."""
    return next((value for key, value in headers if key == name), None)


def to_json(value: Any) -> bytes:
    """`value` as JSON without spaces, in UTF-8. `ValueError` or `TypeError` if JSON cannot say it; it cannot say
    infinity or what is not a number."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def from_json(data: bytes) -> Any:
    """The value of JSON in UTF-8. `errors.Invalid` if it is none, or is nested more than 100 deep."""
    if _nested_too_deep(data):
        raise Invalid(f"JSON that is nested more than {MAX_DEPTH} deep")
    try:
        # Decoded here: of bytes, Python would take UTF-16 too, in which the brackets above were not counted.
        return json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except ValueError as error:
        reason = str(error)
    raise Invalid(f"not JSON: {reason}")


def _nested_too_deep(data: bytes) -> bool:
    """Whether JSON is nested deeper than `MAX_DEPTH`, without parsing it: the parser recurses, and what is too deep for
    it ends the call without a message."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _TEXT.sub(b"", data).translate(None, _NO_BRACKETS)
    for _ in range(_ROUNDS):
        # What has nothing inside is taken away: most of what is flat, at little cost.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH - _ROUNDS:
            return True
    return False


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


@dataclass(frozen=True)
class Request:
    """A request to the contract."""

    #: The method, in upper case: `GET`, `POST`, …
    method: str
    #: The path and, after `?`, the query, as the caller sent them. Begins with `/`.
    path: str
    #: Header fields; names are in lower case.
    headers: Headers = ()
    #: The content, at most `limits.request` bytes.
    body: bytes = b""

    @property
    def route(self) -> str:
        """The path without the query, not decoded."""
        return self.path.partition("?")[0]

    @property
    def webhook(self) -> Optional[str]:
        """The webhook of the manifest, by its path, that the request is a delivery of: its signature holds. None for
        every other request, whatever its path."""
        return self.header("adyton-webhook")

    @property
    def chain_message(self) -> Optional[int]:
        """The number of the message that the caller, an account, sent on the chain; none for every other request."""
        number = self.header("adyton-message")
        return None if number is None else int(number)

    @property
    def watch(self) -> Optional[str]:
        """The watch of the manifest, by its name, whose value has changed: the content is the new value, in the chain's
        encoding, and the method `DELETE` where there is none any more. None for every other request, whatever its
        path."""
        return self.header("adyton-watch")

    @property
    def query(self) -> "dict[str, str]":
        """The parameters of the query, decoded as forms are (`+` is a space, `%41` is `A`). Of a name that comes twice,
        the last value."""
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))

    def header(self, name: str) -> Optional[str]:
        """The first value of a header field, or none; `name` is in lower case."""
        return first(self.headers, name)

    def json(self) -> Any:
        """The content, read as JSON. `errors.Invalid` if it is none."""
        return from_json(self.body)


@dataclass(frozen=True)
class Response:
    """The contract's answer."""

    #: The status code, 200 to 599.
    status: int = 200
    #: At most 64 header fields. Fields that belong to the connection or begin with `adyton-` are refused.
    headers: Headers = field(default=())
    #: The content, at most `limits.response` bytes.
    body: bytes = b""

    @classmethod
    def text(cls, text: str, status: int = 200) -> "Response":
        """A response of plain text."""
        return cls(status, (("content-type", "text/plain; charset=utf-8"),), text.encode("utf-8"))

    @classmethod
    def json(cls, value: Any, status: int = 200) -> "Response":
        """A response of JSON. `ValueError` or `TypeError` if JSON cannot say `value`."""
        return cls(status, (("content-type", "application/json"),), to_json(value))

    @classmethod
    def not_found(cls) -> "Response":
        """A response 404."""
        return cls.text("there is nothing under this path\n", 404)

    def with_status(self, status: int) -> "Response":
        """With another status."""
        return replace(self, status=status)

    def with_header(self, name: str, value: str) -> "Response":
        """With one more header field."""
        return replace(self, headers=(*self.headers, (name, value)))
