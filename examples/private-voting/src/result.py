"""The result of a poll: counted once, signed, and reported to the chain."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, Optional

from adyton import Conflict, chain, crypto, env, kv
from adyton.message import to_json

import ballots
from polls import Poll

#: What a signature is over.
CONTEXT = "private-voting/v1"
#: The name of the key that signs results.
KEY = "result"


def count(poll: Poll) -> Dict[str, Any]:
    """Counts the poll, stores the signed result, and reports its digest. `Conflict` while ballots are taken."""
    if poll.is_open():
        raise Conflict()
    signed = stored(poll)
    if signed is None:
        signed = _sign(_result(poll))
        kv.set_json(_key(poll), signed)
        chain.remark(
            f"{CONTEXT} {poll.id} ".encode("ascii") + hashlib.sha256(bytes.fromhex(signed["message"])).digest()
        )
    return signed


def stored(poll: Poll) -> Optional[Dict[str, Any]]:
    """The signed result, if the poll is counted."""
    return kv.get_json(_key(poll))


def _result(poll: Poll) -> Dict[str, Any]:
    numbers = ballots.tally(poll)
    reached = sum(numbers) >= poll.quorum
    return {
        "poll": poll.id,
        "question": poll.question,
        "quorum_reached": reached,
        # Below the quorum nothing is said about the ballots, not even how many there are.
        "votes": dict(zip(poll.options, numbers)) if reached else None,
        "counted_ms": env.now_ms(),
    }


def _sign(result: Dict[str, Any]) -> Dict[str, Any]:
    """The result with the contract's Ed25519 signature over `message`, which has the contract's identifier and the
    result as JSON in it."""
    message = crypto.message(CONTEXT, env.context().contract, to_json(result))
    return {
        "result": result,
        "message": message.hex(),
        "public_key": crypto.public_key(crypto.Scheme.ED25519, KEY).hex(),
        "signature": crypto.sign(crypto.Scheme.ED25519, KEY, message).hex(),
    }


def _key(poll: Poll) -> bytes:
    return f"result/{poll.id}".encode("ascii")
