import assert from "node:assert/strict";
import { test } from "node:test";

import { World } from "adyton/testing";

test("it begins at nothing, counts, and remembers", async () => {
  const world = await World.open();
  assert.equal(world.call("GET", "/count").json(), 0);
  assert.equal(world.call("POST", "/increment").json(), 1);
  assert.equal(world.call("POST", "/increment").json(), 2);
  assert.equal(world.call("GET", "/count?whatever").json(), 2);
});

test("it answers with JSON, and says so", async () => {
  const world = await World.open();
  const answer = world.call("GET", "/count");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "application/json");
});

test("there is nothing under another path or method, and nothing is written", async () => {
  const world = await World.open();
  for (const [method, path] of [
    ["GET", "/"],
    ["GET", "/increment"],
    ["POST", "/count"],
    ["GET", "/count/"],
  ]) {
    assert.equal(world.call(method, path).status, 404, `${method} ${path}`);
  }
  assert.equal(world.host.store.size, 0);
});
