"""The large objects of `adyton.testing`: a call sees those that were committed and what it has changed itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

_MAX_NAME = 512
_MAX_SIZE = 1 << 30
_MAX_READ = 1 << 20
_MAX_PAGE = 1000
#: The bytes of a stored part, by which removals are counted.
_PART = 1 << 18
_MAX_CHANGED = 256
_MAX_REMOVED = 8192
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Refused(Exception):
    """What the interface refuses: the case of the error, and its text if it has one."""


@dataclass(frozen=True)
class Object:
    """An object, and its content in the parts that were appended."""

    handle: int
    name: str
    content_type: Optional[str]
    size: int
    at_ms: int
    parts: Tuple[bytes, ...] = ()

    @property
    def content(self) -> bytes:
        """All of its content."""
        return b"".join(self.parts)


class Objects:
    """The finished objects by name, and others by handle; `begin` and `end` stand around each call."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self.finished: Dict[str, Object] = {}
        self.unfinished: Dict[int, Object] = {}
        self._random = random
        self._before: Tuple[Dict[str, Object], Dict[int, Object]] = ({}, {})
        self._now_ms = 0
        # What the call has changed, and how many parts it has removed.
        self._names: FrozenSet[str] = frozenset()
        self._handles: FrozenSet[int] = frozenset()
        self._removed = 0

    def begin(self, now_ms: int) -> None:
        """A call begins."""
        self._before = dict(self.finished), dict(self.unfinished)
        self._now_ms, self._names, self._handles, self._removed = now_ms, frozenset(), frozenset(), 0

    def end(self, kept: bool) -> None:
        """It ends, and what it did is kept or not."""
        if not kept:
            self.finished, self.unfinished = self._before

    def put(self, name: str, content: bytes, content_type: Optional[str] = None) -> None:
        """As if an earlier call had written and committed it."""
        self.finished[name] = Object(self._handle(), name, content_type, len(content), 0, (content,))

    def create(self, name: str, content_type: Optional[str]) -> int:
        """`objects.create`."""
        _checked(name)
        if content_type is not None and re.fullmatch(r"[ -~]{1,255}", content_type) is None:
            raise Refused("Invalid", "a content type has 1 to 255 visible characters of ASCII or spaces")
        handle = self._handle()
        self._change(handle=handle)
        self.unfinished[handle] = Object(handle, name, content_type, 0, self._now_ms)
        return handle

    def append(self, handle: int, content: bytes) -> int:
        """`objects.append`."""
        before = self._begun(handle)
        size = before.size + len(content)
        if size > _MAX_SIZE:
            raise Refused("Limit", f"an object has at most {_MAX_SIZE} bytes")
        if content:
            self._change(handle=handle)
            self.unfinished[handle] = replace(before, size=size, parts=(*before.parts, content))
        return size

    def finish(self, handle: int) -> None:
        """`objects.finish`."""
        found = self._begun(handle)
        self._change(handle, found.name, self.finished.get(found.name))
        del self.unfinished[handle]
        self.finished[found.name] = replace(found, at_ms=self._now_ms)

    def discard(self, handle: int) -> None:
        """`objects.discard`."""
        found = self.unfinished.get(handle)
        if found is not None:
            self._change(handle=handle, removed=found)
            del self.unfinished[handle]

    def remove(self, name: str) -> None:
        """`objects.remove`."""
        found = self.finished.get(_checked(name))
        if found is not None:
            self._change(name=name, removed=found)
            del self.finished[name]

    def stat(self, name: str) -> Optional[Object]:
        """`objects.stat`."""
        return self.finished.get(_checked(name))

    def read(self, name: str, offset: int, length: int) -> bytes:
        """`objects.read`."""
        _checked(name)
        if length > _MAX_READ:
            raise Refused("Invalid", f"at most {_MAX_READ} bytes are read at once")
        found = self.finished.get(name)
        if found is None:
            raise Refused("NotFound")
        if offset > found.size:
            raise Refused("Invalid", "an offset behind the end")
        return found.content[offset : offset + length]

    def list_finished(self, prefix: str, after: Optional[str], limit: int) -> List[Object]:
        """`objects.finished`."""
        if max(len(_bytes(prefix)), len(_bytes(after or ""))) > _MAX_NAME:
            raise Refused("Invalid", f"at most {_MAX_NAME} bytes")
        _check_limit(limit)
        names = sorted((name for name in self.finished if name.startswith(prefix)), key=_bytes)
        behind = [name for name in names if after is None or _bytes(name) > _bytes(after)]
        return [self.finished[name] for name in behind[:limit]]

    def list_unfinished(self, after: Optional[int], limit: int) -> List[Object]:
        """`objects.unfinished`."""
        _check_limit(limit)
        handles = sorted(handle for handle in self.unfinished if after is None or handle > after)
        return [self.unfinished[handle] for handle in handles[:limit]]

    def _begun(self, handle: int) -> Object:
        found = self.unfinished.get(handle)
        if found is None:
            raise Refused("NotFound")
        return found

    def _handle(self) -> int:
        """A random number below 2^53."""
        return int.from_bytes(self._random(7), "big") >> 3

    def _change(self, handle: Optional[int] = None, name: Optional[str] = None, removed: Any = None) -> None:
        """Counts what a function is about to change, and refuses what is beyond the bounds of a call."""
        handles = self._handles if handle is None else self._handles | {handle}
        names = self._names if name is None else self._names | {name}
        count = self._removed + (0 if removed is None else -(-removed.size // _PART))
        if max(len(handles), len(names)) > _MAX_CHANGED:
            most = f"{_MAX_CHANGED} names and {_MAX_CHANGED} unfinished objects"
            raise Refused("Limit", f"a call changes at most {most}")
        if count > _MAX_REMOVED:
            raise Refused("Limit", f"a call removes at most {_MAX_REMOVED} parts of objects")
        self._handles, self._names, self._removed = handles, names, count


def _checked(name: str) -> str:
    if not 1 <= len(_bytes(name)) <= _MAX_NAME or _CONTROL.search(name):
        raise Refused("Invalid", f"a name has 1 to {_MAX_NAME} bytes without control characters")
    return name


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= _MAX_PAGE:
        raise Refused("Invalid", f"a limit is 1 to {_MAX_PAGE}")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8")
