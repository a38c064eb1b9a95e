"""Randomness: what nobody can foresee or choose, and what only the contract can repeat. Needs the grant `random`.

With the grant, Python's own `random`, `secrets`, `uuid` and `os.urandom` stand on the same source.
"""

from __future__ import annotations

import builtins

from adyton import host

_random = host.interface("random")

#: The most random bytes that the host gives at once.
MAX_BYTES = 65536


def bytes(length: int) -> builtins.bytes:
    """`length` random bytes, at most 65536, fit for keys. Costs 3000 fuel and 12 per byte.

    Raises `errors.Invalid` for a greater length.
    """
    return host.ask(_random.bytes, host.u32(length, "the length"))


def seeded(seed: builtins.bytes, length: int) -> builtins.bytes:
    """`length` bytes, at most 8160, that follow from `seed` (at most 1024 bytes) and the contract's secret. The same
    seed gives the same bytes in every call and on every worker, and a shorter result is the beginning of a longer one;
    nobody else can compute them or tell them from random ones. Whoever chooses the seed, or can try several, chooses
    the outcome. Not for keys: that is `crypto.derive`. Costs 20000 fuel and 16 per byte of seed and result.

    Raises `errors.Invalid` for a greater length or a longer seed.
    """
    return host.ask(_random.seeded, host.data(seed), host.u32(length, "the length"))
