// Several entries at once, entries that end, the versions of secrets, the schedule, the chain's state, and the database,
// each thing under a path of its own.

import { Response, Router, bytes, chain, env, kv, schedule, secrets, sql } from "adyton";

const text = (value) => (value === null ? null : bytes.decodeText(value));

export default new Router()
  .get("/write", () => {
    const end = env.nowMs() + 60_000;
    kv.setUntil("a", "1", end);
    kv.write([
      { do: "set", key: "b", value: "2" },
      { do: "set", key: "c", value: "3", endsMs: end },
      { do: "swap", key: "b", expected: "2", value: "4" },
      { do: "swap", key: "d", expected: null, value: "5" },
      { do: "delete", key: "none" },
    ]);
    return Response.json(end);
  })
  .get("/conflict", () => {
    try {
      kv.write([
        { do: "set", key: "e", value: "x" },
        { do: "swap", key: "b", expected: "other", value: "x" },
      ]);
    } catch (error) {
      return Response.json([error.kind, kv.getText("e")]);
    }
    return Response.json(null);
  })
  .get("/read", () => {
    const page = kv.scanBack("", { limit: 2 });
    return Response.json({
      many: kv.getMany(["a", "none", "b"]).map(text),
      back: page.entries.map(({ key }) => text(key)),
      next: text(page.next),
      all: [...kv.entries("", { descending: true })].length,
      versions: [secrets.version("token"), secrets.version("none")],
    });
  })
  .get("/schedule", () => {
    schedule.at("once", env.nowMs() + 60_000, { path: "/ran", body: "x" });
    const first = schedule.cron("often", "0 * * * *", { method: "GET", path: "/ran" });
    schedule.cancel("none");
    return Response.json({ first, entries: schedule.entries().map(({ name, cron }) => [name, cron]) });
  })
  .get("/ran", (request) => {
    const run = schedule.run(request);
    return Response.json(run === null ? null : [run.name, run.dueMs]);
  })
  .get("/chain", () => {
    const { number, hash, timeMs } = chain.block();
    const values = chain.storage(["key", "none"]).map(text);
    return Response.json({ block: [number, hash.length, timeMs], values, value: text(chain.value("key")) });
  })
  .get("/sql", () => {
    const done = sql.batch([
      ["CREATE TABLE t (a INTEGER UNIQUE, b, c, d, e)"],
      ["INSERT INTO t VALUES (?, ?, ?, ?, ?)", [-7, 1.5, "né", Uint8Array.of(0, 255), null]],
    ]);
    let failure = null;
    try {
      sql.execute("INSERT INTO t (a) VALUES (?)", [-7]);
    } catch (error) {
      failure = [error.failure, error.kind];
    }
    const { columns, rows } = sql.query("SELECT * FROM t");
    const row = rows[0].map((value) => (value instanceof Uint8Array ? [...value] : value));
    const far = sql.execute("INSERT INTO t (rowid, a) VALUES (9007199254740993, 1)");
    if (far.changes !== 1 || far.lastRowid !== null) throw new Error(`an inexact rowid: ${far.lastRowid}`);
    return Response.json({ done: done.map((one) => [one.changes, one.lastRowid]), failure, columns, row });
  })
  .get("/unread", () => Response.json(chain.storage([""])))
  .get("/malformed", () => Response.json(schedule.cron("a", "* * * *", { path: "/ran" })))
  .get("/past", () => Response.json(kv.setUntil("a", "1", env.nowMs()) ?? null));
