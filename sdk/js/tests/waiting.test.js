// Promises and `fetch`, which the engine would let wait for ever.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ContractError } from "adyton/testing";

import { refusal, world } from "./worlds.js";

const answers = ({ url, body }) => {
  if (url.includes("down")) throw ContractError.unavailable("no answer");
  if (url.endsWith("/whole")) {
    const headers = { Connection: "close", "Content-Length": "7", "Transfer-Encoding": "chunked", ETag: "x" };
    return { status: 203, headers, body: "content" };
  }
  if (url.endsWith("/json")) return { body: '{"found":true}' };
  return { headers: { "X-Two": "2" }, body: `${url} ${Buffer.from(body)}`.trimEnd() };
};
const open = (options) => world("waiting", { grants: ["http"], http: answers, ...options });

test("async functions answer, in the order of the language", async () => {
  const there = await open();
  assert.equal(there.call("GET", "/async").json(), 6);
  assert.deepEqual(there.call("GET", "/order").json(), ["begun", "first", "second", "third"]);
  assert.equal(there.call("GET", "/loop").json(), 6);
  assert.equal(there.call("GET", "/chain").json(), 199_990_000);
  assert.deepEqual(there.call("GET", "/finally").json(), ["finally", "no", "end"]);
  assert.equal(there.call("GET", "/imported").json(), "imported while it ran");
});

test("several promises are waited for as the language says", async () => {
  const there = await open();
  const expected = [[1, 2], ["fulfilled", "rejected"], 3, "AggregateError", 4, [], 5, "no"];
  assert.deepEqual(there.call("GET", "/several").json(), expected);
});

test("a promise that nothing settles ends the call with a text", async () => {
  const there = await open();
  assert.equal(refusal(there, "GET", "/never"), "other: the answer waits for a promise that nothing settles");
  assert.equal(refusal(there, "GET", "/itself"), "other: TypeError: a promise cannot wait for itself");
});

test("a rejection that nobody handles ends the call, and one handled later does not", async () => {
  const there = await open();
  assert.equal(refusal(there, "GET", "/forgotten"), "other: forgotten");
  assert.equal(there.call("GET", "/handled").json(), "fine");
});

test("a typed error keeps its kind after an await", async () => {
  assert.equal(refusal(await open(), "GET", "/denied"), "denied: after a while");
});

test("requests of one Promise.all leave together, more than 16 in several parts", async () => {
  const there = await open();
  const urls = ["a", "b", "c"].map((name) => `https://example.org/${name}`);
  assert.deepEqual(there.call("GET", "/fetch").json(), urls);
  assert.equal(there.call("GET", "/fetch/many").json(), 20);
  assert.equal(there.host.requests.length, 23);
});

test("a response is read by a chain of promises", async () => {
  assert.deepEqual((await open()).call("GET", "/fetch/then").json(), { found: true });
});

test("an answer from elsewhere is passed on without what belongs to its connection", async () => {
  const answer = (await open()).call("GET", "/fetch/passed-on");
  assert.deepEqual([answer.status, answer.headers, answer.text()], [203, { etag: "x" }, "content"]);
});

test("a status from elsewhere that a contract may not have is refused", async () => {
  const there = await open({ http: () => ({ status: 700 }) });
  assert.match(refusal(there, "GET", "/fetch/passed-on"), /200 to 599/);
});

test("a failed request rejects with its kind, and the others are answered", async () => {
  assert.deepEqual((await open()).call("GET", "/fetch/fails").json(), ["rejected", "unavailable", "fulfilled"]);
});

test("a request that nobody waits for is sent before the answer", async () => {
  const there = await open();
  assert.equal(there.call("GET", "/fetch/aside").json(), "answered");
  assert.equal(there.host.requests[0].url, "https://example.org/aside");
});

test("a request carries its fields, secrets, content and time, and no fragment", async () => {
  const there = await open({ secrets: { token: "s3cret" } });
  const answer = there.call("POST", "/fetch/full", { body: "content" });
  assert.equal(answer.text(), "https://example.org/full content");
  assert.equal(answer.headers["x-two"], "2");
  const [sent] = there.host.requests;
  assert.deepEqual(Object.fromEntries(sent.headers.map(({ name, value }) => [name, value])), {
    "x-one": "1",
    "content-type": "text/plain;charset=UTF-8",
    authorization: "Bearer s3cret",
  });
  assert.equal(sent.method, "POST");
  assert.equal(sent.timeoutMs, 2000);
});

test("a secret that is not set is said to be missing", async () => {
  assert.equal(refusal(await open(), "POST", "/fetch/full", { body: "x" }), "not-found");
});

test("what fetch cannot do is refused and not ignored", async () => {
  const there = await open();
  assert.match(refusal(there, "GET", "/fetch/redirect"), /^invalid: redirects are not followed/);
  assert.match(refusal(there, "GET", "/fetch/signal"), /^invalid: .*timeoutMs/);
  assert.match(refusal(there, "GET", "/fetch/ftp"), /neither http nor https/);
  assert.match(refusal(there, "GET", "/fetch/time"), /^invalid: timeoutMs/);
  assert.deepEqual(there.host.requests, []);
});

test("fetch without its grant is refused and names the grant", async () => {
  const there = await open({ grants: [] });
  assert.equal(refusal(there, "GET", "/fetch"), 'denied: fetch needs the grant "http" in adyton.toml');
});
