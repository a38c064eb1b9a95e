// Databases outside: what the SDK makes of values and failures, under a host in memory.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DatabaseFailed } from "adyton/testing";
import { refusal, world } from "./worlds.js";

const GRANTS = ["postgres", "mysql", "redis"];
const open = (databases) => world("databases", { grants: GRANTS, databases });

test("values cross in both directions as what they are", async () => {
  const asked = [];
  const postgres = (address) => ({
    execute: (...given) => void asked.push([address, ...given]) ?? 3,
    query: (text, parameters) => ({
      columns: ["a", "b"],
      rows: [[null, text, parameters[0], true, 1, 2 ** 53 - 1, 0.5], [new Uint8Array([7]), new Date(1), undefined]],
    }),
  });
  const there = await open({ postgres });
  const { changed, columns, rows } = there.call("POST", "/postgres").json();
  assert.deepEqual([changed, columns], [3, ["a", "b"]]);
  assert.deepEqual(rows[0], [null, "SELECT", "all", true, 1, 2 ** 53 - 1, 0.5]);
  assert.deepEqual(rows[1], [[7], "1970-01-01T00:00:00.001Z", "undefined"]);
  const [[address, text, parameters]] = asked;
  assert.deepEqual([address, text], ["postgres://user:secret@db.example.org/people", "INSERT"]);
  const since = new Date("2026-01-31T23:59:58.007Z");
  assert.deepEqual(parameters, [null, true, 7, -(2 ** 31), 2 ** 40, 0.5, 9, "text", Uint8Array.of(1, 2), since]);
});

test("a moment is a text in MySQL, and its execute gives nothing", async () => {
  const asked = [];
  const there = await open({ mysql: () => ({ execute: (...given) => void asked.push(given) }) });
  assert.equal(there.call("POST", "/mysql").json(), true);
  assert.deepEqual(asked, [["INSERT", ["1970-01-01 00:00:00.000"]]]);
});

test("Redis takes and gives words", async () => {
  const store = new Map();
  const redis = () => ({
    set: (key, value) => void store.set(key, value),
    get: (key) => store.get(key) ?? null,
    incr: () => 41,
    del: (keys) => keys.length,
    execute: (command, given) => [command, null, 5, given[2], given.length],
  });
  const there = await open({ redis });
  assert.deepEqual(there.call("POST", "/redis").json(), ["one", null, 41, 2, ["P", null, 5, 3, 3]]);
});

test("a database that is not there, and one that fails, are told with their failure", async () => {
  const said = async (databases) => (await open(databases)).call("POST", "/caught").json();
  assert.deepEqual(await said({}), [true, "connection-failed", "unavailable", "the test has no databases.postgres"]);
  const query = () => {
    throw new DatabaseFailed("query-failed", "42P01: no table");
  };
  assert.deepEqual(await said({ postgres: () => ({ query }) }), [true, "query-failed", "other", "42P01: no table"]);
  const beyond = { columns: ["a"], rows: [[2 ** 60]] };
  const [is, failure] = await said({ postgres: () => ({ query: () => beyond }) });
  assert.deepEqual([is, failure], [true, "value-conversion-failed"]);
});

test("what cannot be a parameter is refused, and a ninth connection", async () => {
  const there = await open({ postgres: () => ({ execute: () => 1 }), redis: () => ({}) });
  assert.match(refusal(there, "POST", "/parameter/huge"), /^invalid: a whole number beyond/);
  assert.match(refusal(there, "POST", "/parameter/date"), /^invalid: an invalid Date/);
  assert.match(refusal(there, "POST", "/parameter/object"), /^invalid: a parameter is neither/);
  assert.equal(refusal(there, "POST", "/many"), "limit");
});

test("a database without its grant is refused and names the grant", async () => {
  await assert.rejects(world("databases", { grants: ["postgres", "redis"] }), /add "mysql" to grants/);
});
