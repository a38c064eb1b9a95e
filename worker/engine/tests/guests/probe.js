// Does what programs in JavaScript expect to be able to do, each thing under a path of its own.

import { Response, Router } from "adyton";

function deep() {
  throw new TypeError("a bug in the contract");
}

export default new Router()
  .get("/bytes", () => Response.json(Array.from(crypto.getRandomValues(new Uint8Array(4)))))
  .get("/random", () => Response.json(Math.random()))
  .get("/now", () => Response.json([Date.now(), new Date().getTime()]))
  .get("/throw", () => deep())
  .get("/nothing", () => undefined)
  .get("/later", async () => {
    const words = await Promise.all(["one", Promise.resolve("two")]);
    return Response.json(words);
  })
  .get("/text", () => Response.json(new TextDecoder().decode(new TextEncoder().encode("ἄδυτον"))))
  .get("/url", () => Response.json(new URL("https://a.example/b?c=d%20e").searchParams.get("c")))
  .get("/log", () => {
    console.warn("seen", { by: "its owner" });
    return Response.json(null);
  });
