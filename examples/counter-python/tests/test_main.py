"""The counter, on a host in memory."""

import unittest

from adyton.testing import Host

import main


class Counting(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host(grants=["kv", "log"])

    def call(self, method: str, path: str) -> bytes:
        return self.host.call(main.service, method, path).body

    def test_a_counter_that_was_never_incremented_is_at_zero(self) -> None:
        self.assertEqual(self.call("GET", "/count"), b"0")

    def test_each_increment_answers_with_the_new_count(self) -> None:
        self.assertEqual([self.call("POST", "/increment") for _ in range(3)], [b"1", b"2", b"3"])

    def test_the_count_is_what_was_incremented(self) -> None:
        self.call("POST", "/increment")
        self.assertEqual(self.call("GET", "/count"), b"1")
        self.assertEqual(self.call("GET", "/count?at=now"), b"1")

    def test_the_answer_is_json(self) -> None:
        answer = self.host.call(main.service, "GET", "/count")
        self.assertEqual((answer.status, answer.headers), (200, (("content-type", "application/json"),)))

    def test_another_path_or_method_is_not_found(self) -> None:
        for method, path in (("GET", "/"), ("GET", "/increment"), ("POST", "/count"), ("PUT", "/increment")):
            self.assertEqual(self.host.call(main.service, method, path).status, 404, (method, path))
        self.assertEqual(self.host.store, {})


if __name__ == "__main__":
    unittest.main()
