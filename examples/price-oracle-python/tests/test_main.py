"""Prices from their sources to what is signed, and what is left out and refused."""

import json
import unittest
from typing import Any, Dict, List

from adyton import Error, Invalid, Request, Response, Timeout, Unavailable, crypto, env, http
from adyton.testing import NEW_YEAR, Host

import main
import price

SOURCES = ("https://one.example/price", "https://two.example/price", "https://three.example/price")
SETTINGS = {"pair": "PHA/USD", "sources": " ".join(SOURCES), "quorum": "2"}


def answer(said: Any) -> http.Response:
    """What a source answers that says this price."""
    content = said if isinstance(said, bytes) else json.dumps({"price": said}).encode()
    return http.Response(200, (), content, None)


class Prices(unittest.TestCase):
    def setUp(self) -> None:
        self.begin(SETTINGS)
        self.say("0.10", "0.12", "0.11")

    def begin(self, settings: Dict[str, str]) -> None:
        self.host = Host(grants=["kv", "log", "http", "crypto", "chain"], settings=settings, outside=self.outside)

    def say(self, *said: Any) -> None:
        self.said = dict(zip(SOURCES, said))

    def outside(self, request: http.Request) -> http.Response:
        said = self.said[request.url]
        if isinstance(said, Error):
            raise said
        return said if isinstance(said, http.Response) else answer(said)

    def ask(self, method: str, path: str) -> Any:
        answered = self.host.call(main.service, method, path)
        self.assertEqual(answered.status, 200)
        return json.loads(answered.body)

    def values(self, query: str = "") -> List[str]:
        return [each["value"] for each in self.ask("GET", f"/history{query}")]

    def test_a_price_is_the_median_of_what_the_sources_say_and_is_remembered_and_reported(self) -> None:
        self.assertEqual(self.host.call(main.service, "GET", "/price").status, 404)
        updated = self.ask("POST", "/update")
        told = [updated[name] for name in ("pair", "value", "sources", "time_ms")]
        self.assertEqual(told, ["PHA/USD", "0.11", 3, NEW_YEAR])
        self.assertEqual(self.ask("GET", "/price"), updated)
        self.assertIn(f"PHA/USD 0.11 {NEW_YEAR}".encode(), self.host.reports[0])

    def test_a_price_is_signed_with_the_contract_the_pair_and_the_time(self) -> None:
        updated = self.ask("POST", "/update")
        key, signature = bytes.fromhex(updated["public_key"]), bytes.fromhex(updated["signature"])

        def holds(value: bytes) -> Any:
            def verified(request: Request) -> Response:
                parts = (env.context().contract, b"PHA/USD", value, NEW_YEAR.to_bytes(8, "little"))
                message = crypto.message("price-oracle/v1", *parts)
                return Response.json(crypto.verify(crypto.Scheme.ED25519, key, message, signature))

            return json.loads(self.host.call(verified, "GET", "/").body)

        self.assertTrue(holds(b"0.11"))
        self.assertFalse(holds(b"0.12"))

    def test_sources_that_fail_lie_or_answer_something_else_are_left_out(self) -> None:
        for bad in (Timeout(), "zero", "0", "-1", 7, http.Response(500, (), b"", None), b"not JSON", b"[]"):
            self.begin(SETTINGS)
            self.say("0.1", "0.2", bad)
            updated = self.ask("POST", "/update")
            self.assertEqual((updated["value"], updated["sources"]), ("0.15", 2), bad)

    def test_too_few_sources_make_no_price_and_nothing_is_remembered(self) -> None:
        self.ask("POST", "/update")
        self.host.now_ms += 1
        self.say(Timeout(), "0.3", Timeout())
        with self.assertRaisesRegex(Unavailable, "1 of 3 sources answered; 2 are needed"):
            self.ask("POST", "/update")
        self.assertEqual(self.values(), ["0.11"])

    def test_the_history_has_the_newest_first_and_no_more_than_is_asked_for(self) -> None:
        for at in ("1", "2", "3"):
            self.host.now_ms += 1
            self.say(at, at, at)
            self.ask("POST", "/update")
        self.assertEqual(self.values(), ["3", "2", "1"])
        self.assertEqual(self.values("?limit=2"), ["3", "2"])
        self.assertEqual(self.values("?limit=0"), ["3"])
        for limit in ("x", "-1", "%C2%B2"):
            with self.assertRaises(Invalid):
                self.values(f"?limit={limit}")

    def test_settings_that_are_missing_or_no_numbers_are_refused(self) -> None:
        without = [{name: text for name, text in SETTINGS.items() if name != left} for left in SETTINGS]
        for settings in (*without, {**SETTINGS, "quorum": "two"}):
            self.begin(settings)
            with self.assertRaises(Invalid):
                self.ask("POST", "/update")

    def test_the_same_price_is_signed_for_evm_chains(self) -> None:
        self.assertEqual(self.host.call(main.service, "GET", "/price/evm").status, 404)
        self.ask("POST", "/update")
        signed = self.ask("GET", "/price/evm")
        signature, signer = signed.pop("signature"), signed.pop("signer")
        contract = self.host.call(lambda request: Response(200, (), env.context().contract), "GET", "/").body
        salt = f"0x{contract.hex()}"
        expected = {"pair": "PHA/USD", "value": 110_000, "decimals": 6, "sources": 3, "timeMs": NEW_YEAR, "salt": salt}
        self.assertEqual(signed, expected)
        self.assertRegex(signature, "^0x[0-9a-f]{130}$")
        self.assertRegex(signer, "^0x[0-9a-fA-F]{40}$")

    def test_decimals_are_exact(self) -> None:
        for text, units in (("0.1", 100_000), ("12", 12_000_000), ("1.000001", 1_000_001), ("0", 0)):
            self.assertEqual((price.parse_decimal(text), price.format_decimal(units)), (units, text))
        for text in ("", ".1", "1.", "1.0000001", "1e3", " 1", "\u0661", "1\n"):
            with self.assertRaises(Invalid):
                price.parse_decimal(text)


if __name__ == "__main__":
    unittest.main()
