"""Why the host did not do what it was asked, or why the contract does not answer.

A contract raises one of these to refuse a call: nothing of the call is committed, and the caller sees the kind and,
where the kind has one, the text. What the host refuses is raised as the same classes.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "Conflict",
    "Denied",
    "Error",
    "Invalid",
    "Limit",
    "NotFound",
    "NotGranted",
    "Other",
    "Timeout",
    "Unavailable",
    "from_host",
    "to_host",
]

#: The longest text of an error that is sent, in characters; the rest is cut off.
MAX_TEXT = 2048


class Error(Exception):
    """Every error of the interface; raised itself, it is sent as `other`."""

    #: The name of the case in the generated bindings.
    variant = "Other"
    #: Whether the case carries a text.
    has_text = True

    def __init__(self, message: str = "") -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        """The text, which says what happened; empty where the case has none."""
        return str(self.args[0]) if self.args else ""


class Denied(Error):
    """Not allowed by the manifest or by the network's rules, or by the contract."""

    variant = "Denied"


class Limit(Error):
    """A limit of the manifest is reached; the text says which one."""

    variant = "Limit"


class Timeout(Error):
    """It took longer than the time allowed for it."""

    variant = "Timeout"
    has_text = False


class Invalid(Error):
    """An argument is malformed."""

    variant = "Invalid"


class Conflict(Error):
    """The value is not the expected one."""

    variant = "Conflict"
    has_text = False


class NotFound(Error):
    """There is nothing under this name."""

    variant = "NotFound"
    has_text = False


class Unavailable(Error):
    """The other side could not be reached, or broke its protocol."""

    variant = "Unavailable"


class Other(Error):
    """Anything else."""


class NotGranted(ImportError):
    """The program uses an interface that its manifest does not grant. It is raised where a module of this package is
    imported, so the component is not built."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'the program uses "{name}", which its manifest does not grant; add "{name}" to grants in adyton.toml',
            name=name,
        )


_CLASSES = (Denied, Limit, Timeout, Invalid, Conflict, NotFound, Unavailable, Other)
_BY_CASE = {f"Error_{one.variant}": one for one in _CLASSES}


def from_host(value: Any) -> Error:
    """The exception for an error of the bindings."""
    one = _BY_CASE.get(type(value).__name__)
    if one is None:
        return Other(f"an error of an unknown kind: {value!r}")
    return one(value.value) if one.has_text else one()


def to_host(error: Error) -> Any:
    """The bindings' error for an exception."""
    from adyton import host

    case = getattr(host.interface("types"), f"Error_{error.variant}")
    return case(host.text(error.message)[:MAX_TEXT]) if error.has_text else case()
