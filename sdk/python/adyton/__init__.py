"""Write Phat Contracts in Python: programs that answer HTTP requests inside a machine that its operator cannot look
into.

The package stands between a contract's own code and the interfaces of `phat:contract`, which document every limit,
error and cost. What must always hold: a contract that does not import a module of this package needs no grant for it.
It refuses what the component could not do anyway, with a text instead of a trap: files, sockets, modules that are
imported during a call, randomness and time while the component is built.

    from adyton import Request, Response, Router, kv

    service = Router()

    @service.post("/increment")
    def increment(request: Request) -> Response:
        count = kv.get_json(b"count", 0) + 1
        kv.set_json(b"count", count)
        return Response.json(count)

`main.py` defines `service`: a `Router`, or any function from a request to a response. It may define `init` and `migrate`
beside it, for what the contract does once before its first call, and after each later change of its code.
"""

from adyton.errors import Conflict, Denied, Error, Invalid, Limit, NotFound, Other, Timeout, Unavailable
from adyton.message import Request, Response
from adyton.router import Router

__all__ = [
    "Conflict",
    "Denied",
    "Error",
    "Invalid",
    "Limit",
    "NotFound",
    "Other",
    "Request",
    "Response",
    "Router",
    "Timeout",
    "Unavailable",
]
