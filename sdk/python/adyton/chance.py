"""Python's randomness, drawn from the host.

What Python's own generators hold when the component is built stands in the component, which is public, and would be
the same in every call. So each generator without a seed of its own is seeded in each call when it is first used, and
refuses where the manifest does not grant `random`, and while the component is built.
"""

from __future__ import annotations

import os
import random
import uuid
from typing import Any

from adyton import host
from adyton.errors import Denied

#: The most bytes that the host gives at once.
_MAX_BYTES = 65536
#: In the place of a call's number: the program gave a seed, so what comes is meant to be the same in every call.
_FIXED = -1
#: In the place of a call's number: not seeded yet.
_NEVER = 0
#: In the place of a call's number: seeded by the system, in a process that is no component.
_OUTSIDE = -2

_urandom = os.urandom
# Their insides, of which their types do not tell.
_random: Any = random
_uuid: Any = uuid


def system_bytes(length: int) -> bytes:
    """`length` random bytes from the host; `os.urandom` during a call.

    Raises `errors.Denied` where the manifest does not grant `random`.
    """
    if host.building():
        raise RuntimeError("there is no randomness while the component is built: it would be the same in every call")
    if not host.running():
        return _urandom(length)
    if length < 0:
        raise ValueError("negative argument not allowed")
    source = host.optional("random")
    if source is None:
        raise Denied('the program asks for randomness; add "random" to grants in adyton.toml')
    parts = [host.ask(source.bytes, min(_MAX_BYTES, length - done)) for done in range(0, length, _MAX_BYTES)]
    return b"".join(parts)


class CallRandom(random.Random):
    """`random.Random` that, without a seed of its own, is seeded by the host in each call."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> "CallRandom":
        # With an argument, so that the constructor below does not ask the system for a seed.
        return super().__new__(cls, 0)  # type: ignore[call-arg]

    def seed(self, a: Any = None, version: int = 2) -> None:
        """As in `random.Random`; without a seed, the host's randomness is drawn when it is needed."""
        self._call = _NEVER if a is None else _FIXED
        self.gauss_next = None
        if a is not None:
            super().seed(a, version)

    def random(self) -> float:
        """A number from 0 to below 1."""
        self._prepare()
        return super().random()

    def getrandbits(self, k: int) -> int:
        """A number of `k` random bits."""
        self._prepare()
        return super().getrandbits(k)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """A number of the normal distribution."""
        # It keeps the second number of a pair, which must not come from another call.
        self._prepare()
        return super().gauss(mu, sigma)

    def getstate(self) -> Any:
        """The generator's state."""
        self._prepare()
        return super().getstate()

    def setstate(self, state: Any) -> None:
        """Sets the generator's state, which the program then stands for."""
        super().setstate(state)
        self._call = _FIXED

    def _prepare(self) -> None:
        """Seeds the generator, unless it has the program's seed or that of this call."""
        now = host.call() if host.running() else _OUTSIDE
        if self._call == _FIXED or (self._call == now and not host.building()):
            return
        super().seed(int.from_bytes(system_bytes(32), "little"))
        self.gauss_next = None
        self._call = now


class CallSystemRandom(random.SystemRandom):
    """`random.SystemRandom` whose constructor does not ask the system for a seed that it never uses."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> "CallSystemRandom":
        return super().__new__(cls, 0)  # type: ignore[call-arg]


def install() -> None:
    """Replaces what `random`, `secrets`, `uuid` and `os.urandom` draw from."""
    shared = _random._inst
    ours = CallRandom()
    for name, value in list(vars(_random).items()):
        if getattr(value, "__self__", None) is shared:
            setattr(_random, name, getattr(ours, name))
    _random._inst = ours
    _random.Random = CallRandom
    _random.SystemRandom = CallSystemRandom
    _random._urandom = system_bytes
    os.urandom = system_bytes
    _install_uuid()


def _install_uuid() -> None:
    """`uuid1` asks the system for a time and for the machine's network address; here it takes the call's time and a
    random number, as RFC 9562 §6.10 allows."""
    _uuid._generate_time_safe = None
    _uuid.getnode = lambda: random.getrandbits(48) | 1 << 40
