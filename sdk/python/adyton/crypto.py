"""Keys of the contract, by name, and signatures. Needs the grant `crypto`.

They are derived from the contract's secret, are the same on every worker, and never reach the contract itself.
"""

from __future__ import annotations

import enum

from adyton import errors, host

_crypto = host.interface("crypto")


class Scheme(enum.Enum):
    """A signature scheme."""

    #: Ed25519 (RFC 8032), over a message of any length. Public key: 32 bytes. Signature: 64 bytes.
    ED25519 = "ed25519"
    #: ECDSA over secp256k1 with nonces of RFC 6979, over a digest of 32 bytes which the contract has computed. Public
    #: key: 33 bytes, compressed. Signature: 65 bytes: r, s (the lower one), then the recovery number 0 or 1.
    SECP256K1 = "secp256k1"


def public_key(scheme: Scheme, name: str) -> bytes:
    """The public key of the key called `name` (1 to 64 bytes). Costs 100000 fuel.

    Raises `errors.Invalid` for another name.
    """
    return host.ask(_crypto.public_key, _binding(scheme), host.text(name))


def sign(scheme: Scheme, name: str, message: bytes) -> bytes:
    """Signs with the key called `name`. Costs 150000 fuel and 4 per byte.

    Raises `errors.Invalid` for another name, or for a message that the scheme does not take.
    """
    return host.ask(_crypto.sign, _binding(scheme), host.text(name), host.data(message))


def verify(scheme: Scheme, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the signature of `message` under `public_key`; malformed ones are just not. Costs 200000
    fuel and 4 per byte of message."""
    return host.ask(_crypto.verify, _binding(scheme), host.data(public_key), host.data(message), host.data(signature))


def message(context: str, *parts: bytes) -> bytes:
    """A message to sign: a context that says what is signed, then parts, each with its length in front (one byte for
    the context, 32 bits little-endian for a part), so that no two lists of parts give the same bytes. Raises
    `errors.Invalid` for a context of more than 255 bytes."""
    name = context.encode("utf-8")
    if len(name) > 255:
        raise errors.Invalid("a context has at most 255 bytes")
    sized = (len(part).to_bytes(4, "little") + host.data(part) for part in parts)
    return bytes([len(name)]) + name + b"".join(sized)


def _binding(scheme: Scheme) -> object:
    return getattr(_crypto.Scheme, Scheme(scheme).name)
