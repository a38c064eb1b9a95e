"""Calls of other contracts on the same worker. Needs the grant `contracts`, and the contract to be named in the
manifest's `contracts`.

    from adyton import contracts

    try:
        price = contracts.call(oracle, "/price", fuel_limit=10_000_000).json()
    except contracts.Elsewhere:
        price = None

The other contract commits what it writes before the response comes, and keeps it whatever becomes of this call. It sees
this contract as its caller. What must happen once needs a key in the request by which it refuses a second one. A chain
of calls has at most 4 contracts, none of them twice; each call counts as one of `limits.egress_requests`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Type, Union

from adyton import host
from adyton.errors import Denied, Error, Invalid, Limit, Other, Unavailable
from adyton.message import Headers, first, from_json

_contracts = host.interface("contracts")
_types = host.interface("types")


class Elsewhere(Unavailable):
    """The same worker does not run the contract, as far as the chain says."""


class Reentrant(Denied):
    """The contract waits in this chain of calls itself."""


class TooDeep(Limit):
    """The chain has 4 contracts already."""


class Failed(Other):
    """The contract returned an error of its own."""


class Trapped(Other):
    """The contract's code failed."""


class Exceeded(Limit):
    """The contract used up its fuel, or another limit of its manifest."""


_REFUSALS: Dict[str, Type[Error]] = {
    "Refusal_Invalid": Invalid,
    "Refusal_Limit": Limit,
    "Refusal_Elsewhere": Elsewhere,
    "Refusal_Unavailable": Unavailable,
    "Refusal_Reentrant": Reentrant,
    "Refusal_TooDeep": TooDeep,
    "Refusal_Denied": Denied,
    "Refusal_Failed": Failed,
    "Refusal_Trapped": Trapped,
    "Refusal_Exceeded": Exceeded,
}


@dataclass(frozen=True)
class Response:
    """The other contract's response."""

    #: The status code.
    status: int
    #: Header fields; names are in lower case.
    headers: Headers
    #: The content.
    body: bytes

    def header(self, name: str) -> Optional[str]:
        """The first value of a header field, or none; `name` is in lower case."""
        return first(self.headers, name)

    def json(self) -> Any:
        """The content, read as JSON. `errors.Invalid` if it is none."""
        return from_json(self.body)


def call(
    contract: bytes,
    path: str,
    body: bytes = b"",
    method: str = "GET",
    headers: Union[Mapping[str, str], Sequence[Tuple[str, str]]] = (),
    fuel_limit: Optional[int] = None,
) -> Response:
    """Calls the contract with this identifier, 32 bytes, and waits for its response, of whatever status. It may use at
    most `fuel_limit` units of fuel; none: what is left. Costs 600000 fuel and 4 per byte of request and response, and
    the fuel that the other contract used.

    Raises the errors of this module; `errors.Invalid` for a malformed request, `errors.Limit` beyond
    `limits.egress_requests` or `limits.egress_bytes`, `errors.Denied` if the manifest does not name the contract or
    that one answers only accounts, and `errors.Unavailable` if it cannot be called now, which whoever called may bring
    about on purpose.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    request = _contracts.Request(
        method=host.text(method),
        path=host.text(path),
        headers=[_types.Field(host.text(name), host.text(value)) for name, value in pairs],
        body=host.data(body),
    )
    fuel = None if fuel_limit is None else host.u64(fuel_limit, "fuel_limit")

    def asked() -> Any:
        try:
            return _contracts.call(host.data(contract), request, fuel)
        except host.err() as error:
            return _refused(error.value)

    answer = host.ask(asked)
    if isinstance(answer, Error):
        raise answer
    fields = tuple((field.name, field.value) for field in answer.headers)
    return Response(answer.status, fields, answer.body)


def _refused(refusal: Any) -> Error:
    """The exception for a refusal of the bindings."""
    kind = _REFUSALS.get(type(refusal).__name__, Other)
    return kind(getattr(refusal, "value", "the contract was not called"))
