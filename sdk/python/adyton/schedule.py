"""Calls that the contract asks for itself, at a time or again and again. Needs the grant `schedule`.

What is set and cancelled takes effect with the call's writes. A run is a call like any other; `run` tells it from those
of others. Times are milliseconds since 1970-01-01 UTC, by the chain's finalized blocks. A name has 1 to 64 of `a-z A-Z
0-9 . _ -`; a contract has at most 64 entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from adyton import host
from adyton.message import Request, first

_schedule = host.interface("schedule")


@dataclass(frozen=True)
class Entry:
    """An entry of the schedule."""

    name: str
    #: When it is due next.
    due_ms: int
    #: The expression of an entry by `cron`; none of one by `at`.
    cron: Optional[str]


@dataclass(frozen=True)
class Run:
    """A run of the contract's schedule, as the worker says."""

    #: The entry's name.
    name: str
    #: When it was due.
    due_ms: int


def at(name: str, due_ms: int, path: str, body: bytes = b"", method: str = "POST") -> None:
    """Asks for one run, once it is `due_ms`; a time that has passed is as good as now. Replaces the entry called
    `name`. Costs 350000 fuel and 20 per byte of name and request.

    Raises `errors.Invalid` for a malformed name or request, or a time more than ten years ahead, `errors.Limit` for one
    entry too many, or beyond the manifest's `limits.writes`.
    """
    host.ask(_schedule.at, host.text(name), host.u64(due_ms, "due_ms"), _request(method, path, body))


def cron(name: str, expression: str, path: str, body: bytes = b"", method: str = "POST") -> int:
    """Asks for a run at each time that `expression` stands for, after now, and gives the first of them. Replaces the
    entry called `name`. Costs 400000 fuel and 20 per byte of name, expression and request.

    The expression has five fields between spaces, in UTC: minute, hour, day of the month, month, and day of the week,
    of which 0 and 7 are Sunday. A field is `*`, or a list of numbers and ranges with commas between; `/N` behind `*` or
    a range takes every Nth.

    Raises `errors.Invalid` for a malformed name, request or expression, or one whose next time is more than ten years
    ahead, `errors.Limit` for one entry too many, or beyond the manifest's `limits.writes`.
    """
    return host.ask(_schedule.cron, host.text(name), host.text(expression), _request(method, path, body))


def cancel(name: str) -> None:
    """Removes the entry called `name`; nothing is wrong if there is none. Costs 350000 fuel and 20 per byte of name.

    Raises `errors.Invalid` for a malformed name, `errors.Limit` beyond the manifest's `limits.writes`.
    """
    host.ask(_schedule.cancel, host.text(name))


def entries() -> Tuple[Entry, ...]:
    """The entries, ascending by name. Costs 60000 fuel, 2 per byte of names and expressions, and 2000 per entry."""
    return tuple(Entry(one.name, one.due_ms, one.cron) for one in host.ask(_schedule.entries))


def run(request: Request) -> Optional[Run]:
    """Which run of the schedule a request is; none for one that somebody sent. Nobody outside can make it look like
    one."""
    name, due = first(request.headers, "adyton-schedule"), first(request.headers, "adyton-schedule-due")
    return Run(name, int(due)) if name is not None and due is not None else None


def _request(method: str, path: str, body: bytes) -> object:
    return _schedule.Request(host.text(method), host.text(path), host.data(body))
