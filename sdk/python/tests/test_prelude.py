"""Python itself inside a contract: each test is something that went wrong in a component without the prelude."""

import datetime
import logging
import os
import random
import secrets
import socket
import subprocess
import sys
import time
import unittest
import uuid
from typing import Any, Callable
from unittest import mock

from adyton.testing import NEW_YEAR, Host

from adyton import Denied, Error, Other, Response, clock, host

#: A generator as a contract makes one when it is imported.
GENERATOR = random.Random()
#: Every way to ask Python for randomness.
DRAWS = {
    "random": lambda: random.random(),
    "choice": lambda: random.choice(range(1 << 60)),
    "gauss": lambda: random.gauss(0.0, 1.0),
    "a generator of its own": lambda: GENERATOR.random(),
    "a new generator": lambda: random.Random().getrandbits(64),
    "seed without a seed": lambda: (random.seed(), random.random()),
    "the state": lambda: random.getstate(),
    "SystemRandom": lambda: random.SystemRandom().random(),
    "secrets": lambda: secrets.token_hex(8),
    "urandom": lambda: os.urandom(8),
    "uuid4": lambda: uuid.uuid4(),
    "uuid1": lambda: uuid.uuid1(),
}


def during(ask: Callable[[], Any], where: Any = None) -> Any:
    """What asking gives during a call."""
    found = []

    def program(request):
        found.append(ask())
        return Response()

    (where or Host()).call(program, "GET", "/")
    return found[0]


def building() -> Any:
    """As if the component were being built."""
    return mock.patch.object(host._State, "building", True)


class Randomness(unittest.TestCase):
    def tearDown(self) -> None:
        random.seed()

    def test_two_calls_never_draw_the_same(self) -> None:
        for name, draw in DRAWS.items():
            self.assertNotEqual(during(draw), during(draw), name)

    def test_what_is_drawn_comes_from_the_host(self) -> None:
        for name, draw in DRAWS.items():
            where = Host()
            with mock.patch.object(where, "random_bytes", side_effect=lambda length: b"\x07" * length) as asked:
                first, second = during(draw, where), during(draw, where)
            self.assertTrue(asked.called, name)
            # uuid1 counts on, so as not to give the same twice at one time.
            self.assertTrue(first == second or name == "uuid1", name)

    def test_without_the_grant_it_is_refused(self) -> None:
        host._State.interfaces.pop("random", None)
        missing = mock.patch.dict(host._State.interfaces, {"random": None})
        for name, draw in DRAWS.items():
            with missing, self.assertRaisesRegex(Denied, 'add "random" to grants', msg=name):
                during(draw)

    def test_while_the_component_is_built_it_is_refused(self) -> None:
        for name, draw in DRAWS.items():
            with building(), self.assertRaisesRegex(RuntimeError, "while the component is built", msg=name):
                draw()

    def test_the_second_number_of_a_pair_does_not_come_from_an_earlier_call(self) -> None:
        where = Host()
        with mock.patch.object(where, "random_bytes", side_effect=lambda length: b"\x07" * length):
            pair = during(lambda: [random.gauss(0.0, 1.0) for _ in range(3)], where)
            self.assertEqual(during(lambda: random.gauss(0.0, 1.0), where), pair[0])

    def test_a_seed_that_the_program_gives_is_kept(self) -> None:
        seeded = random.Random(42)
        self.assertEqual(seeded.random(), 0.6394267984578837)
        self.assertEqual(during(lambda: random.Random(42).random(), Host(grants=[])), 0.6394267984578837)
        self.assertEqual(during(lambda: (random.seed(7), random.random())[1], Host(grants=[])), 0.32383276483316237)

    def test_a_generator_goes_on_within_a_call(self) -> None:
        drawn = during(lambda: [random.random() for _ in range(100)])
        self.assertEqual(len(set(drawn)), 100)

    def test_more_bytes_than_the_host_gives_at_once_are_put_together(self) -> None:
        self.assertEqual(
            [during(lambda: len(os.urandom(size))) for size in (0, 65_536, 65_537, 200_000)],
            [0, 65_536, 65_537, 200_000],
        )
        with self.assertRaises(Other):
            during(lambda: os.urandom(-1))

    def test_between_calls_a_test_draws_as_ever(self) -> None:
        self.assertNotEqual(random.random(), random.random())
        self.assertEqual(len(os.urandom(8)), 8)


class Time(unittest.TestCase):
    def test_the_clocks_give_the_calls_time(self) -> None:
        asked = {
            "time": lambda: time.time(),
            "monotonic": lambda: time.monotonic(),
            "perf_counter": lambda: time.perf_counter(),
            "process_time": lambda: time.process_time(),
            "time_ns": lambda: time.time_ns() / 1_000_000_000,
            "clock_gettime": lambda: time.clock_gettime(0),
        }
        for name, ask in asked.items():
            self.assertEqual(during(ask, Host(now_ms=1_700_000_000_123)), 1_700_000_000.123, name)

    def test_the_day_is_the_calls(self) -> None:
        where = Host(now_ms=1_700_000_000_123)
        self.assertEqual(during(lambda: time.gmtime()[:6], where), (2023, 11, 14, 22, 13, 20))
        self.assertEqual(during(lambda: time.strftime("%Y-%m-%d", time.gmtime()), where), "2023-11-14")
        self.assertEqual(during(lambda: time.strftime("%Y-%m-%d"), where), "2023-11-14")
        self.assertEqual(during(lambda: time.asctime(), where), "Tue Nov 14 22:13:20 2023")
        self.assertEqual(during(lambda: time.gmtime(0).tm_year, where), 1970)

    def test_datetime_is_the_calls(self) -> None:
        where = Host(now_ms=1_700_000_000_123)
        utc, east = datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=2))
        self.assertEqual(during(lambda: datetime.datetime.now().isoformat(), where), "2023-11-14T22:13:20.123000")
        self.assertEqual(during(lambda: datetime.datetime.utcnow().isoformat(), where), "2023-11-14T22:13:20.123000")
        self.assertEqual(during(lambda: datetime.datetime.today().isoformat(), where), "2023-11-14T22:13:20.123000")
        self.assertEqual(
            during(lambda: datetime.datetime.now(utc).isoformat(), where), "2023-11-14T22:13:20.123000+00:00"
        )
        self.assertEqual(
            during(lambda: datetime.datetime.now(tz=east).isoformat(), where), "2023-11-15T00:13:20.123000+02:00"
        )
        self.assertEqual(during(lambda: datetime.date.today().isoformat(), where), "2023-11-14")

    def test_the_time_of_the_next_call_is_another(self) -> None:
        where = Host()
        first = during(time.time, where)
        where.now_ms += 1500
        self.assertEqual(during(time.time, where) - first, 1.5)

    def test_the_classes_still_stand_for_what_they_replace(self) -> None:
        made = clock._Datetime(2026, 1, 2)
        self.assertIsInstance(made, datetime.datetime)
        self.assertIsInstance(made, datetime.date)
        self.assertIsInstance(made.date(), datetime.date)
        self.assertNotIsInstance(made.date(), datetime.datetime)
        self.assertTrue(issubclass(datetime.datetime, datetime.date))
        self.assertEqual(datetime.datetime.strptime("2026-01-02", "%Y-%m-%d"), made)

        class Own(datetime.datetime):
            pass

        self.assertNotIsInstance(made, Own)
        self.assertIsInstance(Own(2026, 1, 2), datetime.datetime)

    def test_while_the_component_is_built_there_is_no_time(self) -> None:
        for ask in (
            time.time,
            time.monotonic_ns,
            time.localtime,
            time.ctime,
            datetime.datetime.now,
            datetime.date.today,
        ):
            with building(), self.assertRaisesRegex(RuntimeError, "no time while the component is built"):
                ask()

    def test_waiting_is_refused(self) -> None:
        for ask in (lambda: time.sleep(0), lambda: time.get_clock_info("time")):
            with self.assertRaisesRegex(Other, "does not move"):
                during(ask)

    def test_between_calls_a_test_has_the_machines_clock(self) -> None:
        self.assertGreater(time.time() * 1000, NEW_YEAR)
        time.sleep(0)


class System(unittest.TestCase):
    def test_a_late_import_is_refused_with_the_modules_name(self) -> None:
        def ask():
            import colorsys  # noqa: F401

        with mock.patch.dict(sys.modules):
            sys.modules.pop("colorsys", None)
            with self.assertRaisesRegex(Other, "'colorsys' is first imported during a call"):
                during(ask)

    def test_a_module_that_was_imported_before_is_there(self) -> None:
        def ask():
            import json

            return json.__name__

        self.assertEqual(during(ask), "json")

    def test_files_are_refused(self) -> None:
        for ask in (
            lambda: open(__file__),
            lambda: os.open(__file__, os.O_RDONLY),
            lambda: os.stat(__file__),
            lambda: os.lstat(__file__),
            lambda: os.listdir("/"),
            lambda: os.mkdir("/nowhere"),
        ):
            with self.assertRaisesRegex(Other, "PermissionError: a contract has no files"):
                during(ask)
        self.assertFalse(during(lambda: os.path.exists(__file__)))

    def test_sockets_are_refused(self) -> None:
        for ask in (socket.socket, lambda: socket.gethostbyname("localhost")):
            with self.assertRaisesRegex(Other, "adyton.http sends requests"):
                during(ask)

    def test_programs_are_refused(self) -> None:
        for ask in (lambda: os.system("true"), lambda: subprocess.run(["true"])):
            with self.assertRaisesRegex(Other, "PermissionError: a contract"):
                during(ask)

    def test_between_calls_a_test_has_files(self) -> None:
        with open(__file__, encoding="utf-8") as file:
            self.assertTrue(file.read())
        self.assertTrue(os.path.exists(__file__))


class Output(unittest.TestCase):
    def lines(self, program: Callable[[], Any], where: Any = None) -> Any:
        where = where or Host()
        during(program, where)
        return where.lines

    def test_what_is_printed_is_logged_line_by_line(self) -> None:
        def program():
            print("one\ntwo", end="")
            print(" more")
            print("rest", end="", flush=True)
            print("wrong", file=sys.stderr)

        self.assertEqual(
            self.lines(program), [("info", "one"), ("info", "two more"), ("warn", "wrong"), ("info", "rest")]
        )

    def test_what_is_printed_before_a_bug_is_logged(self) -> None:
        where = Host()

        def program():
            print("before", end="")
            raise KeyError("bug")

        with self.assertRaises(Error):
            during(program, where)
        self.assertIn(("info", "before"), where.lines)

    def test_what_is_written_below_the_text_is_refused(self) -> None:
        with self.assertRaisesRegex(Other, "has no 'buffer'"):
            during(lambda: sys.stdout.buffer.write(b"lost"))

    def test_logging_goes_to_the_hosts_log(self) -> None:
        def program():
            logger = logging.getLogger("orders")
            logger.setLevel(1)
            for level in (1, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
                logger.log(level, "%d sold", 3)

        levels = [level for level, text in self.lines(program) if text == "3 sold"]
        self.assertEqual(levels, ["trace", "debug", "info", "warn", "error", "error"])

    def test_a_logged_exception_has_its_traceback(self) -> None:
        def program():
            try:
                raise KeyError("bug")
            except KeyError:
                logging.exception("it failed")

        ((level, text),) = self.lines(program)
        self.assertEqual(level, "error")
        self.assertIn("it failed\nTraceback", text)

    def test_a_record_that_cannot_be_formatted_does_not_end_the_call(self) -> None:
        self.assertTrue(self.lines(lambda: logging.warning("%d", "text")))

    def test_text_that_is_no_unicode_and_a_long_line_can_be_logged(self) -> None:
        lines = self.lines(lambda: print("a\ud800" + "b" * 100_000))
        self.assertEqual((lines[0][1][:3], len(lines[0][1])), ("a?b", 16_384))

    def test_without_the_grant_nothing_is_written_and_nothing_fails(self) -> None:
        with mock.patch.dict(host._State.interfaces, {"log": None}):
            self.assertEqual(self.lines(lambda: (print("a"), logging.warning("b"))), [])


if __name__ == "__main__":
    unittest.main()
