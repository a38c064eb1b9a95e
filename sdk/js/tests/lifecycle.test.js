// What a program does once, before it answers: its `init` and `migrate`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { refusal, world } from "./worlds.js";

const open = () => world("lifecycle", { grants: ["kv"] });

test("init runs before the first call, once, as the contract itself", async () => {
  const contract = await open();
  assert.deepEqual(contract.call("GET", "/").json(), { init: "contract", migrate: null });
  contract.host.store.set("mode", "no");
  assert.equal(contract.call("GET", "/").status, 200);
});

test("an init that fails leaves nothing, and the contract does not answer before it succeeds", async () => {
  const contract = await open();
  contract.host.store.set("mode", "no");
  assert.throws(() => contract.init(), /not with this state/);
  assert.match(refusal(contract, "GET", "/"), /not with this state/);
  assert.throws(() => contract.runDue(), /not with this state/);
  assert.equal(contract.host.store.get("init"), null);
  contract.host.store.set("mode", "yes");
  assert.equal(contract.call("GET", "/").json().init, "contract");
});

test("migrate takes over the state that is there, and no init runs", async () => {
  const contract = await open();
  contract.migrate(3, new Uint8Array(32).fill(9));
  const migrated = { version: 3, code: Array(32).fill(9) };
  assert.deepEqual(contract.call("GET", "/").json(), { init: null, migrate: migrated });
});

test("a migrate that fails leaves the state as it was, and the contract does not answer", async () => {
  const contract = await open();
  contract.host.store.set("mode", "bug");
  assert.throws(() => contract.migrate(), /TypeError/);
  assert.match(refusal(contract, "GET", "/"), /TypeError/);
  assert.equal(contract.host.store.size, 1);
});

test("a program with one of the two alone is refused, and one with none has nothing to run", async () => {
  assert.match(refusal(await world("half-lifecycle"), "GET", "/"), /has to export both/);
  const without = await world("engine", { grants: ["log", "random"] });
  assert.throws(() => without.migrate(), /exports no migrate/);
});
