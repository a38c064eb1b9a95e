"""What databases outside have in common: failures, connections, and values on their way to a database and back."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Type, Union

from adyton import host
from adyton.errors import Error, Invalid, Limit, Other, Unavailable


class Unsupported(enum.Enum):
    """A value of a type that is not among those here: cast it to text in the statement."""

    UNSUPPORTED = "unsupported"


#: See `Unsupported`.
UNSUPPORTED = Unsupported.UNSUPPORTED

#: A value: none, a boolean, a whole number, another number, a text, bytes, a moment, a day, or a time of day. Moments are
#: in UTC, and one without a time zone is taken to be.
Value = Union[None, bool, int, float, str, bytes, datetime, date, time, Unsupported]


class ConnectionFailed(Unavailable):
    """No rule of the manifest allows the connection, or there is none, or none any more; the text says why."""


class BadParameter(Invalid):
    """A parameter cannot be sent."""


class QueryFailed(Other):
    """The database's own error, with its code."""


class ValueConversionFailed(Other):
    """A value of the result cannot be given."""


class InvalidAddress(Invalid):
    """Not an address of a Redis server."""


class TooManyConnections(Limit):
    """More than 8 connections to Redis servers at once."""


class TypeMismatch(Other):
    """A value in Redis is of another type."""


FAILURES: Dict[str, Type[Error]] = {
    "Error_ConnectionFailed": ConnectionFailed,
    "Error_BadParameter": BadParameter,
    "Error_QueryFailed": QueryFailed,
    "Error_ValueConversionFailed": ValueConversionFailed,
    "Error_InvalidAddress": InvalidAddress,
    "Error_TooManyConnections": TooManyConnections,
    "Error_TypeError": TypeMismatch,
    "Error_Other": Other,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Rows:
    """What a query gives."""

    #: The columns' names.
    columns: Tuple[str, ...]
    #: The rows, each with a value for each column.
    rows: Tuple[Tuple[Value, ...], ...]


def asked(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the database answers; its failures are raised as the classes above."""

    def work() -> Any:
        try:
            return function(*arguments)
        except host.err() as error:
            kind = FAILURES.get(type(error.value).__name__, Other)
            return kind(getattr(error.value, "value", ""))

    answer = host.ask(work)
    if isinstance(answer, Error):
        raise answer
    return answer


class Connection:
    """A connection to a database that has tables. It ends with the call, or where its `with` does."""

    def __init__(self, types: Any, opened: Any) -> None:
        self._types = types
        self._opened = opened

    def query(self, text: str, parameters: Sequence[Value] = ()) -> Rows:
        """Carries out one statement and gives its rows. Costs 200000 fuel, 10 per byte of it, its parameters and what the
        server says, and 100 per value of the result.

        Raises `QueryFailed`, `ConnectionFailed`, `BadParameter`, `ValueConversionFailed`, and `errors.Other` for a limit
        or an answer that makes no sense.
        """
        found = asked(self._opened.query, host.text(text), self._given(parameters))
        rows = tuple(tuple(_value(value) for value in row) for row in found.rows)
        return Rows(tuple(column.name for column in found.columns), rows)

    def execute(self, text: str, parameters: Sequence[Value] = ()) -> Optional[int]:
        """Carries out one statement, and gives how many rows it inserted, changed or removed; of MySQL none. Costs and
        raises what `query` does."""
        changes: Optional[int] = asked(self._opened.execute, host.text(text), self._given(parameters))
        return changes

    def close(self) -> None:
        """Closes the connection. At most 8 are open at once."""
        self._opened.__exit__(None, None, None)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_error: Any) -> None:
        self.close()

    def _given(self, parameters: Sequence[Value]) -> "list[Any]":
        return [_parameter(self._types, value) for value in parameters]


def _parameter(types: Any, value: Any) -> Any:
    if value is None:
        return types.ParameterValue_DbNull()
    if isinstance(value, bool):
        return types.ParameterValue_Boolean(value)
    if isinstance(value, int):
        return _integer(types, value)
    if isinstance(value, float):
        return types.ParameterValue_Floating64(value)
    if isinstance(value, str):
        return types.ParameterValue_Str(host.text(value))
    if isinstance(value, (datetime, date, time)):
        return _moment(types, value)
    return types.ParameterValue_Binary(host.data(value))


def _integer(types: Any, value: int) -> Any:
    """In as few bits as hold it: a database widens a whole number by itself, and does not narrow it."""
    if -(2**31) <= value < 2**31:
        return types.ParameterValue_Int32(value)
    if -(2**63) <= value < 2**63:
        return types.ParameterValue_Int64(value)
    if 0 <= value < 2**64 and hasattr(types, "ParameterValue_Uint64"):
        return types.ParameterValue_Uint64(value)
    raise BadParameter("a whole number of too many bits; pass it as a text, and cast it")


def _moment(types: Any, value: Union[datetime, date, time]) -> Any:
    """As the interface's own case, or as a text where it has none."""
    if isinstance(value, datetime):
        at = (value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
        if not hasattr(types, "ParameterValue_Datetime"):
            return types.ParameterValue_Str(at.replace(tzinfo=None).isoformat(" "))
        parts = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond * 1000)
        return types.ParameterValue_Datetime(parts)
    if not hasattr(types, "ParameterValue_Date"):
        return types.ParameterValue_Str(value.isoformat())
    if isinstance(value, date):
        return types.ParameterValue_Date((value.year, value.month, value.day))
    return types.ParameterValue_Time((value.hour, value.minute, value.second, value.microsecond * 1000))


def _value(given: Any) -> Value:
    case = type(given).__name__
    if case == "DbValue_DbNull":
        return None
    if case == "DbValue_Unsupported":
        return UNSUPPORTED
    value = given.value
    try:
        if case == "DbValue_Date":
            return date(*value)
        if case == "DbValue_Time":
            return time(*value[:3], value[3] // 1000)
        if case == "DbValue_Datetime":
            return datetime(*value[:6], value[6] // 1000, tzinfo=timezone.utc)
        if case == "DbValue_Timestamp":
            return _EPOCH + timedelta(seconds=value)
    except (ValueError, OverflowError) as error:
        raise ValueConversionFailed(f"{error}; cast it to text in the statement") from None
    found: Value = bytes(value) if isinstance(value, (bytes, bytearray)) else value
    return found
