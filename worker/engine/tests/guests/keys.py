"""Uses the contract's keys and what it can repeat, each thing under a path of its own."""

from adyton import Request, Response, Router, crypto, random

service = Router()


@service.get("/sign/{scheme}")
def sign(request: Request, scheme: str) -> Response:
    kind, message = crypto.Scheme(scheme), b"\x09" * 32
    key, signature = crypto.public_key(kind, "a"), crypto.sign(kind, "a", message)
    return Response.json([len(key), len(signature), crypto.verify(kind, key, message, signature)])


@service.get("/encryption-key")
def encryption_key(request: Request) -> Response:
    return Response.json(list(crypto.encryption_key("bids")))


@service.post("/decrypt")
def decrypt(request: Request) -> Response:
    return Response.text(crypto.decrypt("bids", request.body, info=b"bid", associated_data=b"7").decode("utf-8"))


@service.get("/derive")
def derive(request: Request) -> Response:
    return Response.json(list(crypto.derive("a", b"context", 16)))


@service.get("/seeded")
def seeded(request: Request) -> Response:
    return Response.json(list(random.seeded(b"round 1", 16)))
