// Answers that are begun before the call is over, and answers from elsewhere that are read as they come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ContractError } from "adyton/testing";

import { ALL, refusal, world } from "./worlds.js";

const open = (options) => world("host", { grants: ALL, ...options });

function* broken() {
  yield "one";
  throw ContractError.unavailable("it broke off");
}

test("what is begun and written comes before what is returned, and all of it is the answer", async () => {
  const there = await open();
  const answer = there.call("GET", "/reply?status=201");
  assert.deepEqual([answer.status, answer.text()], [201, "one two three"]);
  assert.deepEqual(answer.headers, { "x-a": "b", "x-c": "d" });
  const parts = answer.parts.map((part) => Buffer.from(part).toString());
  assert.deepEqual(parts, ["one ", "two "]);
  assert.equal(there.call("GET", "/kv/a").json(), "written");
});

test("an answer that nobody begins has no parts", async () => {
  assert.deepEqual((await open()).call("GET", "/kv/a").parts, []);
});

test("what throws after it has begun its answer leaves nothing, and the next call can begin one", async () => {
  const there = await open();
  assert.equal(refusal(there, "GET", "/reply?throw=1"), "other: no");
  assert.equal(there.call("GET", "/kv/a").json(), null);
  assert.equal(there.call("GET", "/reply").text(), "one two three");
});

test("a response beside the one that was begun is refused", async () => {
  const there = await open();
  assert.match(refusal(there, "GET", "/reply?other=text"), /^other: TypeError: the answer was begun: .*reply\.end/);
});

test("an answer is begun once, and before it goes on or ends", async () => {
  const there = await open();
  assert.match(refusal(there, "GET", "/reply/twice"), /^invalid: the answer was begun before/);
  assert.match(refusal(there, "GET", "/reply/write"), /^invalid: the answer was not begun/);
  assert.match(refusal(there, "GET", "/reply/end"), /^invalid: the answer was not begun/);
});

test("a status and header fields that no answer may have are refused where it begins", async () => {
  const there = await open();
  for (const status of ["199", "600", "200.5", "65736"])
    assert.match(refusal(there, "GET", `/reply?status=${status}`), /^invalid: status is a whole number/);
  assert.match(refusal(there, "GET", "/reply?field=adyton-receipt"), /^invalid: the field adyton-receipt/);
  assert.match(refusal(there, "GET", "/reply/fields/65"), /^invalid: more than 64 header fields/);
  assert.match(refusal(there, "GET", "/reply/fields/60"), /^invalid: .*16384 bytes/);
  assert.equal(there.call("GET", "/reply/fields/50").status, 200);
});

test("fields of a connection are left out of an answer that is begun", async () => {
  const answer = (await open()).call("GET", "/reply?field=connection");
  assert.deepEqual(answer.headers, { "x-a": "b" });
});

test("init and migrate have no answer to begin", async () => {
  const there = await world("reply-lifecycle", { grants: ["reply"] });
  assert.throws(() => there.init(), /^ContractError: denied: there is no answer to begin/);
  assert.match(refusal(there, "GET", "/"), /^denied/);
});

test("without the grant nothing is begun", async () => {
  await assert.rejects(world("reply-lifecycle"), /add "reply" to grants in adyton.toml/);
});

test("an answer from elsewhere is read in the parts in which it comes", async () => {
  const body = ["one ", "", new Uint8Array([0x32]), " three"];
  const there = await open({ http: () => ({ status: 206, headers: { "X-Type": "text" }, body }) });
  const parts = ["one ", "2", " three"];
  assert.deepEqual(there.call("GET", "/open").json(), { status: 206, ok: true, type: "text", parts });
  assert.deepEqual(there.call("GET", "/open?most=1").json().parts, ["one "]);
  assert.deepEqual(there.call("GET", "/open/read/3").json(), ["one", " ", "2", " th", "ree"]);
  assert.equal(there.call("GET", "/send").text(), "one 2 three");
  assert.equal(there.host.requests[0].url, "https://example.org/long");
});

test("a read has 1 byte to 1 MiB", async () => {
  const there = await open({ http: () => ({ body: "x" }) });
  for (const max of ["0", "1048577", "1.5", "4294967297"])
    assert.match(refusal(there, "GET", `/open/read/${max}`), /^invalid: max is a whole number of 1 to 1048576/);
  assert.deepEqual(there.call("GET", "/open/read/1048576").json(), ["x"]);
});

test("an answer that is closed is not read, and is closed more than once", async () => {
  assert.equal(refusal(await open({ http: () => ({ body: "x" }) }), "GET", "/open/closed"), "not-found");
});

test("an answer that breaks off is closed", async () => {
  const there = await open({ http: () => ({ body: broken() }) });
  assert.deepEqual(there.call("GET", "/open/broken").json(), ["one", "unavailable: it broke off", "not-found"]);
  assert.equal(refusal(there, "GET", "/open"), "unavailable: it broke off");
  assert.equal(refusal(there, "GET", "/send"), "unavailable: it broke off");
});

test("eight answers are open at once, and one more is beyond the limit", async () => {
  const there = await open({ http: () => ({ body: "x" }) });
  assert.deepEqual(there.call("GET", "/open/many/8").json(), [8, 200]);
  assert.match(refusal(there, "GET", "/open/many/9"), /^limit: at most 8 answers/);
});

test("what does not answer is not opened", async () => {
  assert.match(refusal(await open(), "GET", "/open"), /^unavailable: this test has no answer/);
});

test("an answer from elsewhere is passed on as it comes", async () => {
  const headers = { ETag: "x", "Content-Length": "6", Connection: "close" };
  const there = await open({ http: () => ({ status: 203, headers, body: ["one", "two"] }) });
  const answer = there.call("GET", "/pass-on");
  assert.deepEqual([answer.status, answer.headers, answer.text()], [203, { etag: "x" }, "onetwo"]);
  assert.deepEqual(answer.parts.length, 2);
});

test("an answer that breaks off while it is passed on breaks off this one", async () => {
  const there = await open({ http: () => ({ body: broken() }) });
  assert.equal(refusal(there, "GET", "/pass-on"), "unavailable: it broke off");
});
