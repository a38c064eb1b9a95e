"""Databases outside, as a test answers for them."""

import unittest
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Callable

from adyton.testing import Host

from adyton import Invalid, Limit, Other, Response, Unavailable, mysql, postgres, redis

NOON = datetime(2026, 1, 31, 12, 0, 0, 7000, tzinfo=timezone.utc)


def during(ask: Callable[[], Any], **databases: Any) -> Any:
    """What asking gives during a call, with these databases."""
    found = []

    def program(_request):
        found.append(ask())
        return Response()

    Host(databases=databases).call(program, "GET", "/")
    return found[0]


class Tables:
    """Remembers what it is asked, and answers with these rows."""

    def __init__(self, *rows: Any) -> None:
        self.rows = rows
        self.asked = []

    def query(self, text: str, parameters: Any) -> Any:
        self.asked.append((text, parameters))
        return ["a", "b"], self.rows

    def execute(self, text: str, parameters: Any) -> int:
        self.asked.append((text, parameters))
        return 3


class Values(unittest.TestCase):
    def test_values_cross_in_both_directions_as_what_they_are(self) -> None:
        values = (None, True, 7, -(2**63), 0.5, "\u00e9", b"\x00\xff", NOON, date(2026, 1, 31), time(23, 59, 58, 7))
        tables = Tables(values, (postgres.UNSUPPORTED, 2**63 - 1))

        def asked() -> Any:
            with postgres.open("postgres://db.example.org") as there:
                return there.execute("INSERT", values), there.query("SELECT", [])

        changed, found = during(asked, postgres=lambda address: tables)
        self.assertEqual((changed, found.columns), (3, ("a", "b")))
        self.assertEqual(found.rows, (values, (postgres.UNSUPPORTED, 2**63 - 1)))
        self.assertEqual(tables.asked, [("INSERT", list(values)), ("SELECT", [])])

    def test_a_moment_is_sent_in_utc_and_one_without_a_time_zone_is_in_utc(self) -> None:
        tables = Tables()
        east = NOON.astimezone(timezone(timedelta(hours=5)))
        asked = [east, NOON.replace(tzinfo=None)]
        during(lambda: postgres.open("a").execute("x", asked), postgres=lambda address: tables)
        self.assertEqual(tables.asked, [("x", [NOON, NOON])])

    def test_days_and_times_are_texts_in_mysql(self) -> None:
        tables = Tables()
        asked = [NOON, date(2026, 1, 31), time(1, 2, 3), 2**63]
        during(lambda: mysql.open("a").execute("x", asked), mysql=lambda address: tables)
        expected = ["2026-01-31 12:00:00.007000", "2026-01-31", "01:02:03", 2**63]
        self.assertEqual(tables.asked, [("x", expected)])

    def test_what_cannot_be_a_parameter_is_refused(self) -> None:
        def asked() -> None:
            there = postgres.open("a")
            for value in (2**63, -(2**63) - 1):
                with self.assertRaises(postgres.BadParameter):
                    there.execute("x", [value])
            with self.assertRaises(TypeError):
                there.execute("x", [object()])  # type: ignore[list-item]

        during(asked, postgres=lambda address: Tables())


class Failures(unittest.TestCase):
    def test_a_database_that_is_not_there_says_so(self) -> None:
        def asked() -> None:
            with self.assertRaisesRegex(postgres.ConnectionFailed, "no database postgres"):
                postgres.open("a")
            with self.assertRaisesRegex(Other, "no database redis"):
                redis.open("a")

        during(asked)

    def test_what_the_test_raises_is_the_databases_failure(self) -> None:
        class Failing(Tables):
            def query(self, text: str, parameters: Any) -> Any:
                raise postgres.QueryFailed("42P01: no table")

        def asked() -> None:
            there = mysql.open("a")
            with self.assertRaisesRegex(mysql.QueryFailed, "42P01: no table") as raised:
                there.query("SELECT")
            self.assertEqual(raised.exception.variant, "Other")

        during(asked, mysql=lambda address: Failing())

    def test_a_failure_passed_on_is_an_error_of_the_nearest_kind(self) -> None:
        self.assertTrue(issubclass(postgres.ConnectionFailed, Unavailable))
        self.assertTrue(issubclass(postgres.BadParameter, Invalid))
        self.assertTrue(issubclass(redis.TooManyConnections, Limit))
        with self.assertRaises(Unavailable):
            Host().call(lambda request: postgres.open("a"), "GET", "/")


class Redis(unittest.TestCase):
    def test_words_are_taken_and_given(self) -> None:
        class Store(dict):  # type: ignore[type-arg]
            set = dict.__setitem__

            def incr(self, key: str) -> int:
                return 41

            def delete(self, keys: Any) -> int:
                return len(keys)

            def execute(self, command: str, words: Any) -> Any:
                return [command, None, 5, *words]

        def asked() -> Any:
            with redis.open("rediss://db.example.org") as there:
                there.set("a", b"one")
                said = there.execute("PING", [1, "\u00e9", b"\xff"])
                return there.get("a"), there.get("b"), there.incr("n"), there.delete("a", "b"), said

        said = ("PING", None, 5, 1, "\u00e9".encode(), b"\xff")
        self.assertEqual(during(asked, redis=lambda address: Store()), (b"one", None, 41, 2, said))

    def test_a_value_of_another_type_is_told(self) -> None:
        class Store:
            def incr(self, key: str) -> int:
                raise redis.TypeMismatch("a list")

        def asked() -> None:
            with self.assertRaises(redis.TypeMismatch):
                redis.open("a").incr("n")

        during(asked, redis=lambda address: Store())

    def test_eight_connections_are_open_at_once_and_one_that_is_closed_counts_no_more(self) -> None:
        def asked() -> None:
            held = [redis.open("a") for _ in range(8)]
            with self.assertRaises(redis.TooManyConnections):
                redis.open("a")
            held[0].close()
            held[0].close()
            redis.open("a")
            with self.assertRaises(redis.TooManyConnections):
                redis.open("a")

        during(asked, redis=lambda address: {})


if __name__ == "__main__":
    unittest.main()
