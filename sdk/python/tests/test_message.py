"""Requests, responses and JSON."""

import unittest

from adyton import Invalid, Request, Response
from adyton.message import from_json, to_json


class Reading(unittest.TestCase):
    def test_route_and_query_are_told_apart(self) -> None:
        request = Request("GET", "/a%20b?x=1+2&x=3&y=&z=%41")
        self.assertEqual((request.route, request.query), ("/a%20b", {"x": "3", "y": "", "z": "A"}))
        self.assertEqual(Request("GET", "/").query, {})

    def test_the_first_value_of_a_header_field_is_given(self) -> None:
        request = Request("GET", "/", (("a", "1"), ("b", "2"), ("a", "3")))
        self.assertEqual((request.header("a"), request.header("c")), ("1", None))

    def test_a_delivery_and_a_message_of_the_chain_are_told_by_their_fields(self) -> None:
        delivery = Request("POST", "/hook", (("adyton-webhook", "/hook"),))
        self.assertEqual((delivery.webhook, delivery.chain_message), ("/hook", None))
        message = Request("POST", "/.adyton/message", (("adyton-message", "7"),))
        self.assertEqual((message.webhook, message.chain_message, message.watch), (None, 7, None))
        change = Request("PUT", "/.adyton/watch", (("adyton-watch", "paid"), ("adyton-watch-block", "7")), b"\1")
        self.assertEqual((change.webhook, change.chain_message, change.watch), (None, None, "paid"))

    def test_json_is_read(self) -> None:
        self.assertEqual(Request("POST", "/", (), b'{"a": [1, 2.5, "\xc3\xa9"]}').json(), {"a": [1, 2.5, "é"]})

    def test_what_is_no_json_is_invalid(self) -> None:
        for body in (b"", b"{", b"nul", b"[1,]", b"\xff", b"NaN", b"[Infinity]", '["a"]'.encode("utf-16"), b"9" * 5000):
            with self.assertRaises(Invalid, msg=body):
                Request("POST", "/", (), body).json()

    def test_json_that_is_nested_too_deep_is_invalid(self) -> None:
        for begin, end in ((b"[", b"]"), (b'{"a":', b"}")):
            from_json(begin * 100 + b"1" + end * 100)
            for depth, ending in ((101, end), (100_000, end), (100_000, b"")):
                with self.assertRaises(Invalid):
                    from_json(begin * depth + b"1" + ending * depth)

    def test_flat_json_may_have_many_brackets(self) -> None:
        self.assertEqual(len(from_json(b"[" + b",".join([b'{"a[[":["]]"]}'] * 500) + b"]")), 500)

    def test_brackets_in_texts_are_not_counted(self) -> None:
        text = "[" * 300 + '\\"' + "{" * 300
        self.assertEqual(from_json(to_json([text])), [text])


class Answering(unittest.TestCase):
    def test_json_has_no_spaces_and_is_utf8(self) -> None:
        response = Response.json({"a": [1, "é"]})
        self.assertEqual(response.body, '{"a":[1,"é"]}'.encode())
        self.assertEqual(response.headers, (("content-type", "application/json"),))

    def test_what_json_cannot_say_is_refused(self) -> None:
        for value in (float("nan"), float("inf"), b"bytes", {1, 2}, "\ud800"):
            with self.assertRaises((ValueError, TypeError)):
                Response.json(value)

    def test_status_and_header_fields_are_added_to_a_copy(self) -> None:
        plain = Response.text("a")
        changed = plain.with_status(201).with_header("x-a", "b")
        self.assertEqual((plain.status, len(plain.headers)), (200, 1))
        self.assertEqual((changed.status, changed.headers[1]), (201, ("x-a", "b")))


if __name__ == "__main__":
    unittest.main()
