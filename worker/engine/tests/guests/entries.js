// Several entries at once, entries that end, and the versions of secrets, each thing under a path of its own.

import { Response, Router, bytes, env, kv, secrets } from "adyton";

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
  .get("/past", () => Response.json(kv.setUntil("a", "1", env.nowMs()) ?? null));
