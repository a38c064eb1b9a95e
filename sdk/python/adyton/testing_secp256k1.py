"""ECDSA over secp256k1 as the worker's, for a host in memory: not in constant time, and with keys that everybody knows.

SEC 1 for the group and for signatures, SEC 2 for the curve, RFC 6979 with SHA-256 for nonces.
"""

from __future__ import annotations

import hmac
from typing import Optional, Tuple

_FIELD = 2**256 - 2**32 - 977
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

#: A point of the curve; none for the one at infinity.
_Point = Optional[Tuple[int, int]]


def public_key(secret: bytes) -> bytes:
    """The public key of 32 bytes that are the scalar: 33 bytes, compressed."""
    point = _times(int.from_bytes(secret, "big"), _BASE)
    assert point is not None, "a secret of a test is no multiple of the order"
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def sign(secret: bytes, digest: bytes) -> bytes:
    """r, s (the lower of the two possible) and the recovery number: 65 bytes."""
    scalar, hashed = int.from_bytes(secret, "big"), int.from_bytes(digest, "big") % _ORDER
    nonce = _nonce(secret, hashed.to_bytes(32, "big"))
    point = _times(nonce, _BASE)
    assert point is not None, "a nonce is less than the order"
    r = point[0] % _ORDER
    s = pow(nonce, -1, _ORDER) * (hashed + r * scalar) % _ORDER
    parity = point[1] % 2
    if s > _ORDER // 2:
        s, parity = _ORDER - s, parity ^ 1
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])


def verify(key: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether it is the signature of the digest under a compressed key. Not one with the higher s, or whose recovery
    number is that of another key."""
    point = _decompressed(key)
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:64]))
    well_formed = len(digest) == 32 and len(signature) == 65 and 0 < r < _ORDER and 0 < s <= _ORDER // 2
    if point is None or not well_formed:
        return False
    hashed, inverse = int.from_bytes(digest, "big"), pow(s, -1, _ORDER)
    found = _plus(_times(hashed * inverse % _ORDER, _BASE), _times(r * inverse % _ORDER, point))
    return found is not None and found[0] % _ORDER == r and found[1] % 2 == signature[64]


def _nonce(secret: bytes, hashed: bytes) -> int:
    """RFC 6979, section 3.2."""
    value, key = b"\x01" * 32, bytes(32)
    for separator in (b"\x00", b"\x01"):
        key = hmac.new(key, value + separator + secret + hashed, "sha256").digest()
        value = hmac.new(key, value, "sha256").digest()
    while True:
        value = hmac.new(key, value, "sha256").digest()
        if 0 < int.from_bytes(value, "big") < _ORDER:
            return int.from_bytes(value, "big")
        key = hmac.new(key, value + b"\x00", "sha256").digest()
        value = hmac.new(key, value, "sha256").digest()


def _decompressed(key: bytes) -> _Point:
    x = int.from_bytes(key[1:], "big")
    square = (pow(x, 3, _FIELD) + 7) % _FIELD
    y = pow(square, (_FIELD + 1) // 4, _FIELD)
    if len(key) != 33 or key[0] not in (2, 3) or x >= _FIELD or y * y % _FIELD != square:
        return None
    return x, y if y % 2 == key[0] % 2 else _FIELD - y


def _times(scalar: int, point: _Point) -> _Point:
    found: _Point = None
    while scalar:
        if scalar & 1:
            found = _plus(found, point)
        point, scalar = _plus(point, point), scalar >> 1
    return found


def _plus(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % _FIELD == 0:
        return None
    if one == other:
        slope = 3 * one[0] * one[0] * pow(2 * one[1], -1, _FIELD)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _FIELD)
    x = (slope * slope - one[0] - other[0]) % _FIELD
    return x, (slope * (one[0] - x) - one[1]) % _FIELD
