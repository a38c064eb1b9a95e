import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";

import { World } from "adyton/testing";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const TERMS = { item: "a painting", rule: "second-price", reserve: "100", closesAt: NOW + HOUR };

const account = (number) => ({ tag: "account", val: new Uint8Array(32).fill(number) });
const digits = (number) => `0x${number.toString(16).padStart(2, "0").repeat(32)}`;
const SELLER = 1;

/** A world with one auction, and the calls that its tests make. */
async function auction(terms = {}) {
  const world = await World.open({ nowMs: NOW });
  const call = (from, method, path, value) => {
    const caller = from === null ? { tag: "anonymous" } : account(from);
    return world.call(method, path, { caller, body: value === undefined ? "" : JSON.stringify(value) });
  };
  const there = {
    world,
    call,
    sell: (from, asked) => call(from, "POST", "/auctions", asked),
    bid: (from, amount) => call(from, "POST", "/auctions/1/bids", { amount }),
    look: (from = null) => call(from, "GET", "/auctions/1").json(),
    close: (from = null) => call(from, "POST", "/auctions/1/close").json(),
    end: () => (world.host.nowMs = TERMS.closesAt),
  };
  assert.deepEqual(there.sell(SELLER, { ...TERMS, ...terms }).json(), { auction: 1 });
  return there;
}

const kind = (expected) => (error) => error.kind === expected;

test("the highest bid wins, and pays the second highest", async () => {
  const there = await auction();
  for (const [from, amount] of [
    [2, "150"],
    [3, "300"],
    [4, "200"],
  ])
    there.bid(from, amount);
  there.end();
  const { winner, price, state, bidders } = there.close();
  assert.deepEqual({ winner, price, state, bidders }, { winner: digits(3), price: "200", state: "closed", bidders: 3 });
});

test("by the other rule the highest bid is the price", async () => {
  const there = await auction({ rule: "first-price" });
  for (const [from, amount] of [
    [2, "150"],
    [3, "300"],
  ])
    there.bid(from, amount);
  there.end();
  assert.equal(there.close().price, "300");
});

test("a single bid pays the reserve, and one below it does not win", async () => {
  const there = await auction();
  there.bid(2, "99");
  there.bid(3, "500");
  there.end();
  assert.deepEqual([there.look().state, there.close().price], ["over", "100"]);
});

test("nobody wins where no bid reaches the reserve", async () => {
  const there = await auction();
  there.bid(2, "99");
  there.end();
  const { winner, price } = there.close();
  assert.deepEqual([winner, price], [null, null]);
});

test("of equal bids the earlier wins, and a replaced bid is as late as its last", async () => {
  const there = await auction();
  there.bid(2, "120");
  there.bid(3, "200");
  there.bid(4, "200");
  there.bid(3, "200");
  assert.equal(there.look().bidders, 3);
  there.end();
  assert.deepEqual([there.close().winner, there.close().price], [digits(4), "200"]);
});

test("amounts are exact where numbers of JavaScript are not", async () => {
  const there = await auction();
  there.bid(2, "340282366920938463463374607431768211455");
  there.bid(3, "340282366920938463463374607431768211454");
  there.end();
  assert.deepEqual([there.close().winner, there.close().price], [digits(2), "340282366920938463463374607431768211454"]);
});

test("a bid is seen by its bidder alone", async () => {
  const there = await auction();
  there.bid(2, "150");
  assert.deepEqual(there.call(2, "GET", "/auctions/1/bids/mine").json(), { bid: "150" });
  for (const other of [SELLER, 3])
    assert.throws(() => there.call(other, "GET", "/auctions/1/bids/mine"), kind("not-found"));
  assert.throws(() => there.call(null, "GET", "/auctions/1/bids/mine"), kind("denied"));
  for (const other of [SELLER, 2, 3, null]) assert.ok(!JSON.stringify(there.look(other)).includes("150"));
});

test("the reserve is seen by the seller alone, and cannot be found out by bidding", async () => {
  const there = await auction({ reserve: "777" });
  assert.equal(there.look(SELLER).reserve, "777");
  for (const other of [2, null]) assert.equal(there.look(other).reserve, undefined);
  const [below, above] = [there.bid(2, "776"), there.bid(3, "777")];
  assert.deepEqual([below.status, Object.keys(below.json())], [above.status, Object.keys(above.json())]);
});

test("the winner's own amount is not told, and no bid is kept", async () => {
  const there = await auction();
  there.bid(2, "31337");
  there.bid(3, "200");
  there.end();
  assert.ok(!JSON.stringify(there.close()).includes("31337"));
  assert.throws(() => there.call(2, "GET", "/auctions/1/bids/mine"), kind("not-found"));
  assert.equal(there.world.host.store.size, 2);
  assert.deepEqual(there.world.host.lines, []);
});

test("no bid is taken from the closing time on, and none before is closed", async () => {
  const there = await auction();
  assert.throws(() => there.close(), kind("denied"));
  there.world.host.nowMs = TERMS.closesAt - 1;
  there.bid(2, "150");
  there.end();
  assert.throws(() => there.bid(3, "150"), kind("denied"));
  assert.equal(there.close().winner, digits(2));
});

test("an outcome stays what it is, whoever closes again", async () => {
  const there = await auction();
  there.bid(2, "150");
  there.end();
  assert.deepEqual(there.close(2), there.close(3));
  assert.throws(() => there.bid(3, "900"), kind("denied"));
});

test("the outcome's signature holds for this outcome and no other", async () => {
  const there = await auction();
  there.bid(2, "150");
  there.end();
  const outcome = there.close();
  const { key } = there.call(null, "GET", "/key").json();
  const contract = there.world.host.contract;
  const holds = (price) => {
    const parts = [contract, "1", outcome.item, outcome.seller, outcome.rule, outcome.winner, price].map((part) =>
      Buffer.from(part),
    );
    const context = Buffer.from("adyton sealed-bid-auction outcome 1");
    const message = [Buffer.from([context.length]), context, ...parts.flatMap((part) => [lengthOf(part), part])];
    return verify(null, Buffer.concat(message), publicKey(key), Buffer.from(outcome.signature.slice(2), "hex"));
  };
  assert.deepEqual([holds(outcome.price), holds("1")], [true, false]);
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

test("who does not sign neither sells nor bids, and the seller does not bid", async () => {
  const there = await auction();
  assert.throws(() => there.sell(null, TERMS), kind("denied"));
  assert.throws(() => there.bid(null, "150"), kind("denied"));
  assert.throws(() => there.bid(SELLER, "150"), kind("denied"));
});

test("terms that make no sense are refused", async () => {
  const there = await auction();
  const wrong = [
    null,
    [],
    { ...TERMS, item: "" },
    { ...TERMS, item: "x".repeat(201) },
    { ...TERMS, rule: "english" },
    { ...TERMS, reserve: 100 },
    { ...TERMS, reserve: "-1" },
    { ...TERMS, reserve: "1.5" },
    { ...TERMS, reserve: String(2n ** 128n) },
    { ...TERMS, closesAt: NOW },
    { ...TERMS, closesAt: NOW + 91 * 24 * HOUR },
    { ...TERMS, closesAt: "soon" },
    { ...TERMS, more: 1 },
  ];
  for (const terms of wrong) assert.throws(() => there.sell(SELLER, terms), kind("invalid"), JSON.stringify(terms));
});

test("bids that make no sense are refused, and change nothing", async () => {
  const there = await auction();
  for (const amount of ["0", "", "01", "1e3", 150, null, "9".repeat(40)]) {
    assert.throws(() => there.bid(2, amount), kind("invalid"), String(amount));
  }
  assert.throws(() => there.call(2, "POST", "/auctions/1/bids"), kind("invalid"));
  assert.equal(there.look().bidders, 0);
});

test("an auction that is not there is not found", async () => {
  const there = await auction();
  for (const number of ["2", "0", "01", "x", "1e0", "99999999999"]) {
    assert.throws(() => there.call(2, "GET", `/auctions/${number}`), kind("not-found"), number);
    assert.throws(
      () => there.call(2, "POST", `/auctions/${number}/bids`, { amount: "150" }),
      kind("not-found"),
      number,
    );
  }
});

test("the bidders of one auction are bounded, and those who have bid may bid again", async () => {
  const there = await auction();
  const known = JSON.parse(Buffer.from(there.world.host.store.get("auction/0000000001")).toString());
  there.world.host.store.set("auction/0000000001", JSON.stringify({ ...known, bidders: 499 }));
  there.bid(2, "150");
  assert.throws(() => there.bid(3, "150"), kind("limit"));
  there.bid(2, "160");
});

test("bids of one auction do not count in another", async () => {
  const there = await auction();
  there.sell(SELLER, { ...TERMS, item: "another" });
  there.bid(2, "150");
  there.end();
  assert.deepEqual(
    [there.close().winner, there.call(null, "POST", "/auctions/2/close").json().winner],
    [digits(2), null],
  );
});
