"""Randomness that nobody can foresee or choose. Needs the grant `random`.

With the grant, Python's own `random`, `secrets`, `uuid` and `os.urandom` stand on the same source.
"""

from __future__ import annotations

import builtins

from adyton import host

_random = host.interface("random")

#: The most bytes that the host gives at once.
MAX_BYTES = 65536


def bytes(length: int) -> builtins.bytes:
    """`length` random bytes, at most 65536, fit for keys. Costs 1000 fuel and 2 per byte.

    Raises `errors.Invalid` for a greater length.
    """
    return host.ask(_random.bytes, host.u32(length, "the length"))
