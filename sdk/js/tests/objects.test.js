// The contract's large objects.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Objects } from "../testing-objects.js";
import { ALL, refusal, world } from "./worlds.js";

const open = (options) => world("host", { grants: ALL, nowMs: 1000, ...options });
const parts = (...all) => ({ body: JSON.stringify(all) });

test("an object is there under its name once it is finished, and as a whole", async () => {
  const there = await open();
  const { handle, sizes } = there.call("POST", "/objects/a?type=text/plain", parts("one ", "", "two")).json();
  assert.deepEqual(sizes, [4, 4, 7]);
  assert.ok(Number.isSafeInteger(handle));
  assert.equal(there.call("GET", "/stat/a").json(), null);
  assert.equal(refusal(there, "GET", "/read/a/0/1"), "not-found");
  assert.deepEqual(there.call("GET", "/unfinished").json(), [handle]);
  there.host.nowMs = 2000;
  assert.equal(there.call("POST", `/append/${handle}`, { body: " three" }).json(), 13);
  there.call("POST", `/finish/${handle}`);
  const known = { handle, name: "a", contentType: "text/plain", size: 13, atMs: 2000 };
  assert.deepEqual(there.call("GET", "/stat/a").json(), known);
  assert.equal(there.call("GET", "/read/a/0/100").json(), "one two three");
  assert.equal(there.call("GET", "/read/a/2/4").json(), "e tw");
  assert.equal(there.call("GET", "/read/a/13/1").json(), "");
  assert.deepEqual(there.call("GET", "/unfinished").json(), []);
});

test("another object of a name takes the place of the first", async () => {
  const there = await open();
  there.host.objects.set("a", "first", "text/html");
  assert.equal(there.call("GET", "/read/a/0/100").json(), "first");
  there.call("POST", "/objects/a?finish=1", parts("second"));
  assert.equal(Buffer.from(there.host.objects.get("a")).toString(), "second");
  assert.equal(there.call("GET", "/stat/a").json().contentType, null);
  there.call("DELETE", "/objects/a");
  there.call("DELETE", "/objects/a");
  assert.deepEqual([there.host.objects.size, there.host.objects.get("a")], [0, null]);
});

test("an object that is finished, discarded or nowhere is not added to", async () => {
  const there = await open();
  const [one, two] = ["a", "a"].map((name) => there.call("POST", `/objects/${name}`, parts("x")).json().handle);
  assert.notEqual(one, two);
  there.call("POST", `/finish/${one}`);
  there.call("POST", `/discard/${two}`);
  there.call("POST", `/discard/${two}`);
  there.call("POST", `/discard/${one}`);
  for (const handle of [one, two, 7]) {
    assert.equal(refusal(there, "POST", `/append/${handle}`, { body: "x" }), "not-found");
    assert.equal(refusal(there, "POST", `/finish/${handle}`), "not-found");
  }
  for (const handle of ["-1", "1.5", "9007199254740992"])
    assert.match(refusal(there, "POST", `/finish/${handle}`), /^invalid: handle is a whole number/);
  assert.equal(there.host.objects.size, 1);
});

test("a call that throws leaves neither objects nor beginnings of them", async () => {
  const there = await open();
  assert.equal(refusal(there, "POST", "/write-and-throw-object"), "other: no");
  assert.deepEqual([there.host.objects.size, there.host.objects.unfinished], [0, 0]);
});

test("names and content types that no object has are typed errors", async () => {
  const there = await open();
  const wrong = /^invalid: a name has 1 to 512 bytes without control characters/;
  for (const name of ["n".repeat(513), "%C3%A9".repeat(257), "a%0Ab", "%C2%80"]) {
    assert.match(refusal(there, "POST", `/objects/${name}`, parts()), wrong);
    assert.match(refusal(there, "GET", `/stat/${name}`), wrong);
    assert.match(refusal(there, "GET", `/read/${name}/0/1`), wrong);
    assert.match(refusal(there, "DELETE", `/objects/${name}`), wrong);
  }
  for (const type of ["", "x".repeat(256), "a%0Ab", "%C3%A9"])
    assert.match(refusal(there, "POST", `/objects/a?type=${type}`, parts()), /^invalid: a content type/);
  assert.match(refusal(there, "GET", "/ill-formed"), /^invalid: a name is well-formed/);
  assert.equal(there.call("POST", `/objects/${"%C3%A9".repeat(256)}?finish=1`, parts("x")).status, 200);
});

test("what is read has its bounds", async () => {
  const there = await open();
  there.host.objects.set("a", "content");
  assert.match(refusal(there, "GET", "/read/a/8/1"), /^invalid: an offset behind the end/);
  for (const [offset, length] of [
    ["0", "1048577"],
    ["0", "-1"],
    ["-1", "1"],
    ["0.5", "1"],
  ])
    assert.match(refusal(there, "GET", `/read/a/${offset}/${length}`), /^invalid: (length|offset) is a whole number/);
  assert.equal(there.call("GET", "/read/a/0/1048576").json(), "content");
});

test("finished objects are listed by the bytes of their names, page by page", async () => {
  const there = await open();
  for (const name of ["n/\uffff", "n/a", "n/😀", "m", "n/"]) there.host.objects.set(name, "x");
  assert.deepEqual(there.call("GET", "/finished?prefix=n/").json(), ["n/", "n/a", "n/\uffff", "n/😀"]);
  assert.deepEqual(there.call("GET", "/finished?limit=2").json(), ["m", "n/"]);
  assert.deepEqual(there.call("GET", "/finished?limit=2&after=n/").json(), ["n/a", "n/\uffff"]);
  for (let at = 0; at < 1100; at += 1) there.host.objects.set(`n/b${at}`, "");
  assert.equal(there.call("GET", "/names").json(), 1104);
  for (const path of ["finished?limit=0", "finished?limit=1001", "unfinished?limit=0", "unfinished?limit=1001"])
    assert.match(refusal(there, "GET", `/${path}`), /^invalid: limit is a whole number of 1 to 1000/);
  for (const field of ["prefix", "after"])
    assert.match(refusal(there, "GET", `/finished?${field}=${"n".repeat(513)}`), /^invalid: at most 512 bytes/);
});

test("unfinished objects are listed by their handles, page by page", async () => {
  const there = await open();
  const handles = ["a", "b", "c"].map((name) => there.call("POST", `/objects/${name}`, parts()).json().handle);
  handles.sort((one, other) => one - other);
  assert.deepEqual(there.call("GET", "/unfinished").json(), handles);
  assert.deepEqual(there.call("GET", "/unfinished?limit=2").json(), handles.slice(0, 2));
  assert.deepEqual(there.call("GET", `/unfinished?after=${handles[1]}`).json(), handles.slice(2));
});

test("a content is written and read in parts, and one that fails is discarded", async () => {
  const there = await open();
  const body = new Uint8Array(600_000).fill(7);
  assert.deepEqual(there.call("POST", "/write/a", { body }).json(), [262_144, 262_144, 75_712]);
  assert.deepEqual(there.host.objects.get("a"), body);
  assert.deepEqual(there.call("POST", "/write/b", { body: body.subarray(0, 262_144) }).json(), [262_144]);
  assert.deepEqual(there.call("POST", "/write/c", { body: "" }).json(), []);
  assert.deepEqual(there.call("POST", "/write-parts").json(), ["one two", "no more", 0]);
  assert.equal(there.host.objects.get("broken"), null);
});

test("a call changes 256 unfinished objects and 256 names, and no more", async () => {
  const there = await open();
  assert.equal(there.call("POST", "/many-objects/256").json(), 0);
  assert.match(refusal(there, "POST", "/many-objects/257"), /^limit: a call changes at most 256/);
  for (let at = 0; at < 300; at += 1) there.host.objects.set(`n/${at}`, "x");
  assert.match(refusal(there, "POST", "/remove-many/257"), /^limit: a call changes at most 256/);
  assert.equal(there.call("POST", "/remove-many/256").json(), 44);
});

test("an object has at most 1 GiB", () => {
  const call = new Objects().begin(0);
  const handle = call.create("a", null);
  assert.throws(() => call.append(handle, { length: 2 ** 30 + 1 }), /^ContractError: limit: an object has at most/);
});

test("a call removes at most 8192 parts of objects", () => {
  const objects = new Objects();
  const large = new Uint8Array(2 ** 26);
  for (let at = 0; at < 33; at += 1) objects.set(`n${at}`, large);
  const call = objects.begin(0);
  for (let at = 0; at < 32; at += 1) call.remove(`n${at}`);
  assert.throws(() => call.remove("n32"), /^ContractError: limit: a call removes at most 8192 parts/);
});
