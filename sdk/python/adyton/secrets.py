"""Secrets that the contract's owner sealed to the contract with `adyton secret set`. Needs the grant `secrets`."""

from __future__ import annotations

from typing import Optional

from adyton import host
from adyton.errors import Invalid

_secrets = host.interface("secrets")


def get(name: str) -> bytes:
    """The secret called `name`. Costs 5000 fuel and 2 per byte of name and value.

    Raises `errors.NotFound` if the owner has set none, `errors.Invalid` for a name that is empty or longer than 64
    bytes.
    """
    return host.ask(_secrets.get, host.text(name))


def version(name: str) -> Optional[int]:
    """The version of the secret called `name`, which `get` gives; none if the owner has set none, or removed it. It
    grows each time that the owner sets the secret, also after a removal, and never goes back. Costs 5000 fuel
    and 2 per byte of the name.

    Raises `errors.Invalid` for a name that is empty or longer than 64 bytes.
    """
    return host.ask(_secrets.version, host.text(name))


def text(name: str) -> str:
    """The secret called `name` as text. `errors.Invalid` if it is no UTF-8, and what `get` raises."""
    try:
        return get(name).decode("utf-8")
    except UnicodeDecodeError:
        # Not the decoder's own text: it would show a byte of the secret.
        raise Invalid(f"the secret {name} is not text") from None
