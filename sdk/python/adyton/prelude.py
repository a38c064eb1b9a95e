"""Makes Python itself behave inside a contract. Installed before the contract's own modules are imported.

Where the system would answer, it is the host that answers (`clock`, `chance`, `output`), or an exception that says what
to do instead (`files`). Nothing of it holds between calls in a process that is no component, so that a contract's tests
run as any others do.
"""

from __future__ import annotations

# Modules that Python itself first imports when they are needed, which is too late in a call.
import _strptime  # type: ignore[import-not-found]
import encodings.idna  # noqa: F401
import encodings.latin_1  # noqa: F401
import encodings.utf_16  # noqa: F401
import encodings.utf_32  # noqa: F401
import encodings.utf_8_sig  # noqa: F401
import linecache
import logging
import sys
import traceback
from typing import Any, List

from adyton import chance, clock, files, host, output

_installed = False


def install() -> None:
    """Puts everything in place; a second time does nothing."""
    global _installed
    if _installed:
        return
    _installed = True
    _warm()
    clock.install()
    chance.install()
    files.install()
    _install_output()


def _warm() -> None:
    """Does once, while the component is built, what Python does when it is first needed, and what costs fuel then."""
    _strptime._strptime("2026", "%Y")
    try:
        raise ValueError
    except ValueError:
        traceback.format_exc()


def _install_output() -> None:
    if host.building():
        # Reading it would end the call without a message; now Python says that it is lost.
        sys.stdin = None
    sys.stdout = output.Lines("info", sys.stdout)
    sys.stderr = output.Lines("warn", sys.stderr)
    read = linecache.updatecache

    def no_sources(filename: str, module_globals: Any = None) -> List[str]:
        """The lines of a source file, for tracebacks; none during a call, when there are no files."""
        return [] if host.running() else read(filename, module_globals)

    linecache.updatecache = no_sources
    root = logging.getLogger()
    root.addHandler(output.Handler())
    if host.building():
        root.setLevel(logging.INFO)


def finish() -> None:
    """At the end of a call: what was printed without an end of line is written."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, output.Lines):
            stream.finish()
