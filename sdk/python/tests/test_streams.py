"""Answers that are begun before the call is over, and answers from elsewhere that are read as they come."""

import unittest
from typing import Any, Iterator

from adyton.testing import Host, Parts
from test_interfaces import during

from adyton import Denied, Invalid, Limit, NotFound, Other, Response, Unavailable, http, kv, reply

ASKED = http.Request("GET", "https://example.org/long")


def broken() -> Iterator[bytes]:
    yield b"one"
    raise Unavailable("it broke off")


class Beginning(unittest.TestCase):
    def test_what_is_begun_and_written_comes_before_what_is_returned_and_all_of_it_is_the_answer(self) -> None:
        def program(request):
            reply.begin(201, {"x-a": "b"})
            reply.write(b"one ")
            reply.write(b"")
            reply.write(bytearray(b"two "))
            kv.set(b"a", b"written")
            return reply.end(b"three")

        where = Host()
        self.assertEqual(where.call(program, "GET", "/"), Response(201, (("x-a", "b"),), b"one two three"))
        self.assertEqual((where.parts, where.store), ([b"one ", b"two "], {b"a": b"written"}))
        where.call(lambda request: Response(), "GET", "/")
        self.assertEqual(where.parts, [])

    def test_what_raises_after_it_has_begun_its_answer_leaves_nothing(self) -> None:
        def program(request):
            reply.begin()
            kv.set(b"a", b"lost")
            raise Denied("no")

        where = Host()
        with self.assertRaisesRegex(Denied, "no"):
            where.call(program, "GET", "/")
        self.assertEqual(where.store, {})
        self.assertEqual(where.call(lambda request: reply.stream([b"a", b"b"]), "GET", "/").body, b"ab")

    def test_a_response_beside_the_one_that_was_begun_is_refused(self) -> None:
        for other in (Response(201), Response(200, (("a", "b"),)), Response.text("text")):

            def program(request):
                reply.begin()
                return other

            with self.assertRaisesRegex(Other, "the answer was begun: .* made by reply.end"):
                Host().call(program, "GET", "/")

    def test_an_answer_is_begun_once_and_before_it_goes_on_or_ends(self) -> None:
        for ask, wanted in (
            (lambda: (reply.begin(), reply.begin()), "the answer was begun before"),
            (lambda: reply.write(b"x"), "the answer was not begun"),
            (lambda: reply.end(), "the answer was not begun"),
        ):
            with self.assertRaisesRegex(Invalid, wanted):
                during(ask)

    def test_a_status_and_header_fields_that_no_answer_may_have_are_refused(self) -> None:
        for status in (199, 600, 70_000, -1, "200", None):
            with self.assertRaisesRegex(Invalid, "status"):
                during(lambda: reply.begin(status))
        names = ("adyton-receipt", "Adyton-Error", "connection", "content-length", "transfer-encoding", "a b", "")
        for name in names:
            with self.assertRaisesRegex(Invalid, "the field"):
                during(lambda: reply.begin(200, {name: "x"}))
        for headers in ([("a", "b")] * 65, [("a", "b" * 300)] * 60):
            with self.assertRaisesRegex(Invalid, "64 header fields or 16384 bytes"):
                during(lambda: reply.begin(200, headers))
        with self.assertRaisesRegex(Invalid, "malformed"):
            during(lambda: reply.begin(200, {"a": "one\ntwo"}))

    def test_what_is_no_bytes_is_not_written(self) -> None:
        with self.assertRaisesRegex(Other, "bytes are needed"):
            during(lambda: (reply.begin(), reply.write("text")))

    def test_init_and_migrate_have_no_answer_to_begin(self) -> None:
        with self.assertRaisesRegex(Denied, "there is no answer to begin"):
            Host().init(reply.begin)
        with self.assertRaisesRegex(Denied, "there is no answer to begin"):
            Host().migrate(lambda version, code: reply.begin())

    def test_without_the_grant_nothing_is_begun(self) -> None:
        for ask in (reply.begin, lambda: reply.write(b"x")):
            with self.assertRaisesRegex(Denied, 'add "reply" to grants'):
                during(ask, Host(grants=["kv"]))


class Incoming(unittest.TestCase):
    @staticmethod
    def answering(*parts: bytes, **others: Any) -> Host:
        return Host(outside=lambda request: Parts(parts, **others))

    def test_an_answer_is_read_in_the_parts_in_which_it_comes(self) -> None:
        where = self.answering(b"one ", b"", b"two", status=206, headers=(("x-type", "text"),))

        def ask() -> Any:
            with http.open(ASKED) as answer:
                return answer.status, answer.header("x-type"), answer.header("x-none"), list(answer)

        self.assertEqual(during(ask, where), (206, "text", None, [b"one ", b"two"]))
        self.assertEqual(where.requests[0].url, ASKED.url)
        self.assertEqual(during(lambda: http.send(ASKED).body, where), b"one two")

    def test_a_read_gives_at_most_what_was_asked_for(self) -> None:
        def ask() -> Any:
            answer = http.open(ASKED)
            return list(iter(lambda: answer.read(2), None))

        self.assertEqual(during(ask, self.answering(b"abc", b"de")), [b"ab", b"c", b"de"])
        whole = Host(outside=lambda request: http.Response(200, (), b"abc", b"\x01" * 32))
        self.assertEqual(during(ask, whole), [b"ab", b"c"])
        self.assertEqual(during(lambda: http.open(ASKED).tls_peer_sha256, whole), b"\x01" * 32)

    def test_a_read_has_1_byte_to_1_mib(self) -> None:
        for most in (0, (1 << 20) + 1, 1 << 32, -1, 1.5):
            with self.assertRaises(Invalid):
                during(lambda: http.open(ASKED).read(most), self.answering(b"x"))
        self.assertEqual(during(lambda: http.open(ASKED).read(1 << 20), self.answering(b"x")), b"x")

    def test_an_answer_that_is_closed_or_at_its_end_is_not_read(self) -> None:
        def closed() -> None:
            answer = http.open(ASKED)
            answer.close()
            answer.close()
            answer.read()

        def ended() -> None:
            answer = http.open(ASKED)
            self.assertEqual(list(answer), [b"x"])
            answer.read()

        for ask in (closed, ended):
            with self.assertRaises(NotFound):
                during(ask, self.answering(b"x"))

    def test_a_block_that_is_left_closes_the_answer(self) -> None:
        def ask() -> None:
            for _ in range(9):
                with http.open(ASKED) as answer:
                    self.assertEqual(next(iter(answer)), b"x")

        during(ask, self.answering(b"x", b"y"))

    def test_an_answer_that_breaks_off_is_closed(self) -> None:
        where = Host(outside=lambda request: Parts(broken()))

        def ask() -> None:
            answer = http.open(ASKED)
            self.assertEqual(answer.read(), b"one")
            with self.assertRaisesRegex(Unavailable, "it broke off"):
                answer.read()
            answer.read()

        with self.assertRaises(NotFound):
            during(ask, where)
        with self.assertRaisesRegex(Unavailable, "it broke off"):
            during(lambda: http.send(ASKED), where)

    def test_eight_answers_are_open_at_once_and_one_more_is_beyond_the_limit(self) -> None:
        where = self.answering(b"x")

        def ask(count: int) -> int:
            return [http.open(ASKED) for _ in range(count)][-1].status

        self.assertEqual(during(lambda: ask(8), where), 200)
        with self.assertRaisesRegex(Limit, "at most 8 answers"):
            during(lambda: ask(9), where)
        self.assertEqual(len(where.requests), 8 + 8)

    def test_what_the_host_refuses_is_raised(self) -> None:
        def refusing(request: http.Request) -> Any:
            raise Unavailable("gone")

        with self.assertRaisesRegex(Unavailable, "gone"):
            during(lambda: http.open(ASKED), Host(outside=refusing))
        for where, wanted in ((Host(), "no rule covers"), (Host(grants=["kv"]), 'add "http" to grants')):
            with self.assertRaisesRegex(Denied, wanted):
                during(lambda: http.open(ASKED), where)

    def test_an_answer_is_passed_on_as_it_comes_and_breaks_off_with_it(self) -> None:
        def program(request):
            with http.open(ASKED) as answer:
                return reply.stream(answer, answer.status, answer.headers)

        where = self.answering(b"one", b"two", status=203, headers=(("etag", "x"),))
        self.assertEqual(where.call(program, "GET", "/"), Response(203, (("etag", "x"),), b"onetwo"))
        self.assertEqual(where.parts, [b"one", b"two"])
        with self.assertRaisesRegex(Unavailable, "it broke off"):
            Host(outside=lambda request: Parts(broken())).call(program, "GET", "/")


if __name__ == "__main__":
    unittest.main()
