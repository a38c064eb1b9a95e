"""What a contract does not have: files, sockets, processes, and modules that are not there yet.

A component has no system below it: what Python asks it for ends the call without a message. So each such question is
answered with an exception that says what to do instead.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from typing import Any

from adyton import host

#: Functions of `os` that Python's audit events do not cover.
_UNAUDITED = ("access", "lstat", "readlink", "stat", "statvfs")
#: Beginnings of the audit events (PEP 578) of what a contract does not have, and what is said about them.
_REFUSED = (
    ("open", "a contract has no files; what has to last goes into adyton.kv"),
    ("os.", "a contract has no files and no processes; what has to last goes into adyton.kv"),
    ("shutil.", "a contract has no files; what has to last goes into adyton.kv"),
    ("socket.", "a contract has no sockets; adyton.http sends requests"),
    ("subprocess.", "a contract cannot start programs"),
)
#: Events that begin so, but touch this process alone.
_ALLOWED = ("os.putenv", "os.unsetenv")


class LateImports:
    """Refuses modules that are first imported during a call, with a text that names them.

    It stands behind the finders of modules that are part of the interpreter: those need no files.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Nothing, so that the next finder is asked; during a call, `ImportError`."""
        if host.running():
            raise ImportError(
                f"the module '{name}' is first imported during a call, when there are no files any more; "
                "import it at the top of main.py",
                name=name,
            )


def install() -> None:
    """Puts the refusals in place. They hold during calls only."""
    finders = sys.meta_path
    finders.insert(finders.index(PathFinder) if PathFinder in finders else len(finders), LateImports)
    sys.addaudithook(_audit)
    for name in _UNAUDITED:
        if hasattr(os, name):
            setattr(os, name, _refusing(getattr(os, name)))


def _audit(event: str, _arguments: Any) -> None:
    if not host.running() or event in _ALLOWED:
        return
    for beginning, reason in _REFUSED:
        if event == beginning or (beginning.endswith(".") and event.startswith(beginning)):
            raise PermissionError(reason)


def _refusing(function: Any) -> Any:
    def refusing(*arguments: Any, **named: Any) -> Any:
        if host.running():
            raise PermissionError(_REFUSED[0][1])
        return function(*arguments, **named)

    refusing.__name__ = refusing.__qualname__ = function.__name__
    refusing.__doc__ = function.__doc__
    return refusing
