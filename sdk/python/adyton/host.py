"""The way to the host: the generated bindings, and whether a call is running.

Every module of the package that asks the host for something goes through here. What must hold: nothing is asked
while the component is built, because its answer would stand in the component and be the same in every call.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, Callable, Dict, Optional

from adyton import errors

#: The package that componentize-py generates, without its world's name.
_BINDINGS = "wit_world"


class _State:
    """What holds now; a component's instance lives for one call, a test's process for many."""

    building = False
    running = False
    call = 0
    context: Any = None
    begun: Optional[int] = None
    err: Any = None
    exports: Any = None
    #: Bindings that were asked for; none for those that the component's world does not have.
    interfaces: Dict[str, Optional[ModuleType]] = {}


def interface(name: str) -> ModuleType:
    """The bindings of an interface.

    Raises `errors.NotGranted` if the component's world does not have it: it has what the manifest grants.
    """
    found = optional(name)
    if found is None:
        raise errors.NotGranted(name)
    return found


def optional(name: str) -> Optional[ModuleType]:
    """The bindings of an interface, or none if the manifest does not grant it."""
    if name not in _State.interfaces:
        _State.interfaces[name] = _look_for(f"{_BINDINGS}.imports.{name}")
    return _State.interfaces[name]


def _look_for(module: str) -> Optional[ModuleType]:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            return None
        if error.name != _BINDINGS:
            raise
    # No component, so there are no bindings at all: a test, which gets those that adyton.testing serves.
    importlib.import_module("adyton.testing_bindings").install()
    return importlib.import_module(module)


def ask(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the host's function answers. An error that it answers is raised as one of `adyton.errors`."""
    if not _State.running:
        raise RuntimeError("the host answers only during a call, not while the component is built or imported")
    try:
        return function(*arguments)
    except err() as error:
        refused = errors.from_host(error.value)
    # Outside of the handler, so that the binding's own exception is not shown as the cause.
    raise refused


def err() -> Any:
    """The bindings' class of exceptions, which carries an error in both directions."""
    if _State.err is None:
        _State.err = importlib.import_module("componentize_py_types").Err
    return _State.err


def exports() -> Any:
    """The bindings of what the contract offers."""
    if _State.exports is None:
        _State.exports = _look_for(f"{_BINDINGS}.exports.service")
    return _State.exports


def prepare() -> None:
    """Imports, while there are files, all bindings that are asked for during a call."""
    err()
    exports()
    for name in ("types", "env", "log", "random"):
        optional(name)


def context() -> Any:
    """The bindings' record of the context. It is the same during the whole call, so it is asked for once."""
    if _State.context is None:
        _State.context = ask(interface("env").get)
    return _State.context


def u32(value: int, what: str) -> int:
    """The value, if the interface's 32 bits can carry it; `errors.Invalid` if not.

    A value that does not fit would end the call without a message.
    """
    if not isinstance(value, int) or not 0 <= value <= 0xFFFF_FFFF:
        raise errors.Invalid(f"{what} is no number from 0 to 4294967295")
    return value


def u64(value: int, what: str) -> int:
    """The value, if the interface's 64 bits can carry it; `errors.Invalid` if not, as for `u32`."""
    if not isinstance(value, int) or not 0 <= value <= 0xFFFF_FFFF_FFFF_FFFF:
        raise errors.Invalid(f"{what} is no number from 0 to 18446744073709551615")
    return value


def data(value: "bytes | bytearray | memoryview") -> bytes:
    """The value as bytes. `TypeError` for what is none; Python itself would make five zeros of the number 5."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"bytes are needed, and not {type(value).__name__}")


def text(value: str) -> str:
    """The text, with `?` for what is no Unicode character (lone surrogates): the interface cannot carry that."""
    return value.encode("utf-8", "replace").decode("utf-8")


def build() -> None:
    """From here on the component is being built: what only a call can have is refused outside of calls."""
    _State.building = True


def begin() -> None:
    """A call begins."""
    _State.running = True
    _State.call += 1
    _State.context = None
    _State.begun = None


def end() -> None:
    """The call ends."""
    _State.running = False
    _State.context = None
    _State.begun = None


def answer_begun(status: int) -> None:
    """Remembers that the call's answer was begun with this status, as `reply` does."""
    _State.begun = status


def begun_status() -> Optional[int]:
    """The status with which the call's answer was begun; none if it was not."""
    return _State.begun


def building() -> bool:
    """Whether this is a component, or becomes one, and no call is running."""
    return _State.building and not _State.running


def running() -> bool:
    """Whether a call is running."""
    return _State.running


def call() -> int:
    """The number of the call in this process, from 1."""
    return _State.call
