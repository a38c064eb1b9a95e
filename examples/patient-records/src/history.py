"""What happened to a patient's records, one entry for each access and each change of consent. Entries are added, and
never changed or removed: there is no function for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Dict, Optional

from adyton import Limit, env, kv
from adyton.message import from_json, to_json

from fields import MAX_NUMBER


@dataclass(frozen=True)
class Summary:
    """How long the history is, and what a patient has to see without asking for it."""

    entries: int = 0
    #: How many accesses were made as emergencies, and the number of the newest one's entry.
    emergencies: int = 0
    newest_emergency: Optional[int] = None


def summary(patient: str) -> Summary:
    return Summary(**kv.get_json(_summary(patient), {}))


def add(patient: str, who: str, what: str, emergency: bool = False, **details: Any) -> None:
    """Adds that the account did something. What is answered in the same call is answered only with this entry."""
    known = summary(patient)
    number = known.entries + 1
    if number > MAX_NUMBER:
        raise Limit("the history is full")
    entry = {"number": number, "time_ms": env.now_ms(), "who": who, "what": what, **details}
    # Only where there is no entry yet.
    kv.swap(_key(patient, number), None, to_json(entry))
    known = replace(known, entries=number)
    if emergency:
        known = replace(known, emergencies=known.emergencies + 1, newest_emergency=number)
    kv.set_json(_summary(patient), asdict(known))


def page(patient: str, before: int, limit: int) -> Dict[str, Any]:
    """Entries with numbers below `before`, the newest first, and where to go on, or none."""
    found = kv.scan_back(_of(patient), _key(patient, before), limit)
    return {
        **asdict(summary(patient)),
        "history": [from_json(value) for _, value in found.entries],
        "next": None if found.next is None else int(found.next[-10:]),
    }


def _summary(patient: str) -> bytes:
    return f"summary/{patient}".encode("ascii")


def _of(patient: str) -> bytes:
    return f"history/{patient}/".encode("ascii")


def _key(patient: str, number: int) -> bytes:
    return _of(patient) + b"%010d" % number
