"""A poll from its announcement to its result, and who is refused what."""

import json
import unittest
from typing import Any, Optional

from adyton import Conflict, Denied, Invalid, NotFound, env
from adyton.testing import NEW_YEAR, Host

import main

HOUR = 3_600_000


def account(number: int) -> env.Caller:
    return env.Caller("account", number.to_bytes(32, "big"))


class Voting(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host(grants=["log", "kv", "random", "crypto", "chain"])
        self.poll = self.ask("POST", "/polls", self.wanted(), account(99))

    @staticmethod
    def wanted(**changed: Any) -> Any:
        voters = [account(number).id.hex() for number in range(1, 6)]
        poll = {"question": "Shall we?", "options": ["yes", "no"], "voters": voters, "closes_ms": NEW_YEAR + HOUR}
        return {**poll, **changed}

    def ask(self, method: str, path: str, body: Any = None, caller: Optional[env.Caller] = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.host.call(main.service, method, path, content, caller=caller)
        self.assertLess(answer.status, 300)
        return json.loads(answer.body) if answer.body else None

    def path(self, rest: str = "") -> str:
        return f"/polls/{self.poll['id']}{rest}"

    def vote(self, number: int, option: Any) -> None:
        self.ask("PUT", self.path("/ballot"), {"option": option}, account(number))

    def count(self) -> Any:
        self.host.now_ms = self.poll["closes_ms"]
        return self.ask("POST", self.path("/count"))

    def test_the_votes_are_counted_after_the_end(self) -> None:
        for number, option in ((1, "yes"), (2, "no"), (3, "yes")):
            self.vote(number, option)
        counted = self.count()
        self.assertEqual(counted["result"]["votes"], {"yes": 2, "no": 1})
        self.assertEqual(self.ask("GET", self.path("/result")), counted)

    def test_a_later_ballot_takes_the_place_of_the_earlier_one(self) -> None:
        for number, option in ((1, "yes"), (2, "no"), (3, "no"), (1, "no"), (1, "no")):
            self.vote(number, option)
        self.assertEqual(self.count()["result"]["votes"], {"yes": 0, "no": 3})

    def test_the_result_is_signed_and_reported_once(self) -> None:
        for number in (1, 2, 3):
            self.vote(number, "yes")
        first, second = self.count(), self.count()
        self.assertEqual(first, second)
        self.assertEqual(len(self.host.reports), 1)
        message = bytes.fromhex(first["message"])
        self.assertTrue(message.startswith(b"\x11private-voting/v1"))
        self.assertTrue(message.endswith(json.dumps(first["result"], separators=(",", ":")).encode()))

    def test_below_the_quorum_nothing_is_told(self) -> None:
        self.vote(1, "yes")
        self.vote(2, "yes")
        told = self.count()["result"]
        self.assertEqual((told["quorum_reached"], told["votes"]), (False, None))

    def test_before_the_end_nothing_is_told(self) -> None:
        before = self.ask("GET", self.path())
        self.vote(1, "yes")
        self.assertEqual(self.ask("GET", self.path()), before)
        with self.assertRaises(Conflict):
            self.ask("POST", self.path("/count"))
        with self.assertRaises(NotFound):
            self.ask("GET", self.path("/result"))

    def test_after_the_end_no_ballot_is_taken(self) -> None:
        self.host.now_ms = self.poll["closes_ms"]
        with self.assertRaises(Conflict):
            self.vote(1, "yes")

    def test_who_is_not_listed_or_did_not_sign_has_no_vote(self) -> None:
        for caller in (account(6), account(99), env.Caller("anonymous"), env.Caller("contract", account(1).id)):
            with self.assertRaises(Denied):
                self.ask("PUT", self.path("/ballot"), {"option": "yes"}, caller)

    def test_a_ballot_for_no_option_is_invalid(self) -> None:
        for body in (None, {}, {"option": 0}, {"option": "maybe"}, {"option": "yes", "more": 1}, ["yes"]):
            with self.assertRaises(Invalid, msg=body):
                self.ask("PUT", self.path("/ballot"), body, account(1))

    def test_ballots_are_forgotten_after_the_count_only(self) -> None:
        for number in (1, 2, 3):
            self.vote(number, "yes")
        self.host.now_ms = self.poll["closes_ms"]
        with self.assertRaises(Conflict):
            self.ask("POST", self.path("/forget"))
        counted = self.count()
        self.assertEqual(self.ask("POST", self.path("/forget")), {"forgotten": 3, "more": False})
        left = {key.split(b"/")[0] for key in self.host.store}
        self.assertEqual(left, {b"poll", b"voters", b"result"})
        self.assertEqual(self.count(), counted)

    def test_many_ballots_are_forgotten_in_several_calls(self) -> None:
        voters = [account(number).id.hex() for number in range(1, 602)]
        self.poll = self.ask("POST", "/polls", self.wanted(voters=voters), account(99))
        for number in range(1, 602):
            self.vote(number, "no")
        self.assertEqual(self.count()["result"]["votes"], {"yes": 0, "no": 601})
        self.assertEqual(self.ask("POST", self.path("/forget")), {"forgotten": 500, "more": True})
        self.assertEqual(self.ask("POST", self.path("/forget")), {"forgotten": 101, "more": False})

    def test_polls_do_not_touch_each_other(self) -> None:
        first = self.poll
        self.poll = self.ask("POST", "/polls", self.wanted(options=["a", "b", "c"]), account(99))
        for number in (1, 2, 3):
            self.vote(number, "c")
        self.assertEqual(self.count()["result"]["votes"], {"a": 0, "b": 0, "c": 3})
        self.poll = first
        self.assertIsNone(self.count()["result"]["votes"])

    def test_a_malformed_poll_is_invalid(self) -> None:
        voters = self.wanted()["voters"]
        for changed in (
            {"question": ""},
            {"question": "a" * 501},
            {"options": ["yes"]},
            {"options": ["yes", "yes"]},
            {"options": ["yes", 1]},
            {"options": [str(number) for number in range(17)]},
            {"voters": voters[:2]},
            {"voters": voters + voters[:1]},
            {"voters": ["0x" + voters[0], *voters[1:]]},
            {"voters": [voters[0].upper().replace("0", "G"), *voters[1:]]},
            {"voters": voters * 300},
            {"quorum": 2},
            {"quorum": 6},
            {"quorum": True},
            {"closes_ms": NEW_YEAR},
            {"closes_ms": "tomorrow"},
            {"more": 1},
        ):
            with self.assertRaises(Invalid, msg=changed):
                self.ask("POST", "/polls", self.wanted(**changed), account(99))

    def test_an_unsigned_announcement_is_denied(self) -> None:
        with self.assertRaises(Denied):
            self.ask("POST", "/polls", self.wanted())

    def test_a_poll_that_is_not_there_is_not_found(self) -> None:
        for id in ("00" * 16, "x", "%2e%2e"):
            for method, rest in (
                ("GET", ""),
                ("PUT", "/ballot"),
                ("POST", "/count"),
                ("GET", "/result"),
                ("POST", "/forget"),
            ):
                with self.assertRaises(NotFound):
                    self.ask(method, f"/polls/{id}{rest}", None, account(1))


if __name__ == "__main__":
    unittest.main()
