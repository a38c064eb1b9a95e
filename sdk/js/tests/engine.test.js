// What the engine lacks or does wrongly, and the SDK mends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { refusal, world } from "./worlds.js";

const NOW = Date.UTC(2026, 5, 1, 12);

test("random numbers differ from call to call, and lie between 0 and 1", async () => {
  const there = await world("engine", { grants: ["random"] });
  const first = there.call("GET", "/random").json();
  const second = there.call("GET", "/random").json();
  assert.equal(new Set([...first, ...second]).size, 4);
  for (const number of there.call("GET", "/many").json()) assert.ok(number >= 0 && number < 1);
});

test("a random number has 53 bits of the host's", async () => {
  const there = await world("engine", { grants: ["random"], random: (length) => Buffer.alloc(length, 0xff) });
  assert.deepEqual(there.call("GET", "/random").json(), [1 - 2 ** -53, 1 - 2 ** -53]);
  there.host.random = (length) => Buffer.alloc(length);
  assert.deepEqual(there.call("GET", "/random").json(), [0, 0]);
});

test("randomness without its grant is refused and names the grant", async () => {
  const there = await world("engine");
  assert.equal(refusal(there, "GET", "/random"), 'denied: Math.random needs the grant "random" in adyton.toml');
  assert.equal(refusal(there, "GET", "/uuid"), 'denied: crypto.randomUUID needs the grant "random" in adyton.toml');
  assert.equal(
    refusal(there, "GET", "/values"),
    'denied: crypto.getRandomValues needs the grant "random" in adyton.toml',
  );
});

test("crypto makes identifiers of version 4 and fills arrays of whole numbers", async () => {
  const there = await world("engine", { grants: ["random"], random: (length) => Buffer.alloc(length, 0xff) });
  assert.equal(there.call("GET", "/uuid").json(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.deepEqual(there.call("GET", "/values").json(), [255, 255, 255, 255]);
  assert.match(refusal(there, "GET", "/values/float"), /whole numbers/);
  assert.match(refusal(there, "GET", "/values/many"), /at most 65536/);
});

test("the time is the call's, however it is asked for", async () => {
  const there = await world("engine", { nowMs: NOW });
  const answer = there.call("GET", "/now").json();
  assert.deepEqual(
    { now: answer.now, date: answer.date, timer: answer.timer },
    { now: NOW, date: "2026-06-01T12:00:00.000Z", timer: [0, NOW] },
  );
  assert.match(answer.text, /^Mon Jun 01 2026/);
  there.host.nowMs += 1000;
  assert.equal(there.call("GET", "/now").json().now, NOW + 1000);
});

test("dates of a given time are what they were, and lead to no other clock", async () => {
  const there = await world("engine", { nowMs: NOW });
  const answer = there.call("GET", "/dates").json();
  assert.equal(answer.constructed, NOW);
  assert.deepEqual(answer.given.toSpliced(1, 1), [0, Date.UTC(2026, 0), Date.UTC(2026, 0), 0]);
  assert.deepEqual(answer.kinds, [true, true, true, NOW, "Date"]);
});

test("an exception reaches the caller as an error, and the log with the places", async () => {
  const there = await world("engine", { grants: ["log"] });
  assert.match(refusal(there, "GET", "/throw"), /^other: TypeError: .*null/);
  const [{ level, message }] = there.host.lines;
  assert.equal(level, "error");
  assert.match(message, /TypeError: [^]*at deep/);
});

test("without the grant of the log an exception still reaches the caller", async () => {
  const there = await world("engine");
  assert.match(refusal(there, "GET", "/throw"), /^other: TypeError: /);
});

test("the cause of an exception is in the log", async () => {
  const there = await world("engine", { grants: ["log"] });
  assert.equal(refusal(there, "GET", "/cause"), "other: outer");
  assert.match(there.host.lines[0].message, /Error: outer[^]*caused by Error: inner/);
});

test("a typed error keeps its kind, whichever way it is thrown, and is not logged", async () => {
  const there = await world("engine", { grants: ["log"] });
  assert.equal(refusal(there, "GET", "/typed"), "denied: no");
  assert.equal(refusal(there, "GET", "/plain"), "not-found");
  assert.deepEqual(there.host.lines, []);
});

test("what is thrown and is no error has a text too", async () => {
  const there = await world("engine");
  assert.equal(refusal(there, "GET", "/number"), "other: something was thrown that is no error: 7");
  assert.equal(refusal(there, "GET", "/mute"), "other: something was thrown that is no error: a value without a text");
});

test("whatever is thrown, the caller gets a typed error with a text", async () => {
  const there = await world("engine", { grants: ["log"] });
  const expected = {
    circle: "other: around",
    chain: "other: number 4999",
    message: "other: Symbol(a message)",
    name: "other: a value without a text: named",
    tag: "other: something was thrown that is no error: [object Object]",
    value: "other: something was thrown that is no error: [object Object]",
    fields: "other: undefined",
    proxy: "other: something was thrown that is no error: Error: hidden",
    kind: "other: ContractError: denied: no",
    symbol: "other: something was thrown that is no error: Symbol(thrown)",
  };
  for (const [what, message] of Object.entries(expected)) {
    assert.equal(refusal(there, "GET", `/odd/${what}`), message, what);
    assert.equal(there.host.lines.length, 1, what);
    there.host.lines = [];
  }
});

test("the causes in the log are a bounded number, each once", async () => {
  const there = await world("engine", { grants: ["log"] });
  const causes = (path) => {
    there.host.lines = [];
    assert.match(refusal(there, "GET", path), /^other/);
    return there.host.lines[0].message.split("caused by").length;
  };
  assert.equal(causes("/odd/circle"), 1);
  assert.equal(causes("/odd/chain"), 8);
});

test("the console writes whatever it is given", async () => {
  const there = await world("engine", { grants: ["log"] });
  for (const what of ["circle", "chain", "message", "name", "tag", "value", "fields", "proxy", "kind", "symbol"]) {
    assert.equal(there.call("GET", `/show/${what}`).text(), "shown", what);
    assert.match(there.host.lines.at(-1).message, /^seen ./, what);
  }
});

test("the text of an error is bounded, and can be written as UTF-8", async () => {
  const there = await world("engine");
  const message = refusal(there, "GET", "/long");
  assert.equal(message.length, "other: ".length + 2048);
  assert.ok(message.isWellFormed());
});

test("an answer that is no response is an error with a text", async () => {
  const there = await world("engine");
  for (const path of ["/nothing", "/text", "/record"]) {
    assert.equal(
      refusal(there, "GET", path),
      "other: TypeError: the program answered with something else than a Response",
      path,
    );
  }
});

test("a status that would be cut off on its way is refused", async () => {
  const there = await world("engine");
  for (const status of [70_000, 199, 600, 200.5, -1])
    assert.match(refusal(there, "GET", `/status/${status}`), /200 to 599/);
  assert.match(refusal(there, "GET", "/status-of-its-own"), /200 to 599/);
  for (const status of [200, 404, 599]) assert.equal(there.call("GET", `/status/${status}`).status, status);
});

test("a header field with a line end, and JSON of nothing, are refused", async () => {
  const there = await world("engine");
  assert.match(refusal(there, "GET", "/line"), /header field/);
  assert.equal(refusal(there, "GET", "/json"), "invalid: this value cannot be written as JSON");
});

test("the caller prints as text and not as an object of numbers", async () => {
  const there = await world("engine", { grants: ["log"] });
  const id = `0x${"07".repeat(32)}`;
  const caller = { tag: "account", val: new Uint8Array(32).fill(7) };
  assert.deepEqual(there.call("GET", "/caller", { caller }).json(), {
    caller: { kind: "account", id },
    text: `account ${id}`,
  });
  assert.equal(there.host.lines[0].message, `called by { kind: "account", id: "${id}" } of 0x01ff`);
  assert.deepEqual(there.call("GET", "/caller").json(), { caller: { kind: "anonymous" }, text: "anonymous" });
});

test("settings are found by their names, and a lease may be missing", async () => {
  const there = await world("engine", { settings: { place: "here" } });
  assert.equal(there.call("GET", "/setting/place").json(), "here");
  assert.equal(there.call("GET", "/setting/other").json(), null);
  assert.equal(there.call("GET", "/context").json().lease, null);
});

test("the globals that the engine lacks are there, and timers are not", async () => {
  const there = await world("engine");
  const globals = there.call("GET", "/globals").json();
  assert.deepEqual(globals.slice(0, 5), ["né 😀", "https://example.org/b?x=1#y", "  ", "function", "function"]);
  assert.equal(globals.at(-1), "undefined");
});

test("content goes in and out as bytes", async () => {
  const there = await world("engine");
  const body = Uint8Array.from({ length: 256 }, (_, at) => at);
  const answer = there.call("POST", "/echo", { body, headers: { "Content-Type": "x/y" } });
  assert.deepEqual([...answer.body], [...body]);
  assert.equal(answer.headers["x-type"], "x/y");
});
