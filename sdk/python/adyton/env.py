"""Who and where the contract is, and who calls. Needs no grant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from adyton import host

_env = host.interface("env")


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as the worker has verified it."""

    #: `anonymous` (the call is not signed), `account`, `contract`, or `system` (the network itself).
    kind: str
    #: The account (32 bytes) that signed this very request, or the contract's identifier (32 bytes); otherwise empty.
    id: bytes = b""

    def __str__(self) -> str:
        return f"{self.kind} 0x{self.id.hex()}" if self.id else self.kind


@dataclass(frozen=True)
class Lease:
    """The lease under which the worker runs the contract."""

    #: Its number, from 1.
    number: int
    #: How often the contract's store had been opened when this worker opened it.
    incarnation: int


@dataclass(frozen=True)
class Context:
    """What is known about this call."""

    #: The network's identity, 32 bytes.
    network: bytes
    #: The contract's identifier, 32 bytes.
    contract: bytes
    #: SHA-256 of this component, 32 bytes.
    code: bytes
    #: The lease; none where the code is tried out without one.
    lease: Optional[Lease]
    #: The caller's name for this call, 16 bytes. A repetition of a call that wrote something or asked somebody outside,
    #: with the same one, gets the stored answer.
    request_id: bytes
    #: Who calls.
    caller: Caller
    #: Milliseconds since 1970-01-01 UTC by the chain's finalized time; the same during the whole call.
    now_ms: int
    #: Number of the finalized block that the worker acts on.
    block: int


def context() -> Context:
    """Everything known about this call. Costs 4000 fuel, once in a call."""
    found = host.context()
    lease = None if found.lease is None else Lease(found.lease.number, found.lease.incarnation)
    return Context(
        network=found.network,
        contract=found.contract,
        code=found.code,
        lease=lease,
        request_id=found.request_id,
        caller=_caller(found.caller),
        now_ms=found.now_ms,
        block=found.block,
    )


def caller() -> Caller:
    """Who calls, as far as the worker has verified it."""
    return _caller(host.context().caller)


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC, by the chain's finalized time. `time` and `datetime` give the same."""
    return host.context().now_ms


def setting(name: str) -> Optional[str]:
    """The value of a plain setting of the manifest, or none. Costs 4000 fuel and 1 per byte of all settings."""
    return next((field.value for field in host.ask(_env.settings) if field.name == name), None)


def gas_left() -> int:
    """Units of fuel that are left to this call. Costs 500 fuel."""
    return host.ask(_env.gas_left)


def _caller(principal: object) -> Caller:
    """The caller for the bindings' `Principal_Account` and so on."""
    kind = type(principal).__name__.rpartition("_")[2].lower()
    return Caller(kind, getattr(principal, "value", b""))
