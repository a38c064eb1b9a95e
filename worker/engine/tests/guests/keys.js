// Uses the contract's keys and what it can repeat, each thing under a path of its own.

import { Response, Router, crypto, random } from "adyton";

export default new Router()
  .get("/sign/:scheme", (request, { scheme }) => {
    const message = new Uint8Array(32).fill(9);
    const key = crypto.publicKey(scheme, "a");
    const signature = crypto.sign(scheme, "a", message);
    return Response.json([key.length, signature.length, crypto.verify(scheme, key, message, signature)]);
  })
  .get("/encryption-key", () => Response.json(Array.from(crypto.encryptionKey("bids"))))
  .post("/decrypt", async (request) => {
    const sealed = await request.bytes();
    return new Response(crypto.decrypt("bids", sealed, { info: "bid", associatedData: "7" }));
  })
  .get("/derive", () => Response.json(Array.from(crypto.derive("a", "context", 16))))
  .get("/seeded", () => Response.json(Array.from(random.seeded("round 1", 16))));
