"""What a poll is, who may vote in it and until when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional

from adyton import Denied, Invalid, NotFound, env, kv, random

#: The most options, voters and characters of a text.
MAX_OPTIONS = 16
MAX_VOTERS = 1000
MAX_TEXT = 500
#: Fewer ballots than this are never counted: a result over two would tell each voter how the other one voted.
LEAST_BALLOTS = 3

_ACCOUNT = 32


@dataclass(frozen=True)
class Poll:
    """A poll, as its organiser announced it. It does not change afterwards."""

    #: Sixteen random bytes, in hexadecimal.
    id: str
    #: The account that announced it, in hexadecimal.
    organiser: str
    question: str
    options: List[str]
    #: How many accounts may vote.
    voters: int
    #: How many ballots there have to be for a result.
    quorum: int
    #: From then on no ballot is taken: milliseconds since 1970, by the chain's time.
    closes_ms: int

    def is_open(self) -> bool:
        """Whether ballots are taken now."""
        return env.now_ms() < self.closes_ms

    def public(self) -> Dict[str, Any]:
        """What everyone may know, at any time: not how many have voted yet."""
        return {**asdict(self), "open": self.is_open()}


def announce(wanted: Any) -> Poll:
    """Makes the poll that the body of a request describes, and stores it. `Invalid` if it describes none."""
    organiser = _signer().hex()
    if not isinstance(wanted, dict) or set(wanted) - {"question", "options", "voters", "quorum", "closes_ms"}:
        raise Invalid("a poll has question, options, voters, closes_ms and perhaps quorum")
    voters = _accounts(wanted.get("voters"))
    poll = Poll(
        id=random.bytes(16).hex(),
        organiser=organiser,
        question=_text(wanted.get("question"), "the question"),
        options=_options(wanted.get("options")),
        voters=len(voters),
        quorum=_number(wanted.get("quorum", LEAST_BALLOTS), LEAST_BALLOTS, len(voters), "the quorum"),
        closes_ms=_number(wanted.get("closes_ms"), env.now_ms() + 1, 1 << 53, "the end"),
    )
    kv.set_json(_key("poll", poll.id), asdict(poll))
    kv.set(_key("voters", poll.id), b"".join(voters))
    return poll


def find(id: str) -> Poll:
    """The poll. `NotFound` if there is none."""
    stored = kv.get_json(_key("poll", id)) if _is_hex(id, 16) else None
    if stored is None:
        raise NotFound()
    return Poll(**stored)


def voter(poll: Poll) -> bytes:
    """The account that calls, if it may vote in the poll; `Denied` if not."""
    account = _signer()
    listed = kv.get(_key("voters", poll.id)) or b""
    if not any(listed[at : at + _ACCOUNT] == account for at in range(0, len(listed), _ACCOUNT)):
        raise Denied("this account has no vote in this poll")
    return account


def _signer() -> bytes:
    """The account that signed the call; `Denied` if none did."""
    caller = env.caller()
    if caller.kind != "account":
        raise Denied("sign the call: who may do this is told by the account")
    return caller.id


def _key(kind: str, id: str) -> bytes:
    return f"{kind}/{id}".encode("ascii")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT:
        raise Invalid(f"{what} is a text of 1 to {MAX_TEXT} characters")
    return value


def _options(value: Any) -> List[str]:
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_OPTIONS:
        raise Invalid(f"there are 2 to {MAX_OPTIONS} options")
    options = [_text(option, "an option") for option in value]
    if len(set(options)) != len(options):
        raise Invalid("two options are the same")
    return options


def _accounts(value: Any) -> List[bytes]:
    if not isinstance(value, list) or not LEAST_BALLOTS <= len(value) <= MAX_VOTERS:
        raise Invalid(f"there are {LEAST_BALLOTS} to {MAX_VOTERS} voters")
    if not all(isinstance(account, str) and _is_hex(account, _ACCOUNT) for account in value):
        raise Invalid("a voter is an account: 32 bytes in hexadecimal, without 0x")
    accounts = sorted({bytes.fromhex(account) for account in value})
    if len(accounts) != len(value):
        raise Invalid("two voters are the same")
    return accounts


def _number(value: Any, least: int, most: int, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid(f"{what} is a number from {least} to {most}")
    return value


def _is_hex(text: str, size: int) -> bool:
    return len(text) == 2 * size and all(digit in "0123456789abcdef" for digit in text)


def option_of(poll: Poll, wanted: Any) -> int:
    """The number of the option that the body of a request chooses; `Invalid` if it is none."""
    chosen: Optional[Any] = wanted.get("option") if isinstance(wanted, dict) and len(wanted) == 1 else None
    if not isinstance(chosen, str) or chosen not in poll.options:
        raise Invalid("a ballot is an object with 'option': one of the poll's options")
    return poll.options.index(chosen)
