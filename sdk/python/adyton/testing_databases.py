"""Databases outside, as a test answers for them: between its plain values and the records of the bindings."""

from __future__ import annotations

from dataclasses import make_dataclass
from datetime import date, datetime, time, timezone
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

_MAX_CONNECTIONS = 8
_INTEGERS = (("Int8", True), ("Int16", True), ("Int32", True), ("Int64", True))
_UNSIGNED = (("Uint8", True), ("Uint16", True), ("Uint32", True), ("Uint64", True))
_OTHERS = (("Floating32", True), ("Floating64", True), ("Str", True), ("Binary", True))
_MOMENTS = (("Date", True), ("Time", True), ("Datetime", True), ("Timestamp", True))
_FAILURES = ("ConnectionFailed", "BadParameter", "QueryFailed", "ValueConversionFailed", "Other")
#: The cases of `db-value` and `parameter-value`, by interface; `db-value` has one more.
_VALUES = {
    "postgres": (("Boolean", True), *_INTEGERS, *_OTHERS, *_MOMENTS, ("DbNull", False)),
    "rdbms_types": (("Boolean", True), *_INTEGERS, *_UNSIGNED, *_OTHERS, ("DbNull", False)),
}
_METHODS = ("get", "set", "incr", "del_", "publish", "sadd", "smembers", "srem")

#: What a test answers with: for an address, an object with the methods of a connection.
Open = Callable[[str], Any]


def interfaces(err: Any, served: Callable[[], Any]) -> Dict[str, Dict[str, Any]]:
    """What the modules of the bindings have, by interface. `err`: their exception; `served`: the host that answers."""
    found: Dict[str, Dict[str, Any]] = {}
    for name, cases in _VALUES.items():
        found[name] = {
            **_cases("ParameterValue", cases),
            **_cases("DbValue", (*cases, ("Unsupported", False))),
            **_cases("Error", [(case, True) for case in _FAILURES]),
            "Column": make_dataclass("Column", ("name", "data_type")),
            "RowSet": make_dataclass("RowSet", ("columns", "rows")),
        }
    found["redis"] = {
        **_cases("RedisParameter", (("Int64", True), ("Binary", True))),
        **_cases("RedisResult", (("Nil", False), ("Status", True), ("Int64", True), ("Binary", True))),
        **_cases("Error", [(case, False) for case in ("InvalidAddress", "TooManyConnections", "TypeError")]),
        **_cases("Error", [("Other", True)]),
    }
    found["mysql"] = {}
    for name, types in (("postgres", "postgres"), ("mysql", "rdbms_types"), ("redis", "redis")):
        found[name]["Connection"] = _connection(name, found[types], err, served)
    return found


def _cases(variant: str, cases: Sequence[Tuple[str, bool]]) -> Dict[str, Any]:
    names = [(f"{variant}_{case}", ("value",) if has_value else ()) for case, has_value in cases]
    return {name: make_dataclass(name, fields) for name, fields in names}


def _connection(kind: str, types: Dict[str, Any], err: Any, served: Callable[[], Any]) -> Any:
    def failing(work: Callable[..., Any], *given: Any) -> Any:
        """What `work` gives; what the test raises as a failure of a database is the interface's error."""
        from adyton import databases

        try:
            return work(*given)
        except tuple(databases.FAILURES.values()) as error:
            names = (name for name, one in databases.FAILURES.items() if type(error) is one and name in types)
            case = types[next(names, "Error_Other")]
            failed = err(case(error.message) if case.__dataclass_fields__ else case())
        raise failed

    class Connection:
        """A connection of the bindings."""

        _made: Any = None
        _is_open = True

        @classmethod
        def open(cls, address: str) -> Any:
            opened = cls()
            opened._made = failing(served().database, kind, address)
            return opened

        def query(self, statement: str, parameters: List[Any]) -> Any:
            columns, rows = failing(self._made.query, statement, [_plain(value) for value in parameters])
            cells = [[_cell(types, value) for value in row] for row in rows]
            return types["RowSet"]([types["Column"](name, None) for name in columns], cells)

        def execute(self, statement: str, parameters: List[Any]) -> Any:
            if kind == "redis":
                said = failing(self._made.execute, statement, [parameter.value for parameter in parameters])
                return [_word(types, one) for one in said]
            return failing(self._made.execute, statement, [_plain(value) for value in parameters])

        def __exit__(self, *_error: Any) -> None:
            if self._is_open:
                self._is_open = False
                served().database_closed()

    def method(name: str) -> Callable[..., Any]:
        return lambda self, *given: failing(getattr(self._made, "delete" if name == "del_" else name), *given)

    for name in _METHODS if kind == "redis" else ():
        setattr(Connection, name, method(name))
    return Connection


class Databases:
    """What one call has open."""

    def __init__(self, answers: Dict[str, Open]) -> None:
        self._answers = answers
        self._open = 0

    def begin(self) -> None:
        """A call begins, with no connection."""
        self._open = 0

    def open(self, kind: str, address: str) -> Any:
        """A connection to what the test has."""
        from adyton import databases

        if self._open >= _MAX_CONNECTIONS:
            if kind == "redis":
                raise databases.TooManyConnections()
            raise databases.ConnectionFailed(f"at most {_MAX_CONNECTIONS} connections are open at once")
        answer: Optional[Open] = self._answers.get(kind)
        if answer is None:
            failed = databases.Other if kind == "redis" else databases.ConnectionFailed
            raise failed(f"the test's host has no database {kind}")
        made = answer(address)
        self._open += 1
        return made

    def closed(self) -> None:
        """A connection is closed."""
        self._open -= 1


def _plain(parameter: Any) -> Any:
    """A parameter, as the test gets it."""
    value = getattr(parameter, "value", None)
    case = type(parameter).__name__
    if case == "ParameterValue_Datetime":
        return datetime(*value[:6], value[6] // 1000, tzinfo=timezone.utc)
    if case == "ParameterValue_Date":
        return date(*value)
    return time(*value[:3], value[3] // 1000) if case == "ParameterValue_Time" else value


def _cell(types: Dict[str, Any], value: Any) -> Any:
    """A value of a row that the test gives."""
    from adyton.databases import UNSUPPORTED

    if value is None:
        return types["DbValue_DbNull"]()
    if value is UNSUPPORTED:
        return types["DbValue_Unsupported"]()
    if isinstance(value, datetime):
        parts = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond * 1000)
        return types["DbValue_Datetime"](parts)
    if isinstance(value, date):
        return types["DbValue_Date"]((value.year, value.month, value.day))
    if isinstance(value, time):
        return types["DbValue_Time"]((value.hour, value.minute, value.second, value.microsecond * 1000))
    for kind, case in ((bool, "Boolean"), (int, "Int64"), (float, "Floating64"), (str, "Str")):
        if isinstance(value, kind):
            return types[f"DbValue_{case}"](value)
    return types["DbValue_Binary"](value)


def _word(types: Dict[str, Any], value: Any) -> Any:
    """A word of Redis's that the test gives."""
    if value is None:
        return types["RedisResult_Nil"]()
    case = "Int64" if isinstance(value, int) else "Status" if isinstance(value, str) else "Binary"
    return types[f"RedisResult_{case}"](value)
