// The interfaces of `wit/`, called through the SDK.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { seal } from "adyton/testing";
import { keyPairOf, open as unseal, rawOf } from "../testing-hpke.js";
import { Keys } from "../testing-keys.js";
import * as sr25519 from "../testing-sr25519.js";
import { isReserved } from "../testing-path.js";
import { nextAfter } from "../testing-schedule.js";
import { ALL, refusal, world } from "./worlds.js";

const open = (options) => world("host", { grants: ALL, ...options });

test("what is written is committed, read back, and removed", async () => {
  const there = await open();
  assert.equal(there.call("PUT", "/kv/a", { body: "né" }).json(), "né");
  assert.equal(there.call("GET", "/kv/a").json(), "né");
  there.call("DELETE", "/kv/a");
  assert.equal(there.call("GET", "/kv/a").json(), null);
  there.call("DELETE", "/kv/a");
});

test("a delivery and a message of the chain are told by their fields", async () => {
  const there = await open();
  const said = (headers) => there.call("POST", "/trigger", { headers }).json();
  assert.deepEqual(said({}), { webhook: null, chainMessage: null, watch: null });
  assert.deepEqual(said({ "adyton-webhook": "/trigger" }), { webhook: "/trigger", chainMessage: null, watch: null });
  assert.deepEqual(said({ "adyton-message": "7" }), { webhook: null, chainMessage: 7, watch: null });
  assert.deepEqual(said({ "adyton-watch": "paid" }), { webhook: null, chainMessage: null, watch: "paid" });
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

test("entries are walked over from the last one", async () => {
  const there = await open();
  there.call("POST", "/fill");
  assert.deepEqual(there.call("GET", "/back?limit=2").json(), { keys: ["n/2499", "n/2498"], next: "n/2498" });
  assert.deepEqual(there.call("GET", "/back?limit=2&before=n/0002").json(), { keys: ["n/0000"], next: null });
  assert.deepEqual(there.call("GET", "/entries-back").json(), [2499, 2499, 2, 0]);
  assert.equal(refusal(there, "GET", "/back?limit=0"), "invalid: limit is a whole number of 1 to 1000");
});

test("several values are read at once, within limits", async () => {
  const there = await open();
  there.host.store.set("a", "1");
  assert.deepEqual(there.call("POST", "/many", { body: '["b", "a", "a"]' }).json(), [null, "1", "1"]);
  assert.equal(there.call("POST", "/many/100").json(), 100);
  assert.match(refusal(there, "POST", "/many/101"), /^invalid/);
  assert.match(refusal(there, "POST", "/many", { body: '[""]' }), /^invalid/);
  there.host.store.set("a", "x".repeat(20_000));
  assert.match(refusal(there, "POST", "/many/100"), /^limit/);
});

test("an entry ends by the call's clock, and not if it is set anew", async () => {
  const there = await open({ nowMs: 1000 });
  there.call("POST", "/until/a/1010", { body: "1" });
  there.call("POST", "/until/b/1010", { body: "2" });
  there.call("PUT", "/kv/b", { body: "3" });
  there.host.nowMs = 1009;
  assert.equal(there.call("GET", "/kv/a").json(), "1");
  there.host.nowMs = 1010;
  assert.deepEqual(there.call("POST", "/many", { body: '["a", "b"]' }).json(), [null, "3"]);
  assert.equal(there.host.store.size, 1);
  assert.match(refusal(there, "POST", "/until/a/1010"), /^invalid/);
  assert.match(refusal(there, "POST", "/until/a/1e300"), /^invalid: endsMs is a whole number/);
  assert.match(refusal(there, "POST", "/until/a/nonsense"), /^invalid: endsMs is a whole number/);
});

test("of several writes all are made, or none", async () => {
  const there = await open({ nowMs: 1000 });
  const write = (path, ...operations) => [path, { body: JSON.stringify(operations) }];
  const set = { do: "set", key: "a", value: "1" };
  const swap = (expected, value) => ({ do: "swap", key: "a", expected, value });
  const short = { do: "set", key: "b", value: "x", endsMs: 1001 };
  there.call("POST", ...write("/write", set, swap("1", "2"), short, { do: "delete", key: "none" }));
  assert.deepEqual(there.call("POST", "/many", { body: '["a", "b"]' }).json(), ["2", "x"]);
  const failing = write("/write-and-go-on", { do: "delete", key: "a" }, { ...set, key: "before" }, swap("2", "3"));
  assert.equal(there.call("POST", ...failing).json(), "conflict");
  assert.deepEqual(there.call("POST", "/many", { body: '["a", "before"]' }).json(), ["2", "kept"]);
  assert.equal(refusal(there, "POST", ...write("/write", { do: "rename", key: "a" })).split(":")[0], "invalid");
  assert.match(refusal(there, "POST", ...write("/write", { ...short, endsMs: 1000 })), /^invalid/);
  assert.match(refusal(there, "POST", ...write("/write", ...Array(1001).fill(set))), /^invalid/);
});

test("a secret has a version", async () => {
  const there = await open({ secrets: { token: "s3cret" } });
  assert.equal(there.call("GET", "/version/token").json(), 1);
  assert.equal(there.call("GET", "/version/other").json(), null);
  assert.match(refusal(there, "GET", `/version/${"n".repeat(65)}`), /^invalid/);
});

test("a database is not imitated, and says where the real one is", async () => {
  assert.match(refusal(await open(), "GET", "/sql"), /^other: .*`adyton test`/);
});

test("another contract answers what the test says, and is elsewhere where it says nothing", async () => {
  const contracts = ({ contract, method, path, headers, body }) => {
    if (path === "/trap") throw Object.assign(new Error(), { payload: { tag: "trapped", val: "why" } });
    return { status: 201, body: `${contract.slice(0, 6)} ${method} ${path} ${headers[0].value} ${body.length}` };
  };
  const there = await open({ contracts });
  assert.deepEqual(there.call("POST", "/other", { body: "abc" }).json(), [201, "0x0909 POST /there yes 3"]);
  assert.deepEqual(there.call("POST", "/other?path=/trap").json(), ["trapped", "other", "why"]);
  const [reserved] = there.call("POST", "/other?path=/x/../.adyton/logs").json();
  assert.equal(reserved, "invalid");
  const [refusal, kind] = (await open()).call("POST", "/other").json();
  assert.deepEqual([refusal, kind], ["elsewhere", "unavailable"]);
});

test("what is scheduled runs once at its time, with the contract's own name, and is part of the call", async () => {
  const there = await open({ nowMs: 1000 });
  assert.equal(refusal(there, "POST", "/schedule-and-throw"), "other: no");
  there.host.nowMs = 5000;
  assert.deepEqual(there.runDue(), []);
  assert.deepEqual(there.call("POST", "/at/tick/6000", { body: "x" }).json(), [
    { name: "tick", dueMs: 6000, cron: null },
  ]);
  there.host.nowMs = 5999;
  assert.deepEqual(there.runDue(), []);
  there.host.nowMs = 7000;
  const [ran, ...more] = there.runDue();
  assert.deepEqual([ran.name, ran.dueMs, ran.error, more], ["tick", 6000, null, []]);
  const own = [...there.host.contract].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.deepEqual(ran.answer.json(), {
    run: { name: "tick", dueMs: 6000 },
    caller: { kind: "contract", id: `0x${own}` },
    nowMs: 6000,
    body: "x",
  });
  assert.deepEqual(there.runDue(), []);
  assert.equal(there.call("POST", "/run").json().run, null);
});

test("an entry by cron goes on, a cancelled one does not, and a run that throws is told", async () => {
  const there = await open({ nowMs: 0 });
  assert.equal(there.call("POST", "/cron/often?expression=*+*+*+*+*").json(), 60_000);
  there.host.nowMs = 120_000;
  assert.deepEqual(
    there.runDue().map(({ dueMs }) => dueMs),
    [60_000, 120_000],
  );
  there.call("POST", "/cancel/often");
  there.call("POST", "/at/broken/1?path=/throw");
  there.host.nowMs = 10_000_000;
  const [failed, ...more] = there.runDue();
  assert.deepEqual([failed.name, failed.answer, failed.error.message, more], ["broken", null, "other: no", []]);
});

test("what is no entry of a schedule is a typed error", async () => {
  const there = await open({ nowMs: 0 });
  const expressions = ["60+*+*+*+*", "x"].map((text) => `/cron/a?expression=${text}`);
  const reserved = ["/.adyton/logs", "/x/../.adyton/logs"].map((path) => `/at/a/1?path=${path}`);
  for (const path of ["/at/a%20b/1", "/at/a/1?path=x", "/at/a/9e14", ...expressions, ...reserved])
    assert.match(refusal(there, "POST", path), /^invalid/, path);
  assert.match(refusal(there, "POST", "/at-many/65"), /^limit/);
  assert.equal(there.call("POST", "/at-many/64").json().length, 64);
});

test("the worker's paths are those that it takes for its own, however they are written", () => {
  for (const path of [
    "/.adyton/message",
    "/x/../.adyton/message",
    "/x/%2e%2e/.adyton/message",
    "/%2eadyton/message",
    "/.adyton%2fmessage",
    "/.adyton\\message",
    "/x/..\\.adyton\\logs?a=1",
  ])
    assert.ok(isReserved(path), path);
  for (const path of ["/", "/.adyton", "/adyton/message", "/x/.adyton/message", "/x?/../.adyton/message", "/.adytonx/"])
    assert.ok(!isReserved(path), path);
});

test("cron expressions stand for the times that they do on the network", () => {
  const now = Date.UTC(2026, 10, 22, 5, 44, 38, 500);
  for (const [text, ...at] of [
    ["*/15 * * * *", 2026, 10, 22, 5, 45],
    ["30 6,18 * * *", 2026, 10, 22, 6, 30],
    ["10-20/5 7 * * *", 2026, 10, 22, 7, 10],
    ["0 12 * * 7", 2026, 10, 22, 12, 0],
    ["0 0 25 * 1", 2026, 10, 23, 0, 0],
    ["0 0 25 * *", 2026, 10, 25, 0, 0],
    ["0 0 29 2 *", 2028, 1, 29, 0, 0],
  ])
    assert.equal(nextAfter(text, now), Date.UTC(...at), text);
  assert.equal(nextAfter("0 0 30 2 *", now), null);
  for (const text of ["", "* * * *", "60 * * * *", "5/2 * * * *", "*/0 * * * *", "5-1 * * * *", "1,,2 * * * *"])
    assert.throws(() => nextAfter(text, now), /^ContractError: invalid/, text);
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

test("bytes of a seed are the same for the same seed, and their lengths have bounds", async () => {
  const there = await open();
  const seeded = (path) => there.call("GET", `/seeded/${path}`).json();
  assert.equal(seeded("a/40"), seeded("a/40"));
  assert.ok(seeded("a/8160").startsWith(seeded("a/40")));
  assert.notEqual(seeded("a/40"), seeded("b/40"));
  assert.match(refusal(there, "GET", "/seeded/a/8161"), /^invalid: length/);
  assert.match(refusal(there, "GET", "/seeded/a/1?times=1025"), /^invalid: a seed/);
});

test("every scheme signs, and a changed signature does not hold", async () => {
  const there = await open();
  const lengths = { ed25519: [66, 130], secp256k1: [68, 132], p256: [68, 130], sr25519: [66, 130] };
  for (const scheme of Object.keys(lengths)) {
    const { key, signature, holds } = there.call("GET", `/sign/${scheme}/a`).json();
    assert.deepEqual(holds, [true, false, false], scheme);
    assert.deepEqual([key.length, signature.length], lengths[scheme]);
    assert.notEqual(there.call("GET", `/sign/${scheme}/b`).json().key, key);
  }
  assert.match(refusal(there, "GET", "/sign/rsa/a"), /^invalid: a scheme/);
  assert.match(refusal(there, "GET", `/sign/ed25519/${"n".repeat(65)}`), /^invalid/);
});

test("what is sealed to the contract opens under its name, info and associated data only", async () => {
  const there = await open();
  const key = there.call("GET", "/encryption-key/bids").body;
  assert.equal(key.length, 32);
  const body = seal(key, "42 PHA", { info: "bid", associatedData: "7" });
  assert.equal(there.call("POST", "/decrypt/bids?info=bid&aad=7", { body }).text(), "42 PHA");
  for (const path of ["other?info=bid&aad=7", "bids?info=other&aad=7", "bids?info=bid&aad=8", "bids"])
    assert.match(refusal(there, "POST", `/decrypt/${path}`, { body }), /^invalid: this does not open/, path);
  for (const length of [0, 31, 47, body.length - 1]) {
    const cut = { body: body.subarray(0, length) };
    assert.match(refusal(there, "POST", "/decrypt/bids?info=bid&aad=7", cut), /^invalid: this does not open/);
  }
  assert.match(refusal(there, "GET", `/encryption-key/${"n".repeat(65)}`), /^invalid: a name/);
});

test("the published sealed content opens", () => {
  const path = new URL("../../../specs/vectors/sealed-content.json", import.meta.url);
  const vector = JSON.parse(readFileSync(path, "utf8"));
  const bytes = (field) => Buffer.from(vector[field], "hex");
  const pair = keyPairOf(bytes("secret"));
  assert.deepEqual(rawOf(pair.publicKey), bytes("public"));
  const opened = unseal(pair, bytes("info"), bytes("associated_data"), bytes("sealed"));
  assert.deepEqual(opened, bytes("content"));
});

test("the published signatures hold for the keys of tests", () => {
  const path = new URL("../../../specs/vectors/signatures.json", import.meta.url);
  for (const { scheme, public: key, message, signature } of JSON.parse(readFileSync(path, "utf8"))) {
    const [known, text, signed] = [key, message, signature].map((digits) => Buffer.from(digits, "hex"));
    assert.ok(Keys.verify(scheme, known, text, signed), scheme);
  }
});

test("the published sr25519 signature is made of its secret and randomness", () => {
  const path = new URL("../../../specs/vectors/signatures.json", import.meta.url);
  const { secret, message, randomness, signature } = JSON.parse(readFileSync(path, "utf8")).at(-1);
  const [seed, text, random] = [secret, message, randomness].map((digits) => Buffer.from(digits, "hex"));
  assert.equal(sr25519.sign(sr25519.keyOf(seed), text, random).toString("hex"), signature);
});

test("a weak or malformed sr25519 key or signature does not hold", () => {
  const text = Buffer.from("text");
  const forged = Buffer.alloc(64);
  forged[63] = 128;
  const { publicKey } = sr25519.keyOf(Buffer.alloc(32));
  for (const [key, signature] of [
    [Buffer.alloc(32), forged],
    [Buffer.alloc(32, 255), forged],
    [Buffer.alloc(31), forged],
    [publicKey, Buffer.alloc(64, 255)],
    [publicKey, Buffer.alloc(63)],
  ])
    assert.equal(sr25519.verify(key, text, signature), false);
});

test("a derived secret depends on its name, context and length, which have bounds", async () => {
  const there = await open();
  const derive = (path) => there.call("GET", `/derive/${path}`).json();
  const one = derive("a/32?context=4");
  assert.equal(one, derive("a/32?context=4"));
  for (const other of ["b/32?context=4", "a/32?context=5", "a/64?context=4"])
    assert.notEqual(derive(other).slice(0, 66), one, other);
  for (const length of ["0", "65", "1.5"])
    assert.match(refusal(there, "GET", `/derive/a/${length}?context=0`), /^invalid: length/);
  assert.match(refusal(there, "GET", "/derive/a/32?context=1025"), /^invalid: a context/);
  assert.match(refusal(there, "GET", `/derive/${"n".repeat(65)}/32?context=0`), /^invalid: a name/);
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

test("the chain's state is what the test says, as of the call's block", async () => {
  const there = await open({ chain: { "0x01AB": "0x02", "03": "" } });
  there.host.block = 7;
  assert.deepEqual(there.call("GET", "/block").json(), { height: 7, hash: 32, timeMs: there.host.nowMs });
  assert.equal(there.call("GET", "/storage/01ab").json(), "0x02");
  assert.equal(there.call("GET", "/storage/0102").json(), null);
  const body = JSON.stringify(["03", "04", "0x01ab"]);
  assert.deepEqual(there.call("POST", "/storage", { body }).json(), [0, null, 1]);
});

test("storage keys and values that the worker does not take are typed errors", async () => {
  const state = { a1: "00".repeat(65_537) };
  for (const key of ["b1", "b2", "b3", "b4"]) state[key] = "00".repeat(65_536);
  const there = await open({ chain: { ...state, b5: "00" } });
  const asked = (keys) => refusal(there, "POST", "/storage", { body: JSON.stringify(keys) });
  assert.match(asked(Array.from({ length: 33 }, () => "01")), /^invalid: at most 32 storage keys/);
  assert.match(asked([""]), /^invalid: a storage key/);
  assert.match(asked(["01".repeat(257)]), /^invalid: a storage key/);
  assert.match(asked(["a1"]), /^limit: a value/);
  assert.match(asked(["b1", "b2", "b3", "b4", "b5"]), /^limit: values/);
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
