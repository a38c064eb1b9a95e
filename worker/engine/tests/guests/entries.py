"""Several entries at once, entries that end, the versions of secrets, the schedule, the chain's state, and the database,
each thing under a path of its own."""

from adyton import Conflict, Request, Response, Router, chain, env, kv, schedule, secrets, sql

service = Router()


@service.get("/write")
def write(request: Request) -> Response:
    end = env.now_ms() + 60_000
    kv.set_until(b"a", b"1", end)
    kv.write(
        [
            kv.Set(b"b", b"2"),
            kv.Set(b"c", b"3", end),
            kv.Swap(b"b", b"2", b"4"),
            kv.Swap(b"d", None, b"5"),
            kv.Delete(b"none"),
        ]
    )
    return Response.json(end)


@service.get("/conflict")
def conflict(request: Request) -> Response:
    try:
        kv.write([kv.Set(b"e", b"x"), kv.Swap(b"b", b"other", b"x")])
    except Conflict:
        return Response.json(["conflict", kv.get(b"e")])
    return Response.json(None)


@service.get("/read")
def read(request: Request) -> Response:
    page = kv.scan_back(b"", limit=2)
    return Response.json(
        {
            "many": [value and value.decode() for value in kv.get_many([b"a", b"none", b"b"])],
            "back": [key.decode() for key, _ in page.entries],
            "next": page.next and page.next.decode(),
            "all": len(list(kv.items(descending=True))),
            "versions": [secrets.version("token"), secrets.version("none")],
        }
    )


@service.get("/schedule")
def schedules(request: Request) -> Response:
    schedule.at("once", env.now_ms() + 60_000, "/ran", b"x")
    first = schedule.cron("often", "0 * * * *", "/ran", method="GET")
    schedule.cancel("none")
    return Response.json({"first": first, "entries": [[one.name, one.cron] for one in schedule.entries()]})


@service.get("/ran")
def ran(request: Request) -> Response:
    run = schedule.run(request)
    return Response.json(run and [run.name, run.due_ms])


@service.get("/chain")
def state(request: Request) -> Response:
    block = chain.block()
    values = [value and value.decode() for value in chain.storage([b"key", b"none"])]
    found = chain.value(b"key")
    return Response.json(
        {"block": [block.number, len(block.hash), block.time_ms], "values": values, "value": found and found.decode()}
    )


@service.get("/sql")
def database(request: Request) -> Response:
    done = sql.batch(
        [
            ("CREATE TABLE t (a INTEGER UNIQUE, b, c, d, e)", []),
            ("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [-7, 1.5, "né", b"\x00\xff", None]),
        ]
    )
    failure = None
    try:
        sql.execute("INSERT INTO t (a) VALUES (?)", [-7])
    except sql.Constraint as error:
        failure = ["constraint", error.variant.lower()]
    found = sql.query("SELECT * FROM t")
    row = [list(value) if isinstance(value, bytes) else value for value in found.rows[0]]
    changed = [[one.changes, one.last_rowid] for one in done]
    return Response.json({"done": changed, "failure": failure, "columns": list(found.columns), "row": row})


@service.get("/unread")
def unread(request: Request) -> Response:
    return Response.json(chain.storage([b""]))


@service.get("/malformed")
def malformed(request: Request) -> Response:
    return Response.json(schedule.cron("a", "* * * *", "/ran"))


@service.get("/past")
def past(request: Request) -> Response:
    kv.set_until(b"a", b"1", env.now_ms())
    return Response.json(None)
