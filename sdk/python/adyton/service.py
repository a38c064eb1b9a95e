"""Between the host's request and the contract's function: whatever the function raises becomes a typed error."""

from __future__ import annotations

import traceback
from types import ModuleType, TracebackType
from typing import Any, Callable, List, Optional, Tuple

from adyton import errors, host, output, prelude
from adyton.message import Request, Response

#: A contract: a function from a request to a response, such as a `Router`.
Program = Callable[[Request], Response]

#: What a contract does once, before its first call: `init` of its `main.py`.
Init = Callable[[], None]
#: What it does once after each later change of its code, with the version's number and the code's hash: `migrate`.
Migrate = Callable[[int, bytes], None]

#: The most header fields that the interface takes.
MAX_HEADERS = 64
#: How many of the innermost places a traceback shows.
TRACE_DEPTH = 20


def program_of(module: ModuleType) -> Program:
    """The contract that the module defines under the name `service`. `TypeError` if it defines none."""
    program = getattr(module, "service", None)
    if not callable(program):
        raise TypeError(f"{module.__name__}.py does not define 'service', a Router or a function that answers requests")
    return program


def lifecycle_of(module: ModuleType) -> Optional[Tuple[Init, Migrate]]:
    """The functions `init` and `migrate` that the module defines; none if it has neither. `TypeError` if it has only
    one: it would not be said what the other does."""
    both = [getattr(module, name, None) for name in ("init", "migrate")]
    if not any(map(callable, both)):
        return None
    if not all(map(callable, both)):
        raise TypeError(f"{module.__name__}.py defines one of the functions init and migrate; it has to define both")
    return both[0], both[1]


def answer(program: Program, request: Any) -> Any:
    """Answers the host's request (the bindings' record) with the bindings' record.

    Raises the bindings' exception with a typed error if the program raised one; anything else that it raised becomes
    the error `other` with its text, and its traceback goes to the log.
    """
    return _carry_out(lambda: _to_host(program(_from_host(request))))


def make_ready(work: Callable[..., None], *given: Any) -> None:
    """Has the contract's own `init` or `migrate` run. Raises as `answer` does."""

    def run() -> None:
        returned = work(*given)
        # A coroutine, for one, which nobody would run.
        if returned is not None:
            raise TypeError(f"{work.__name__} returned {type(returned).__name__} where nothing belongs")

    _carry_out(run)


def _carry_out(work: Callable[[], Any]) -> Any:
    host.begin()
    try:
        try:
            return work()
        except errors.Error as error:
            refused = error
        except BaseException as bug:
            refused = _failure(bug)
        raise host.err()(errors.to_host(refused))
    finally:
        prelude.finish()
        host.end()


def _from_host(request: Any) -> Request:
    headers = tuple((field.name, field.value) for field in request.headers)
    return Request(request.method, request.path, headers, request.body)


def _to_host(response: Any) -> Any:
    """The bindings' record. What it cannot carry is refused here, where it can be said."""
    if not isinstance(response, Response):
        raise TypeError(f"the contract returned {type(response).__name__} where a Response belongs")
    if not isinstance(response.status, int) or not 200 <= response.status <= 599:
        raise ValueError(f"a response has a status from 200 to 599, and not {response.status!r}")
    if not isinstance(response.body, (bytes, bytearray, memoryview)):
        raise TypeError(f"the content of a response is bytes, and not {type(response.body).__name__}")
    begun = host.begun_status()
    if begun is not None and (response.status != begun or len(response.headers) > 0):
        raise ValueError("the answer was begun: what the contract returns then is made by reply.end")
    exports = host.exports()
    return exports.Response(int(response.status), _fields(response), bytes(response.body))


def _fields(response: Response) -> List[Any]:
    pairs = list(response.headers)
    if len(pairs) > MAX_HEADERS:
        raise ValueError(f"a response has at most {MAX_HEADERS} header fields, and not {len(pairs)}")
    field = host.interface("types").Field
    for name, value in pairs:
        if not isinstance(name, str) or not isinstance(value, str) or host.text(name + value) != name + value:
            raise TypeError(f"a header field is two texts, and not {name!r} and {value!r}")
    return [field(name, value) for name, value in pairs]


def _failure(bug: BaseException) -> errors.Error:
    """The error for what the program did not mean to raise, after its traceback was written to the log."""
    try:
        text = "".join(traceback.format_exception_only(type(bug), bug)).strip()
    except Exception:
        text = type(bug).__name__
    try:
        places = _innermost(bug.__traceback__)
        output.write("error", "".join(traceback.format_exception(type(bug), bug, places, -TRACE_DEPTH)))
    except Exception:
        # Out of memory, most likely. The caller still gets the text.
        pass
    return errors.Other(text)


def _innermost(places: Optional[TracebackType]) -> Optional[TracebackType]:
    """The last places of a traceback. Python's own limit visits all of them at length, which in a deep recursion costs
    more fuel than a call may have."""
    last = places
    for _ in range(TRACE_DEPTH):
        last = None if last is None else last.tb_next
    while last is not None and places is not None:
        places, last = places.tb_next, last.tb_next
    return places
