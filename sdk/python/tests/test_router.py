"""Which function answers which request."""

import unittest

from adyton import Invalid, Request, Response, Router


def answers(text: str):
    return lambda request, **parts: Response.text(text + "".join(f" {name}={parts[name]}" for name in sorted(parts)))


class Routing(unittest.TestCase):
    def setUp(self) -> None:
        self.router = Router()
        self.router.get("/a/new")(answers("new"))
        self.router.get("/a/{name}")(answers("one"))
        self.router.get("/a/{name}/b/{other}")(answers("two"))
        self.router.put("/a/{key}")(answers("put"))
        self.router.delete("/a/{key}")(answers("delete"))

    def ask(self, method: str, path: str) -> str:
        return self.router(Request(method, path)).body.decode()

    def test_the_plain_path_goes_before_the_pattern(self) -> None:
        self.assertEqual(self.ask("GET", "/a/new"), "new")
        self.assertEqual(self.ask("GET", "/a/newer"), "one name=newer")

    def test_parts_are_handed_over_decoded(self) -> None:
        self.assertEqual(self.ask("GET", "/a/x%2Fy/b/%C3%A9?q=1"), "two name=x/y other=é")

    def test_methods_are_told_apart(self) -> None:
        self.assertEqual((self.ask("PUT", "/a/1"), self.ask("DELETE", "/a/1")), ("put key=1", "delete key=1"))

    def test_everything_else_is_not_found(self) -> None:
        for method, path in (
            ("POST", "/a/1"),
            ("GET", "/a"),
            ("GET", "/a/"),
            ("GET", "/a/1/"),
            ("GET", "/"),
            ("GET", "/b/1"),
        ):
            self.assertEqual(self.router(Request(method, path)).status, 404, (method, path))

    def test_a_part_that_is_not_utf8_is_invalid(self) -> None:
        with self.assertRaises(Invalid):
            self.ask("GET", "/a/%ff")

    def test_a_malformed_pattern_is_refused(self) -> None:
        for pattern in ("a", "/a?b", "/{a}/{a}", "/{request}", "/{1}", "/{}"):
            with self.assertRaises(ValueError, msg=pattern):
                self.router.get(pattern)

    def test_a_second_function_for_the_same_requests_is_refused(self) -> None:
        for pattern in ("/a/new", "/a/{other}"):
            with self.assertRaises(ValueError, msg=pattern):
                self.router.get(pattern)


if __name__ == "__main__":
    unittest.main()
