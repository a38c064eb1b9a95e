"""A counter that remembers: `GET /count` and `POST /increment`."""

from adyton import Request, Response, Router, kv

COUNT = b"count"

service = Router()


@service.get("/count")
def count(request: Request) -> Response:
    return Response.json(stored())


@service.post("/increment")
def increment(request: Request) -> Response:
    # Read and write are one transaction: the call's writes are committed together, or not at all.
    following = stored() + 1
    kv.set_json(COUNT, following)
    return Response.json(following)


def stored() -> int:
    return kv.get_json(COUNT, 0)
