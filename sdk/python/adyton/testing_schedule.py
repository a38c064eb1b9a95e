"""The schedule of `adyton.testing`: entries in memory, and the cron expressions of `wit/schedule.wit`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Optional, Set, Tuple

from adyton.testing_path import is_reserved

_MINUTE = 60_000
_DAYS_AHEAD = 3653
_AHEAD_MS = _DAYS_AHEAD * 1440 * _MINUTE
_MAX_ENTRIES = 64
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"(?:(\*)|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")
_NEW = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Refused(Exception):
    """What the interface refuses: the case of the error, and its text."""


@dataclass(frozen=True)
class Planned:
    """An entry, and what it asks: method, path and content."""

    due_ms: int
    cron: Optional[str]
    request: Tuple[str, str, bytes]


#: The entries by name.
Entries = Dict[str, Planned]


def at(entries: Entries, now_ms: int, name: str, due_ms: int, request: Any) -> None:
    """`schedule.at`."""
    if due_ms > now_ms + _AHEAD_MS:
        raise Refused("Invalid", "a time more than ten years ahead")
    _set(entries, name, Planned(max(due_ms, now_ms + 1), None, _request(request)))


def cron(entries: Entries, now_ms: int, name: str, expression: str, request: Any) -> int:
    """`schedule.cron`."""
    due_ms = next_after(expression, now_ms)
    if due_ms is None:
        raise Refused("Invalid", "an expression that stands for no time within ten years")
    _set(entries, name, Planned(due_ms, expression, _request(request)))
    return due_ms


def cancel(entries: Entries, name: str) -> None:
    """`schedule.cancel`."""
    entries.pop(_checked(name), None)


def take_due(entries: Entries, now_ms: int) -> Optional[Tuple[str, Planned]]:
    """The first entry that is due by `now_ms`, which ends, or goes on to its next time; or none."""
    found = min(entries.items(), key=lambda entry: (entry[1].due_ms, entry[0]), default=None)
    if found is None or found[1].due_ms > now_ms:
        return None
    name, planned = found
    following = None if planned.cron is None else next_after(planned.cron, planned.due_ms)
    if following is None:
        del entries[name]
    else:
        entries[name] = Planned(following, planned.cron, planned.request)
    return name, planned


def _set(entries: Entries, name: str, planned: Planned) -> None:
    _checked(name)
    if name not in entries and len(entries) >= _MAX_ENTRIES:
        raise Refused("Limit", f"a contract has at most {_MAX_ENTRIES} entries in its schedule")
    entries[name] = planned


def _checked(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) is None:
        raise Refused("Invalid", "the name of an entry has 1 to 64 of a-z A-Z 0-9 . _ -")
    return name


def _request(request: Any) -> Tuple[str, str, bytes]:
    if re.fullmatch(r"[A-Z]{1,16}", request.method) is None:
        raise Refused("Invalid", "a method has 1 to 16 letters in upper case")
    if re.fullmatch(r"/[!-~]{0,1023}", request.path) is None:
        raise Refused("Invalid", "a path begins with / and has at most 1024 visible ASCII characters")
    if is_reserved(request.path):
        reserved = "paths that begin with /.adyton/, as they are, resolved or decoded, are the worker's"
        raise Refused("Invalid", reserved)
    if len(request.body) > 16384:
        raise Refused("Invalid", "content has at most 16384 bytes")
    return request.method, request.path, request.body


def next_after(text: str, after_ms: int) -> Optional[int]:
    """The first time after `after_ms` that an expression stands for; none if there is none within ten years."""
    fields = [field for field in text.split(" ") if field]
    if len(fields) != len(_FIELDS) or len(text) > 128:
        raise Refused("Invalid", "an expression has five fields")
    minutes, hours, days, months, weekdays = (_numbers(field, *bounds) for field, bounds in zip(fields, _FIELDS))
    both = fields[2].startswith("*") or fields[4].startswith("*")
    first = after_ms // _MINUTE + 1
    for number in range(first // 1440, first // 1440 + _DAYS_AHEAD + 1):
        date = _NEW + timedelta(days=number)
        # Sunday is 0 and 7.
        fits = [date.day in days, bool({date.isoweekday(), date.isoweekday() % 7} & weekdays)]
        if date.month not in months or not (all(fits) if both else any(fits)):
            continue
        begin = max(0, first - number * 1440)
        times = (minute for minute in range(begin, 1440) if minute // 60 in hours and minute % 60 in minutes)
        found = next(times, None)
        if found is not None:
            return (number * 1440 + found) * _MINUTE
    return None


def _numbers(field: str, least: int, most: int) -> Set[int]:
    found: List[int] = []
    for part in field.split(","):
        match = _PART.fullmatch(part)
        every, first, last, step = match.groups() if match else (None, None, None, None)
        begin = least if every else int(first or -1)
        end = most if every else int(last or first or -1)
        alone = step is not None and every is None and last is None
        if not least <= begin <= end <= most or alone or step in ("0", "00"):
            raise Refused("Invalid", f"the field {field} of an expression has numbers of {least} to {most}")
        found.extend(range(begin, end + 1, int(step or 1)))
    return set(found)
