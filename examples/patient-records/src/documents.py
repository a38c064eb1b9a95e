"""Documents: a scan or a letter that belongs to a record. It comes in parts, a call each, and is a large object that
nobody sees before its last part is there."""

from __future__ import annotations

from typing import Optional

from adyton import Conflict, Invalid, Limit, NotFound, Response, kv, objects

import records

#: The most bytes of a document. It is answered as a whole: `limits.response` of the manifest.
MAX_SIZE = 4 << 20
#: What a document may be.
TYPES = ("application/pdf", "image/jpeg", "image/png")


def add(patient: str, section: str, number: int, at: int, kind: Optional[str], part: bytes) -> int:
    """Adds a part behind the `at` bytes that came before, and gives how many there are then. Where there are none
    before, the document begins anew. `Conflict` for a part that came already, or too early, and where the record has a
    document."""
    if "document" in records.find(patient, section, number):
        raise Conflict()
    if kind not in TYPES or not part:
        raise Invalid(f"a part has content, of one of the types {', '.join(TYPES)}")
    if at == 0:
        discard(patient, section, number)
        kv.set_json(_begun(patient, section, number), objects.create(_name(patient, section, number), kind))
    size = objects.append(_handle(patient, section, number), part)
    if size != at + len(part):
        raise Conflict()
    if size > MAX_SIZE:
        raise Limit(f"a document has at most {MAX_SIZE} bytes")
    return size


def finish(patient: str, section: str, number: int) -> None:
    """Makes the document the record's. `NotFound` where none was begun."""
    objects.finish(_handle(patient, section, number))
    kv.delete(_begun(patient, section, number))
    found = _finished(_name(patient, section, number))
    records.attach(patient, section, number, {"type": found.content_type, "size": found.size})


def read(patient: str, section: str, number: int) -> Response:
    """The document of a record, whole. `NotFound` if it has none.

    It is not written by `reply` as it is read: that would leave before the history is committed.
    """
    name = _name(patient, section, number)
    kind = str(_finished(name).content_type)
    return Response(200, (("content-type", kind),), b"".join(objects.parts(name)))


def discard(patient: str, section: str, number: int) -> None:
    """Removes what was begun of a document, if anything was."""
    handle = kv.get_json(_begun(patient, section, number))
    if handle is not None:
        objects.discard(handle)
        kv.delete(_begun(patient, section, number))


def remove(patient: str, section: str, number: int) -> None:
    """Removes a record's document, finished or not, if it has one."""
    discard(patient, section, number)
    objects.remove(_name(patient, section, number))


def _finished(name: str) -> objects.Info:
    found = objects.stat(name)
    if found is None:
        raise NotFound()
    return found


def _handle(patient: str, section: str, number: int) -> int:
    """The handle of the document that was begun. It is kept here, and never taken from a caller."""
    handle: Optional[int] = kv.get_json(_begun(patient, section, number))
    if handle is None:
        raise NotFound()
    return handle


def _name(patient: str, section: str, number: int) -> str:
    return f"document/{patient}/{section}/{number:010d}"


def _begun(patient: str, section: str, number: int) -> bytes:
    return f"begun/{patient}/{section}/{number:010d}".encode("ascii")
