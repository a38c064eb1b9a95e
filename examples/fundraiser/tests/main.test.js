import assert from "node:assert/strict";
import { test } from "node:test";

import { World } from "adyton/testing";

const UNIT = 10n ** 12n;

/** An account with so many units, as the chain has it. */
function account(free, nonce = 0) {
  const bytes = Buffer.alloc(80);
  bytes.writeUInt32LE(nonce, 0);
  bytes.writeBigUInt64LE(free % 2n ** 64n, 16);
  bytes.writeBigUInt64LE(free / 2n ** 64n, 24);
  return bytes;
}

/** What the chain says: the account at a block, or that there is none. */
function say(world, block, body) {
  const headers = { "adyton-watch": "account", "adyton-watch-block": String(block) };
  const answer = world.call(body === undefined ? "DELETE" : "PUT", "/.adyton/watch", { headers, body: body ?? "" });
  assert.equal(answer.status, 204);
}

const open = () => World.open({ settings: { goal: "100" } });

test("what comes and goes is told apart, and the goal is reached once", async () => {
  const world = await open();
  assert.deepEqual(world.call("GET", "/").json(), { collected: "0", goal: "100", reachedAt: null });
  say(world, 7, account(UNIT / 2n));
  say(world, 9, account(100n * UNIT));
  say(world, 12, account(40n * UNIT, 1));
  assert.deepEqual(world.call("GET", "/").json(), { collected: "40", goal: "100", reachedAt: 9 });
  say(world, 14);
  assert.deepEqual(world.call("GET", "/changes").json(), [
    { block: 14, difference: "-40" },
    { block: 12, difference: "-60" },
    { block: 9, difference: "99.5" },
    { block: 7, difference: "0.5" },
  ]);
  assert.equal(world.call("GET", "/").json().reachedAt, 9);
});

test("a change of the nonce alone is none of the balance, and a balance may be larger than a number", async () => {
  const world = await open();
  say(world, 1, account(2n ** 100n));
  say(world, 2, account(2n ** 100n, 1));
  assert.deepEqual(world.call("GET", "/changes").json(), [{ block: 1, difference: "1267650600228229401.496703205376" }]);
});

test("a caller cannot say what the chain says", async () => {
  const world = await open();
  assert.throws(() => world.call("PUT", "/.adyton/watch", { body: account(UNIT) }), { kind: "denied" });
  assert.equal(world.call("GET", "/").json().collected, "0");
});

test("what is no account is not believed", async () => {
  const world = await open();
  assert.throws(() => say(world, 1, Buffer.alloc(79)), { kind: "other" });
});
