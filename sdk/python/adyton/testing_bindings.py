"""The bindings as componentize-py generates them, with a host in memory behind them.

`adyton.testing` puts them in place. They have the records, cases and functions of the interfaces, and hand each call to
the object that `serve` was given; a test of this package holds them complete.
"""

from __future__ import annotations

import enum
import sys
from dataclasses import dataclass, make_dataclass
from types import ModuleType
from typing import Any, Callable, Dict, Sequence, Tuple

from adyton import testing_databases

#: The cases of `types.error`, and whether each has a text.
_ERRORS = (
    ("Denied", True),
    ("Limit", True),
    ("Timeout", False),
    ("Invalid", True),
    ("Conflict", False),
    ("NotFound", False),
    ("Unavailable", True),
    ("Other", True),
)
#: The cases of `env.principal`, and whether each has an identifier.
_PRINCIPALS = (("Anonymous", False), ("Account", True), ("Contract", True), ("System", False))
#: The cases of `kv.operation`, each with what it is about.
_OPERATIONS = (("Set", True), ("SetUntil", True), ("Swap", True), ("Delete", True))
#: The cases of `contracts.refusal`, and whether each has a text.
_REFUSALS = (
    ("Invalid", True),
    ("Limit", True),
    ("Elsewhere", False),
    ("Unavailable", True),
    ("Reentrant", False),
    ("TooDeep", False),
    ("Denied", True),
    ("Failed", True),
    ("Trapped", True),
    ("Exceeded", True),
)
#: The cases of `sql.value`, and whether each has a value.
_VALUES = (("Null", False), ("Integer", True), ("Real", True), ("Text", True), ("Blob", True))
#: The cases of `sql.failure`, each with a text.
_FAILURES = (("Invalid", True), ("Constraint", True), ("Denied", True), ("Limit", True))
#: The records of each interface, and their fields.
_RECORDS: Dict[str, Dict[str, Tuple[str, ...]]] = {
    "types": {"Field": ("name", "value")},
    "env": {
        "Lease": ("number", "incarnation"),
        "Context": ("network", "contract", "code", "lease", "request_id", "caller", "now_ms", "block"),
    },
    "kv": {
        "Entry": ("key", "value"),
        "Page": ("entries", "next"),
        "EndingEntry": ("key", "value", "ends_ms"),
        "Replacement": ("key", "expected", "value"),
    },
    "http": {
        "SecretField": ("name", "prefix", "secret"),
        "Request": ("method", "url", "headers", "secret_headers", "body", "timeout_ms"),
        "Response": ("status", "headers", "body", "tls_peer_sha256"),
        "StreamHead": ("handle", "status", "headers", "tls_peer_sha256"),
    },
    "chain": {"FinalizedBlock": ("number", "hash", "time_ms")},
    "schedule": {"Request": ("method", "path", "body"), "Entry": ("name", "due_ms", "cron")},
    "contracts": {"Request": ("method", "path", "headers", "body"), "Response": ("status", "headers", "body")},
    "sql": {
        "Statement": ("text", "parameters"),
        "Rows": ("columns", "rows"),
        "Done": ("changes", "last_rowid"),
    },
    "objects": {"Info": ("handle", "name", "content_type", "size", "at_ms")},
    "service": {"Request": ("method", "path", "headers", "body"), "Response": ("status", "headers", "body")},
}
#: The functions of each interface.
FUNCTIONS: Dict[str, Tuple[str, ...]] = {
    "types": (),
    "env": ("get", "settings", "gas_left"),
    "log": ("write",),
    "kv": ("get", "get_many", "set", "set_until", "swap", "delete", "write", "scan", "scan_back"),
    "http": ("send", "send_all", "open", "read", "close"),
    "secrets": ("get", "version"),
    "random": ("bytes", "seeded"),
    "crypto": ("public_key", "sign", "verify", "encryption_key", "decrypt", "derive"),
    "chain": ("block", "storage", "report"),
    "schedule": ("at", "cron", "cancel", "entries"),
    "contracts": ("call",),
    "sql": ("query", "execute", "batch"),
    "reply": ("begin", "write"),
    "objects": ("create", "append", "finish", "discard", "remove", "stat", "read", "finished", "unfinished"),
}
#: The enumerations, by interface.
_ENUMS = {
    "log": ("Level", ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")),
    "crypto": ("Scheme", ("ED25519", "SECP256K1", "P256", "SR25519")),
}


@dataclass
class Ok:
    """The success of a `result` inside of a list."""

    value: Any


@dataclass(frozen=True)
class Err(Exception):
    """The failure of a `result`; frozen, as the generated one is."""

    value: Any


class _Served:
    host: Any = None


def serve(host: Any) -> None:
    """From here on `host` answers: its method `kv_get` what is asked of `kv.get`, and so on."""
    _Served.host = host


def install() -> None:
    """Puts the modules in place. In a component, where the real ones are, it does nothing."""
    if "wit_world" in sys.modules:
        return
    sys.modules["componentize_py_types"] = _module("componentize_py_types", {"Ok": Ok, "Err": Err})
    imports = {name: _interface(f"wit_world.imports.{name}", name) for name in FUNCTIONS}
    for name, content in testing_databases.interfaces(Err, lambda: _Served.host).items():
        imports[name] = _module(f"wit_world.imports.{name}", content)
    service = _interface("wit_world.exports.service", "service")
    protocol = type("Service", (), {"__doc__": "What the contract offers."})
    _package("wit_world.imports", imports)
    exports = _package("wit_world.exports", {"service": service})
    exports.Service = protocol  # type: ignore[attr-defined]
    _package("wit_world", {"imports": sys.modules["wit_world.imports"], "exports": exports})


def _module(name: str, content: Dict[str, Any]) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module
    return module


def _package(name: str, content: Dict[str, Any]) -> ModuleType:
    module = _module(name, content)
    module.__path__ = []
    return module


def _interface(module: str, name: str) -> ModuleType:
    content: Dict[str, Any] = {}
    for record, fields in _RECORDS.get(name, {}).items():
        content[record] = make_dataclass(record, fields)
    for function in FUNCTIONS.get(name, ()):
        content[function] = _function(name, function)
    if name in _ENUMS:
        title, cases = _ENUMS[name]
        content[title] = enum.Enum(title, [(case, number) for number, case in enumerate(cases)])
    if name == "types":
        content.update(_cases("Error", _ERRORS))
    if name == "env":
        content.update(_cases("Principal", _PRINCIPALS))
    if name == "kv":
        content.update(_cases("Operation", _OPERATIONS))
    if name == "contracts":
        content.update(_cases("Refusal", _REFUSALS))
    if name == "sql":
        content.update(_cases("Value", _VALUES))
        content.update(_cases("Failure", _FAILURES))
    return _module(module, content)


def _cases(variant: str, cases: Sequence[Tuple[str, bool]]) -> Dict[str, Any]:
    """A class for each case of a variant."""
    names = [(f"{variant}_{case}", ("value",) if has_value else ()) for case, has_value in cases]
    return {name: make_dataclass(name, fields) for name, fields in names}


def _function(interface: str, name: str) -> Callable[..., Any]:
    def function(*arguments: Any) -> Any:
        return getattr(_Served.host, f"{interface}_{name}")(*arguments)

    function.__name__ = function.__qualname__ = name
    return function


def module(name: str) -> Any:
    """One of the modules, such as `types`."""
    return sys.modules.get(f"wit_world.imports.{name}") or sys.modules.get(f"wit_world.exports.{name}")
