"""The database of `adyton.testing`: Python's own SQLite, in memory.

It commits with the call, takes back a function that fails, and refuses what contracts may not do. What it cannot show:
the language of SQLite 3.54 where Python's is older, `now` as the call's time, bounds, and prices. `adyton test` has the
real one.
"""

from __future__ import annotations

import sqlite3
from typing import Any, List, Optional, Sequence, Tuple

#: The pragmas that contracts may use.
_PRAGMAS = (
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "quick_check",
    "user_version",
)
#: Functions that they may not use, of those that Python's SQLite has.
_FUNCTIONS = (
    "random",
    "randomblob",
    "instr",
    "replace",
    "trim",
    "ltrim",
    "rtrim",
    "json_patch",
    "json_group_array",
    "json_group_object",
    "jsonb_group_array",
    "jsonb_group_object",
    "json_pretty",
    "load_extension",
)
_MAX_STATEMENTS = 1000

#: A statement and its parameters.
Statement = Tuple[str, Sequence[Any]]


class Failed(Exception):
    """What `wit/sql.wit` calls a failure: its case, and its text."""


class Database:
    """The database; `begin` and `end` stand around each call."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._own = False
        self._denied = False
        self._last_rowid = 0

    def begin(self) -> None:
        """A call begins."""
        self._last_rowid = 0
        if self._connection is not None:
            self._ours("BEGIN")

    def end(self, kept: bool) -> None:
        """It ends, and what it did is kept or not."""
        if self._connection is not None and self._connection.in_transaction:
            self._ours("COMMIT" if kept else "ROLLBACK")

    def query(self, text: str, parameters: Sequence[Any]) -> Tuple[List[str], List[Tuple[Any, ...]]]:
        """Columns and rows."""
        found: List[Tuple[List[str], List[Tuple[Any, ...]]]] = []

        def work() -> None:
            cursor = self._connection.execute(text, parameters)
            found.append(([column[0] for column in cursor.description or ()], cursor.fetchall()))

        self._whole(work)
        return found[0]

    def all(self, statements: Sequence[Statement], numbered: bool) -> List[Tuple[int, int]]:
        """Changes and the last rowid, after each of the statements: all of them or none."""
        if len(statements) > _MAX_STATEMENTS:
            raise Failed("Limit", f"{len(statements)} statements at once; at most {_MAX_STATEMENTS}")
        done: List[Tuple[int, int]] = []
        at = 0

        def work() -> None:
            nonlocal at
            for at, (text, parameters) in enumerate(statements, 1):
                before = self._connection.total_changes
                cursor = self._connection.execute(text, parameters)
                cursor.fetchall()
                changed = self._connection.total_changes != before
                if changed and text.lstrip()[:6].upper() in ("INSERT", "REPLAC"):
                    (self._last_rowid,) = self._connection.execute("SELECT last_insert_rowid()").fetchone()
                done.append((max(cursor.rowcount, 0) if changed else 0, self._last_rowid))

        try:
            self._whole(work)
        except Failed as failed:
            case, text = failed.args
            raise Failed(case, f"statement {at}: {text}" if numbered else text) from None
        return done

    def _whole(self, work: Any) -> None:
        """Does `work`, all of it or none."""
        self._open()
        self._denied = False
        self._ours("SAVEPOINT one")
        failed: Optional[Failed] = None
        try:
            work()
        except sqlite3.IntegrityError as error:
            failed = Failed("Constraint", str(error))
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            failed = Failed("Denied" if self._denied else "Invalid", str(error))
        if failed is not None:
            self._ours("ROLLBACK TO one")
        self._ours("RELEASE one")
        if failed is not None:
            raise failed

    def _open(self) -> None:
        if self._connection is None:
            self._connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.set_authorizer(self._judge)
            self._ours("BEGIN")

    def _ours(self, statement: str) -> None:
        self._own = True
        try:
            self._connection.execute(statement)
        finally:
            self._own = False

    def _judge(self, action: int, first: Optional[str], second: Optional[str], *_others: Any) -> int:
        name = (second or "").lower() if action == sqlite3.SQLITE_FUNCTION else (first or "").lower()
        denied = (
            action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_ANALYZE)
            or action in (sqlite3.SQLITE_CREATE_TEMP_TABLE, sqlite3.SQLITE_CREATE_TEMP_VIEW)
            or action in (sqlite3.SQLITE_CREATE_TEMP_TRIGGER, sqlite3.SQLITE_CREATE_VTABLE)
            or (action in (sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT) and not self._own)
            or (action == sqlite3.SQLITE_PRAGMA and name not in _PRAGMAS)
            or (action == sqlite3.SQLITE_FUNCTION and name in _FUNCTIONS)
        )
        self._denied = self._denied or denied
        return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK
