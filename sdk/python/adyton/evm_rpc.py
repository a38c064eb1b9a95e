"""JSON-RPC to several endpoints of an EVM chain at once, of which enough have to say the same. Needs the grant `http`.

    from adyton import evm
    from adyton.evm_reads import Endpoints

    endpoints = Endpoints(["https://one.example", "https://two.example", "https://three.example"], 2)
    block = endpoints.finalized()
    (balance,) = evm.abi.decode("uint256", endpoints.call(block, token, evm.abi.call("balanceOf(address)", [owner])))

`adyton.evm_reads` has the questions; here is how they are asked, and when there is an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Generic, List, Optional, Sequence, TypeVar, Union

from adyton import http
from adyton.errors import Denied, Error, Invalid, Limit, NotFound, Timeout, Unavailable
from adyton.evm_transaction import SignedTransaction
from adyton.evm_values import from_quantity, hash_text, to_hex
from adyton.message import from_json, to_json

#: The most requests that are sent at once, so the most endpoints.
_MAX_ENDPOINTS = 16
#: The longest text of one endpoint in an error, in characters.
_MAX_TEXT = 160
#: The number of each request; an HTTP request carries one alone.
_ID = 1
#: What endpoints call a transaction that they have already. An error's message begins behind `: `, and an `unknown
#: transaction` is another one.
_KNOWN = ("already known", "already_known", ": known transaction", "already imported")
#: The worker's own text may name the URL, and with it a key.
_REASONS = (
    (Denied, "the manifest or the network does not allow it"),
    (Limit, "a limit of the manifest is reached"),
    (Timeout, "it did not answer in time"),
    (Unavailable, "it could not be reached"),
    (Invalid, "its URL or the request is malformed"),
    (NotFound, "its secret is not set"),
)

T = TypeVar("T")


@dataclass(frozen=True)
class Endpoint:
    """A JSON-RPC endpoint. The manifest has to allow its host."""

    url: str
    #: A header field that the worker fills, as many providers want for their keys.
    secret_header: Optional[http.SecretHeader] = None

    @property
    def host(self) -> str:
        """The host, in lower case and without the dot of the root, with a port that is not its scheme's own; the rest
        of the URL may hold a key."""
        found = re.match(r"([a-zA-Z]+)://([^/?#]*)", self.url)
        scheme, host = found.groups() if found else ("", "")
        own = ":80" if scheme.lower() == "http" else ":443"
        host = host.lower()
        host = (host[: -len(own)] if host.endswith(own) else host).replace(".:", ":")
        return host[:-1] if host.endswith(".") else host


@dataclass(frozen=True)
class Said:
    """What one endpoint said, at most 160 characters of its own words."""

    endpoint: str
    #: The answer's beginning, or none.
    answer: Optional[str]
    #: Why there is none.
    reason: Optional[str]

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.answer}" if self.reason is None else f"{self.endpoint} failed: {self.reason}"


class Disagreement(Unavailable):
    """Fewer endpoints than needed said the same."""

    def __init__(self, method: str, needed: int, said: Sequence[Said]) -> None:
        #: The method that was asked, how many had to say the same, and what each one said.
        self.method, self.needed, self.said = method, needed, list(said)
        super().__init__("; ".join([f"fewer than {needed} endpoints agree on {method}", *map(str, said)]))


class Refused(Unavailable):
    """No endpoint took the transaction, which may be on the chain nevertheless: its receipt says."""

    def __init__(self, transaction: str, said: Sequence[Said]) -> None:
        #: The transaction's hash, and what each one said.
        self.transaction, self.said = transaction, list(said)
        super().__init__("; ".join([f"no endpoint took the transaction {transaction}", *map(str, said)]))


@dataclass(frozen=True)
class Sent:
    """A transaction that at least one endpoint has. It is on the chain when its receipt is."""

    transaction: str
    said: List[Said]


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What one endpoint said, decoded, or the reason why there is nothing."""

    endpoint: str
    value: Optional[T]
    reason: Optional[str]


class Asking:
    """Asks endpoints, and takes what enough of them say."""

    def __init__(
        self,
        endpoints: Sequence[Union[str, Endpoint]],
        needed: int,
        *,
        max_answer: int = 1 << 18,
        timeout_ms: Optional[int] = None,
    ) -> None:
        self._all = [Endpoint(one) if isinstance(one, str) else one for one in endpoints]
        count = len(self._all)
        if not (isinstance(needed, int) and count <= _MAX_ENDPOINTS and needed <= count < needed * 2):
            raise Invalid(
                f"{needed} of {count} endpoints: there are 1 to {_MAX_ENDPOINTS}, and needed is a majority of them"
            )
        hosts = {one.host for one in self._all}
        if len(hosts) != count or "" in hosts:
            raise Invalid("each endpoint has an http or https URL with a host of its own")
        self._needed, self._max_answer, self._timeout_ms = needed, max_answer, timeout_ms

    def chain_id(self) -> int:
        """The chain's number (EIP-155): whether these are endpoints of the chain that is meant."""
        return self._ask("eth_chainId", [], from_quantity)

    def send(self, transaction: SignedTransaction) -> Sent:
        """Sends a transaction to all of them; sent again it is the same one. Raises `Refused` if none took it, which
        does not say that it is not on the chain: `nonce too low` is what endpoints say of one that is."""
        expected = transaction.hash
        said = []
        for one in self._each("eth_sendRawTransaction", [to_hex(transaction.bytes)], hash_text):
            known = one.reason is not None and any(word in one.reason.lower() for word in _KNOWN)
            taken = one.value == expected or known
            wrong = one.reason or "it answered with the hash of another transaction"
            said.append(Said(one.endpoint, expected if taken else None, None if taken else wrong))
        if all(one.answer is None for one in said):
            raise Refused(expected, said)
        return Sent(expected, said)

    def _ask(self, method: str, params: List[Any], read: Callable[[Any], T]) -> T:
        """What enough of them answer, decoded by `read`: two spellings of a number are no disagreement."""
        return self._agreed(method, self._each(method, params, read))

    def _agreed(self, method: str, answers: List[Answer[T]]) -> T:
        """What enough of these answers say."""
        for one in answers:
            same = [other for other in answers if other.reason is None and other.value == one.value]
            if one.reason is None and len(same) >= self._needed:
                return one.value  # type: ignore[return-value]
        raise self._disagreement(method, answers)

    def _each(self, method: str, params: List[Any], read: Callable[[Any], T]) -> List[Answer[T]]:
        """What each of them answers, decoded by `read`."""
        body = to_json({"jsonrpc": "2.0", "id": _ID, "method": method, "params": params})
        requests = [
            http.Request(
                "POST",
                one.url,
                {"content-type": "application/json"},
                [] if one.secret_header is None else [one.secret_header],
                body,
                self._timeout_ms,
            )
            for one in self._all
        ]
        return [self._answer(one, sent, read) for one, sent in zip(self._all, http.send_all(requests))]

    def _answer(self, one: Endpoint, sent: Union[http.Response, Error], read: Callable[[Any], T]) -> Answer[T]:
        try:
            return Answer(one.host, read(_result(sent, self._max_answer)), None)
        except Error as error:
            return Answer(one.host, None, _cut(error.message))
        except (TypeError, ValueError, LookupError, AttributeError):
            # What an endpoint says may have any form.
            return Answer(one.host, None, "a malformed answer")

    def _disagreement(self, method: str, answers: Sequence[Answer[Any]]) -> Disagreement:
        said = [
            Said(one.endpoint, _cut(repr(one.value)) if one.reason is None else None, one.reason) for one in answers
        ]
        return Disagreement(method, self._needed, said)


def _result(sent: Union[http.Response, Error], max_answer: int) -> Any:
    """The result that an answer of JSON-RPC 2.0 holds."""
    if isinstance(sent, Error):
        raise Invalid(next((text for kind, text in _REASONS if isinstance(sent, kind)), "the request failed"))
    if len(sent.body) > max_answer:
        raise Invalid(f"an answer of more than {max_answer} bytes")
    try:
        value = from_json(sent.body)
    except Invalid:
        raise Invalid(f"status {sent.status} and no JSON") from None
    fields = value if isinstance(value, dict) else {}
    # Some endpoints send errors of JSON-RPC with another status.
    if fields.get("error") is not None:
        error = fields["error"] if isinstance(fields["error"], dict) else {}
        raise Invalid(f"error {error.get('code', 0)}: {error.get('message', 'no message')}")
    if "result" not in fields or fields.get("id") != _ID or sent.status != 200:
        raise Invalid(f"status {sent.status} and no answer of JSON-RPC")
    return fields["result"]


def _cut(text: str) -> str:
    """The text's beginning, in one line."""
    return "".join(char if char.isprintable() else " " for char in text[:_MAX_TEXT])
