"""Log lines for the contract's owner, who reads them with `adyton logs`. Needs the grant `log`.

With the grant, `print`, `warnings` and Python's `logging` write there too, and so does this package when the contract
raises what it did not mean to: the text with its traceback. A call's lines are kept whether or not it succeeds; they
have at most `limits.log` bytes.
"""

from __future__ import annotations

from adyton import host, output

host.interface("log")


def debug(message: str) -> None:
    """Writes a line that only helps to find errors. Each line costs 2500 fuel and 15 per byte."""
    output.write("debug", message)


def info(message: str) -> None:
    """Writes a line."""
    output.write("info", message)


def warn(message: str) -> None:
    """Writes a line about something that should not be so."""
    output.write("warn", message)


def error(message: str) -> None:
    """Writes a line about a failure."""
    output.write("error", message)
