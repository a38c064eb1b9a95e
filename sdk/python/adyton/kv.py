"""The contract's key-value store: bytes to bytes, ordered by key. Needs the grant `kv`.

A call sees the store as it was when the call began, and its own writes. They are committed together when the contract
answers, and not at all when it raises. A key has 1 to 1024 bytes, a value at most 1048576.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Optional, Tuple

from adyton import host
from adyton.message import from_json, to_json

_kv = host.interface("kv")

#: The most entries that one `scan` returns.
MAX_ENTRIES = 1000


@dataclass(frozen=True)
class Page:
    """A part of the entries under a prefix."""

    #: Keys and values, ascending by key.
    entries: Tuple[Tuple[bytes, bytes], ...]
    #: Where to go on: the key to pass as `after`. None: there are no more entries.
    next: Optional[bytes]


def get(key: bytes) -> Optional[bytes]:
    """The value of `key`, or none. Costs 5000 fuel and 2 per byte of key and value.

    Raises `errors.Invalid` for a key of another length.
    """
    return host.ask(_kv.get, host.data(key))


def set(key: bytes, value: bytes) -> None:
    """Sets the value of `key`, whatever it was. Costs 20000 fuel and 20 per byte of key and value.

    Raises `errors.Invalid` for a key or value of another length, `errors.Limit` beyond `limits.writes`.
    """
    host.ask(_kv.set, host.data(key), host.data(value))


def swap(key: bytes, expected: Optional[bytes], value: bytes) -> None:
    """Sets the value of `key` if it is `expected` now; none: if there is none. Costs 25000 fuel and 20 per byte of
    key, value and the value found.

    Raises `errors.Conflict` if the value is another one, and what `set` raises.
    """
    host.ask(_kv.swap, host.data(key), None if expected is None else host.data(expected), host.data(value))


def delete(key: bytes) -> None:
    """Removes `key`; no error if it is not there. Costs 20000 fuel and 20 per byte of key.

    Raises `errors.Invalid` for a key of another length, `errors.Limit` beyond `limits.writes`.
    """
    host.ask(_kv.delete, host.data(key))


def scan(prefix: bytes, after: Optional[bytes] = None, limit: int = 100) -> Page:
    """Entries whose key begins with `prefix` and is greater than `after`, ascending, at most `limit` of them (1 to
    1000). A page ends early when its keys and values reach 1048576 bytes. Costs 10000 fuel, 2 per byte read, and 500
    per entry.

    Raises `errors.Invalid` for a `prefix` or `after` of more than 1024 bytes, or another `limit`.
    """
    after = None if after is None else host.data(after)
    page = host.ask(_kv.scan, host.data(prefix), after, host.u32(limit, "the limit"))
    return Page(tuple((entry.key, entry.value) for entry in page.entries), page.next)


def items(prefix: bytes = b"") -> Iterator[Tuple[bytes, bytes]]:
    """All entries under `prefix`, ascending, page by page. Costs what `scan` does for each page."""
    after = None
    while True:
        page = scan(prefix, after, MAX_ENTRIES)
        yield from page.entries
        if page.next is None:
            return
        after = page.next


def get_json(key: bytes, default: Any = None) -> Any:
    """The value of `key`, read as JSON; `default` if there is none. `errors.Invalid` if it is not JSON."""
    value = get(key)
    return default if value is None else from_json(value)


def set_json(key: bytes, value: Any) -> None:
    """Sets the value of `key` to `value` as JSON. `ValueError` or `TypeError` if JSON cannot say it."""
    set(key, to_json(value))
