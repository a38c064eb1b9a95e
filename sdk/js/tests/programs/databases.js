// Databases outside, by the SDK's functions.

import { Response, Router, bytes, mysql, postgres, redis } from "adyton";

const ADDRESS = "postgres://user:secret@db.example.org/people";

export default new Router()
  .post("/postgres", () => {
    const people = postgres.open(ADDRESS);
    const since = new Date(Date.UTC(2026, 0, 31, 23, 59, 58, 7));
    const parameters = [null, true, 7, -(2 ** 31), 2 ** 40, 0.5, 9n, "text", new Uint8Array([1, 2]), since];
    const changed = people.execute("INSERT", parameters);
    const { columns, rows } = people.query("SELECT", ["all"]);
    const shown = rows.map((row) =>
      row.map((value) => (value instanceof Uint8Array ? [...value] : value === undefined ? "undefined" : value)),
    );
    return Response.json({ changed, columns, rows: shown });
  })
  .post("/mysql", () => {
    const nothing = mysql.open("mysql://db.example.org").execute("INSERT", [new Date(0)]);
    return Response.json(nothing === undefined);
  })
  .post("/redis", () => {
    const there = redis.open("rediss://db.example.org");
    there.set("a", "one");
    const [one, none] = [bytes.decodeText(there.get("a")), there.get("b")];
    const said = there.execute("PING", [1, "text", new Uint8Array([3])]).map((each) => each?.[0] ?? each);
    return Response.json([one, none, there.incr("n"), there.del(["a", "b"]), said]);
  })
  .post("/many", () => {
    for (;;) redis.open("rediss://db.example.org");
  })
  .post("/parameter/:which", (request, { which }) => {
    const given = { huge: 2n ** 60n, date: new Date(Number.NaN), object: {} }[which];
    return Response.json(postgres.open(ADDRESS).execute("INSERT", [given]));
  })
  .post("/caught", () => {
    try {
      postgres.open(ADDRESS).query("SELECT");
    } catch (error) {
      return Response.json([error instanceof postgres.DatabaseFailed, error.failure, error.kind, error.detail]);
    }
    return Response.json("answered");
  });
