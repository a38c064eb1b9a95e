"""Acting on the chain as the contract's own account. Needs the grant `chain`."""

from __future__ import annotations

from adyton import host

_chain = host.interface("chain")

#: `System.remark_with_event`: the pallet's and the call's number.
_REMARK_WITH_EVENT = bytes([0, 7])


def report(call: bytes) -> None:
    """Reports a SCALE-encoded runtime call of 1 to 4096 bytes; one per call of the contract. Costs 500000 fuel and 20
    per byte. It takes effect after the answer, if there is one; whether the dispatch succeeded is not known here.

    Raises `errors.Limit` for a second report, `errors.Invalid` for an empty or longer one.
    """
    host.ask(_chain.report, host.data(call))


def remark(data: bytes) -> None:
    """Reports a remark: `data` appears on the chain in an event, under the contract's account."""
    report(_REMARK_WITH_EVENT + _compact(len(data)) + host.data(data))


def _compact(value: int) -> bytes:
    """SCALE's compact encoding of a length below 2^30, which is more than a report can have."""
    if value < 1 << 6:
        return (value << 2).to_bytes(1, "little")
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    return (value << 2 | 2).to_bytes(4, "little")
