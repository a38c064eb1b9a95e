"""Redis, outside, over TLS. Needs the grant `redis`, and a rule in `adyton.toml` with `protocol = "redis"`.

    from adyton import redis, secrets

    with redis.open(secrets.text("redis")) as cache:
        cache.set("price", b"3.21")

What a call does there is not taken back when the call fails. At most 8 connections are open at once; they end with the
call. `wit/deps/README.md` of Adyton's repository has every bound. In a test the test answers (`databases` of
`adyton.testing`); `adyton test` has no databases.
"""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, Union

from adyton import host
from adyton.databases import ConnectionFailed, InvalidAddress, TooManyConnections, TypeMismatch, asked
from adyton.errors import Invalid

__all__ = ["Connection", "ConnectionFailed", "InvalidAddress", "TooManyConnections", "TypeMismatch", "open"]

_redis = host.interface("redis")

#: What came of a command: nothing, a status, a whole number, or bytes. Lists are told as what is in them.
Said = Union[None, str, int, bytes]


class Connection:
    """A connection; it ends with the call, or where its `with` does. Each of its functions costs 200000 fuel, 10 per byte
    of what is sent and said, and 100 per value of the result; it raises `TypeMismatch` where a value has another type, and
    `errors.Other` for every other failure."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def get(self, key: str) -> Optional[bytes]:
        """The value of a key, or none."""
        found = asked(self._opened.get, host.text(key))
        return None if found is None else bytes(found)

    def set(self, key: str, value: bytes) -> None:
        """Sets a key."""
        asked(self._opened.set, host.text(key), host.data(value))

    def incr(self, key: str) -> int:
        """Adds one to the number of a key, and gives it."""
        number: int = asked(self._opened.incr, host.text(key))
        return number

    def delete(self, *keys: str) -> int:
        """Removes keys, and gives how many there were."""
        number: int = asked(self._opened.del_, [host.text(key) for key in keys])
        return number

    def publish(self, channel: str, payload: bytes) -> None:
        """Sends to a channel."""
        asked(self._opened.publish, host.text(channel), host.data(payload))

    def sadd(self, key: str, *values: str) -> int:
        """Adds to a set, and gives how many were new."""
        number: int = asked(self._opened.sadd, host.text(key), [host.text(value) for value in values])
        return number

    def smembers(self, key: str) -> List[str]:
        """What is in a set."""
        return list(asked(self._opened.smembers, host.text(key)))

    def srem(self, key: str, *values: str) -> int:
        """Removes from a set, and gives how many there were."""
        number: int = asked(self._opened.srem, host.text(key), [host.text(value) for value in values])
        return number

    def execute(self, command: str, parameters: Sequence[Union[int, str, bytes]] = ()) -> Tuple[Said, ...]:
        """Carries out any command."""
        words = [_word(parameter) for parameter in parameters]
        return tuple(_said(one) for one in asked(self._opened.execute, host.text(command), words))

    def close(self) -> None:
        """Closes the connection."""
        self._opened.__exit__(None, None, None)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_error: Any) -> None:
        self.close()


def open(address: str) -> Connection:
    """Opens a connection: `rediss://USER:PASSWORD@HOST:PORT/NUMBER`. Costs 500000 fuel and 10 per byte of the address and
    of what is said until the connection is open.

    Raises `InvalidAddress`, `TooManyConnections`, and `errors.Other` where there is no connection.
    """
    return Connection(asked(_redis.Connection.open, host.text(address)))


def _word(value: Union[int, str, bytes]) -> Any:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Invalid("a whole number of more than 64 bits")
        return _redis.RedisParameter_Int64(int(value))
    return _redis.RedisParameter_Binary(host.text(value).encode("utf-8") if isinstance(value, str) else host.data(value))


def _said(value: Any) -> Said:
    found: Said = getattr(value, "value", None)
    return bytes(found) if isinstance(found, (bytes, bytearray)) else found
