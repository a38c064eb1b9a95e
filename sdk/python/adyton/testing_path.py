"""Which paths `adyton.testing` takes for the worker's own: those that the worker does."""

from __future__ import annotations

import re
from typing import List

_RESERVED = "/.adyton/"


def is_reserved(path: str) -> bool:
    """Whether a contract could take the path for one of the worker's: as it is, resolved or decoded, in either order."""
    plain = _without_query(path)
    resolved = _without_dots(plain)
    decoded_after = _without_query(_decoded(resolved))
    decoded_before = _without_dots(_without_query(_decoded(plain)))
    readings = (plain, resolved, decoded_after, decoded_before)
    return any(reading.startswith(_RESERVED) for reading in readings)


def _without_query(path: str) -> str:
    return re.split(r"[?#]", path, maxsplit=1)[0]


def _without_dots(path: str) -> str:
    r"""With `/` for `\`, and without the segments `.` and `..`, which take the one before them along (RFC 3986 §5.2.4)."""
    kept: List[str] = []
    last = ""
    for segment in re.split(r"[/\\]", re.sub(r"^[/\\]", "", path)):
        last = _decoded(segment)
        if last == "..":
            del kept[-1:]
        elif last != ".":
            kept.append(segment)
    if last in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _decoded(text: str) -> str:
    """Percent-decoded once, with a character for each byte; what is no encoded byte stays as it is."""
    return re.sub(r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
