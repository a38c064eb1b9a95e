import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";

import { ContractError, World } from "adyton/testing";

const NOW = Date.UTC(2026, 0, 1);
const SOURCES = ["https://one.example/price", "https://two.example/price", "https://three.example/price"];
const SETTINGS = { pair: "PHA/USD", sources: SOURCES.join(" "), quorum: "2" };

/** A world whose sources say these prices; one that is an error fails with it. */
async function oracle(prices, settings = SETTINGS) {
  const world = await World.open({ nowMs: NOW, settings });
  const say = (said) => {
    world.host.http = ({ url }) => {
      const price = said[SOURCES.indexOf(url)];
      if (price instanceof Error) throw price;
      return typeof price === "object" ? price : { body: JSON.stringify({ price }) };
    };
  };
  say(prices);
  return { world, say, update: () => world.call("POST", "/update").json() };
}

/** The prices of the history, newest first. */
function values(world, query = "") {
  return world.call("GET", `/history${query}`).json().map(({ value }) => value);
}

test("a price is the median of what the sources say, and is remembered and reported", async () => {
  const { world, update } = await oracle(["0.10", "0.12", "0.11"]);
  assert.equal(world.call("GET", "/price").status, 404);
  const updated = update();
  assert.deepEqual([updated.pair, updated.value, updated.sources, updated.time_ms], ["PHA/USD", "0.11", 3, NOW]);
  assert.deepEqual(world.call("GET", "/price").json(), updated);
  assert.ok(Buffer.from(world.host.reports[0]).includes(`PHA/USD 0.11 ${NOW}`));
  assert.deepEqual(world.host.lines.at(-1), { level: "info", message: "PHA/USD is 0.11 by 3 sources" });
});

test("a price is signed with the contract, the pair and the time", async () => {
  const { world, update } = await oracle(["1", "1", "1"]);
  const { public_key: key, signature } = update();
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(BigInt(NOW));
  const parts = [world.host.contract, "PHA/USD", "1", time].map((part) => Buffer.from(part));
  const prefixed = parts.flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(part.length);
    return [length, part];
  });
  const context = Buffer.from("price-oracle/v1");
  const message = Buffer.concat([Buffer.of(context.length), context, ...prefixed]);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(key, "hex")]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  const valid = (signed) => verify(null, signed, publicKey, Buffer.from(signature, "hex"));
  assert.ok(valid(message));
  assert.ok(!valid(Buffer.concat([message, Buffer.of(0)])));
});

test("sources that fail, lie or answer something else are left out", async () => {
  for (const bad of [ContractError.timeout(), "zero", "0", "-1", 7, { status: 500 }, { body: "not JSON" }]) {
    const { world, update } = await oracle(["0.1", "0.2", bad]);
    const { value, sources } = update();
    assert.deepEqual([value, sources], ["0.15", 2]);
    assert.ok(world.host.lines.some(({ level, message }) => level === "warn" && message.startsWith(SOURCES[2])));
  }
});

test("too few sources make no price, and nothing is remembered", async () => {
  const { world, say, update } = await oracle(["0.1", "0.2", "0.3"]);
  update();
  say([ContractError.timeout(), "0.3", ContractError.timeout()]);
  world.host.nowMs += 1;
  const fewer = { kind: "unavailable", message: /1 of 3 sources answered; 2 are needed/ };
  assert.throws(update, fewer);
  assert.deepEqual(values(world), ["0.2"]);
});

test("the history has the newest first, and no more than is asked for", async () => {
  const { world, say, update } = await oracle(["1", "1", "1"]);
  for (let at = 1; at <= 3; at += 1) {
    world.host.nowMs = NOW + at;
    say(Array(3).fill(String(at)));
    update();
  }
  assert.deepEqual(values(world), ["3", "2", "1"]);
  assert.deepEqual(values(world, "?limit=2"), ["3", "2"]);
  assert.deepEqual(values(world, "?limit=0"), ["3"]);
  for (const limit of ["x", "-1", ""]) {
    assert.throws(() => values(world, `?limit=${limit}`), { kind: "invalid" });
  }
});

test("settings that are missing or no numbers are refused", async () => {
  for (const changed of [{ pair: undefined }, { sources: undefined }, { quorum: undefined }, { quorum: "two" }]) {
    const settings = Object.entries({ ...SETTINGS, ...changed }).filter(([, value]) => value !== undefined);
    const { update } = await oracle(["1", "1", "1"], Object.fromEntries(settings));
    assert.throws(update, { kind: "invalid" });
  }
});

test("the same price is signed for EVM chains", async () => {
  const { world, update } = await oracle(["0.10", "0.12", "0.11"]);
  assert.equal(world.call("GET", "/price/evm").status, 404);
  update();
  const { signature, signer, ...price } = world.call("GET", "/price/evm").json();
  const salt = `0x${Buffer.from(world.host.contract).toString("hex")}`;
  assert.deepEqual(price, { pair: "PHA/USD", value: 110_000, decimals: 6, sources: 3, timeMs: NOW, salt });
  assert.match(signature, /^0x[0-9a-f]{130}$/);
  assert.match(signer, /^0x[0-9a-fA-F]{40}$/);
});
