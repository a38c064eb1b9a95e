import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";

import { World } from "adyton/testing";

const NOW = Date.UTC(2026, 0, 1);
const [MAKER, CARRIER, SHOP, AUDITOR, STRANGER] = [1, 2, 3, 8, 9];

const digits = (number) => `0x${number.toString(16).padStart(2, "0").repeat(32)}`;
const caller = (number) => ({ tag: "account", val: new Uint8Array(32).fill(number) });
const kind = (expected) => (error) => error.kind === expected;
const WANTED = { description: "a cheese", origin: "an alp", auditor: digits(AUDITOR) };

/** A world with one item, and the calls that its tests make. */
async function chain() {
  const world = await World.open({ nowMs: NOW });
  const call = (from, method, path, value) => {
    const who = from === null ? { tag: "anonymous" } : caller(from);
    return world.call(method, path, { caller: who, body: value === undefined ? "" : JSON.stringify(value) });
  };
  const make = (from, wanted = WANTED) => call(from, "POST", "/items", wanted).json().item;
  const item = make(MAKER);
  const there = {
    world,
    call,
    make,
    item,
    offer: (from, to, note = `to ${to}`) => call(from, "POST", `/items/${item}/offer`, { to: digits(to), note }),
    /** Accepts what `offer` offers now, or what is said to be seen. */
    accept: (from, seen = { offeredAt: world.host.nowMs, note: `to ${from}` }) =>
      call(from, "POST", `/items/${item}/accept`, seen),
    steps: (from, query = "") => call(from, "GET", `/items/${item}/steps${query}`).json(),
    origin: (from = null) => call(from, "GET", `/items/${item}/origin`).json(),
    audit: (query = "") => call(AUDITOR, "GET", `/items/${item}/audit${query}`).json(),
  };
  there.hand = (from, to) => (there.offer(from, to), there.accept(to));
  return there;
}

const pairs = ({ entries }) => entries.map(({ from, to }) => [from, to]);

test("each party sees the transfers that it took part in, and no others", async () => {
  const there = await chain();
  there.hand(MAKER, CARRIER);
  there.hand(CARRIER, SHOP);
  const [first, second] = [
    [digits(MAKER), digits(CARRIER)],
    [digits(CARRIER), digits(SHOP)],
  ];
  assert.deepEqual(pairs(there.steps(MAKER)), [first]);
  assert.deepEqual(pairs(there.steps(CARRIER)), [first, second]);
  assert.deepEqual(pairs(there.steps(SHOP)), [second]);
  assert.deepEqual([MAKER, CARRIER, SHOP].map((each) => there.steps(each).holding), [false, false, true]);
  assert.ok(!JSON.stringify(there.steps(SHOP)).includes(digits(MAKER)));
  for (const other of [STRANGER, AUDITOR]) assert.throws(() => there.steps(other), kind("not-found"));
  assert.throws(() => there.steps(null), kind("denied"));
});

test("the auditor that the item names sees all of them, and nobody else does", async () => {
  const there = await chain();
  there.hand(MAKER, CARRIER);
  there.hand(CARRIER, SHOP);
  const { entries, holder, steps } = there.audit();
  assert.deepEqual([entries.length, holder, steps], [2, digits(SHOP), 2]);
  for (const other of [MAKER, SHOP, STRANGER, null]) {
    assert.throws(() => there.call(other, "GET", `/items/${there.item}/audit`), kind("denied"));
    assert.throws(
      () => there.call(other, "POST", `/items/${there.item}/verdict`, { verdict: "genuine" }),
      kind("denied"),
    );
  }
});

test("the origin is for everybody, the same before and after transfers, and has no party but the maker", async () => {
  const there = await chain();
  const before = there.origin();
  there.hand(MAKER, CARRIER);
  there.hand(CARRIER, SHOP);
  for (const from of [null, MAKER, SHOP, STRANGER]) assert.deepEqual(there.origin(from), before);
  assert.deepEqual([before.maker, before.origin, before.madeAt, before.verdict], [digits(MAKER), "an alp", NOW, null]);
});

test("the auditor exports all transfers, line by line as they are read, and nobody else does", async () => {
  const there = await chain();
  for (let at = 0; at < 3; at += 1) {
    there.hand(MAKER, CARRIER);
    there.hand(CARRIER, MAKER);
  }
  const path = `/items/${there.item}/export`;
  const answer = there.call(AUDITOR, "GET", path);
  const lines = answer.text().trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    there.audit().entries,
  );
  assert.equal(answer.parts.length, 6);
  assert.equal(answer.headers["content-type"], "application/jsonl");
  for (const other of [MAKER, CARRIER, SHOP, STRANGER, null])
    assert.throws(() => there.call(other, "GET", path), kind("denied"));
});

test("the origin's signature holds with the auditor's verdict, and for no other", async () => {
  const there = await chain();
  there.world.host.nowMs = NOW + 5;
  const told = there.call(AUDITOR, "POST", `/items/${there.item}/verdict`, { verdict: "doubtful" }).json();
  assert.deepEqual(there.origin(), told);
  const { key } = there.call(null, "GET", "/key").json();
  const holds = (verdict) => {
    const texts = [told.item, told.description, told.origin, told.maker, `${NOW}`, told.auditor, verdict, `${NOW + 5}`];
    const parts = [there.world.host.contract, ...texts].map((part) => Buffer.from(part));
    const context = Buffer.from("adyton supply-chain origin 1");
    const message = [Buffer.from([context.length]), context, ...parts.flatMap((part) => [lengthOf(part), part])];
    return verify(null, Buffer.concat(message), publicKey(key), Buffer.from(told.signature.slice(2), "hex"));
  };
  assert.deepEqual([holds("doubtful"), holds("genuine")], [true, false]);
});

function lengthOf(part) {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(part.length);
  return out;
}

function publicKey(hex) {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(hex.slice(2), "hex")]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

test("an item is handed over when both have signed, by its holder, and to whom it is offered alone", async () => {
  const there = await chain();
  assert.throws(() => there.offer(STRANGER, SHOP), kind("not-found"));
  assert.throws(() => there.accept(CARRIER), kind("not-found"));
  there.offer(MAKER, CARRIER);
  assert.equal(there.steps(MAKER).holding, true);
  for (const other of [MAKER, SHOP, null]) {
    assert.throws(() => there.accept(other), kind(other === null ? "denied" : "not-found"));
  }
  assert.throws(() => there.offer(MAKER, SHOP), kind("conflict"));
  there.accept(CARRIER);
  assert.throws(() => there.accept(CARRIER), kind("not-found"));
  assert.throws(() => there.offer(MAKER, SHOP), kind("denied"));
});

test("an offer is seen by its receiver, taken back by the holder or declined, and leaves no trace", async () => {
  const there = await chain();
  const size = there.world.host.store.size;
  const offers = (from) => there.call(from, "GET", "/offers").json().entries;
  const withdraw = (from) => there.call(from, "DELETE", `/items/${there.item}/offer`);
  const decline = (from) => there.call(from, "POST", `/items/${there.item}/decline`);
  there.offer(MAKER, CARRIER, "keep cool");
  const [offered] = offers(CARRIER);
  assert.deepEqual([offered.item, offered.from, offered.note], [there.item, digits(MAKER), "keep cool"]);
  assert.deepEqual(offers(SHOP), []);
  assert.throws(() => withdraw(CARRIER), kind("not-found"));
  withdraw(MAKER);
  assert.throws(() => withdraw(MAKER), kind("conflict"));
  assert.throws(() => there.accept(CARRIER), kind("not-found"));
  there.offer(MAKER, CARRIER);
  assert.throws(() => decline(SHOP), kind("not-found"));
  decline(CARRIER);
  assert.deepEqual([offers(CARRIER), there.steps(MAKER).entries, there.world.host.store.size], [[], [], size]);
});

test("an offer that was put in the place of the one that was seen is not accepted", async () => {
  const there = await chain();
  const seen = { offeredAt: NOW, note: "keep cool" };
  const replace = (note) => {
    there.call(MAKER, "DELETE", `/items/${there.item}/offer`);
    there.offer(MAKER, CARRIER, note);
  };
  there.offer(MAKER, CARRIER, seen.note);
  replace("keep warm");
  assert.throws(() => there.accept(CARRIER, seen), kind("conflict"));
  there.world.host.nowMs = NOW + 1;
  replace(seen.note);
  assert.throws(() => there.accept(CARRIER, seen), kind("conflict"));
  assert.equal(there.steps(MAKER).holding, true);
  const [{ offeredAt, note }] = there.call(CARRIER, "GET", "/offers").json().entries;
  there.accept(CARRIER, { offeredAt, note });
  assert.equal(there.steps(CARRIER).holding, true);
});

test("pages are complete, and their places tell nothing of other parties' transfers", async () => {
  const there = await chain();
  there.hand(MAKER, CARRIER);
  for (let round = 0; round < 3; round += 1) {
    there.hand(CARRIER, SHOP);
    there.hand(SHOP, CARRIER);
  }
  there.hand(CARRIER, MAKER);
  const first = there.steps(MAKER, "?limit=1");
  assert.deepEqual([pairs(first), first.next], [[[digits(MAKER), digits(CARRIER)]], "0001"]);
  assert.deepEqual(pairs(there.steps(MAKER, "?limit=1&after=0001")), [[digits(CARRIER), digits(MAKER)]]);
  const found = [];
  for (let next = ""; next !== null; ) {
    const page = there.audit(`?limit=3${next && `&after=${next}`}`);
    found.push(...page.entries);
    next = page.next;
  }
  assert.deepEqual(found, there.audit().entries);
  assert.equal(found.length, 8);
});

test("an account's items are listed in pages, those of others not", async () => {
  const there = await chain();
  const made = [there.item, there.make(MAKER), there.make(MAKER)].sort();
  there.make(STRANGER);
  const list = (query) => there.call(MAKER, "GET", `/items?${query}`).json();
  const first = list("limit=2");
  assert.deepEqual([first.entries, list(`limit=2&after=${first.next}`).entries], [made.slice(0, 2), made.slice(2)]);
});

test("an item has room for so many transfers and no more", async () => {
  const there = await chain();
  const key = `item/${there.item}`;
  const known = JSON.parse(Buffer.from(there.world.host.store.get(key)).toString());
  there.world.host.store.set(key, JSON.stringify({ ...known, steps: 999 }));
  there.hand(MAKER, CARRIER);
  there.offer(CARRIER, SHOP);
  assert.throws(() => there.accept(SHOP), kind("limit"));
});

test("what makes no sense is refused with what is wrong, and changes nothing", async () => {
  const there = await chain();
  const size = there.world.host.store.size;
  const refused = (from, path, value, detail) =>
    assert.throws(
      () => there.call(from, "POST", path, value),
      (error) => error.kind === "invalid" && error.detail.includes(detail),
      JSON.stringify(value),
    );
  refused(MAKER, "/items", [], "JSON object");
  refused(MAKER, "/items", { ...WANTED, more: 1 }, "'more'");
  refused(MAKER, "/items", { ...WANTED, description: " " }, "description");
  refused(MAKER, "/items", { ...WANTED, origin: "x".repeat(201) }, "origin");
  refused(MAKER, "/items", { ...WANTED, auditor: "0xAB" }, "auditor");
  refused(MAKER, "/items", { ...WANTED, auditor: digits(MAKER) }, "auditor");
  const offer = `/items/${there.item}/offer`;
  refused(MAKER, offer, {}, "to is");
  refused(MAKER, offer, { to: digits(MAKER) }, "to is");
  refused(MAKER, offer, { to: digits(AUDITOR) }, "auditor");
  refused(MAKER, offer, { to: digits(SHOP), note: "x".repeat(501) }, "note");
  refused(AUDITOR, `/items/${there.item}/verdict`, { verdict: "fine" }, "verdict");
  there.offer(MAKER, SHOP);
  const accept = `/items/${there.item}/accept`;
  refused(SHOP, accept, undefined, "");
  refused(SHOP, accept, { note: "to 3" }, "offeredAt");
  refused(SHOP, accept, { offeredAt: `${NOW}`, note: "to 3" }, "offeredAt");
  refused(SHOP, accept, { offeredAt: NOW }, "note");
  refused(SHOP, accept, { offeredAt: NOW, note: "to 3", more: 1 }, "'more'");
  there.call(MAKER, "DELETE", `/items/${there.item}/offer`);
  for (const query of ["limit=0", "limit=101", "limit=x", "after=1", "after=zzzz"]) {
    assert.throws(() => there.steps(MAKER, `?${query}`), kind("invalid"), query);
  }
  assert.equal(there.world.host.store.size, size);
  assert.throws(() => there.make(null), kind("denied"));
});

test("an item that is not there is not found", async () => {
  const there = await chain();
  for (const id of ["x", "0".repeat(32), there.item.toUpperCase().replace(/[0-9]/g, "A")]) {
    assert.throws(() => there.call(MAKER, "GET", `/items/${id}/origin`), kind("not-found"), id);
    assert.throws(() => there.call(MAKER, "GET", `/items/${id}/steps`), kind("not-found"), id);
  }
});
