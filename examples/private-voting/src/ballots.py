"""Ballots: kept until the poll is counted, and never shown.

Beside each voter's ballot there is the number of ballots of each option, so that counting does not read them all.
"""

from __future__ import annotations

from typing import List, Tuple

from adyton import kv

from polls import Poll

#: How many ballots are forgotten in one call.
BATCH = 500


def cast(poll: Poll, voter: bytes, option: int) -> None:
    """Takes a ballot, in the place of the one that the voter may have cast before."""
    numbers = tally(poll)
    before = kv.get(_ballot(poll, voter))
    if before is not None:
        numbers[before[0]] -= 1
    numbers[option] += 1
    kv.set(_ballot(poll, voter), bytes([option]))
    kv.set_json(_tally(poll), numbers)


def tally(poll: Poll) -> List[int]:
    """The number of ballots of each option, in their order."""
    return kv.get_json(_tally(poll), [0] * len(poll.options))


def forget(poll: Poll) -> Tuple[int, bool]:
    """Removes up to 500 of the poll's ballots. How many, and whether there are more."""
    page = kv.scan(_ballot(poll, b""), limit=BATCH)
    for key, _ in page.entries:
        kv.delete(key)
    if page.next is None:
        kv.delete(_tally(poll))
    return len(page.entries), page.next is not None


def _ballot(poll: Poll, voter: bytes) -> bytes:
    return f"ballot/{poll.id}/".encode("ascii") + voter


def _tally(poll: Poll) -> bytes:
    return f"tally/{poll.id}".encode("ascii")
