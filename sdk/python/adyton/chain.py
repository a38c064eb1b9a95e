"""Reading the chain's state, and acting on the chain as the contract's own account. Needs the grant `chain`.

What is read is the state after the block that the call acts on, which stands in its receipt, and it is proven. Storage
keys and values have the chain's own form: a key begins with the 128-bit xxHash of the pallet's and of the item's name,
and a value is SCALE. `specs/storage.md` of Adyton's repository has the network's own. So the time of the block is

    NOW = bytes.fromhex("f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb")  # Timestamp.Now
    now_ms = int.from_bytes(chain.value(NOW) or b"", "little")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional

from adyton import host

_chain = host.interface("chain")

#: `System.remark_with_event`: the pallet's and the call's number.
_REMARK_WITH_EVENT = bytes([0, 7])


@dataclass(frozen=True)
class FinalizedBlock:
    """A finalized block."""

    number: int
    #: 32 bytes.
    hash: bytes
    #: Its time, in milliseconds since 1970-01-01 UTC.
    time_ms: int


def block() -> FinalizedBlock:
    """The finalized block that the call acts on. Costs 4000 fuel."""
    found = host.ask(_chain.block)
    return FinalizedBlock(found.number, bytes(found.hash), found.time_ms)


def storage(keys: Iterable[bytes]) -> List[Optional[bytes]]:
    """The values of at most 32 storage keys of 1 to 256 bytes, in their order; none where the chain has nothing. A
    value has at most 65536 bytes, and all together 262144. Costs 200000 fuel, 10 per byte of keys and values (too long
    ones as well), and 20000 per key.

    Raises `errors.Invalid` for too many keys or a malformed one, `errors.Limit` for values that are too long,
    `errors.Timeout` and `errors.Unavailable` if the worker's node is late or does not prove them.
    """
    values = host.ask(_chain.storage, [host.data(key) for key in keys])
    return [None if value is None else bytes(value) for value in values]


def value(key: bytes) -> Optional[bytes]:
    """The value of one storage key. Raises what `storage` raises."""
    return storage([key])[0]


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
