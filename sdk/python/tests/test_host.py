"""What may be asked of the host, and when; and that the bindings of tests are those of the interfaces."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

from adyton.testing import GRANTS, Host
from adyton import testing_bindings as bindings

from adyton import Invalid, Other, errors, host, kv, log, random

PACKAGE = Path(__file__).resolve().parent.parent
INTERFACES = PACKAGE.parent.parent / "wit"


def run(program: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program in a Python of its own."""
    return subprocess.run([sys.executable, "-B", "-c", program], cwd=PACKAGE, capture_output=True, text=True)


def without(*names: str) -> str:
    """The beginning of a program that has the bindings of a world without these interfaces."""
    removed = "".join(f"del sys.modules['wit_world.imports.{name}']\n" for name in names)
    return f"import sys\nfrom adyton import testing_bindings\ntesting_bindings.install()\n{removed}"


class Asking(unittest.TestCase):
    def test_outside_of_a_call_nothing_is_asked(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "only during a call"):
            kv.get(b"a")
        with self.assertRaisesRegex(RuntimeError, "only during a call"):
            log.info("a")

    def test_an_error_of_an_unknown_kind_is_other(self) -> None:
        self.assertIsInstance(errors.from_host(object()), Other)

    def test_a_number_that_the_interface_cannot_carry_is_invalid(self) -> None:
        for value in (-1, 1 << 32, 1.5, None):
            for ask in (lambda: random.bytes(value), lambda: kv.scan(b"", limit=value)):
                with self.assertRaises(Invalid):
                    Host().call(lambda request: ask(), "GET", "/")

    def test_the_context_is_asked_for_once_in_a_call(self) -> None:
        where, asked = Host(), []
        original = where.env_get
        where.env_get = lambda: asked.append(1) or original()

        def program(request):
            first = host.context()
            self.assertIs(first, host.context())
            raise Other()

        for calls in (1, 2):
            with self.assertRaises(Other):
                where.call(program, "GET", "/")
            self.assertEqual(len(asked), calls)


class Granting(unittest.TestCase):
    def test_a_module_without_its_grant_cannot_be_imported(self) -> None:
        for name in GRANTS:
            done = run(f"{without(name)}import adyton.{name}")
            self.assertNotEqual(done.returncode, 0, name)
            wanted = (
                f'the program uses "{name}", which its manifest does not grant; add "{name}" to grants in adyton.toml'
            )
            self.assertTrue(done.stderr.strip().endswith(wanted), done.stderr)

    def test_what_needs_no_grant_needs_none(self) -> None:
        done = run(f"{without(*GRANTS)}import adyton, adyton.env, adyton.prelude, adyton.service")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_test_may_import_the_package_in_any_order(self) -> None:
        call = "Host().call(lambda request: kv.get(b''), 'GET', '/')"
        done = run(f"from adyton import kv\nfrom adyton.testing import Host\n{call}")
        self.assertTrue(done.stderr.strip().startswith("Traceback"), done.stderr)
        self.assertIn("adyton.errors.Invalid", done.stderr)

    def test_without_a_host_nothing_answers(self) -> None:
        self.assertIn("only during a call", run("from adyton import kv\nkv.get(b'a')").stderr)


class Bindings(unittest.TestCase):
    """Of `wit/`, which is not beside the package in a project of its own."""

    def setUp(self) -> None:
        if not INTERFACES.is_dir():
            self.skipTest("there is no wit/ beside the package")

    def test_every_function_is_there(self) -> None:
        for name, functions in bindings.FUNCTIONS.items():
            text = (INTERFACES / f"{name}.wit").read_text(encoding="utf-8")
            there = re.findall(r"^    ([a-z][a-z-]*): func", text, re.MULTILINE)
            self.assertEqual(sorted(functions), sorted(map(snake, there)), name)

    def test_every_record_has_its_fields(self) -> None:
        for name in [*bindings.FUNCTIONS, "service"]:
            text = (INTERFACES / f"{name}.wit").read_text(encoding="utf-8")
            for record, body in re.findall(r"^    record ([a-z-]+) \{(.*?)^    \}", text, re.MULTILINE | re.DOTALL):
                fields = re.findall(r"^        ([a-z][a-z0-9-]*):", body, re.MULTILINE)
                made = getattr(bindings.module(name), camel(record))
                self.assertEqual(list(made.__dataclass_fields__), list(map(snake, fields)), record)

    def test_every_case_is_there(self) -> None:
        kinds = [("types", "error"), ("env", "principal"), ("kv", "operation"), ("contracts", "refusal")]
        for interface, kind in [*kinds, ("sql", "value"), ("sql", "failure")]:
            text = (INTERFACES / f"{interface}.wit").read_text(encoding="utf-8")
            body = re.search(rf"^    variant {kind} \{{(.*?)^    \}}", text, re.MULTILINE | re.DOTALL)
            assert body is not None
            for case, value in re.findall(r"^        ([a-z-]+)(\(.*\))?,", body.group(1), re.MULTILINE):
                made = getattr(bindings.module(interface), f"{kind.capitalize()}_{camel(case)}")
                self.assertEqual(bool(made.__dataclass_fields__), bool(value), case)

    def test_every_interface_that_can_be_granted_is_there(self) -> None:
        text = (INTERFACES / "world.wit").read_text(encoding="utf-8")
        self.assertEqual(sorted([*GRANTS, "env"]), sorted(re.findall(r"^    import ([a-z-]+);", text, re.MULTILINE)))

    def test_the_enumerations_of_the_package_are_those_of_the_interfaces(self) -> None:
        from adyton.crypto import Scheme

        for interface, kind, names in (("crypto", "Scheme", [one.name for one in Scheme]), ("log", "Level", None)):
            text = (INTERFACES / f"{interface}.wit").read_text(encoding="utf-8")
            body = re.search(rf"^    enum {kind.lower()} \{{(.*?)\}}", text, re.MULTILINE | re.DOTALL)
            assert body is not None
            plain = re.sub(r"///.*", "", body.group(1))
            cases = [case.strip().upper() for case in plain.split(",") if case.strip()]
            self.assertEqual([one.name for one in getattr(bindings.module(interface), kind)], cases)
            self.assertEqual(names or cases, cases)


def snake(name: str) -> str:
    return name.replace("-", "_")


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


if __name__ == "__main__":
    unittest.main()
