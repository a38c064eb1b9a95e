// What the engine lacks or does wrongly, asked for as a program would.

import { ContractError, Response, Router, env } from "adyton";

function deep() {
  return null.field;
}

/** What a program may throw that cannot be read like an error. */
const odd = {
  circle: () => {
    const error = new Error("around");
    error.cause = error;
    return error;
  },
  chain: () => Array.from({ length: 5000 }).reduce((cause, _, at) => new Error(`number ${at}`, { cause }), null),
  message: () => Object.assign(new Error(), { message: Symbol("a message") }),
  name: () => Object.assign(new Error("named"), { name: Object.create(null) }),
  tag: () => ({
    get tag() {
      throw new Error("no tag");
    },
  }),
  value: () => ({ tag: "denied", val: Object.create(null) }),
  fields: () => {
    const fails = () => {
      throw new Error("no field");
    };
    const error = new Error("fields");
    // V8 writes the text of the places when they are first asked for, with the message.
    void error.stack;
    return Object.defineProperties(error, {
      message: { get: fails },
      stack: { get: fails },
      cause: { get: fails },
    });
  },
  proxy: () =>
    new Proxy(new Error("hidden"), {
      getPrototypeOf() {
        throw new Error("no prototype");
      },
    }),
  kind: () => Object.assign(ContractError.denied("no"), { kind: "loud" }),
  symbol: () => Symbol("thrown"),
};

export default new Router()
  .get("/random", () => Response.json([Math.random(), Math.random()]))
  .get("/many", () => Response.json(Array.from({ length: 1000 }, () => Math.random())))
  .get("/uuid", () => Response.json(crypto.randomUUID()))
  .get("/values", () => Response.json([...crypto.getRandomValues(new Uint8Array(4))]))
  .get("/values/float", () => Response.json(crypto.getRandomValues(new Float64Array(1))))
  .get("/values/many", () => Response.json(crypto.getRandomValues(new Uint8Array(65_537)).length))
  .get("/now", () =>
    Response.json({
      now: Date.now(),
      date: new Date(),
      text: Date(),
      timer: [performance.now(), performance.timeOrigin],
    }),
  )
  .get("/dates", () => {
    class Day extends Date {}
    const constructed = new new Date(0).constructor();
    return Response.json({
      constructed: constructed.getTime(),
      given: [
        new Date(0).getTime(),
        new Date(2026, 0, 2).getTime(),
        new Date("2026-01-01T00:00:00Z").getTime(),
        Date.UTC(2026, 0),
        Date.parse("1970-01-01"),
      ],
      kinds: [
        new Date(0) instanceof Date,
        new Day() instanceof Date,
        new Day() instanceof Day,
        new Day().getTime(),
        Date.name,
      ],
    });
  })
  .get("/throw", () => Response.json(deep()))
  .get("/cause", () => {
    throw new Error("outer", { cause: new Error("inner") });
  })
  .get("/typed", () => {
    throw ContractError.denied("no");
  })
  .get("/plain", () => {
    throw { tag: "not-found" };
  })
  .get("/number", () => {
    throw 7;
  })
  .get("/mute", () => {
    throw Object.create(null);
  })
  .get("/odd/:what", (request, { what }) => {
    throw odd[what]();
  })
  .get("/show/:what", (request, { what }) => {
    console.error("seen", odd[what]());
    return new Response("shown");
  })
  .get("/long", () => {
    throw new Error(`${"x".repeat(5000)}\ud800`);
  })
  .get("/nothing", () => {})
  .get("/text", () => "text")
  .get("/record", () => ({ status: 200, headers: [], body: "" }))
  .get("/status/:status", (request, { status }) => new Response("", { status: Number(status) }))
  .get("/status-of-its-own", () => Object.assign(new Response(""), { status: 200.5 }))
  .get("/line", () => new Response("", { headers: { "x-name": "one\ntwo" } }))
  .get("/json", () => Response.json(undefined))
  .get("/caller", () => {
    console.log("called by", env.caller(), "of", new Uint8Array([1, 255]));
    return Response.json({ caller: env.caller(), text: String(env.caller()) });
  })
  .get("/context", () =>
    Response.json({ ...env.context(), network: null, contract: null, code: null, requestId: null }),
  )
  .get("/setting/:name", (request, { name }) => Response.json(env.setting(name)))
  .get("/globals", () => {
    const text = new TextDecoder().decode(new TextEncoder().encode("né 😀"));
    const url = new URL("../b?x=1#y", "https://example.org:443/a/c");
    return Response.json([
      text,
      url.href,
      new URLSearchParams("a=1&b=%20+").get("b"),
      typeof fetch,
      typeof console.log,
      atob(btoa("x")),
      typeof setTimeout,
    ]);
  })
  .post(
    "/echo",
    async (request) =>
      new Response(await request.bytes(), { headers: { "x-type": request.headers.get("content-type") } }),
  );
