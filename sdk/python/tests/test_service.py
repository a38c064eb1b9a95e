"""Whatever a contract raises or returns becomes an answer or a typed error."""

import sys
import types
import unittest
from unittest import mock

from adyton.testing import Host

from adyton import Conflict, Denied, Error, Invalid, Limit, NotFound, Other, Response, Timeout, Unavailable, env, kv, service


def raises(error: BaseException):
    def program(request):
        kv.set(b"left", b"over")
        raise error

    return program


class Raising(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host()

    def refused(self, program) -> Error:
        with self.assertRaises(Error) as caught:
            self.host.call(program, "GET", "/")
        self.assertEqual(self.host.store, {}, "nothing of a call that failed remains")
        return caught.exception

    def test_each_kind_of_error_arrives_as_itself(self) -> None:
        for error in (
            Denied("a"),
            Limit("b"),
            Timeout(),
            Invalid("c"),
            Conflict(),
            NotFound(),
            Unavailable("d"),
            Other("e"),
        ):
            refused = self.refused(raises(error))
            self.assertEqual((type(refused), refused.message), (type(error), error.message))
        self.assertEqual(self.host.lines, [], "a refusal that is meant is not a bug")

    def test_a_kind_of_the_contracts_own_arrives_as_what_it_is_derived_from(self) -> None:
        class Full(Limit):
            pass

        refused = self.refused(raises(Full("no room")))
        self.assertEqual((type(refused), refused.message), (Limit, "no room"))

    def test_a_bug_arrives_with_its_text_and_its_traceback_is_logged(self) -> None:
        refused = self.refused(raises(KeyError("missing")))
        self.assertEqual((type(refused), refused.message), (Other, "KeyError: 'missing'"))
        ((level, text),) = self.host.lines
        self.assertEqual(level, "error")
        self.assertIn("in program", text)
        self.assertIn("test_service.py", text)

    def test_what_is_no_exception_of_programs_is_caught_too(self) -> None:
        for error in (SystemExit("leaving"), KeyboardInterrupt(), MemoryError(), RecursionError("deep")):
            self.assertIn(type(error).__name__, self.refused(raises(error)).message)

    def test_an_exception_that_cannot_be_shown_is_named(self) -> None:
        class Odd(Exception):
            def __str__(self) -> str:
                raise ValueError("not even its text")

        self.assertIn("Odd", self.refused(raises(Odd())).message)

    def test_a_deep_recursion_shows_its_innermost_places(self) -> None:
        def program(request):
            return program(request)

        self.assertIn("RecursionError", self.refused(program).message)
        text = self.host.lines[0][1]
        self.assertLess(text.count("\n"), 3 * service.TRACE_DEPTH)

    def test_a_text_that_is_no_unicode_and_a_long_one_can_be_sent(self) -> None:
        self.assertEqual(self.refused(raises(Denied("a\ud800b"))).message, "a?b")
        self.assertEqual(len(self.refused(raises(Denied("a" * 10_000))).message), 2048)

    def test_an_error_of_the_host_arrives_as_itself(self) -> None:
        self.assertIsInstance(self.refused(lambda request: kv.get(b"")), Invalid)


class Lifecycle(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host()

    def test_init_and_migrate_run_as_the_contract_itself_and_leave_what_they_wrote(self) -> None:
        self.host.init(lambda: kv.set(b"by", env.caller().kind.encode()))
        self.assertEqual(self.host.store, {b"by": b"contract"})
        self.host.migrate(lambda version, code: kv.set(b"from", bytes([version]) + code), 3, b"\x09" * 32)
        self.assertEqual(self.host.store[b"from"], b"\x03" + b"\x09" * 32)

    def test_an_init_that_fails_leaves_nothing(self) -> None:
        def init() -> None:
            kv.set(b"left", b"over")
            raise Denied("not yet")

        with self.assertRaisesRegex(Denied, "not yet"):
            self.host.init(init)
        self.assertEqual(self.host.store, {})

    def test_a_migrate_that_fails_leaves_the_state_as_it_was(self) -> None:
        def migrate(from_version: int, from_code: bytes) -> None:
            kv.set(b"count", b"two")
            raise KeyError("missing")

        self.host.store[b"count"] = b"one"
        with self.assertRaisesRegex(Other, "KeyError"):
            self.host.migrate(migrate)
        self.assertEqual(self.host.store, {b"count": b"one"})

    def test_one_that_returns_something_has_failed(self) -> None:
        with self.assertRaisesRegex(Other, "returned int where nothing belongs"):
            self.host.init(lambda: 7)

    def test_a_module_has_both_functions_or_none(self) -> None:
        def module(**names) -> types.ModuleType:
            made = types.ModuleType("main")
            vars(made).update(names)
            return made

        self.assertIsNone(service.lifecycle_of(module()))
        self.assertIsNone(service.lifecycle_of(module(init=types.ModuleType("init"))))
        self.assertEqual(service.lifecycle_of(module(init=print, migrate=repr)), (print, repr))
        for one in ({"init": print}, {"migrate": print}, {"init": print, "migrate": 7}):
            with self.assertRaisesRegex(TypeError, "has to define both"):
                service.lifecycle_of(module(**one))


class Returning(unittest.TestCase):
    def refused(self, response) -> str:
        with self.assertRaises(Other) as caught:
            Host().call(lambda request: response, "GET", "/")
        return caught.exception.message

    def test_what_is_no_response_is_refused(self) -> None:
        for value in (None, "text", b"bytes", {"a": 1}):
            self.assertIn("where a Response belongs", self.refused(value))

    def test_an_asynchronous_function_is_refused(self) -> None:
        async def program(request):
            return Response()

        pending = program(None)
        self.assertIn("coroutine", self.refused(pending))
        pending.close()

    def test_a_status_that_does_not_fit_is_refused(self) -> None:
        for status in (0, 199, 600, 70_000, -1, "200", None):
            self.assertIn("status", self.refused(Response(status)))

    def test_content_that_is_not_bytes_is_refused(self) -> None:
        self.assertIn("bytes", self.refused(Response(200, (), "text")))

    def test_header_fields_that_are_no_texts_are_refused(self) -> None:
        for field in (("a", b"b"), (1, "b"), ("a", None), ("a", "\ud800")):
            self.assertIn("header field", self.refused(Response(200, (field,))))

    def test_too_many_header_fields_are_refused(self) -> None:
        self.assertIn("64", self.refused(Response(200, (("a", "b"),) * 65)))

    def test_any_kind_of_bytes_is_sent(self) -> None:
        for body in (b"ab", bytearray(b"ab"), memoryview(b"ab")):
            self.assertEqual(Host().call(lambda request: Response(200, (), body), "GET", "/").body, b"ab")


class Programs(unittest.TestCase):
    def test_a_program_without_a_service_is_refused(self) -> None:
        module = types.ModuleType("main")
        for given in ({}, {"service": None}, {"service": 3}):
            with (
                mock.patch.dict(vars(module), given),
                self.assertRaisesRegex(TypeError, "main.py does not define 'service'"),
            ):
                service.program_of(module)

    def test_the_entry_makes_a_service_of_main(self) -> None:
        main = types.ModuleType("main")
        main.service = lambda request: Response.text(request.path)
        building = mock.patch("adyton.host._State.building", False)
        with building, mock.patch.dict(sys.modules, {"main": main}):
            from adyton import entry
        wit = sys.modules["wit_world.exports.service"]
        answer = entry.Service().handle(wit.Request("GET", "/x", [], b""))
        self.assertEqual((answer.status, answer.body), (200, b"/x"))


if __name__ == "__main__":
    unittest.main()
