"""The contract's key-value store: bytes to bytes, ordered by key. Needs the grant `kv`.

A call sees the store as it was when the call began, and its own writes. They are committed together when the contract
answers, and not at all when it raises. A key has 1 to 1024 bytes, a value at most 1048576. The values that a call
replaces or deletes without having read them have at most 67108864 bytes together, or nothing of the call is committed:
to delete more takes several calls.

An entry may have an end, in milliseconds since 1970-01-01 UTC. From then on no call sees it, by whichever function. The
clock is the call's own, `env.now_ms()`. The worker removes ended entries a while later; until then, reading one costs
what it did before its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Iterator, List, Optional, Tuple, Union

from adyton import host
from adyton.message import from_json, to_json

_kv = host.interface("kv")

#: The most entries that one `scan` returns.
MAX_ENTRIES = 1000


@dataclass(frozen=True)
class Page:
    """A part of the entries under a prefix."""

    #: Keys and values, ascending by key; of `scan_back`, descending.
    entries: Tuple[Tuple[bytes, bytes], ...]
    #: Where to go on: the key to pass as `after`, or as `before`. None: there are no more entries.
    next: Optional[bytes]


@dataclass(frozen=True)
class Set:
    """One write of several: as `set`, or with an end as `set_until`."""

    key: bytes
    value: bytes
    ends_ms: Optional[int] = None


@dataclass(frozen=True)
class Swap:
    """One write of several: as `swap`."""

    key: bytes
    expected: Optional[bytes]
    value: bytes


@dataclass(frozen=True)
class Delete:
    """One write of several: as `delete`."""

    key: bytes


Operation = Union[Set, Swap, Delete]


def get(key: bytes) -> Optional[bytes]:
    """The value of `key`, or none. Costs 40000 fuel and 2 per byte of key and value.

    Raises `errors.Invalid` for a key of another length.
    """
    return host.ask(_kv.get, host.data(key))


def get_many(keys: Iterable[bytes]) -> List[Optional[bytes]]:
    """The values of at most 100 keys, in their order, with none where there is none. Together they have at most 1048576
    bytes. Costs 5000 fuel, 2 per byte of keys and values, and 40000 per key.

    Raises `errors.Invalid` for more keys or a key of another length, `errors.Limit` for values of more bytes.
    """
    return list(host.ask(_kv.get_many, [host.data(key) for key in keys]))


def set(key: bytes, value: bytes) -> None:
    """Sets the value of `key`, whatever it was. The entry does not end, even if the one before did. Costs 20000 fuel and
    20 per byte of key and value.

    Raises `errors.Invalid` for a key or value of another length, `errors.Limit` beyond `limits.writes`.
    """
    host.ask(_kv.set, host.data(key), host.data(value))


def set_until(key: bytes, value: bytes, ends_ms: int) -> None:
    """Sets the value of `key`, whatever it was, until `ends_ms`, in milliseconds since 1970-01-01 UTC. Costs 25000 fuel
    and 20 per byte of key and value.

    Raises what `set` raises, and `errors.Invalid` for an end that is not after the call's time.
    """
    host.ask(_kv.set_until, host.data(key), host.data(value), host.u64(ends_ms, "the end"))


def swap(key: bytes, expected: Optional[bytes], value: bytes) -> None:
    """Sets the value of `key` if it is `expected` now; none: if there is none. The entry does not end, even if the one
    before did. Costs 60000 fuel and 20 per byte of key, value and the value found.

    Raises `errors.Conflict` if the value is another one, and what `set` raises.
    """
    host.ask(_kv.swap, host.data(key), None if expected is None else host.data(expected), host.data(value))


def delete(key: bytes) -> None:
    """Removes `key`; no error if it is not there. Costs 20000 fuel and 20 per byte of key.

    Raises `errors.Invalid` for a key of another length, `errors.Limit` beyond `limits.writes`.
    """
    host.ask(_kv.delete, host.data(key))


def write(operations: Iterable[Operation]) -> None:
    """At most 1000 writes, in their order: each sees those before it. If one fails, none of them is made, and its error
    is raised; the call goes on with what it wrote before. Costs 5000 fuel, 20 per byte of keys, values and the values
    found by `Swap`, and 20000 per operation; each `Swap` also costs a `get`.

    Raises what the operations raise, and `errors.Invalid` for more of them.
    """
    host.ask(_kv.write, [_operation(operation) for operation in operations])


def scan(prefix: bytes, after: Optional[bytes] = None, limit: int = 100) -> Page:
    """Entries whose key begins with `prefix` and is greater than `after`, ascending, at most `limit` of them (1 to
    1000). A page ends early when its keys and values reach 1048576 bytes. Entries that have ended and were not removed
    yet, or were removed in this call, are passed over; they and what was there before this call wrote it anew are read,
    too, and after 1000 of them or 1048576 of their bytes a page ends, even without entries. Costs 60000 fuel, 2 per
    byte of `prefix`, `after`, and keys and values read, and 15000 per entry.

    Raises `errors.Invalid` for a `prefix` or `after` of more than 1024 bytes, or another `limit`.
    """
    after = None if after is None else host.data(after)
    page = host.ask(_kv.scan, host.data(prefix), after, host.u32(limit, "the limit"))
    return Page(tuple((entry.key, entry.value) for entry in page.entries), page.next)


def scan_back(prefix: bytes, before: Optional[bytes] = None, limit: int = 100) -> Page:
    """`scan` the other way: entries whose key begins with `prefix` and is less than `before`, descending. Costs 60000
    fuel, 2 per byte of `prefix`, `before`, and keys and values read, and 15000 per entry.

    Raises `errors.Invalid` for a `prefix` or `before` of more than 1024 bytes, or another `limit`.
    """
    before = None if before is None else host.data(before)
    page = host.ask(_kv.scan_back, host.data(prefix), before, host.u32(limit, "the limit"))
    return Page(tuple((entry.key, entry.value) for entry in page.entries), page.next)


def items(prefix: bytes = b"", descending: bool = False) -> Iterator[Tuple[bytes, bytes]]:
    """All entries under `prefix`, ascending or descending, page by page. Costs what `scan` does for each page."""
    part = scan_back if descending else scan
    reached: Optional[bytes] = None
    while True:
        page = part(prefix, reached, MAX_ENTRIES)
        yield from page.entries
        if page.next is None:
            return
        reached = page.next


def get_json(key: bytes, default: Any = None) -> Any:
    """The value of `key`, read as JSON; `default` if there is none. `errors.Invalid` if it is not JSON."""
    value = get(key)
    return default if value is None else from_json(value)


def set_json(key: bytes, value: Any) -> None:
    """Sets the value of `key` to `value` as JSON. `ValueError` or `TypeError` if JSON cannot say it."""
    set(key, to_json(value))


def _operation(operation: Operation) -> Any:
    """The operation as the bindings have it."""
    if isinstance(operation, Delete):
        return _kv.Operation_Delete(host.data(operation.key))
    if isinstance(operation, Swap):
        expected = None if operation.expected is None else host.data(operation.expected)
        return _kv.Operation_Swap(_kv.Replacement(host.data(operation.key), expected, host.data(operation.value)))
    if not isinstance(operation, Set):
        raise TypeError(f"an operation is a Set, Swap or Delete, and not {type(operation).__name__}")
    key, value = host.data(operation.key), host.data(operation.value)
    if operation.ends_ms is None:
        return _kv.Operation_Set(_kv.Entry(key, value))
    return _kv.Operation_SetUntil(_kv.EndingEntry(key, value, host.u64(operation.ends_ms, "the end")))
