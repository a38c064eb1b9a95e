"""Addresses, hashes and numbers of EVM chains, and their texts."""

from __future__ import annotations

from typing import Any

from adyton.errors import Invalid
from adyton.evm_keccak import keccak256

#: The field of secp256k1 (SEC 2): its curve is y² = x³ + 7.
_FIELD = 2**256 - 2**32 - 977
_DIGITS = frozenset("0123456789abcdefABCDEF")


def to_hex(data: bytes) -> str:
    """Bytes as `0x` and two hexadecimal digits each."""
    return "0x" + bytes(data).hex()


def from_hex(text: str) -> bytes:
    """The bytes of such a text, with digits of either case. Raises `errors.Invalid` for another one."""
    if isinstance(text, str) and text.startswith("0x") and len(text) % 2 == 0 and _DIGITS.issuperset(text[2:]):
        return bytes.fromhex(text[2:])
    raise Invalid("bytes are 0x and two hexadecimal digits each")


def quantity(number: int) -> str:
    """A number of 0 to 2^256 - 1 as JSON-RPC has it: `0x` and digits without leading zeros."""
    return hex(whole(number, 256))


def from_quantity(text: Any) -> int:
    """The number of `0x` and 1 to 64 hexadecimal digits. Raises `errors.Invalid` for anything else."""
    if isinstance(text, str) and text.startswith("0x") and 3 <= len(text) <= 66 and _DIGITS.issuperset(text[2:]):
        return int(text[2:], 16)
    raise Invalid("a number is 0x and 1 to 64 hexadecimal digits")


def address(text: Any) -> str:
    """An address with the checksum of EIP-55. Raises `errors.Invalid` for what is none, or has letters of both cases
    that are not the checksum."""
    data = from_hex(text)
    if len(data) != 20:
        raise Invalid("an address has 20 bytes")
    digits = data.hex()
    nibbles = keccak256(digits.encode()).hex()
    sums = (digit.upper() if int(nibble, 16) >= 8 else digit for digit, nibble in zip(digits, nibbles))
    checked = "0x" + "".join(sums)
    given = text[2:]
    if given not in (given.lower(), given.upper()) and text != checked:
        raise Invalid(f"the address {text} has a wrong checksum")
    return checked


def hash_text(text: Any) -> str:
    """A hash, in lower case. Raises `errors.Invalid` for what has not 32 bytes."""
    data = from_hex(text)
    if len(data) != 32:
        raise Invalid("a hash has 32 bytes")
    return to_hex(data)


def address_of(public_key: bytes) -> str:
    """The account of a public key of secp256k1 (SEC 1, compressed), as of `crypto.public_key`: the last 20 bytes of the
    hash of its point. Raises `errors.Invalid` for what is none."""
    x = int.from_bytes(public_key[1:], "big")
    square = (pow(x, 3, _FIELD) + 7) % _FIELD
    root = pow(square, (_FIELD + 1) // 4, _FIELD)
    if len(public_key) != 33 or public_key[0] not in (2, 3) or x >= _FIELD or root * root % _FIELD != square:
        raise Invalid("this is no public key of secp256k1")
    y = root if root % 2 == public_key[0] % 2 else _FIELD - root
    return address(to_hex(keccak256(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[12:]))


def whole(number: Any, bits: int) -> int:
    """The number, if it is a whole one of 0 or more with at most so many bits. Otherwise raises `errors.Invalid`."""
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << bits:
        return number
    raise Invalid(f"not a whole number of at most {bits} bits")
