"""What comes and goes in parts on the host of `adyton.testing`: answers from elsewhere that a contract reads as they
come, and its own answer that it begins before it returns."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator, List, Optional, Tuple

_MAX_OPEN = 8
_MAX_READ = 1 << 20
_MAX_FIELDS = 64
_MAX_FIELD_BYTES = 16384
#: Names of header fields, and those that no answer may have: of one connection (RFC 9110 §7.6.1), the content's length,
#: and Adyton's own.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_RESERVED = re.compile(
    r"adyton-.*|connection|content-length|keep-alive|proxy-(authenticate|authorization|connection)|te|trailer"
    r"|transfer-encoding|upgrade"
)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Refused(Exception):
    """What an interface refuses: the case of the error, and its text if it has one."""


class Incoming:
    """The answers that a call has open."""

    def __init__(self) -> None:
        self._count = 0
        #: By handle: what has come and was not read, and what is to come.
        self._open: "dict[int, Tuple[bytes, Iterator[bytes]]]" = {}

    def check(self) -> None:
        """Refuses one answer too many."""
        if len(self._open) >= _MAX_OPEN:
            raise Refused("Limit", f"at most {_MAX_OPEN} answers are open at once")

    def open(self, parts: Iterable[bytes]) -> int:
        """Takes an answer's content, and gives its handle."""
        self._count += 1
        self._open[self._count] = b"", iter(parts)
        return self._count

    def read(self, handle: int, most: int) -> Optional[bytes]:
        """`http.read`. What the content raises closes the answer."""
        if not 1 <= most <= _MAX_READ:
            raise Refused("Invalid", f"max is 1 to {_MAX_READ}")
        if handle not in self._open:
            raise Refused("NotFound")
        rest, parts = self._open.pop(handle)
        rest = rest or next((part for part in parts if part), b"")
        if not rest:
            return None
        self._open[handle] = rest[most:], parts
        return rest[:most]

    def close(self, handle: int) -> None:
        """`http.close`."""
        self._open.pop(handle, None)


class Beginning:
    """What a call begins of its answer; `answers`: whether there is one to begin, as in a call of `service`."""

    def __init__(self, answers: bool = False) -> None:
        self._answers = answers
        self.head: Optional[Tuple[int, List[Any]]] = None
        self.parts: List[bytes] = []

    def begin(self, status: int, headers: List[Any]) -> None:
        """`reply.begin`."""
        if not self._answers:
            raise Refused("Denied", "there is no answer to begin")
        if self.head is not None:
            raise Refused("Invalid", "the answer was begun before")
        if not 200 <= status <= 599:
            raise Refused("Invalid", f"{status} is not the status of a response")
        if len(headers) > _MAX_FIELDS or sum(len(one.name) + len(one.value) for one in headers) > _MAX_FIELD_BYTES:
            raise Refused("Invalid", f"more than {_MAX_FIELDS} header fields or {_MAX_FIELD_BYTES} bytes of them")
        for field in headers:
            if _NAME.fullmatch(field.name) is None or _VALUE.fullmatch(field.value) is None:
                raise Refused("Invalid", f"the field {field.name!r} is malformed")
            if _RESERVED.fullmatch(field.name.lower()):
                raise Refused("Invalid", f"the field {field.name} is not the contract's to set")
        self.head = status, headers

    def write(self, content: bytes) -> None:
        """`reply.write`."""
        if self.head is None:
            raise Refused("Invalid", "the answer was not begun")
        if content:
            self.parts.append(content)
