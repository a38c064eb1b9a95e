"""What contracts in Solidity are called with and answer (Contract ABI Specification, Solidity documentation).

Types are written as there: `uint8` to `uint256`, `address`, `bool`, `bytes1` to `bytes32`, `bytes`, `string`, `T[]`,
`T[3]`, and tuples as `(T,U)`. Numbers with a sign are not among them. In Python they are `int`, a text with `0x`,
`bool`, `bytes`, `bytes`, `str`, and sequences of those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

from adyton.errors import Invalid
from adyton.evm_keccak import keccak256
from adyton.evm_values import address, from_hex, to_hex, whole

#: Arrays and tuples within each other, at most.
_MAX_DEPTH = 8
#: Elements of an array whose type says how many.
_MAX_FIXED = 1024
_ELEMENTARY = re.compile(r"(address|bool|bytes|string|uint[1-9][0-9]{0,2}|bytes[1-9][0-9]?)(?![0-9A-Za-z])")
_ARRAY = re.compile(r"\[([1-9][0-9]{0,3})?\]")


@dataclass(frozen=True)
class Type:
    """A type: of an elementary one its `name`, of an array its element in `parts`, of a tuple all of its members."""

    name: str
    parts: Tuple["Type", ...] = ()
    #: How many elements; none where the data says it, and for what is no array.
    length: Optional[int] = None

    def dynamic(self) -> bool:
        """Whether it stands behind the others, and in its place where."""
        if self.name == "array" and self.length is None:
            return True
        return self.name in ("bytes", "string") or any(part.dynamic() for part in self.parts)

    def head(self) -> int:
        """The bytes that it takes in its place."""
        if self.dynamic() or not self.parts:
            return 32
        return sum(part.head() for part in self.parts) * (self.length or 1)

    def members(self, count: int) -> Sequence["Type"]:
        """The types of a tuple's members, or of so many elements."""
        return self.parts if self.name == "tuple" else self.parts * count


def encode(types: str, values: Sequence[Any]) -> bytes:
    """The values of the types, with commas between these: `encode("address,uint256", [owner, 7])`. Raises
    `errors.Invalid` for a type that is none, and for values that are not of these types."""
    return _sequence(_types(types), values)


def call(signature: str, values: Sequence[Any] = ()) -> bytes:
    """What a function is called with: `call("transfer(address,uint256)", [owner, 7])`. Raises as `encode` does."""
    name, bracket, rest = signature.partition("(")
    if not name or not bracket or not rest.endswith(")"):
        raise Invalid(f"'{signature}' is no function")
    return selector(signature) + encode(rest[:-1], values)


def selector(signature: str) -> bytes:
    """The first four bytes of a call of this function."""
    return keccak256(signature.encode("utf-8"))[:4]


def decode(types: str, data: bytes) -> List[Any]:
    """The values of the types that `data` holds. Raises `errors.Invalid` for data that ends too soon, whose values
    together need more bytes than it has, or whose numbers, addresses and truth values do not fit their types. Parts may
    overlap, though no encoder makes them so. What lies behind the values is not looked at."""
    return _Reader(bytes(data)).sequence(0, _types(types))


def parse(text: str) -> Type:
    """The type that is written like this. Raises `errors.Invalid` for another text, `uint` without bits among them."""
    found, rest = _parse(text, 0)
    if rest:
        raise Invalid(f"'{text}' is no type")
    return found


def word(kind: Type, value: Any) -> bytes:
    """A value that takes 32 bytes whatever it is."""
    name = kind.name
    if name.startswith("uint"):
        return whole(value, int(name[4:])).to_bytes(32, "big")
    if name == "address":
        return bytes(12) + from_hex(address(value))
    if name == "bool" and isinstance(value, bool):
        return bytes(31) + bytes([value])
    if re.match(r"bytes[0-9]", name) and isinstance(value, (bytes, bytearray)) and len(value) == int(name[5:]):
        return bytes(value).ljust(32, b"\0")
    raise Invalid(f"a value is not of the type {name}")


def _types(text: str) -> Sequence[Type]:
    if not text:
        return ()
    found = parse(f"({text})")
    if found.name != "tuple":
        raise Invalid(f"'{text}' are no types")
    return found.parts


def _parse(text: str, depth: int) -> Tuple[Type, str]:
    """A type, and the text behind it."""
    if text.startswith("(") and depth <= _MAX_DEPTH:
        found, rest = _tuple(text[1:], depth + 1)
    else:
        match = _ELEMENTARY.match(text)
        if match is None or not _known(match[1]):
            raise Invalid(f"'{text}' is no type")
        found, rest = Type(match[1]), text[match.end() :]
    while rest.startswith("["):
        depth += 1
        match = _ARRAY.match(rest)
        length = int(match[1]) if match and match[1] else None
        if match is None or depth > _MAX_DEPTH or (length or 0) > _MAX_FIXED:
            raise Invalid(f"'{text}' is no type")
        found, rest = Type("array", (found,), length), rest[match.end() :]
    return found, rest


def _tuple(text: str, depth: int) -> Tuple[Type, str]:
    members = []
    while True:
        member, text = _parse(text, depth)
        members.append(member)
        if text.startswith(")"):
            return Type("tuple", tuple(members)), text[1:]
        if not text.startswith(","):
            raise Invalid("a tuple without an end")
        text = text[1:]


def _known(name: str) -> bool:
    if name.startswith("uint"):
        return int(name[4:]) <= 256 and int(name[4:]) % 8 == 0
    return not name[5:].isdigit() or int(name[5:]) <= 32


def _sequence(types: Sequence[Type], values: Any) -> bytes:
    """Values one behind the other: first what each takes in its place, then what stands behind."""
    if not isinstance(values, (list, tuple)) or len(types) != len(values):
        raise Invalid(f"not the values of {len(types)} types")
    head = sum(kind.head() for kind in types)
    places, behind = b"", b""
    for kind, value in zip(types, values):
        encoded = _encoded(kind, value)
        if kind.dynamic():
            places += (head + len(behind)).to_bytes(32, "big")
            behind += encoded
        else:
            places += encoded
    return places + behind


def _encoded(kind: Type, value: Any) -> bytes:
    if kind.name == "bytes" and isinstance(value, (bytes, bytearray)):
        return _sized(bytes(value))
    if kind.name == "string" and isinstance(value, str):
        return _sized(value.encode("utf-8"))
    if not kind.parts:
        return word(kind, value)
    if not isinstance(value, (list, tuple)):
        raise Invalid(f"a value is not of the type {kind.name}")
    if kind.name == "array" and kind.length is None:
        return len(value).to_bytes(32, "big") + _sequence(kind.members(len(value)), value)
    return _sequence(kind.members(kind.length or 0), value)


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(32, "big") + content + bytes(-len(content) % 32)


class _Reader:
    """Reads what another contract has answered: no more bytes in all than it has, so that a short answer cannot stand
    for a large value."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = len(data)

    def sequence(self, base: int, types: Sequence[Type]) -> List[Any]:
        values, at = [], base
        for kind in types:
            place = base + self._number(at) if kind.dynamic() else at
            values.append(self._value(kind, place))
            at += kind.head()
        return values

    def _value(self, kind: Type, at: int) -> Any:
        if kind.name in ("bytes", "string"):
            length = self._number(at)
            content = self._take(at + 32, length)
            return content if kind.name == "bytes" else _text(content)
        if kind.name == "array" and kind.length is None:
            length = self._number(at)
            # Each element takes 32 bytes or more.
            if length > self._left // 32:
                raise Invalid("an array says that it has more elements than the data")
            return self.sequence(at + 32, kind.members(length))
        if kind.parts:
            return self.sequence(at, kind.members(kind.length or 0))
        return _single(kind, self._take(at, 32))

    def _number(self, at: int) -> int:
        """A length, or where something is: never more than there is data."""
        number = int.from_bytes(self._take(at, 32), "big")
        if number > len(self._data):
            raise Invalid("the data says of a part that it is longer, or further behind, than the data")
        return number

    def _take(self, at: int, length: int) -> bytes:
        if at + length > len(self._data) or length > self._left:
            raise Invalid("the data is shorter than its types")
        self._left -= length
        return self._data[at : at + length]


def _single(kind: Type, given: bytes) -> Any:
    """The value of 32 bytes, which have to be those of its encoding."""
    value: Any = int.from_bytes(given, "big")
    if kind.name == "address":
        value = address(to_hex(given[12:]))
    elif kind.name == "bool":
        value = given[31] == 1
    elif kind.name.startswith("bytes"):
        value = given[: int(kind.name[5:])]
    if word(kind, value) != given:
        raise Invalid(f"a value is not of the type {kind.name}")
    return value


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("a string is no UTF-8") from None
