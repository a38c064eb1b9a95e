"""Records: numbered in the order in which their patient stored them, under their section."""

from __future__ import annotations

from typing import Any, Dict, Optional

from adyton import Limit, NotFound, env, kv
from adyton.message import from_json

#: The most records that a patient stores, removed ones counted.
MAX_RECORDS = 1_000
#: The most characters of a record.
MAX_TEXT = 4_000


def add(patient: str, section: str, text: str) -> int:
    """Stores a record, and gives its number."""
    number = kv.get_json(_count(patient), 0) + 1
    if number > MAX_RECORDS:
        raise Limit(f"a patient stores at most {MAX_RECORDS} records")
    kv.set_json(_count(patient), number)
    kv.set_json(_key(patient, section, number), {"number": number, "stored_ms": env.now_ms(), "text": text})
    return number


def find(patient: str, section: str, number: int) -> Dict[str, Any]:
    """The record of this number. `NotFound` if there is none."""
    record: Optional[Dict[str, Any]] = kv.get_json(_key(patient, section, number))
    if record is None:
        raise NotFound()
    return record


def attach(patient: str, section: str, number: int, document: Dict[str, Any]) -> None:
    """Notes in a record which document it has."""
    kv.set_json(_key(patient, section, number), {**find(patient, section, number), "document": document})


def remove(patient: str, section: str, number: int) -> None:
    """Removes a record for good. `NotFound` if there is none."""
    find(patient, section, number)
    kv.delete(_key(patient, section, number))


def page(patient: str, section: str, after: int, limit: int) -> Dict[str, Any]:
    """The records of a section with numbers above `after`, and where to go on, or none."""
    found = kv.scan(_section(patient, section), _key(patient, section, after), limit)
    return {
        "section": section,
        "records": [from_json(value) for _, value in found.entries],
        "next": None if found.next is None else int(found.next[-10:]),
    }


def has_any(patient: str) -> bool:
    """Whether the account ever stored a record."""
    return kv.get(_count(patient)) is not None


def _count(patient: str) -> bytes:
    return f"records/{patient}".encode("ascii")


def _section(patient: str, section: str) -> bytes:
    return f"record/{patient}/{section}/".encode("ascii")


def _key(patient: str, section: str, number: int) -> bytes:
    return _section(patient, section) + b"%010d" % number
