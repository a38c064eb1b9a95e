"""MySQL and MariaDB, outside, over TLS. Needs the grant `mysql`, and a rule in `adyton.toml` with `protocol = "mysql"`.

What is said of `adyton.postgres` is true here too, but for columns of days and times, which have no type here: cast them
to text.
"""

from __future__ import annotations

from adyton import host
from adyton.databases import (
    UNSUPPORTED,
    BadParameter,
    Connection,
    ConnectionFailed,
    QueryFailed,
    Rows,
    Value,
    ValueConversionFailed,
    asked,
)

__all__ = [
    "UNSUPPORTED",
    "BadParameter",
    "Connection",
    "ConnectionFailed",
    "QueryFailed",
    "Rows",
    "Value",
    "ValueConversionFailed",
    "open",
]

_mysql = host.interface("mysql")
_types = host.interface("rdbms_types")


def open(address: str) -> Connection:
    """Opens a connection: `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, with `%41` for `A`. In statements `?` stands for a
    parameter, in their order. Costs and raises what `postgres.open` does."""
    return Connection(_types, asked(_mysql.Connection.open, host.text(address)))
