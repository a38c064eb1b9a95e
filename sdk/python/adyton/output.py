"""What a contract prints and logs, as lines of the host's log.

Without the grant `log` the lines go nowhere: a contract that only might print need not be granted it.
"""

from __future__ import annotations

import io
import logging
from typing import Any, List, Optional, TextIO

from adyton import host

#: The longest line that is sent, in characters; the rest is cut off. The host counts all lines of a call together.
MAX_LINE = 16384


def write(level: str, message: str) -> None:
    """Writes a line. `level` is `trace`, `debug`, `info`, `warn` or `error`."""
    log = host.optional("log")
    if log is not None:
        host.ask(log.write, getattr(log.Level, level.upper()), host.text(message)[:MAX_LINE])


class Handler(logging.Handler):
    """Hands the records of Python's `logging` to the host."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record, between calls to where `logging` writes without a handler. One that cannot be formatted
        is reported as `logging` does."""
        if not host.running():
            if logging.lastResort is not None:
                logging.lastResort.handle(record)
            return
        try:
            write(_level(record.levelno), self.format(record))
        except Exception:
            self.handleError(record)


def _level(number: int) -> str:
    for least, level in ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info")):
        if number >= least:
            return level
    return "debug" if number >= logging.DEBUG else "trace"


class Lines(io.TextIOBase):
    """A text stream whose lines go to the host's log during a call, and to `outside` otherwise."""

    encoding = "utf-8"

    def __init__(self, level: str, outside: Optional[TextIO]) -> None:
        super().__init__()
        self._level = level
        self._outside = outside
        self._begun: List[str] = []

    def writable(self) -> bool:
        """It can be written."""
        return True

    def write(self, text: str) -> int:
        """Writes text; a line is sent when it ends."""
        if not host.running():
            return self._outside.write(text) if self._outside is not None else len(text)
        *whole, rest = text.split("\n")
        for line in whole:
            write(self._level, "".join(self._begun) + line)
            self._begun.clear()
        if rest:
            self._begun.append(rest)
        return len(text)

    def flush(self) -> None:
        """Nothing during a call: a line that was not ended is sent by `finish`."""
        if not host.running() and self._outside is not None:
            self._outside.flush()

    def finish(self) -> None:
        """Sends what stands in a line that was not ended."""
        if self._begun:
            line = "".join(self._begun)
            self._begun.clear()
            write(self._level, line)

    def __getattr__(self, name: str) -> Any:
        # Between calls it is the stream that stood here before, for those who ask it for more. In a component there is
        # no more: what is written below the text would be lost.
        if host.running() or host.building():
            raise AttributeError(f"the output of a contract has no '{name}'")
        return getattr(self._outside, name)
