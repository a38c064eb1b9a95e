"""The contract's large objects: contents with names, written and read in parts, sealed as the store of `kv` is, and
committed with it. Needs the grant `objects`.

    from adyton import objects

    handle = objects.create("scans/1", "image/png")
    objects.append(handle, part)  # in later calls, too
    objects.finish(handle)
    for part in objects.parts("scans/1"):
        ...

A finished object does not change; another one of its name takes its place as a whole. A handle is no permission: who
takes one from its callers has to check whose it is.

A name has 1 to 512 bytes without control characters, an object at most 1073741824 bytes, which are stored in parts of
262144. What a call appends counts towards `limits.writes`; a call changes at most 256 names and 256 unfinished objects,
and removes at most 8192 parts. `wit/objects.wit` says what else counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Iterator, List, Optional, Union

from adyton import host
from adyton.errors import Invalid

_objects = host.interface("objects")

#: The bytes of the parts in which contents are stored: what is appended in these, or a multiple, costs least.
PART = 262_144
_MAX_PAGE = 1000


@dataclass(frozen=True)
class Info:
    """What is known of an object."""

    #: The handle under which it is or was written.
    handle: int
    name: str
    #: What the contract says that the content is, such as `application/pdf`; none if it does not say.
    content_type: Optional[str]
    #: Bytes of the content.
    size: int
    #: When it was finished, or else begun: that call's time, milliseconds since 1970-01-01 UTC.
    at_ms: int


def create(name: str, content_type: Optional[str] = None) -> int:
    """Begins an object that will be called `name`, and gives its handle. Several may be begun for one name. A content
    type has 1 to 255 visible characters of ASCII or spaces. Costs 60000 fuel and 20 per byte of name and content type.

    Raises `errors.Invalid` for a malformed name or content type, `errors.Limit` beyond a bound of a call.
    """
    kind = None if content_type is None else host.text(content_type)
    handle: int = host.ask(_objects.create, _name(name), kind)
    return handle


def append(handle: int, content: bytes) -> int:
    """Adds `content` to the end of an unfinished object, and gives the size that it has then. To add nothing changes
    nothing, and gives the size. Costs 30000 fuel and 20 per byte of content, and of a part that is written anew.

    Raises `errors.NotFound` if there is no unfinished object of this handle, `errors.Limit` for an object that would be
    too large, or beyond a bound of a call.
    """
    size: int = host.ask(_objects.append, host.u64(handle, "the handle"), host.data(content))
    return size


def finish(handle: int) -> None:
    """Makes an unfinished object visible under its name, in the place of one that has this name. Costs 60000 fuel, 20
    per byte of name and content type, and 10000 per part of the object that it replaces.

    Raises `errors.NotFound` if there is no unfinished object of this handle, as of one that is finished already;
    `errors.Limit` beyond a bound of a call.
    """
    host.ask(_objects.finish, host.u64(handle, "the handle"))


def discard(handle: int) -> None:
    """Removes an unfinished object; nothing is wrong if there is none of this handle. Costs 40000 fuel and 10000 per
    part.

    Raises `errors.Limit` beyond a bound of a call.
    """
    host.ask(_objects.discard, host.u64(handle, "the handle"))


def remove(name: str) -> None:
    """Removes the object called `name`; nothing is wrong if there is none. Costs 40000 fuel, 20 per byte of name, and
    10000 per part.

    Raises `errors.Invalid` for a malformed name, `errors.Limit` beyond a bound of a call.
    """
    host.ask(_objects.remove, _name(name))


def stat(name: str) -> Optional[Info]:
    """What is known of the object called `name`, or none. Costs 50000 fuel and 2 per byte of name and content type.

    Raises `errors.Invalid` for a malformed name.
    """
    found = host.ask(_objects.stat, _name(name))
    return None if found is None else _info(found)


def read(name: str, offset: int, length: int) -> bytes:
    """The bytes of the object called `name` from `offset` on, in number `length`, at most 1048576; fewer where the
    content ends before, and none at its end. Costs 10000 fuel, 1 per byte of name and content, and 300000 per part that
    is read from the store. Within a call the part that was read last is kept.

    Raises `errors.Invalid` for a malformed name, a greater length or an offset behind the end, `errors.NotFound` if
    there is no such object.
    """
    found: bytes = host.ask(_objects.read, _name(name), host.u64(offset, "the offset"), host.u32(length, "the length"))
    return found


def finished(prefix: str = "", after: Optional[str] = None, limit: int = 100) -> List[Info]:
    """The objects whose names begin with `prefix` and come after `after`, ascending by the bytes of their names, at
    most `limit` of them (1 to 1000). There are fewer only where there are no more; the last one's name is the next
    `after`. Costs 60000 fuel, 2 per byte of `prefix`, `after`, and names and content types read, and 15000 per object.

    Raises `errors.Invalid` for a `prefix` or `after` of more than 512 bytes, or another `limit`.
    """
    begin = None if after is None else _name(after)
    return [_info(one) for one in host.ask(_objects.finished, _name(prefix), begin, host.u32(limit, "the limit"))]


def unfinished(after: Optional[int] = None, limit: int = 100) -> List[Info]:
    """The unfinished objects whose handles come after `after`, ascending by handle, at most `limit` of them (1 to
    1000). There are fewer only where there are no more; the last one's handle is the next `after`. Costs 60000 fuel, 2
    per byte of names and content types read, and 15000 per object.

    Raises `errors.Invalid` for another `limit`.
    """
    begin = None if after is None else host.u64(after, "after")
    return [_info(one) for one in host.ask(_objects.unfinished, begin, host.u32(limit, "the limit"))]


def write(name: str, content: Union[bytes, Iterable[bytes]], content_type: Optional[str] = None) -> None:
    """Writes an object at once: creates it, appends each of the parts and finishes it. Of a content that is there as a
    whole the parts are made here. If one of the steps fails, or making a part does, the object is discarded. Raises and
    costs what the steps do.
    """
    handle = create(name, content_type)
    try:
        whole = isinstance(content, (bytes, bytearray, memoryview))
        for part in _slices(host.data(content)) if whole else content:
            append(handle, part)
        finish(handle)
    except BaseException:
        discard(handle)
        raise


def parts(name: str) -> Iterator[bytes]:
    """The content of the object called `name`, in parts of `PART` bytes. Raises and costs what `read` does for each."""
    offset = 0
    while True:
        part = read(name, offset, PART)
        if part:
            yield part
        if len(part) < PART:
            return
        offset += PART


def items(prefix: str = "") -> Iterator[Info]:
    """All objects whose names begin with `prefix`, page by page. Costs what `finished` does for each page."""
    after: Optional[str] = None
    while True:
        page = finished(prefix, after, _MAX_PAGE)
        yield from page
        if len(page) < _MAX_PAGE:
            return
        after = page[-1].name


def _name(name: str) -> str:
    """The name, if the interface can carry it as it is: what is no Unicode would become another name."""
    if host.text(name) != name:
        raise Invalid("a name is Unicode, without lone surrogates")
    return name


def _slices(content: bytes) -> Iterator[bytes]:
    return (content[at : at + PART] for at in range(0, len(content), PART))


def _info(one: Any) -> Info:
    return Info(one.handle, one.name, one.content_type, one.size, one.at_ms)
