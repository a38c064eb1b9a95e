// The interfaces of `wit/`, called through the SDK.

import assert from "node:assert/strict";
import { test } from "node:test";

import { refusal, world } from "./worlds.js";

const ALL = ["log", "kv", "http", "secrets", "random", "crypto", "chain"];
const open = (options) => world("host", { grants: ALL, ...options });

test("what is written is committed, read back, and removed", async () => {
  const there = await open();
  assert.equal(there.call("PUT", "/kv/a", { body: "né" }).json(), "né");
  assert.equal(there.call("GET", "/kv/a").json(), "né");
  there.call("DELETE", "/kv/a");
  assert.equal(there.call("GET", "/kv/a").json(), null);
  there.call("DELETE", "/kv/a");
});

test("what a call writes is lost when it throws", async () => {
  const there = await open();
  assert.equal(refusal(there, "POST", "/write-and-throw"), "other: no");
  assert.equal(there.call("GET", "/kv/a").json(), null);
});

test("a swap needs the value that it expects", async () => {
  const there = await open();
  assert.equal(there.call("POST", "/swap/a?value=1").json(), "1");
  assert.equal(refusal(there, "POST", "/swap/a?value=2"), "conflict");
  assert.equal(refusal(there, "POST", "/swap/a?expected=7&value=2"), "conflict");
  assert.equal(there.call("POST", "/swap/a?expected=1&value=2").json(), "2");
});

test("keys and values that the store does not take are typed errors", async () => {
  const there = await open();
  assert.match(refusal(there, "POST", "/key/0"), /^invalid/);
  assert.match(refusal(there, "POST", "/key/1025"), /^invalid/);
  assert.equal(refusal(there, "POST", "/value"), "invalid: the value is neither text nor bytes");
});

test("entries are walked over in as many pages as it takes", async () => {
  const there = await open();
  assert.equal(there.call("POST", "/fill").json(), 2499);
  assert.deepEqual(there.call("GET", "/entries").json(), [2499, 0, 2, 2499]);
  assert.deepEqual(there.call("GET", "/scan?limit=2").json(), { keys: ["n/0000", "n/0002"], next: "n/0002" });
  assert.deepEqual(there.call("GET", "/scan?limit=2&after=n/2498").json(), { keys: ["n/2499"], next: null });
  assert.equal(refusal(there, "GET", "/scan?limit=0"), "invalid: limit is a whole number of 1 to 1000");
  assert.equal(refusal(there, "GET", "/scan?limit=4294967297"), "invalid: limit is a whole number of 1 to 1000");
});

test("a value that is not JSON is a typed error", async () => {
  const there = await open();
  there.call("PUT", "/kv/a", { body: "{" });
  assert.match(refusal(there, "GET", "/broken"), /^invalid: not JSON/);
});

test("random bytes have the length asked for, and a wrong length is refused", async () => {
  const there = await open();
  assert.equal(there.call("GET", "/random/65536").json(), 65_536);
  for (const length of ["65537", "-1", "1.5", "4294967297"])
    assert.match(refusal(there, "GET", `/random/${length}`), /^invalid: length/);
});

test("a secret is read, and a missing one said to be so", async () => {
  const there = await open({ secrets: { token: "s3cret" } });
  assert.equal(there.call("GET", "/secret/token").json(), "s3cret");
  assert.equal(refusal(there, "GET", "/secret/other"), "not-found");
  assert.match(refusal(there, "GET", `/secret/${"n".repeat(65)}`), /^invalid/);
});

test("a line has one of five levels, and is well-formed text", async () => {
  const there = await open();
  there.call("GET", "/log/warn");
  assert.deepEqual(there.host.lines, [{ level: "warn", message: "a \ufffd line" }]);
  assert.match(refusal(there, "GET", "/log/loud"), /^invalid: a level/);
});

test("both schemes sign, and a changed signature does not hold", async () => {
  const there = await open();
  for (const scheme of ["ed25519", "secp256k1"]) {
    const { key, signature, holds } = there.call("GET", `/sign/${scheme}/a`).json();
    assert.deepEqual(holds, [true, false, false], scheme);
    assert.deepEqual([key.length, signature.length], scheme === "ed25519" ? [66, 130] : [68, 132]);
    assert.notEqual(there.call("GET", `/sign/${scheme}/b`).json().key, key);
  }
  assert.match(refusal(there, "GET", "/sign/rsa/a"), /^invalid: a scheme/);
  assert.match(refusal(there, "GET", `/sign/ed25519/${"n".repeat(65)}`), /^invalid/);
});

test("a message has its context and parts, of any length, each with its length in front", async () => {
  const there = await open();
  assert.deepEqual(there.call("GET", "/message/2/1").json(), { length: 14, begins: "0x0263630100000007", ends: 0xa9 });
  assert.equal(there.call("GET", "/message/255/200000").json().length, 1 + 255 + 4 + 200_000 + 4 + 2);
});

test("a context that one byte cannot say the length of is refused, and not cut", async () => {
  const there = await open();
  assert.equal(refusal(there, "GET", "/message/256/1"), "invalid: a context has at most 255 bytes");
});

test("a report is made by a call that answers, and only one", async () => {
  const there = await open();
  there.call("POST", "/report", { body: new Uint8Array([1, 2]) });
  there.call("POST", "/remark", { body: "hi" });
  assert.deepEqual(
    there.host.reports.map((report) => [...report]),
    [
      [1, 2],
      [0, 7, 8, 104, 105],
    ],
  );
  assert.match(refusal(there, "POST", "/report-twice"), /^limit/);
  assert.match(refusal(there, "POST", "/report-and-throw"), /^other/);
  assert.match(refusal(there, "POST", "/report", { body: "" }), /^invalid/);
  assert.equal(there.host.reports.length, 2);
});

test("requests are sent one by one or at once, and 17 are too many", async () => {
  const there = await open({ http: ({ url }) => ({ status: url.endsWith("1") ? 404 : 200, body: url }) });
  assert.equal(there.call("GET", "/send").text(), "https://example.org/x");
  assert.deepEqual(there.call("GET", "/send/many/2").json(), [200, 404]);
  assert.deepEqual(new Set(there.call("GET", "/send/many/17").json()), new Set(["invalid"]));
});

test("a secret does not leave unencrypted", async () => {
  const there = await open({ secrets: { token: "s3cret" }, http: () => ({}) });
  assert.match(refusal(there, "GET", "/send/secret"), /^denied/);
  assert.deepEqual(there.host.requests, []);
});

test("amounts are exact, and what is no decimal is refused", async () => {
  const there = await open();
  assert.deepEqual(there.call("GET", "/numbers").json(), {
    median: ["20", "25", "null"],
    units: "1500000",
    text: "1.5",
  });
  for (const text of ["1.", ".5", "-1", "1e3", "1.2345678", "1,5"]) {
    assert.match(refusal(there, "GET", `/decimal/${encodeURIComponent(text)}`), /^invalid/, text);
  }
});

test("an interface without its grant is refused before anything runs, with the grant's name", async () => {
  await assert.rejects(open({ grants: ALL.filter((name) => name !== "kv") }), /add "kv" to grants in adyton.toml/);
});
