"""The answer's beginning, while the call still runs: for callers who want to see it grow. Needs the grant `reply`.

    from adyton import http, reply

    with http.open(http.Request("GET", "https://api.example.org/long")) as answer:
        return reply.stream(answer, answer.status)

Nothing is committed before the contract returns. A caller who asks for a stream sees what is begun and written as it
comes, marked as provisional, and the receipt last; who does not gets the whole answer at its end. If the contract
raises after `begin`, or a limit is reached, nothing is committed, and the caller is told that what it saw is void. So
it is where the call had to run again, because others changed what it had read. What nobody may see unless the call is
committed is therefore not for `write`: it belongs into what the contract returns.

The answer is what was begun, then what was written, then the content of what the contract returns, which `end` makes.
All together has at most `limits.response` bytes.
"""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence, Tuple, Union

from adyton import host
from adyton.errors import Invalid
from adyton.message import Response

_reply = host.interface("reply")
_types = host.interface("types")


def begin(status: int = 200, headers: Union[Mapping[str, str], Sequence[Tuple[str, str]]] = ()) -> None:
    """Begins the answer, once, with its status, 200 to 599, and at most 64 header fields. Fields that belong to the
    connection or begin with `adyton-` are refused. Costs 20000 fuel and 2 per byte of header fields.

    Raises `errors.Invalid` for a status or a header field that no answer may have, or if it was begun before;
    `errors.Denied` in `init` and `migrate`, which answer nothing.
    """
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise Invalid(f"an answer has a status from 200 to 599, and not {status!r}")
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    fields = [_types.Field(host.text(name), host.text(value)) for name, value in pairs]
    host.ask(_reply.begin, int(status), fields)
    host.answer_begun(int(status))


def write(content: bytes) -> None:
    """Goes on with the answer's content. Waits for a slow caller, 5 s for all of a call's parts; what is not taken by
    then comes with the answer's end. Costs 5000 fuel and 2 per byte.

    Raises `errors.Invalid` before `begin`; `errors.Limit` beyond `limits.response`, and then nothing of it is written.
    """
    host.ask(_reply.write, host.data(content))


def end(content: bytes = b"") -> Response:
    """What the contract returns where it has begun the answer: the rest of the content. Any other response ends the
    call with an error. `errors.Invalid` before `begin`."""
    status = host.begun_status()
    if status is None:
        raise Invalid("the answer was not begun")
    return Response(status, (), host.data(content))


def stream(
    parts: Iterable[bytes], status: int = 200, headers: Union[Mapping[str, str], Sequence[Tuple[str, str]]] = ()
) -> Response:
    """Begins the answer, writes each of the parts as it comes, and gives what the contract returns then. What making a
    part raises is raised. Raises and costs what `begin` and `write` do."""
    begin(status, headers)
    for part in parts:
        write(part)
    return end()
