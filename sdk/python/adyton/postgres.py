"""PostgreSQL, outside, over TLS. Needs the grant `postgres`, and a rule in `adyton.toml` for where it is:

    [[egress]]
    host = "db.example.org"
    protocol = "postgres"

    from adyton import postgres, secrets

    with postgres.open(secrets.text("database")) as people:
        people.execute("INSERT INTO people VALUES ($1, $2) ON CONFLICT DO NOTHING", [name, born])

What a call does there is not taken back when the call fails, and is done again when the call is: write so that a second
time changes nothing. At most 8 connections are open at once; they end with the call. Each connection and each statement
is one of `limits.egress_requests`. `wit/deps/README.md` of Adyton's repository has every bound. In a test the test
answers (`databases` of `adyton.testing`); `adyton test` has no databases.
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

_postgres = host.interface("postgres")


def open(address: str) -> Connection:
    """Opens a connection: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with `%41` for `A`. The password is the
    contract's to keep: best is an address that is one of its secrets. In statements `$1` stands for the first parameter.
    Costs 500000 fuel and 10 per byte of the address and of what is said until the connection is open.

    Raises `ConnectionFailed`, and `errors.Other` for a limit or an answer that makes no sense.
    """
    return Connection(_postgres, asked(_postgres.Connection.open, host.text(address)))
