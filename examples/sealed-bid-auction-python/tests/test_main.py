"""Auctions from their opening to their outcome, and who is told and refused what."""

import json
import unittest
from typing import Any, List, Optional, Type

from adyton import Denied, Error, Invalid, Limit, NotFound, Request, Response, crypto, env
from adyton.testing import NEW_YEAR, Host

import main

HOUR = 3_600_000
TERMS = {"item": "a painting", "rule": "second-price", "reserve": "100", "closesAt": NEW_YEAR + HOUR}
SELLER = 1


def digits(number: int) -> str:
    return "0x" + bytes([number] * 32).hex()


class Auctions(unittest.TestCase):
    def setUp(self) -> None:
        self.begin()

    def begin(self, **changed: Any) -> None:
        """A new host with one auction."""
        self.host = Host(grants=["kv", "log", "crypto"])
        self.assertEqual(self.sell(SELLER, {**TERMS, **changed}), {"auction": 1})

    def ask(self, number: Optional[int], method: str, path: str, *body: Any) -> Any:
        """What the contract answers to this account, or to nobody."""
        caller = None if number is None else env.Caller("account", bytes([number] * 32))
        content = json.dumps(body[0]).encode() if body else b""
        answer = self.host.call(main.service, method, path, content, caller=caller)
        self.assertLess(answer.status, 300)
        return json.loads(answer.body)

    def refused(self, error: Type[Error], number: Optional[int], method: str, path: str, *body: Any) -> None:
        with self.assertRaises(error, msg=(path, body)):
            self.ask(number, method, path, *body)

    def sell(self, number: Optional[int], terms: Any) -> Any:
        return self.ask(number, "POST", "/auctions", terms)

    def bid(self, number: Optional[int], amount: Any) -> Any:
        return self.ask(number, "POST", "/auctions/1/bids", {"amount": amount})

    def look(self, number: Optional[int] = None) -> Any:
        return self.ask(number, "GET", "/auctions/1")

    def close(self, number: Optional[int] = None) -> Any:
        return self.ask(number, "POST", "/auctions/1/close")

    def end(self) -> None:
        self.host.now_ms = TERMS["closesAt"]

    def outcome(self) -> List[Any]:
        self.end()
        closed = self.close()
        return [closed["winner"], closed["price"]]

    def test_the_highest_bid_wins_and_pays_the_second_highest(self) -> None:
        for number, amount in ((2, "150"), (3, "300"), (4, "200")):
            self.bid(number, amount)
        self.assertEqual(self.outcome(), [digits(3), "200"])
        self.assertEqual((self.look()["state"], self.look()["bidders"]), ("closed", 3))

    def test_by_the_other_rule_the_highest_bid_is_the_price(self) -> None:
        self.begin(rule="first-price")
        self.bid(2, "150")
        self.bid(3, "300")
        self.assertEqual(self.outcome(), [digits(3), "300"])

    def test_a_single_bid_pays_the_reserve_and_one_below_it_does_not_win(self) -> None:
        self.bid(2, "99")
        self.bid(3, "500")
        self.end()
        self.assertEqual(self.look()["state"], "over")
        self.assertEqual(self.outcome(), [digits(3), "100"])

    def test_nobody_wins_where_no_bid_reaches_the_reserve(self) -> None:
        self.bid(2, "99")
        self.assertEqual(self.outcome(), [None, None])

    def test_of_equal_bids_the_earlier_wins_and_a_replaced_bid_is_as_late_as_its_last(self) -> None:
        for number, amount in ((2, "120"), (3, "200"), (4, "200"), (3, "200")):
            self.bid(number, amount)
        self.assertEqual(self.look()["bidders"], 3)
        self.assertEqual(self.outcome(), [digits(4), "200"])

    def test_amounts_are_exact_up_to_128_bits(self) -> None:
        self.bid(2, str(2**128 - 1))
        self.bid(3, str(2**128 - 2))
        self.assertEqual(self.outcome(), [digits(2), str(2**128 - 2)])

    def test_a_bid_is_seen_by_its_bidder_alone(self) -> None:
        self.bid(2, "150")
        self.assertEqual(self.ask(2, "GET", "/auctions/1/bids/mine"), {"bid": "150"})
        for other in (SELLER, 3):
            self.refused(NotFound, other, "GET", "/auctions/1/bids/mine")
        self.refused(Denied, None, "GET", "/auctions/1/bids/mine")
        for other in (SELLER, 2, 3, None):
            self.assertNotIn("150", json.dumps(self.look(other)))

    def test_the_reserve_is_seen_by_the_seller_alone_and_cannot_be_found_out_by_bidding(self) -> None:
        self.begin(reserve="777")
        self.assertEqual(self.look(SELLER)["reserve"], "777")
        for other in (2, None):
            self.assertNotIn("reserve", self.look(other))
        self.assertEqual((self.bid(2, "776"), self.bid(3, "777")), ({"bid": "776"}, {"bid": "777"}))

    def test_the_winners_own_amount_is_not_told_and_no_bid_is_kept(self) -> None:
        self.bid(2, "31337")
        self.bid(3, "200")
        self.end()
        self.assertNotIn("31337", json.dumps(self.close()))
        self.refused(NotFound, 2, "GET", "/auctions/1/bids/mine")
        self.assertEqual(set(self.host.store), {b"next", b"auction/0000000001"})
        self.assertEqual(self.host.lines, [])

    def test_no_bid_is_taken_from_the_closing_time_on_and_none_before_is_closed(self) -> None:
        self.refused(Denied, None, "POST", "/auctions/1/close")
        self.host.now_ms = TERMS["closesAt"] - 1
        self.bid(2, "150")
        self.end()
        self.refused(Denied, 3, "POST", "/auctions/1/bids", {"amount": "150"})
        self.assertEqual(self.outcome(), [digits(2), "100"])

    def test_an_outcome_stays_what_it_is_whoever_closes_again(self) -> None:
        self.bid(2, "150")
        self.end()
        self.assertEqual(self.close(2), self.close(3))
        self.refused(Denied, 3, "POST", "/auctions/1/bids", {"amount": "900"})

    def test_the_outcomes_signature_holds_for_this_outcome_and_no_other(self) -> None:
        self.bid(2, "150")
        self.end()
        told, key = self.close(), self.ask(None, "GET", "/key")["key"]

        def holds(price: str) -> bool:
            def check(request: Request) -> Response:
                parts = ("1", told["item"], told["seller"], told["rule"], told["winner"], price)
                context = "adyton sealed-bid-auction outcome 1"
                message = crypto.message(context, env.context().contract, *(part.encode() for part in parts))
                known, signature = bytes.fromhex(key[2:]), bytes.fromhex(told["signature"][2:])
                return Response.json(crypto.verify(crypto.Scheme.ED25519, known, message, signature))

            return json.loads(self.host.call(check, "GET", "/").body)

        self.assertEqual([holds(told["price"]), holds("1")], [True, False])

    def test_who_does_not_sign_neither_sells_nor_bids_and_the_seller_does_not_bid(self) -> None:
        self.refused(Denied, None, "POST", "/auctions", TERMS)
        for number in (None, SELLER):
            self.refused(Denied, number, "POST", "/auctions/1/bids", {"amount": "150"})

    def test_terms_that_make_no_sense_are_refused(self) -> None:
        for terms in (None, [], "x"):
            self.refused(Invalid, SELLER, "POST", "/auctions", terms)
        for changed in (
            {"item": ""},
            {"item": "x" * 201},
            {"item": "\ud800"},
            {"rule": "english"},
            {"rule": ["first-price"]},
            {"reserve": 100},
            {"reserve": "-1"},
            {"reserve": "1.5"},
            {"reserve": str(2**128)},
            {"closesAt": NEW_YEAR},
            {"closesAt": NEW_YEAR + 91 * 24 * HOUR},
            {"closesAt": "soon"},
            {"closesAt": True},
            {"more": 1},
        ):
            self.refused(Invalid, SELLER, "POST", "/auctions", {**TERMS, **changed})

    def test_bids_that_make_no_sense_are_refused_and_change_nothing(self) -> None:
        for amount in ("0", "", "01", "1e3", "\u0661", "1\n", 150, None, "9" * 40):
            self.refused(Invalid, 2, "POST", "/auctions/1/bids", {"amount": amount})
        self.refused(Invalid, 2, "POST", "/auctions/1/bids")
        self.assertEqual(self.look()["bidders"], 0)

    def test_an_auction_that_is_not_there_is_not_found(self) -> None:
        for number in ("2", "0", "01", "x", "1e0", "99999999999"):
            self.refused(NotFound, 2, "GET", f"/auctions/{number}")
            self.refused(NotFound, 2, "POST", f"/auctions/{number}/bids", {"amount": "150"})

    def test_the_bidders_of_one_auction_are_bounded_and_those_who_have_bid_may_bid_again(self) -> None:
        known = json.loads(self.host.store[b"auction/0000000001"])
        self.host.store[b"auction/0000000001"] = json.dumps({**known, "bidders": 499}).encode()
        self.bid(2, "150")
        self.refused(Limit, 3, "POST", "/auctions/1/bids", {"amount": "150"})
        self.bid(2, "160")

    def test_bids_of_one_auction_do_not_count_in_another(self) -> None:
        self.sell(SELLER, {**TERMS, "item": "another"})
        self.bid(2, "150")
        self.assertEqual(self.outcome(), [digits(2), "100"])
        self.assertIsNone(self.ask(None, "POST", "/auctions/2/close")["winner"])


if __name__ == "__main__":
    unittest.main()
