"""Does what programs in Python expect to be able to do, each thing under a path of its own."""

import datetime
import importlib
import os
import random
import time

from adyton import Request, Response, Router

service = Router()


@service.get("/bytes")
def some_bytes(request: Request) -> Response:
    return Response.json(list(os.urandom(4)))


@service.get("/random")
def number(request: Request) -> Response:
    return Response.json(random.random())


@service.get("/now")
def now(request: Request) -> Response:
    today = datetime.datetime.now(datetime.timezone.utc)
    return Response.json([time.time_ns() // 1_000_000, round(today.timestamp() * 1000)])


@service.get("/throw")
def throw(request: Request) -> Response:
    return deep()


def deep() -> Response:
    raise TypeError("a bug in the contract")


@service.get("/nothing")
def nothing(request: Request) -> None:
    return None


@service.get("/late")
def late(request: Request) -> Response:
    return Response.json(importlib.import_module("colorsys").__name__)


@service.get("/file")
def file(request: Request) -> Response:
    with open("/etc/hostname") as opened:
        return Response.json(opened.read())


@service.get("/log")
def log(request: Request) -> Response:
    print("seen", {"by": "its owner"})
    return Response.json(None)
