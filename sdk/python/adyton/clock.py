"""Python's clocks, told by the host.

A component has no clock of its own: what Python asks the system for would end the call without a message. So `time` and
`datetime` give the call's time, which does not move during the call. While the component is built there is no time: it
would be the builder's, in every call.
"""

from __future__ import annotations

import datetime
import time
from typing import Any, Callable, Optional

from adyton import host

#: The clocks of `time` that give seconds, beside those of the same name that give nanoseconds (`…_ns`).
_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
#: Functions of `time` that take seconds, now if none are given.
_OF_SECONDS = ("localtime", "gmtime", "ctime")
#: Functions of `time` that take a struct_time, now if none is given, and where it stands among the arguments.
_OF_STRUCT = (("asctime", 0), ("strftime", 1))

_Datetime = datetime.datetime
_Date = datetime.date
_time = time.time
_gmtime = time.gmtime
_EPOCH = _Datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC: the call's time."""
    if host.running():
        return host.context().now_ms
    if host.building():
        raise RuntimeError("there is no time while the component is built; ask for it during a call")
    return int(_time() * 1000)


class _Kind(type):
    """Makes the classes below stand for the ones they replace, also for values that those have made."""

    def __instancecheck__(cls, value: Any) -> bool:
        replaced = cls.__dict__.get("_replaced")
        return type.__instancecheck__(cls, value) if replaced is None else isinstance(value, replaced)

    def __subclasscheck__(cls, other: Any) -> bool:
        replaced = cls.__dict__.get("_replaced")
        return type.__subclasscheck__(cls, other) if replaced is None else issubclass(other, replaced)


class _CallDate(_Date, metaclass=_Kind):
    """`datetime.date` whose today is that of the call, in UTC."""

    _replaced = _Date

    @classmethod
    def today(cls) -> Any:
        """The call's day in UTC."""
        now = _CallDatetime.now()
        return cls(now.year, now.month, now.day)


class _CallDatetime(_Datetime, metaclass=_Kind):
    """`datetime.datetime` whose now is that of the call."""

    _replaced = _Datetime

    @classmethod
    def now(cls, tz: Optional[datetime.tzinfo] = None) -> Any:
        """The call's time; without `tz`, in UTC."""
        now = _EPOCH + datetime.timedelta(milliseconds=now_ms())
        if tz is not None:
            now = now.astimezone(tz)
        fields = (now.year, now.month, now.day, now.hour, now.minute, now.second, now.microsecond)
        return cls(*fields, tzinfo=tz, fold=now.fold)

    @classmethod
    def utcnow(cls) -> Any:
        """The call's time in UTC, without a time zone."""
        return cls.now()

    @classmethod
    def today(cls) -> Any:
        """The call's time in UTC, without a time zone."""
        return cls.now()


def install() -> None:
    """Replaces the clocks of `time` and `datetime`. What was imported from them by name before stays as it was."""
    for name in _CLOCKS:
        _replace(name, lambda: now_ms() / 1000)
        _replace(f"{name}_ns", lambda: now_ms() * 1_000_000)
    _replace("clock_gettime", lambda _clock: now_ms() / 1000)
    _replace("clock_gettime_ns", lambda _clock: now_ms() * 1_000_000)
    for name in _OF_SECONDS:
        _replace(name, _with_now(getattr(time, name), 0, lambda: now_ms() / 1000))
    for name, place in _OF_STRUCT:
        _replace(name, _with_now(getattr(time, name), place, lambda: _gmtime(now_ms() / 1000)))
    for name in ("sleep", "get_clock_info", "clock_getres"):
        _replace(name, _refuse_waiting)
    for name, one in (("datetime", _CallDatetime), ("date", _CallDate)):
        one.__name__ = one.__qualname__ = name
        one.__module__ = "datetime"
        setattr(datetime, name, one)


def _replace(name: str, during: Callable[..., Any]) -> None:
    """Puts `during` in the place of a function of `time`, but for a process that is no component, between calls."""
    original = getattr(time, name, None)
    if original is None:
        return

    def clock(*arguments: Any) -> Any:
        replaced = host.running() or host.building()
        return during(*arguments) if replaced else original(*arguments)

    clock.__name__ = clock.__qualname__ = name
    clock.__doc__ = original.__doc__
    setattr(time, name, clock)


def _with_now(original: Callable[..., Any], place: int, now: Callable[[], Any]) -> Callable[..., Any]:
    """`original`, with the call's time where the argument at `place` is missing or none."""

    def filled(*arguments: Any) -> Any:
        given = arguments[place] if len(arguments) > place else None
        return original(*arguments[:place], now() if given is None else given)

    return filled


def _refuse_waiting(*_arguments: Any) -> None:
    raise RuntimeError("a contract's time does not move during a call: it cannot wait, and asyncio cannot run")
