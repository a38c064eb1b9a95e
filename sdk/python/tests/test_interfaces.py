"""The modules that stand for the interfaces."""

import unittest
from datetime import datetime, timezone
from typing import Any, Callable

from adyton.testing import Host, seal
from adyton.testing_path import is_reserved
from adyton.testing_schedule import next_after

from adyton import (
    Conflict,
    Denied,
    Invalid,
    Limit,
    NotFound,
    Other,
    Response,
    Timeout,
    Unavailable,
    chain,
    contracts,
    crypto,
    env,
    http,
    kv,
    log,
    random,
    schedule,
    secrets,
    sql,
)


def during(ask: Callable[[], Any], where: Any = None, caller: Any = None) -> Any:
    """What asking gives during a call."""
    found = []

    def program(request):
        found.append(ask())
        return Response()

    (where or Host()).call(program, "GET", "/", caller=caller)
    return found[0]


class Contracts(unittest.TestCase):
    def test_another_contract_answers_what_the_test_says(self) -> None:
        host = Host()
        host.contracts[bytes([9]) * 32] = lambda method, path, body: (201, f"{method} {path} ".encode() + body)
        answer = during(lambda: contracts.call(bytes([9]) * 32, "/a", b"x", method="POST", fuel_limit=7), host)
        self.assertEqual((answer.status, answer.body), (201, b"POST /a x"))

    def test_a_contract_that_is_not_there_is_elsewhere(self) -> None:
        def asked() -> str:
            try:
                contracts.call(bytes(32), "/")
            except contracts.Elsewhere as error:
                return error.variant
            return "answered"

        self.assertEqual(during(asked), "Unavailable")

    def test_a_path_of_the_workers_is_refused_however_it_is_written(self) -> None:
        def asked() -> None:
            for path in ("/.adyton/logs", "/x/../.adyton/logs", "/.adyton%2flogs"):
                with self.assertRaises(Invalid, msg=path):
                    contracts.call(bytes(32), path)

        during(asked)

    def test_the_workers_paths_are_those_that_it_takes_for_its_own(self) -> None:
        for path in (
            "/.adyton/message",
            "/x/../.adyton/message",
            "/x/%2e%2e/.adyton/message",
            "/%2eadyton/message",
            "/.adyton%2fmessage",
            "/.adyton\\message",
            "/x/..\\.adyton\\logs?a=1",
        ):
            self.assertTrue(is_reserved(path), path)
        for path in ("/", "/.adyton", "/adyton/message", "/x/.adyton/message", "/x?/../.adyton/message", "/.adytonx/"):
            self.assertFalse(is_reserved(path), path)


class Sql(unittest.TestCase):
    def test_values_come_back_as_they_were_and_are_there_in_the_next_call(self) -> None:
        host = Host()
        values = (None, -(2**63), 0.5, "a\u00e9", b"\x00\xff")

        def filled() -> sql.Done:
            sql.execute("CREATE TABLE t (a, b, c, d, e)")
            return sql.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", values)

        self.assertEqual(during(filled, host), sql.Done(1, 1))
        found = during(lambda: sql.query("SELECT * FROM t"), host)
        self.assertEqual((found.columns, found.rows), (("a", "b", "c", "d", "e"), (values,)))
        self.assertEqual(during(lambda: sql.execute("UPDATE t SET a = 1"), host), sql.Done(1, 0))

    def test_a_function_that_fails_does_nothing_and_the_call_goes_on(self) -> None:
        def asked() -> Any:
            sql.execute("CREATE TABLE t (a UNIQUE)")
            try:
                sql.batch([("INSERT INTO t VALUES (?)", [1]), ("INSERT INTO t VALUES (2), (2)", [])])
            except sql.Constraint as error:
                return error.message, sql.query("SELECT count(*) FROM t").rows
            return None

        self.assertEqual(during(asked), ("statement 2: UNIQUE constraint failed: t.a", ((0,),)))

    def test_what_contracts_may_not_do_is_denied_and_what_is_no_statement_invalid(self) -> None:
        def refusal(text: str) -> str:
            try:
                sql.query(text)
            except (Denied, Invalid) as error:
                return error.variant
            return "answered"

        functions = ("SELECT random()", "SELECT json_group_array(1)")
        for text in ("BEGIN", "COMMIT", "SAVEPOINT a", "ATTACH ':memory:' AS b", "PRAGMA page_size", *functions):
            self.assertEqual(during(lambda text=text: refusal(text)), "Denied", text)
        for text in ("SELEC 1", "SELECT ?", "SELECT 1; SELECT 2"):
            self.assertEqual(during(lambda text=text: refusal(text)), "Invalid", text)

    def test_a_call_that_fails_leaves_nothing(self) -> None:
        host = Host()

        def failing(request):
            sql.execute("CREATE TABLE t (a)")
            raise Other("on purpose")

        with self.assertRaises(Other):
            host.call(failing, "GET", "/")
        self.assertEqual(during(lambda: sql.query("SELECT count(*) FROM sqlite_master").rows, host), ((0,),))


class Schedule(unittest.TestCase):
    def test_what_is_scheduled_runs_once_at_its_time_with_the_contracts_own_name(self) -> None:
        seen = []

        def program(request):
            seen.append((request.path, schedule.run(request), env.caller().kind, env.now_ms(), request.body))
            if request.path == "/start":
                schedule.at("tick", 6000, "/tick", b"x")
            return Response()

        host = Host(now_ms=1000)
        host.call(program, "POST", "/start")
        host.now_ms = 5999
        self.assertEqual(host.run_due(program), [])
        host.now_ms = 7000
        (run,) = host.run_due(program)
        self.assertEqual((run.name, run.due_ms, run.error), ("tick", 6000, None))
        self.assertEqual(host.run_due(program), [])
        own = ("/tick", schedule.Run("tick", 6000), "contract", 6000, b"x")
        self.assertEqual(seen, [("/start", None, "anonymous", 1000, b""), own])

    def test_an_entry_by_cron_goes_on_a_cancelled_one_does_not_and_a_run_that_raises_is_told(self) -> None:
        def program(request):
            if request.path == "/start":
                self.assertEqual(schedule.cron("often", "* * * * *", "/tick"), 60_000)
            if request.path == "/stop":
                schedule.cancel("often")
                schedule.at("broken", 1, "/broken")
            if request.path == "/broken":
                raise NotFound()
            return Response()

        host = Host(now_ms=0)
        host.call(program, "POST", "/start")
        host.now_ms = 120_000
        self.assertEqual([run.due_ms for run in host.run_due(program)], [60_000, 120_000])
        host.call(program, "POST", "/stop")
        host.now_ms = 10_000_000
        (run,) = host.run_due(program)
        self.assertEqual((run.name, run.answer, type(run.error)), ("broken", None, NotFound))

    def test_what_a_call_that_fails_schedules_is_not(self) -> None:
        def program(request):
            schedule.at("never", 1, "/")
            raise NotFound()

        host = Host(now_ms=0)
        with self.assertRaises(NotFound):
            host.call(program, "GET", "/")
        self.assertEqual(host.schedule, {})

    def test_what_is_no_entry_is_refused(self) -> None:
        def ask():
            for arguments in (
                ("a b", 1, "/"),
                ("", 1, "/"),
                ("a", 1, "x"),
                ("a", 1, "/.adyton/logs"),
                ("a", 1, "/x/../.adyton/logs"),
                ("a", 1, "/%2eadyton/logs"),
                ("a", 1, "/", b"x" * 16385),
                ("a", 1, "/", b"", "post"),
                ("a", 10**15, "/"),
            ):
                with self.assertRaises(Invalid, msg=arguments):
                    schedule.at(*arguments)
            for expression in ("", "* * * *", "60 * * * *", "0 0 30 2 *", "5/2 * * * *", "*/0 * * * *"):
                with self.assertRaises(Invalid, msg=expression):
                    schedule.cron("a", expression, "/")
            for number in range(64):
                schedule.at(f"n{number}", 1, "/")
            with self.assertRaises(Limit):
                schedule.at("one-more", 1, "/")
            schedule.at("n7", 2, "/")
            return len(schedule.entries())

        self.assertEqual(during(ask), 64)

    def test_without_the_grant_it_is_denied(self) -> None:
        def ask():
            with self.assertRaises(Denied):
                schedule.at("a", 1, "/")
            with self.assertRaises(Denied):
                schedule.entries()

        during(ask, Host(grants=("kv",)))

    def test_cron_expressions_stand_for_the_times_that_they_do_on_the_network(self) -> None:
        now = 1_795_326_278_500
        for text, *at in (
            ("*/15 * * * *", 2026, 11, 22, 5, 45),
            ("30 6,18 * * *", 2026, 11, 22, 6, 30),
            ("10-20/5 7 * * *", 2026, 11, 22, 7, 10),
            ("0 12 * * 7", 2026, 11, 22, 12, 0),
            ("0 0 25 * 1", 2026, 11, 23, 0, 0),
            ("0 0 25 * *", 2026, 11, 25, 0, 0),
            ("0 0 29 2 *", 2028, 2, 29, 0, 0),
        ):
            expected = datetime(*at, tzinfo=timezone.utc).timestamp() * 1000
            self.assertEqual(next_after(text, now), expected, text)


class Store(unittest.TestCase):
    def test_what_is_set_is_there_and_what_is_deleted_is_not(self) -> None:
        def ask():
            kv.set(b"a", b"1")
            kv.set(bytearray(b"b"), memoryview(b"2"))
            kv.delete(b"a")
            kv.delete(b"never")
            return kv.get(b"a"), kv.get(b"b")

        self.assertEqual(during(ask), (None, b"2"))

    def test_several_values_are_read_at_once_within_limits(self) -> None:
        def ask():
            kv.set(b"a", b"x" * 20_000)
            with self.assertRaises(Limit):
                kv.get_many([b"a"] * 100)
            with self.assertRaises(Invalid):
                kv.get_many([b"b"] * 101)
            with self.assertRaises(Invalid):
                kv.get_many([b""])
            kv.set(b"a", b"1")
            return kv.get_many([b"b", bytearray(b"a"), b"a"]), kv.get_many([])

        self.assertEqual(during(ask), ([None, b"1", b"1"], []))

    def test_an_entry_ends_by_the_calls_clock_and_not_if_it_is_set_anew(self) -> None:
        host = Host(now_ms=1000)

        def begin():
            kv.set_until(b"a", b"1", 1010)
            kv.set_until(b"b", b"2", 1010)
            kv.set(b"b", b"3")
            for wrong in (1000, 0, -1, 1 << 64):
                with self.assertRaises(Invalid):
                    kv.set_until(b"c", b"", wrong)

        during(begin, host)
        host.now_ms = 1009
        self.assertEqual(during(lambda: kv.get(b"a"), host), b"1")
        host.now_ms = 1010
        self.assertEqual(during(lambda: list(kv.items()), host), [(b"b", b"3")])

    def test_of_several_writes_all_are_made_or_none(self) -> None:
        host = Host(now_ms=1000)

        def ask():
            kv.write([kv.Set(b"a", b"1"), kv.Swap(b"a", b"1", b"2"), kv.Set(b"b", b"x", 1001), kv.Delete(b"none")])
            with self.assertRaises(Conflict):
                kv.write([kv.Delete(b"a"), kv.Set(b"new", b""), kv.Swap(b"a", b"2", b"3")])
            for wrong in ([kv.Set(b"", b"")], [kv.Set(b"c", b"", 1000)], [kv.Delete(b"a")] * 1001):
                with self.assertRaises(Invalid):
                    kv.write([kv.Delete(b"a"), *wrong])
            with self.assertRaises(TypeError):
                kv.write([b"a"])
            return list(kv.items())

        self.assertEqual(during(ask, host), [(b"a", b"2"), (b"b", b"x")])
        self.assertEqual(host.ends, {b"b": 1001})

    def test_a_scan_goes_back_page_by_page(self) -> None:
        def ask():
            for number in range(5):
                kv.set(b"a%d" % number, b"x")
            kv.set(b"b", b"y")
            first = kv.scan_back(b"a", limit=3)
            second = kv.scan_back(b"a", first.next, 3)
            return [key for key, _ in first.entries], first.next, [key for key, _ in second.entries], second.next

        self.assertEqual(during(ask), ([b"a4", b"a3", b"a2"], b"a2", [b"a1", b"a0"], None))
        many = lambda: [kv.set(b"a%04d" % number, b"") for number in range(2100)] and list(kv.items(b"a", True))
        found = during(many)
        self.assertEqual((len(found), found[0][0], found[-1][0]), (2100, b"a2099", b"a0000"))

    def test_a_swap_needs_the_value_that_is_there(self) -> None:
        def ask():
            kv.swap(b"a", None, b"1")
            kv.swap(b"a", b"1", b"2")
            for wrong in (None, b"1"):
                with self.assertRaises(Conflict):
                    kv.swap(b"a", wrong, b"3")
            return kv.get(b"a")

        self.assertEqual(during(ask), b"2")

    def test_a_scan_goes_on_where_the_page_ended(self) -> None:
        def ask():
            for number in range(5):
                kv.set(b"a%d" % number, b"x")
            kv.set(b"b", b"y")
            first = kv.scan(b"a", limit=3)
            second = kv.scan(b"a", first.next, 3)
            return first, second

        first, second = during(ask)
        self.assertEqual(([key for key, _ in first.entries], first.next), ([b"a0", b"a1", b"a2"], b"a2"))
        self.assertEqual(([key for key, _ in second.entries], second.next), ([b"a3", b"a4"], None))

    def test_items_goes_over_all_pages(self) -> None:
        def ask():
            for number in range(2_500):
                kv.set(b"a%04d" % number, b"")
            return len(list(kv.items(b"a"))), len(list(kv.items(b"b")))

        self.assertEqual(during(ask), (2_500, 0))

    def test_json_is_read_back(self) -> None:
        def ask():
            kv.set_json(b"a", {"x": [1, None]})
            return kv.get_json(b"a"), kv.get_json(b"b"), kv.get_json(b"b", 7)

        self.assertEqual(during(ask), ({"x": [1, None]}, None, 7))

    def test_what_is_no_json_is_invalid(self) -> None:
        def ask():
            kv.set(b"a", b"{")
            kv.get_json(b"a")

        with self.assertRaises(Invalid):
            during(ask)

    def test_what_is_no_bytes_is_a_bug_and_not_zeros(self) -> None:
        for ask in (
            lambda: kv.set(b"a", 5),
            lambda: kv.set("a", b""),
            lambda: kv.get(5),
            lambda: kv.scan([1]),
            lambda: chain.report(5),
            lambda: chain.value(5),
            lambda: crypto.sign(crypto.Scheme.ED25519, "a", "text"),
            lambda: crypto.message("a", 5),
            lambda: crypto.decrypt("a", 5),
            lambda: crypto.derive("a", 5, 32),
            lambda: random.seeded(5, 1),
            lambda: http.post("https://example.org/", 5),
        ):
            with self.assertRaisesRegex(Other, "bytes are needed|object of type 'int'"):
                during(ask)

    def test_a_key_or_value_of_a_wrong_length_is_invalid(self) -> None:
        for ask in (
            lambda: kv.get(b""),
            lambda: kv.get(b"a" * 1025),
            lambda: kv.set(b"", b""),
            lambda: kv.set(b"a", b"a" * (1 << 20 | 1)),
            lambda: kv.scan(b"a" * 1025),
            lambda: kv.scan(b"", limit=0),
            lambda: kv.scan(b"", limit=1001),
            lambda: kv.scan_back(b"a" * 1025),
            lambda: kv.scan_back(b"", b"a" * 1025),
            lambda: kv.scan_back(b"", limit=1001),
        ):
            with self.assertRaises(Invalid):
                during(ask)


class Outside(unittest.TestCase):
    @staticmethod
    def answering(*answers: Any) -> Host:
        left = list(answers)

        def outside(request: http.Request) -> http.Response:
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return Host(outside=outside)

    def test_a_request_leaves_as_it_was_made(self) -> None:
        where = self.answering(http.Response(200, (("a", "b"),), b'{"x":1}', b"\x01" * 32))
        secret = http.SecretHeader("authorization", "token", "Bearer ")

        def ask():
            return http.post_json("https://example.org/", {"a": 1}, {"x-a": "b"}, secret_headers=[secret], timeout_ms=5)

        answer = during(ask, where)
        self.assertEqual(
            (answer.status, answer.header("a"), answer.json(), answer.text()), (200, "b", {"x": 1}, '{"x":1}')
        )
        self.assertEqual(answer.tls_peer_sha256, b"\x01" * 32)
        (sent,) = where.requests
        fields = (("x-a", "b"), ("content-type", "application/json"))
        self.assertEqual((sent.method, sent.headers, sent.body, sent.timeout_ms), ("POST", fields, b'{"a":1}', 5))
        self.assertEqual(list(sent.secret_headers), [secret])

    def test_an_answer_of_any_status_is_one_and_success_tells_them_apart(self) -> None:
        for status, good in ((200, True), (299, True), (300, False), (404, False), (500, False)):
            where = self.answering(http.Response(status, (), b"", None))
            answer = during(lambda: http.get("https://example.org/"), where)
            if good:
                self.assertIs(answer.success(), answer)
            else:
                with self.assertRaises(Unavailable):
                    answer.success()

    def test_what_the_host_refuses_is_raised(self) -> None:
        for error in (Denied("no"), Limit("bytes"), Timeout(), NotFound(), Unavailable("gone")):
            with self.assertRaises(type(error)) as caught:
                during(lambda: http.post("https://example.org/", b"a"), self.answering(error))
            self.assertEqual(caught.exception.message, error.message)

    def test_of_many_requests_each_has_its_answer_or_error(self) -> None:
        where = self.answering(http.Response(200, (), b"a", None), Timeout(), http.Response(404, (), b"", None))
        requests = [http.Request("GET", f"https://example.org/{number}") for number in range(3)]
        first, second, third = during(lambda: http.send_all(requests), where)
        self.assertEqual((first.body, type(second), third.status), (b"a", Timeout, 404))

    def test_more_than_16_requests_are_all_invalid(self) -> None:
        requests = [http.Request("GET", "https://example.org/")] * 17
        answers = during(lambda: http.send_all(requests))
        self.assertEqual([type(answer) for answer in answers], [Invalid] * 17)

    def test_a_timeout_that_the_interface_cannot_carry_is_invalid(self) -> None:
        with self.assertRaises(Invalid):
            during(lambda: http.get("https://example.org/", timeout_ms=1 << 32))

    def test_an_answer_that_is_no_text_or_json_is_invalid(self) -> None:
        answer = http.Response(200, (), b"\xff", None)
        for read in (answer.text, answer.json):
            with self.assertRaises(Invalid):
                read()


class Here(unittest.TestCase):
    def test_the_context_is_the_calls(self) -> None:
        where = Host(settings={"pair": "PHA/USD"}, now_ms=5)
        found = during(env.context, where)
        self.assertEqual((found.now_ms, found.block, found.lease, len(found.request_id)), (5, 1, None, 16))
        self.assertEqual(
            during(lambda: (env.now_ms(), env.setting("pair"), env.setting("x")), where), (5, "PHA/USD", None)
        )
        self.assertGreater(during(env.gas_left), 0)

    def test_the_caller_is_told(self) -> None:
        account = env.Caller("account", b"\x01" * 32)
        self.assertEqual(during(env.caller, caller=account), account)
        self.assertEqual(str(account), "account 0x" + "01" * 32)
        for kind in ("anonymous", "system"):
            self.assertEqual(during(lambda: str(env.caller()), caller=env.Caller(kind)), kind)

    def test_lines_have_their_level(self) -> None:
        where = Host()
        during(lambda: [write(write.__name__) for write in (log.debug, log.info, log.warn, log.error)], where)
        self.assertEqual(where.lines, [(level, level) for level in ("debug", "info", "warn", "error")])

    def test_random_bytes_have_the_length_asked_for(self) -> None:
        self.assertEqual([len(during(lambda: random.bytes(length))) for length in (0, 1, 65_536)], [0, 1, 65_536])
        with self.assertRaises(Invalid):
            during(lambda: random.bytes(65_537))

    def test_bytes_of_a_seed_are_the_same_for_the_same_seed_and_have_bounds(self) -> None:
        def seeded(seed: bytes, length: int) -> bytes:
            return during(lambda: random.seeded(seed, length))

        long = seeded(b"a" * 1024, 8160)
        self.assertEqual((len(long), long[:40]), (8160, seeded(b"a" * 1024, 40)))
        self.assertNotEqual(seeded(b"a", 40), seeded(b"b", 40))
        self.assertEqual(seeded(b"a", 0), b"")
        for seed, length in ((b"", 8161), (b"a" * 1025, 1), (b"", -1)):
            with self.assertRaises(Invalid):
                seeded(seed, length)

    def test_a_secret_is_given_and_one_that_is_not_set_is_not_found(self) -> None:
        where = Host(secrets={"token": b"\xc3\xa9", "key": b"\xff"})
        self.assertEqual(during(lambda: (secrets.get("key"), secrets.text("token")), where), (b"\xff", "é"))
        with self.assertRaises(NotFound):
            during(lambda: secrets.get("none"), where)

    def test_a_secret_has_a_version_and_a_name_of_1_to_64_bytes(self) -> None:
        where = Host(secrets={"token": b"x"})
        self.assertEqual(during(lambda: (secrets.version("token"), secrets.version("none")), where), (1, None))
        for name in ("", "n" * 65):
            for ask in (secrets.get, secrets.version):
                with self.assertRaises(Invalid):
                    during(lambda: ask(name), where)

    def test_a_secret_that_is_no_text_is_not_shown(self) -> None:
        with self.assertRaises(Invalid) as caught:
            during(lambda: secrets.text("key"), Host(secrets={"key": b"secret\xff"}))
        self.assertEqual(caught.exception.message, "the secret key is not text")


class Signing(unittest.TestCase):
    def test_what_is_signed_is_verified_under_the_same_scheme_and_name(self) -> None:
        digest = b"\x01" * 32

        def ask(scheme):
            key, signature = crypto.public_key(scheme, "a"), crypto.sign(scheme, "a", digest)
            other = crypto.public_key(scheme, "b")
            return (
                len(key),
                len(signature),
                crypto.verify(scheme, key, digest, signature),
                crypto.verify(scheme, other, digest, signature),
            )

        all_lengths = {"ED25519": (32, 64), "SECP256K1": (33, 65), "P256": (33, 64), "SR25519": (32, 64)}
        for scheme, lengths in all_lengths.items():
            self.assertEqual(during(lambda: ask(crypto.Scheme[scheme])), (*lengths, True, False), scheme)

    def test_a_wrong_name_or_message_is_invalid(self) -> None:
        for ask in (
            lambda: crypto.public_key(crypto.Scheme.ED25519, ""),
            lambda: crypto.sign(crypto.Scheme.ED25519, "a" * 65, b""),
            lambda: crypto.sign(crypto.Scheme.SECP256K1, "a", b"no digest"),
            lambda: crypto.sign(crypto.Scheme.P256, "a", b"no digest"),
            lambda: crypto.encryption_key(""),
            lambda: crypto.decrypt("a" * 65, b"\0" * 48),
            lambda: crypto.derive("", b"", 32),
        ):
            with self.assertRaises(Invalid):
                during(ask)

    def test_what_is_sealed_opens_under_its_name_info_and_associated_data_only(self) -> None:
        key = during(lambda: crypto.encryption_key("bids"))
        sealed = seal(key, b"42 PHA", b"bid", b"7")
        self.assertEqual((len(key), len(sealed)), (32, 32 + 6 + 16))
        self.assertEqual(during(lambda: crypto.decrypt("bids", sealed, b"bid", b"7")), b"42 PHA")
        for ask in (
            lambda: crypto.decrypt("other", sealed, b"bid", b"7"),
            lambda: crypto.decrypt("bids", sealed, b"other", b"7"),
            lambda: crypto.decrypt("bids", sealed, b"bid", b"8"),
            lambda: crypto.decrypt("bids", sealed, b"bid7"),
            lambda: crypto.decrypt("bids", sealed[:-1], b"bid", b"7"),
            lambda: crypto.decrypt("bids", sealed[:47], b"bid", b"7"),
            lambda: crypto.decrypt("bids", b"", b"bid", b"7"),
        ):
            with self.assertRaisesRegex(Invalid, "does not open"):
                during(ask)

    def test_a_derived_secret_depends_on_its_name_context_and_length_which_have_bounds(self) -> None:
        def derive(name: str, context: bytes, length: int) -> bytes:
            return during(lambda: crypto.derive(name, context, length))

        one = derive("a", b"b", 32)
        self.assertEqual((one, len(one)), (derive("a", b"b", 32), 32))
        self.assertEqual([len(derive("a", b"\0" * 1024, length)) for length in (1, 64)], [1, 64])
        for other in (derive("b", b"b", 32), derive("a", b"c", 32), derive("a", b"b", 64)[:32]):
            self.assertNotEqual(one, other)
        for context, length in ((b"", 0), (b"", 65), (b"", -1), (b"\0" * 1025, 32)):
            with self.assertRaises(Invalid):
                derive("a", context, length)

    def test_no_two_lists_of_parts_give_the_same_message(self) -> None:
        self.assertEqual(crypto.message("ab", b"c", b""), b"\x02ab\x01\0\0\0c\0\0\0\0")
        self.assertNotEqual(crypto.message("a", b"bc"), crypto.message("a", b"b", b"c"))

    def test_a_context_that_one_byte_cannot_say_the_length_of_is_invalid(self) -> None:
        self.assertEqual(len(crypto.message("a" * 255)), 256)
        with self.assertRaisesRegex(Invalid, "a context has at most 255 bytes"):
            crypto.message("a" * 256)


class Reporting(unittest.TestCase):
    def test_a_report_takes_effect_if_the_call_answers(self) -> None:
        where = Host()
        during(lambda: chain.remark(b"hi"), where)
        self.assertEqual(where.reports, [b"\x00\x07\x08hi"])

        def program(request):
            chain.report(b"\x01")
            raise Denied("after all")

        with self.assertRaises(Denied):
            where.call(program, "GET", "/")
        self.assertEqual(len(where.reports), 1)

    def test_lengths_are_encoded_as_scale_does(self) -> None:
        for length, encoded in ((0, "00"), (63, "fc"), (64, "0101"), (16_383, "fdff"), (16_384, "02000100")):
            self.assertEqual(chain._compact(length).hex(), encoded)

    def test_a_second_report_is_beyond_the_limit(self) -> None:
        with self.assertRaises(Limit):
            during(lambda: (chain.report(b"\x01"), chain.report(b"\x01")))

    def test_an_empty_or_long_report_is_invalid(self) -> None:
        for call in (b"", b"\0" * 4097):
            with self.assertRaises(Invalid):
                during(lambda: chain.report(call))


class TheChain(unittest.TestCase):
    def test_the_state_is_what_the_test_says_as_of_the_calls_block(self) -> None:
        where = Host(chain={b"a": b"1", b"b": b""}, now_ms=5)
        where.block = 7
        block = during(chain.block, where)
        self.assertEqual((block.number, len(block.hash), block.time_ms), (7, 32, 5))
        self.assertEqual(during(lambda: chain.storage([b"b", b"none", b"a"]), where), [b"", None, b"1"])
        self.assertEqual(during(lambda: (chain.value(b"a"), chain.value(b"c")), where), (b"1", None))

    def test_too_many_keys_and_malformed_ones_are_invalid(self) -> None:
        for keys in ([b"a"] * 33, [b""], [b"a" * 257]):
            with self.assertRaises(Invalid):
                during(lambda keys=keys: chain.storage(keys))

    def test_values_that_are_too_long_are_beyond_the_limit(self) -> None:
        state = {bytes([key]): bytes(1 << 16) for key in range(5)}
        self.assertEqual(len(during(lambda: chain.storage(list(state)[:4]), Host(chain=state))), 4)
        for keys, values in ((list(state), state), ([b"long"], {b"long": bytes((1 << 16) + 1)})):
            with self.assertRaises(Limit):
                during(lambda keys=keys: chain.storage(keys), Host(chain=values))


class Testing(unittest.TestCase):
    def test_what_is_not_granted_is_denied(self) -> None:
        for ask in (
            lambda: kv.get(b"a"),
            lambda: kv.scan(b""),
            lambda: http.get("https://example.org/"),
            lambda: secrets.get("a"),
            lambda: random.bytes(1),
            lambda: random.seeded(b"", 1),
            lambda: crypto.public_key(crypto.Scheme.ED25519, "a"),
            lambda: crypto.encryption_key("a"),
            lambda: crypto.decrypt("a", b""),
            lambda: crypto.derive("a", b"", 32),
            lambda: chain.block(),
            lambda: chain.storage([b"a"]),
            lambda: chain.report(b"\x01"),
        ):
            with self.assertRaisesRegex(Denied, "to grants in adyton.toml"):
                during(ask, Host(grants=[]))

    def test_without_an_outside_every_request_is_denied(self) -> None:
        with self.assertRaises(Denied):
            during(lambda: http.get("https://example.org/"))

    def test_a_call_that_answers_commits_whatever_its_status(self) -> None:
        where = Host()

        def program(request):
            kv.set(b"a", request.body)
            return Response.not_found()

        self.assertEqual(where.call(program, "POST", "/", b"x", [("x-a", "b")]).status, 404)
        self.assertEqual(where.store, {b"a": b"x"})


if __name__ == "__main__":
    unittest.main()
