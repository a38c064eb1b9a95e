// Every interface, by the SDK's functions.

import {
  Response,
  Router,
  bytes,
  chain,
  contracts,
  crypto,
  env,
  http,
  kv,
  log,
  number,
  objects,
  random,
  reply,
  schedule,
  secrets,
  sql,
} from "adyton";

const text = (value) => (value === null ? null : bytes.decodeText(value));

export default new Router()
  .get("/kv/:key", (request, { key }) => Response.json(text(kv.get(key))))
  .put("/kv/:key", async (request, { key }) => {
    kv.set(key, await request.bytes());
    return Response.json(kv.getText(key));
  })
  .delete("/kv/:key", (request, { key }) => Response.json(kv.delete(key) ?? null))
  .post("/swap/:key", (request, { key }) => {
    kv.swap(key, request.query("expected"), request.query("value"));
    return Response.json(kv.getText(key));
  })
  .post("/trigger", ({ webhook, chainMessage, watch }) => Response.json({ webhook, chainMessage, watch }))
  .post("/write-and-throw", () => {
    kv.set("a", "lost");
    throw new Error("no");
  })
  .post("/key/:length", (request, { length }) => Response.json(kv.set("k".repeat(Number(length)), "") ?? null))
  .post("/value", () => Response.json(kv.set("k", 7) ?? null))
  .post("/fill", () => {
    for (let at = 0; at < 2500; at += 1) kv.setJson(`n/${String(at).padStart(4, "0")}`, at);
    kv.delete("n/0001");
    return Response.json([...kv.entries("n/")].length);
  })
  .get("/entries", () => {
    const all = [...kv.entries("n/")].map(({ value }) => bytes.decodeJson(value));
    return Response.json([all.length, all[0], all[1], all.at(-1)]);
  })
  .get("/scan", (request) => {
    const page = kv.scan("n/", { after: request.query("after"), limit: Number(request.query("limit") ?? 100) });
    return Response.json({ keys: page.entries.map(({ key }) => text(key)), next: text(page.next) });
  })
  .get("/back", (request) => {
    const page = kv.scanBack("n/", { before: request.query("before"), limit: Number(request.query("limit") ?? 100) });
    return Response.json({ keys: page.entries.map(({ key }) => text(key)), next: text(page.next) });
  })
  .get("/entries-back", () => {
    const all = [...kv.entries("n/", { descending: true })].map(({ value }) => bytes.decodeJson(value));
    return Response.json([all.length, all[0], all.at(-2), all.at(-1)]);
  })
  .post("/many", async (request) => Response.json(kv.getMany(await request.json()).map(text)))
  .post("/many/:count", (request, { count }) => Response.json(kv.getMany(Array(Number(count)).fill("a")).length))
  .post("/until/:key/:end", async (request, { key, end }) =>
    Response.json(kv.setUntil(key, await request.bytes(), Number(end)) ?? null),
  )
  .post("/write", async (request) => Response.json(kv.write(await request.json()) ?? null))
  .post("/write-and-go-on", async (request) => {
    kv.set("before", "kept");
    try {
      kv.write(await request.json());
    } catch (error) {
      return Response.json(error.kind);
    }
    return Response.json(null);
  })
  .get("/version/:name", (request, { name }) => Response.json(secrets.version(name)))
  .get("/broken", () => Response.json(kv.getJson("a")))
  .get("/random/:length", (request, { length }) => Response.json(random.bytes(Number(length)).length))
  .get("/secret/:name", (request, { name }) => Response.json(secrets.getText(name)))
  .get("/log/:level", (request, { level }) => Response.json(log.write(level, "a \ud800 line") ?? null))
  .get("/sign/:scheme/:name", (request, { scheme, name }) => {
    const message =
      scheme === "ed25519" ? crypto.message("a context", "one", new Uint8Array([2])) : new Uint8Array(32).fill(9);
    const key = crypto.publicKey(scheme, name);
    const signature = crypto.sign(scheme, name, message);
    const other = Uint8Array.from(signature, (byte, at) => (at === 0 ? byte ^ 1 : byte));
    return Response.json({
      key: bytes.toHex(key),
      signature: bytes.toHex(signature),
      holds: [
        crypto.verify(scheme, key, message, signature),
        crypto.verify(scheme, key, message, other),
        crypto.verify(scheme, "", message, ""),
      ],
    });
  })
  .get("/seeded/:seed/:length", (request, { seed, length }) =>
    Response.json(bytes.toHex(random.seeded(seed.repeat(Number(request.query("times") ?? 1)), Number(length)))),
  )
  .get("/encryption-key/:name", (request, { name }) => new Response(crypto.encryptionKey(name)))
  .post("/decrypt/:name", async (request, { name }) => {
    const options = { info: request.query("info") ?? "", associatedData: request.query("aad") ?? "" };
    return new Response(crypto.decrypt(name, await request.bytes(), options));
  })
  .get("/derive/:name/:length", (request, { name, length }) =>
    Response.json(bytes.toHex(crypto.derive(name, "c".repeat(Number(request.query("context"))), Number(length)))),
  )
  .get("/message/:context/:part", (request, { context, part }) => {
    const whole = crypto.message("c".repeat(Number(context)), new Uint8Array(Number(part)).fill(7), "é");
    return Response.json({ length: whole.length, begins: bytes.toHex(whole.subarray(0, 8)), ends: whole.at(-1) });
  })
  .post("/report", async (request) => Response.json(chain.report(await request.bytes()) ?? null))
  .post("/remark", async (request) => Response.json(chain.remark(await request.bytes()) ?? null))
  .get("/block", () => {
    const { number: height, hash, timeMs } = chain.block();
    return Response.json({ height, hash: hash.length, timeMs });
  })
  .post("/storage", async (request) => {
    const values = chain.storage((await request.json()).map(bytes.fromHex));
    return Response.json(values.map((value) => (value === null ? null : value.length)));
  })
  .get("/storage/:key", (request, { key }) => {
    const found = chain.value(bytes.fromHex(key));
    return Response.json(found === null ? null : bytes.toHex(found));
  })
  .post("/at/:name/:due", async (request, { name, due }) => {
    schedule.at(name, Number(due), { path: request.query("path") ?? "/run", body: await request.bytes() });
    return Response.json(schedule.entries());
  })
  .post("/at-many/:count", (request, { count }) => {
    for (let at = 0; at < Number(count); at += 1) schedule.at(`n${at}`, at, { path: "/run" });
    return Response.json(schedule.entries());
  })
  .post("/cron/:name", (request, { name }) =>
    Response.json(schedule.cron(name, request.query("expression"), { path: "/run" })),
  )
  .post("/cancel/:name", (request, { name }) => Response.json(schedule.cancel(name) ?? null))
  .post("/run", async (request) => {
    const { caller, nowMs } = env.context();
    return Response.json({ run: schedule.run(request), caller, nowMs, body: text(await request.bytes()) });
  })
  .get("/sql", () => Response.json(sql.query("SELECT 1")))
  .post("/other", async (request) => {
    const path = request.query("path") ?? "/there";
    const body = await request.bytes();
    try {
      const id = new Uint8Array(32).fill(9);
      const answer = contracts.call(id, { method: "POST", path, headers: { "x-a": "yes" }, body, fuelLimit: 7 });
      return Response.json([answer.status, await answer.text()]);
    } catch (error) {
      return Response.json([error.refusal, error.kind, error.detail]);
    }
  })
  .post("/schedule-and-throw", () => {
    schedule.at("never", 2000, { path: "/run" });
    throw new Error("no");
  })
  .post("/throw", () => {
    throw new Error("no");
  })
  .post("/report-twice", () => {
    chain.report("one");
    chain.report("two");
  })
  .post("/report-and-throw", () => {
    chain.report("one");
    throw new Error("no");
  })
  .get("/send", async () => {
    const answer = http.send("https://example.org/x", { headers: { accept: "text/plain" } });
    return new Response(await answer.text(), { status: answer.status });
  })
  .get("/send/many/:count", (request, { count }) => {
    const all = http.sendAll(Array.from({ length: Number(count) }, (_, at) => `https://example.org/${at}`));
    return Response.json(all.map((one) => one.kind ?? one.status));
  })
  .get("/send/secret", () => {
    const secretHeaders = [{ name: "authorization", secret: "token" }];
    return new Response(http.send("http://example.org/", { secretHeaders }).body);
  })
  .get("/open", (request) => {
    const answer = http.open("https://example.org/long", { headers: { accept: "text/plain" } });
    const parts = [];
    for (const part of answer) {
      parts.push(text(part));
      if (parts.length === Number(request.query("most"))) break;
    }
    return Response.json({ status: answer.status, ok: answer.ok, type: answer.headers.get("x-type"), parts });
  })
  .get("/open/read/:max", (request, { max }) => {
    const answer = http.open("https://example.org/long");
    const parts = [];
    for (let part = answer.read(Number(max)); part !== null; part = answer.read(Number(max))) parts.push(text(part));
    return Response.json(parts);
  })
  .get("/open/closed", () => {
    const answer = http.open("https://example.org/long");
    answer.close();
    answer.close();
    return Response.json(answer.read());
  })
  .get("/open/broken", () => {
    const answer = http.open("https://example.org/long");
    const said = [];
    for (let left = 3; left > 0; left -= 1) {
      try {
        said.push(text(answer.read()));
      } catch (error) {
        said.push(error.message);
      }
    }
    return Response.json(said);
  })
  .get("/open/many/:count", (request, { count }) => {
    const all = Array.from({ length: Number(count) }, () => http.open("https://example.org/long"));
    all[0].close();
    return Response.json([all.length, http.open("https://example.org/long").status]);
  })
  .get("/pass-on", () => {
    const answer = http.open("https://example.org/long");
    return reply.stream(answer, { status: answer.status, headers: answer.headers });
  })
  .get("/reply", (request) => {
    const status = Number(request.query("status") ?? 200);
    reply.begin({ status, headers: { "x-a": "b", [request.query("field") ?? "x-c"]: "d" } });
    reply.write("one ");
    reply.write(new Uint8Array());
    reply.write(bytes.encodeText("two "));
    kv.set("a", "written");
    if (request.query("throw") !== null) throw new Error("no");
    return request.query("other") === null ? reply.end("three") : new Response(request.query("other"), { status });
  })
  .get("/reply/twice", () => {
    reply.begin();
    reply.begin();
  })
  .get("/reply/fields/:count", (request, { count }) => {
    reply.begin({ headers: Array.from({ length: Number(count) }, (_, at) => [`x-${at}`, "v".repeat(300)]) });
    return reply.end();
  })
  .get("/reply/write", () => reply.write("x"))
  .get("/reply/end", () => reply.end("x"))
  .post("/objects/:name", async (request, { name }) => {
    const handle = objects.create(name, request.query("type"));
    const sizes = (await request.json()).map((part) => objects.append(handle, part));
    if (request.query("finish") !== null) objects.finish(handle);
    return Response.json({ handle, sizes });
  })
  .post("/append/:handle", async (request, { handle }) =>
    Response.json(objects.append(Number(handle), await request.bytes())),
  )
  .post("/finish/:handle", (request, { handle }) => Response.json(objects.finish(Number(handle)) ?? null))
  .post("/discard/:handle", (request, { handle }) => Response.json(objects.discard(Number(handle)) ?? null))
  .delete("/objects/:name", (request, { name }) => Response.json(objects.remove(name) ?? null))
  .get("/stat/:name", (request, { name }) => Response.json(objects.stat(name)))
  .get("/read/:name/:offset/:length", (request, { name, offset, length }) =>
    Response.json(text(objects.read(name, Number(offset), Number(length)))),
  )
  .get("/finished", (request) => {
    const options = { after: request.query("after"), limit: Number(request.query("limit") ?? 100) };
    return Response.json(objects.finished(request.query("prefix") ?? "", options).map(({ name }) => name));
  })
  .get("/unfinished", (request) => {
    const after = request.query("after");
    const options = { after: after === null ? null : Number(after), limit: Number(request.query("limit") ?? 100) };
    return Response.json(objects.unfinished(options).map(({ handle }) => handle));
  })
  .get("/names", () => Response.json([...objects.all("n/")].length))
  .post("/write/:name", async (request, { name }) => {
    objects.write(name, await request.bytes(), "text/plain");
    return Response.json([...objects.parts(name)].map((part) => part.length));
  })
  .post("/write-parts", () => {
    function* broken() {
      yield "one";
      throw new Error("no more");
    }
    objects.write("whole", ["one ", bytes.encodeText("two")]);
    try {
      objects.write("broken", broken());
    } catch (error) {
      return Response.json([text(objects.read("whole", 0, 100)), error.message, objects.unfinished().length]);
    }
  })
  .post("/write-and-throw-object", () => {
    objects.write("lost", "content");
    objects.create("begun");
    throw new Error("no");
  })
  .post("/many-objects/:count", (request, { count }) => {
    for (let at = 0; at < Number(count); at += 1) objects.discard(objects.create("n"));
    return Response.json(objects.unfinished().length);
  })
  .post("/remove-many/:count", (request, { count }) => {
    for (let at = 0; at < Number(count); at += 1) objects.remove(`n/${at}`);
    return Response.json(objects.finished("n/", { limit: 1000 }).length);
  })
  .get("/ill-formed", () => Response.json(objects.stat("a\ud800")))
  .get("/numbers", () => {
    const median = [number.median([30n, 10n, 20n]), number.median([10n, 20n, 31n, 40n]), number.median([])].map(String);
    return Response.json({
      median,
      units: String(number.parseDecimal("1.5", 6)),
      text: number.formatDecimal(1_500_000n, 6),
    });
  })
  .get("/decimal/:text", (request, { text: given }) => Response.json(String(number.parseDecimal(given, 6))));
