"""The contract's large objects."""

import unittest
from typing import Any, Iterator

from adyton.testing import Host
from adyton.testing_objects import Object, Objects, Refused
from test_interfaces import during

from adyton import Denied, Invalid, Limit, NotFound, Other, objects


def begun(name: str, *parts: bytes) -> int:
    """An object with these parts, not finished."""
    handle = objects.create(name)
    for part in parts:
        objects.append(handle, part)
    return handle


class Large(unittest.TestCase):
    def setUp(self) -> None:
        self.host = Host(now_ms=1000)

    def during(self, ask: Any) -> Any:
        return during(ask, self.host)

    def refused(self, error: Any, ask: Any, text: str = "") -> None:
        with self.assertRaisesRegex(error, text):
            self.during(ask)

    def test_an_object_is_there_under_its_name_once_it_is_finished_and_as_a_whole(self) -> None:
        def begin() -> Any:
            handle = objects.create("a", "text/plain")
            sizes = [objects.append(handle, part) for part in (b"one ", b"", bytearray(b"two"))]
            return handle, sizes, objects.stat("a")

        handle, sizes, known = self.during(begin)
        self.assertEqual((sizes, known), ([4, 4, 7], None))
        self.assertLess(handle, 1 << 53)
        self.refused(NotFound, lambda: objects.read("a", 0, 1))
        self.host.now_ms = 2000
        self.assertEqual(self.during(lambda: objects.append(handle, b" three")), 13)
        self.assertEqual(self.during(lambda: [one.handle for one in objects.unfinished()]), [handle])
        self.during(lambda: objects.finish(handle))
        self.assertEqual(self.during(lambda: objects.stat("a")), objects.Info(handle, "a", "text/plain", 13, 2000))
        found = self.during(lambda: [objects.read("a", *where) for where in ((0, 100), (2, 4), (13, 1))])
        self.assertEqual(found, [b"one two three", b"e tw", b""])
        self.assertEqual(self.during(objects.unfinished), [])

    def test_another_object_of_a_name_takes_the_place_of_the_first(self) -> None:
        self.host.objects.put("a", b"first", "text/html")
        self.assertEqual(self.during(lambda: objects.read("a", 0, 100)), b"first")
        self.during(lambda: objects.write("a", b"second"))
        self.assertEqual(self.host.objects.finished["a"].content, b"second")
        self.assertIsNone(self.during(lambda: objects.stat("a")).content_type)
        self.during(lambda: (objects.remove("a"), objects.remove("a")))
        self.assertEqual(self.host.objects.finished, {})

    def test_an_object_that_is_finished_discarded_or_nowhere_is_not_added_to(self) -> None:
        one, two = self.during(lambda: (begun("a", b"x"), begun("a", b"x")))
        self.assertNotEqual(one, two)
        self.during(lambda: (objects.finish(one), objects.discard(two), objects.discard(two), objects.discard(one)))
        for handle in (one, two, 7):
            self.refused(NotFound, lambda: objects.append(handle, b"x"))
            self.refused(NotFound, lambda: objects.finish(handle))
        for handle in (-1, 1 << 64, 1.5, None):
            self.refused(Invalid, lambda: objects.finish(handle))
        self.assertEqual((list(self.host.objects.finished), self.host.objects.unfinished), (["a"], {}))

    def test_a_call_that_raises_leaves_neither_objects_nor_beginnings_of_them(self) -> None:
        def failing() -> None:
            objects.write("lost", b"content")
            begun("begun", b"x")
            raise Denied("on purpose")

        self.refused(Denied, failing)
        self.assertEqual((self.host.objects.finished, self.host.objects.unfinished), ({}, {}))

    def test_names_and_content_types_that_no_object_has_are_invalid(self) -> None:
        for name in ("", "n" * 513, "é" * 257, "a\n", "\x80", "\ud800"):
            for ask in (
                lambda: objects.create(name),
                lambda: objects.stat(name),
                lambda: objects.read(name, 0, 1),
                lambda: objects.remove(name),
            ):
                self.refused(Invalid, ask, "a name")
        for kind in ("", "x" * 256, "a\n", "é"):
            self.refused(Invalid, lambda: objects.create("a", kind), "a content type")
        self.during(lambda: objects.write("é" * 256, b"x", "x" * 255))

    def test_what_is_read_has_its_bounds(self) -> None:
        self.host.objects.put("a", b"content")
        for offset, length in ((8, 1), (0, (1 << 20) + 1), (0, -1), (-1, 1), (0.5, 1)):
            self.refused(Invalid, lambda: objects.read("a", offset, length))
        self.assertEqual(self.during(lambda: objects.read("a", 0, 1 << 20)), b"content")

    def test_what_is_no_bytes_is_a_bug(self) -> None:
        self.refused(Other, lambda: objects.append(objects.create("a"), "text"), "bytes are needed")

    def test_finished_objects_are_listed_by_the_bytes_of_their_names_page_by_page(self) -> None:
        for name in ("n/\uffff", "n/a", "n/😀", "m", "n/"):
            self.host.objects.put(name, b"x")

        def names(*given: Any) -> Any:
            return self.during(lambda: [one.name for one in objects.finished(*given)])

        self.assertEqual(names("n/"), ["n/", "n/a", "n/\uffff", "n/😀"])
        self.assertEqual((names("", None, 2), names("", "n/", 2)), (["m", "n/"], ["n/a", "n/\uffff"]))
        for number in range(1100):
            self.host.objects.put(f"n/b{number}", b"")
        self.assertEqual(self.during(lambda: len(list(objects.items("n/")))), 1104)
        for wrong in (("", None, 0), ("", None, 1001), ("n" * 513,), ("", "n" * 513)):
            self.refused(Invalid, lambda: objects.finished(*wrong))

    def test_unfinished_objects_are_listed_by_their_handles_page_by_page(self) -> None:
        handles = sorted(self.during(lambda: [objects.create(name) for name in "abc"]))

        def listed(*given: Any) -> Any:
            return self.during(lambda: [one.handle for one in objects.unfinished(*given)])

        self.assertEqual(listed(), handles)
        self.assertEqual((listed(None, 2), listed(handles[1])), (handles[:2], handles[2:]))
        for limit in (0, 1001):
            self.refused(Invalid, lambda: objects.unfinished(None, limit))

    def test_a_content_is_written_and_read_in_parts_and_one_that_fails_is_discarded(self) -> None:
        def broken() -> Iterator[bytes]:
            yield b"one"
            raise KeyError("no more")

        def ask() -> Any:
            objects.write("whole", b"x" * 600_000, "text/plain")
            objects.write("exact", bytearray(objects.PART))
            objects.write("empty", b"")
            objects.write("parts", (b"one ", b"two"))
            with self.assertRaisesRegex(KeyError, "no more"):
                objects.write("broken", broken())
            sizes = [[len(part) for part in objects.parts(name)] for name in ("whole", "exact", "empty")]
            return sizes, b"".join(objects.parts("parts")), objects.stat("broken"), objects.unfinished()

        sizes = [[262_144, 262_144, 75_712], [262_144], []]
        self.assertEqual(self.during(ask), (sizes, b"one two", None, []))

    def test_a_call_changes_256_unfinished_objects_and_256_names_and_no_more(self) -> None:
        self.assertEqual(len(self.during(lambda: [objects.discard(objects.create("n")) for _ in range(256)])), 256)
        self.refused(Limit, lambda: [objects.create("n") for _ in range(257)], "a call changes at most 256")
        for number in range(300):
            self.host.objects.put(f"n{number}", b"x")
        self.refused(Limit, lambda: [objects.remove(f"n{number}") for number in range(257)], "at most 256")
        self.during(lambda: [objects.remove(f"n{number}") for number in range(256)])
        self.assertEqual(len(self.host.objects.finished), 44)

    def test_an_object_has_at_most_1_gib_and_a_call_removes_at_most_8192_parts(self) -> None:
        # What has a size and no content: nobody needs gibibytes to see that they are counted.
        where = Objects(lambda length: bytes(length))
        where.unfinished = {number: Object(number, "n", None, 1 << 30, 0) for number in range(3)}
        where.begin(0)
        self.assertEqual(where.append(0, b""), 1 << 30)
        with self.assertRaises(Refused) as caught:
            where.append(0, b"x")
        self.assertEqual(caught.exception.args[0], "Limit")
        where.discard(0)
        where.discard(1)
        with self.assertRaises(Refused) as caught:
            where.discard(2)
        self.assertEqual(caught.exception.args, ("Limit", "a call removes at most 8192 parts of objects"))

    def test_without_the_grant_it_is_denied(self) -> None:
        for ask in (
            lambda: objects.create("a"),
            lambda: objects.append(1, b"x"),
            lambda: objects.finish(1),
            lambda: objects.discard(1),
            lambda: objects.remove("a"),
            lambda: objects.stat("a"),
            lambda: objects.read("a", 0, 1),
            objects.finished,
            objects.unfinished,
        ):
            with self.assertRaisesRegex(Denied, 'add "objects" to grants'):
                during(ask, Host(grants=["kv"]))


if __name__ == "__main__":
    unittest.main()
