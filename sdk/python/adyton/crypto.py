"""Keys of the contract, by name: signatures, what others seal to it, secrets of its own. Needs the grant `crypto`.

They are derived from the contract's secret and are the same on every worker. The keys that sign and open never reach
the contract itself; what `derive` gives is its own. A name has 1 to 64 bytes; the same name in another function or
under another scheme is another key.
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
    #: ECDSA over P-256 with nonces of RFC 6979, over a digest of 32 bytes which the contract has computed (SHA-256 for
    #: ES256 and for passkeys). Public key: 33 bytes, compressed. Signature: 64 bytes: r, s (the lower one).
    P256 = "p256"
    #: Schnorr signatures over Ristretto255 as Substrate chains have them (schnorrkel, signing context `substrate`),
    #: over a message of any length. Public key: 32 bytes, the account of this key on such a chain. Signature: 64 bytes,
    #: others at each signing.
    SR25519 = "sr25519"


def public_key(scheme: Scheme, name: str) -> bytes:
    """The public key of the signing key called `name`. Costs 120000 fuel.

    Raises `errors.Invalid` for another name.
    """
    return host.ask(_crypto.public_key, _binding(scheme), host.text(name))


def sign(scheme: Scheme, name: str, message: bytes) -> bytes:
    """Signs with the key called `name`. Costs 200000 fuel and 16 per byte.

    Raises `errors.Invalid` for another name, or for a message that the scheme does not take.
    """
    return host.ask(_crypto.sign, _binding(scheme), host.text(name), host.data(message))


def verify(scheme: Scheme, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the signature of `message` under `public_key`; malformed ones are just not, nor those of
    weak keys, nor those of secp256k1 with the higher s. Under P-256 either s is taken: such a signature can be turned
    into another one of the same message. Costs 200000 fuel and 8 per byte of message."""
    return host.ask(_crypto.verify, _binding(scheme), host.data(public_key), host.data(message), host.data(signature))


def encryption_key(name: str) -> bytes:
    """The public key to which anybody seals what only this contract can open: 32 bytes, an X25519 key (RFC 7748) for
    HPKE as in `decrypt`. Costs 200000 fuel.

    Raises `errors.Invalid` for another name.
    """
    return host.ask(_crypto.encryption_key, host.text(name))


def decrypt(name: str, sealed: bytes, info: bytes = b"", associated_data: bytes = b"") -> bytes:
    """Opens what was sealed to the encryption key called `name`: HPKE (RFC 9180), base mode, single-shot, with
    DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305. `sealed` is the encapsulated key (32 bytes), then the
    ciphertext; `info` and `associated_data` are those of the sender. It says nothing about who sealed, and the same
    bytes open again and again. Costs 400000 fuel and 4 per byte of info, associated data and sealed content.

    Raises `errors.Invalid` for another name, and for whatever does not open.
    """
    parts = (host.data(info), host.data(associated_data), host.data(sealed))
    return host.ask(_crypto.decrypt, host.text(name), *parts)


def derive(name: str, context: bytes, length: int) -> bytes:
    """A secret for the contract's own use, of 1 to 64 bytes: a key for its own encryption, a salt. The same name,
    context (at most 1024 bytes) and length always give the same bytes, any other of them unrelated ones, and no name
    gives a key with which `sign` or `decrypt` works. Costs 20000 fuel and 8 per byte of context and result.

    Raises `errors.Invalid` for another name, context or length.
    """
    return host.ask(_crypto.derive, host.text(name), host.data(context), host.u32(length, "the length"))


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
