// A counter that remembers: `GET /count` and `POST /increment`.

import { Response, Router, kv } from "adyton";

const COUNT = "count";

function count() {
  return kv.getJson(COUNT) ?? 0;
}

export default new Router()
  .get("/count", () => Response.json(count()))
  .post("/increment", () => {
    // Read and write are one transaction: the call's writes are committed together, or not at all.
    const next = count() + 1;
    kv.setJson(COUNT, next);
    return Response.json(next);
  });
