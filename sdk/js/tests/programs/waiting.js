// Promises, async functions and `fetch`.

import { ContractError, Response, Router } from "adyton";

const order = [];

async function* numbers() {
  for (const number of [1, 2, 3]) yield await number;
}

export default new Router()
  .get("/async", async () => {
    const sum = (await 1) + (await Promise.resolve(2)) + (await { then: (resolve) => resolve(3) });
    return Response.json(sum);
  })
  .get("/order", async () => {
    order.push("begun");
    Promise.resolve().then(() => order.push("first"));
    queueMicrotask(() => order.push("second"));
    await null;
    order.push("third");
    return Response.json(order);
  })
  .get("/loop", async () => {
    let sum = 0;
    for await (const number of numbers()) sum += number;
    return Response.json(sum);
  })
  .get("/chain", async () => {
    let sum = 0;
    for (let at = 0; at < 20_000; at += 1) sum += await at;
    return Response.json(sum);
  })
  .get("/finally", async () => {
    const steps = [];
    try {
      await Promise.reject(new Error("no")).finally(() => steps.push("finally"));
    } catch (error) {
      steps.push(error.message);
    } finally {
      steps.push("end");
    }
    return Response.json(steps);
  })
  .get("/several", async () => {
    const no = () => Promise.reject(new Error("no"));
    return Response.json([
      await Promise.all([1, Promise.resolve(2)]),
      (await Promise.allSettled([1, no()])).map(({ status }) => status),
      await Promise.any([no(), 3]),
      await Promise.any([no()]).catch((error) => error.constructor.name),
      await Promise.race([4, new Promise(() => {})]),
      await Promise.all([]),
      await Promise.try(() => 5),
      await no().catch(({ message }) => message),
    ]);
  })
  .get("/imported", async () => Response.json((await import("./imported.js")).found))
  .get("/never", () => new Promise(() => {}))
  .get("/forgotten", () => {
    Promise.reject(new Error("forgotten"));
    return Response.json("answered");
  })
  .get("/handled", async () => {
    const late = Promise.reject(new Error("handled later"));
    await null;
    await late.catch(() => {});
    return Response.json("fine");
  })
  .get("/denied", async () => {
    await null;
    throw ContractError.denied("after a while");
  })
  .get("/itself", async () => {
    const { promise, resolve } = Promise.withResolvers();
    resolve(promise);
    return promise;
  })
  .get("/fetch", async () => {
    const answers = await Promise.all(["a", "b", "c"].map((name) => fetch(`https://example.org/${name}`)));
    return Response.json(await Promise.all(answers.map((answer) => answer.text())));
  })
  .get("/fetch/many", async () => {
    const asked = Array.from({ length: 20 }, (_, at) => fetch(`https://example.org/${at}`));
    return Response.json((await Promise.all(asked)).length);
  })
  .get("/fetch/then", () =>
    fetch("https://example.org/json")
      .then((answer) => answer.json())
      .then((value) => Response.json(value)),
  )
  .get("/fetch/passed-on", () => fetch("https://example.org/whole"))
  .get("/fetch/fails", async () => {
    const [bad, good] = await Promise.allSettled([fetch("https://down.example.org/"), fetch("https://example.org/x")]);
    return Response.json([bad.status, bad.reason.kind, good.status]);
  })
  .get("/fetch/aside", () => {
    fetch("https://example.org/aside");
    return Response.json("answered");
  })
  .get("/fetch/redirect", () => fetch("https://example.org/", { redirect: "follow" }))
  .get("/fetch/signal", () => fetch("https://example.org/", { signal: {} }))
  .get("/fetch/ftp", () => fetch("ftp://example.org/"))
  .get("/fetch/time", () => fetch("https://example.org/", { timeoutMs: 2 ** 32 }))
  .post("/fetch/full", async (request) => {
    const answer = await fetch("https://example.org/full#part", {
      method: "POST",
      headers: { "X-One": "1" },
      secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: "token" }],
      body: await request.text(),
      timeoutMs: 2000,
    });
    return new Response(await answer.text(), { status: answer.status, headers: answer.headers });
  });
