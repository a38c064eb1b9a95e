"""The contract's database: SQLite, sealed, and committed with the writes of `kv`. Needs the grant `sql`.

    from adyton import sql

    sql.execute("CREATE TABLE IF NOT EXISTS people (name TEXT PRIMARY KEY, since INTEGER)")
    try:
        sql.execute("INSERT INTO people VALUES (?, unixepoch())", [name])
    except sql.Constraint:
        ...

The call is the transaction: what a call changes takes effect with its other writes, or not at all; `BEGIN`, `COMMIT` and
`SAVEPOINT` are denied. Each function takes effect as a whole or not at all, and the call goes on after a failure.
`wit/sql.wit` says what the language has, what a unit of work is, and every bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Sequence, Tuple, Type, Union

from adyton import host
from adyton.errors import Denied, Error, Invalid, Limit, Other

_sql = host.interface("sql")

#: A value: none, a whole number of 64 bits, another number, a text, or bytes. `True` and `False` are 1 and 0.
Value = Union[None, int, float, str, bytes]


class Constraint(Other):
    """A constraint of the tables does not hold: a key that is there already, a missing value, a check."""


_FAILURES: Dict[str, Type[Error]] = {
    "Failure_Invalid": Invalid,
    "Failure_Constraint": Constraint,
    "Failure_Denied": Denied,
    "Failure_Limit": Limit,
}


@dataclass(frozen=True)
class Rows:
    """What a query gives."""

    #: The columns' names.
    columns: Tuple[str, ...]
    #: The rows, each with a value for each column.
    rows: Tuple[Tuple[Value, ...], ...]


@dataclass(frozen=True)
class Done:
    """What a statement did."""

    #: How many rows it inserted, changed or removed itself.
    changes: int
    #: The rowid of the row that this call inserted last; 0 if it inserted none.
    last_rowid: int


def query(text: str, parameters: Sequence[Value] = ()) -> Rows:
    """Carries out one statement and gives its rows. `?` stands for a parameter, in their order. Costs 250000 fuel, 4 per
    byte of statement, parameters, names and values, and 5000 per unit of work.

    Raises `Constraint`, `errors.Invalid` for a statement that is malformed or does not fit, `errors.Denied` for one that
    contracts may not use, and `errors.Limit` at a bound.
    """
    found = _asked(_sql.query, host.text(text), _values(parameters))
    return Rows(tuple(found.columns), tuple(tuple(_value(value) for value in row) for row in found.rows))


def execute(text: str, parameters: Sequence[Value] = ()) -> Done:
    """Carries out one statement; rows that it gives are dropped. Costs 250000 fuel, 4 per byte of statement and
    parameters, and 5000 per unit of work. Raises what `query` does.
    """
    done = _asked(_sql.execute, host.text(text), _values(parameters))
    return Done(done.changes, done.last_rowid)


def batch(statements: Sequence[Tuple[str, Sequence[Value]]]) -> Tuple[Done, ...]:
    """Carries out at most 1000 statements, each with its parameters, in their order: all or none of them. Costs 250000
    fuel, 4 per byte of statements and parameters, and 5000 per unit of work. Raises what `query` does; the text begins
    with the number of the statement that failed, from 1.
    """
    all_of_them = [_sql.Statement(host.text(text), _values(parameters)) for text, parameters in statements]
    return tuple(Done(done.changes, done.last_rowid) for done in _asked(_sql.batch, all_of_them))


def _asked(function: Callable[..., Any], *arguments: Any) -> Any:
    def asked() -> Any:
        try:
            return function(*arguments)
        except host.err() as error:
            return _failed(error.value)

    answer = host.ask(asked)
    if isinstance(answer, Error):
        raise answer
    return answer


def _failed(failure: Any) -> Error:
    """The exception for a failure of the bindings."""
    kind = _FAILURES.get(type(failure).__name__, Other)
    return kind(getattr(failure, "value", "the statement was not carried out"))


def _values(parameters: Sequence[Value]) -> List[Any]:
    return [_parameter(value) for value in parameters]


def _parameter(value: Value) -> Any:
    if value is None:
        return _sql.Value_Null()
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Invalid("a whole number of more than 64 bits")
        return _sql.Value_Integer(int(value))
    if isinstance(value, float):
        return _sql.Value_Real(value)
    if isinstance(value, str):
        return _sql.Value_Text(host.text(value))
    return _sql.Value_Blob(host.data(value))


def _value(value: Any) -> Value:
    found: Value = getattr(value, "value", None)
    return bytes(found) if isinstance(found, (bytes, bytearray)) else found
