"""A contract that does what goes wrong in a component without the prelude; one path each."""

import asyncio
import datetime
import json
import logging
import os
import random
import secrets
import socket
import sys
import threading
import time
import traceback
import uuid
import warnings

from adyton import Denied, Limit, Request, Response, Router, env, kv

service = Router()
#: Made while the component is built.
GENERATOR = random.Random()
SEEDED = random.Random(42)
SYSTEM = random.SystemRandom()
ERRORS = {}
for name, ask in {
    "random": random.random,
    "time": time.time,
    "urandom": lambda: os.urandom(1),
    "kv": lambda: kv.get(b"a"),
}.items():
    try:
        ask()
    except RuntimeError as error:
        ERRORS[name] = str(error)


def path(function):
    """The function's result, as JSON, under its name."""
    service.get("/" + function.__name__.replace("_", "-"))(lambda request: Response.json(function(request)))
    return function


@path
def built(_):
    return ERRORS


@path
def shared_generator(_):
    return [random.random(), random.randrange(1 << 60), random.choice(range(1 << 30))]


@path
def own_generator(_):
    return [GENERATOR.random(), random.Random().random()]


@path
def seeded_generator(_):
    first = SEEDED.random()
    random.seed(7)
    return [first, random.random(), random.Random("a").random()]


@path
def seed_without_argument(_):
    random.seed(7)
    random.seed()
    return random.random()


@path
def gauss(_):
    return random.gauss(0.0, 1.0)


@path
def system_generator(_):
    return [SYSTEM.random(), random.SystemRandom().random(), secrets.token_hex(8), secrets.randbelow(1 << 60)]


@path
def urandom(_):
    return [os.urandom(8).hex(), len(os.urandom(100_000)), os.urandom(0).hex()]


@path
def uuids(_):
    return [str(uuid.uuid4()), str(uuid.uuid1())]


@path
def clocks(_):
    local = time.localtime()
    return [
        env.now_ms(),
        time.time(),
        time.time_ns(),
        time.monotonic(),
        time.perf_counter_ns(),
        time.gmtime().tm_year,
        [local.tm_year, local.tm_hour],
        time.strftime("%Y-%m-%d"),
        time.ctime(),
    ]


@path
def dates(_):
    now = datetime.datetime.now()
    berlin = datetime.timezone(datetime.timedelta(hours=1))
    return [
        now.isoformat(),
        datetime.datetime.now(datetime.timezone.utc).isoformat(),
        datetime.datetime.now(berlin).isoformat(),
        datetime.date.today().isoformat(),
        datetime.datetime.strptime("2026-01-02", "%Y-%m-%d").isoformat(),
        isinstance(now, datetime.datetime) and isinstance(now.date(), datetime.date) and isinstance(now, datetime.date),
    ]


@path
def late_import(_):
    import colorsys

    return colorsys.__name__


@path
def late_import_caught(_):
    try:
        import fractions
    except ImportError as error:
        return [error.name, str(error)]
    return fractions.__name__


@path
def late_import_of_the_interpreter(_):
    import cmath

    return cmath.sqrt(-1).imag


@path
def bug(_):
    return deep()


def deep():
    return {}["there is nothing"]


@path
def chained(_):
    try:
        deep()
    except KeyError as error:
        raise ValueError("the second") from error


@path
def recursion(_):
    return recursion(_)


@path
def nested_json(request):
    depth = int(request.query["depth"])
    return len(json.dumps(json.loads("[" * depth + "]" * depth)))


@path
def nested_request(request):
    text = b"[" * 100_000 + b"]" * 100_000
    return Request("POST", "/", (), text).json()


@path
def memory(_):
    return len(bytearray(1 << 30))


@path
def leave(_):
    sys.exit("leaving")


@path
def denied(_):
    kv.set(b"left", b"over")
    raise Denied("not yours \ud800")


class Full(Limit):
    """A kind of the contract's own."""


@path
def own_error(_):
    raise Full("no room")


@path
def host_error(_):
    kv.get(b"")


@path
def prints(_):
    print("one\ntwo", end="")
    print("wrong", file=sys.stderr)
    sys.stdout.write("\ud800 rest")
    sys.stdout.flush()
    return 1


@path
def logs(_):
    logging.getLogger("orders").info("sold %d", 3)
    logging.warning("careful")
    logging.debug("not shown")
    try:
        deep()
    except KeyError:
        logging.exception("it failed")
    warnings.warn("old", DeprecationWarning)
    warnings.warn("odd")
    return traceback.format_exc()


def refused(ask):
    """Puts what asking raises under its name."""

    def refusal(_):
        try:
            return str(ask())
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    refusal.__name__ = ask.__name__
    path(refusal)
    return ask


@refused
def open_file():
    return open("/etc/passwd")


@refused
def stat_file():
    return os.stat("/")


@refused
def list_files():
    return os.listdir("/")


@refused
def file_exists():
    return os.path.exists("/")


@refused
def connect():
    return socket.create_connection(("192.0.2.1", 80))


@refused
def resolve():
    return socket.gethostbyname("example.org")


@refused
def run_program():
    return os.system("true")


@refused
def sleep():
    time.sleep(1)


@refused
def read_input():
    return input()


@refused
def run_thread():
    threading.Thread(target=print).start()


@refused
def run_loop():
    return asyncio.run(coroutine())


@refused
def process_number():
    return os.getpid()


async def coroutine():
    await asyncio.sleep(1)


@service.get("/wrong-status")
def wrong_status(_):
    return Response(70_000)


@service.get("/wrong-body")
def wrong_body(_):
    return Response(200, (), "text")


@service.get("/wrong-header")
def wrong_header(_):
    return Response.text("a").with_header("x", "\ud800")


@service.get("/wrong-type")
async def wrong_type(_):
    return Response.text("a")


@service.get("/echo/{name}")
def echo(request: Request, name: str) -> Response:
    return Response.json([name, request.query, request.header("x-a")])
