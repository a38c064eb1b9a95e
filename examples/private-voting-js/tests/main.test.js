import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";

import { World } from "adyton/testing";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const ANONYMOUS = { tag: "anonymous" };

const id = (number) => Buffer.from(number.toString(16).padStart(64, "0"), "hex");
const account = (number) => ({ tag: "account", val: new Uint8Array(id(number)) });
const listed = (from, to) => Array.from({ length: to - from }, (_, at) => id(from + at).toString("hex"));
const kind = (expected) => (error) => error.kind === expected;

function wanted(changed = {}) {
  const poll = { question: "Shall we?", options: ["yes", "no"], voters: listed(1, 6), closes_ms: NOW + HOUR };
  return { ...poll, ...changed };
}

/** A world with one poll, and the calls that its tests make. */
async function voting() {
  const world = await World.open({ nowMs: NOW });
  const ask = (method, path, value, caller = ANONYMOUS) => {
    const answer = world.call(method, path, { caller, body: value === undefined ? "" : JSON.stringify(value) });
    assert.ok(answer.status < 300);
    return answer.body.length > 0 ? answer.json() : null;
  };
  const announce = (changed) => ask("POST", "/polls", wanted(changed), account(99));
  const of = (poll) => {
    const path = (rest = "") => `/polls/${poll.id}${rest}`;
    return {
      poll,
      path,
      vote: (number, option) => ask("PUT", path("/ballot"), { option }, account(number)),
      end: () => (world.host.nowMs = poll.closes_ms),
      count: () => {
        world.host.nowMs = poll.closes_ms;
        return ask("POST", path("/count"));
      },
    };
  };
  return { world, ask, announce, of, ...of(announce()) };
}

test("the votes are counted after the end", async () => {
  const { ask, vote, count, path } = await voting();
  for (const [number, option] of Object.entries({ 1: "yes", 2: "no", 3: "yes" })) vote(Number(number), option);
  const counted = count();
  assert.deepEqual(counted.result.votes, { yes: 2, no: 1 });
  assert.deepEqual(ask("GET", path("/result")), counted);
});

test("a later ballot takes the place of the earlier one", async () => {
  const { vote, count } = await voting();
  vote(1, "yes");
  for (const number of [2, 3, 1, 1]) vote(number, "no");
  assert.deepEqual(count().result.votes, { yes: 0, no: 3 });
});

test("the result is signed and reported once", async () => {
  const { world, poll, vote, count } = await voting();
  for (const number of [1, 2, 3]) vote(number, "yes");
  const [first, second] = [count(), count()];
  assert.deepEqual(first, second);
  const message = Buffer.from(first.message, "hex");
  assert.equal(message.subarray(0, 18).toString(), "\x11private-voting/v1");
  assert.ok(message.toString("latin1").endsWith(JSON.stringify(first.result)));
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(first.public_key, "hex")]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  assert.ok(verify(null, message, key, Buffer.from(first.signature, "hex")));
  assert.equal(world.host.reports.length, 1);
  const digest = createHash("sha256").update(message).digest();
  const said = Buffer.concat([Buffer.from(`private-voting/v1 ${poll.id} `), digest]);
  assert.ok(Buffer.from(world.host.reports[0]).subarray(-said.length).equals(said));
});

test("below the quorum nothing is told", async () => {
  const { vote, count } = await voting();
  vote(1, "yes");
  vote(2, "yes");
  const told = count().result;
  assert.deepEqual([told.quorum_reached, told.votes], [false, null]);
});

test("before the end nothing is told", async () => {
  const { ask, vote, path } = await voting();
  const before = ask("GET", path());
  vote(1, "yes");
  assert.deepEqual(ask("GET", path()), before);
  assert.throws(() => ask("POST", path("/count")), kind("conflict"));
  assert.throws(() => ask("GET", path("/result")), kind("not-found"));
});

test("after the end no ballot is taken", async () => {
  const { vote, end } = await voting();
  end();
  assert.throws(() => vote(1, "yes"), kind("conflict"));
});

test("who is not listed or did not sign has no vote", async () => {
  const { ask, path } = await voting();
  const contract = { tag: "contract", val: account(1).val };
  for (const caller of [account(6), account(99), ANONYMOUS, contract]) {
    assert.throws(() => ask("PUT", path("/ballot"), { option: "yes" }, caller), kind("denied"));
  }
});

test("a ballot for no option is invalid", async () => {
  const { ask, path } = await voting();
  for (const body of [undefined, null, {}, { option: 0 }, { option: "maybe" }, { option: "yes", more: 1 }, ["yes"]]) {
    assert.throws(() => ask("PUT", path("/ballot"), body, account(1)), kind("invalid"), JSON.stringify(body));
  }
});

test("ballots are forgotten after the count only", async () => {
  const { world, poll, ask, vote, count, end, path } = await voting();
  for (const number of [1, 2, 3]) vote(number, "yes");
  end();
  assert.throws(() => ask("POST", path("/forget")), kind("conflict"));
  const counted = count();
  assert.deepEqual(ask("POST", path("/forget")), { forgotten: 3, more: false });
  assert.equal(world.host.store.size, 3);
  for (const left of ["poll", "voters", "result"]) assert.ok(world.host.store.get(`${left}/${poll.id}`));
  assert.deepEqual(count(), counted);
});

test("many ballots are forgotten in several calls", async () => {
  const { ask, announce, of } = await voting();
  const { vote, count, path } = of(announce({ voters: listed(1, 602) }));
  for (let number = 1; number < 602; number += 1) vote(number, "no");
  assert.deepEqual(count().result.votes, { yes: 0, no: 601 });
  assert.deepEqual(ask("POST", path("/forget")), { forgotten: 500, more: true });
  assert.deepEqual(ask("POST", path("/forget")), { forgotten: 101, more: false });
});

test("polls do not touch each other", async () => {
  const { announce, of, count } = await voting();
  const other = of(announce({ options: ["a", "b", "c"] }));
  for (const number of [1, 2, 3]) other.vote(number, "c");
  assert.deepEqual(other.count().result.votes, { a: 0, b: 0, c: 3 });
  assert.equal(count().result.votes, null);
});

test("a malformed poll is invalid", async () => {
  const { announce } = await voting();
  const voters = listed(1, 6);
  for (const changed of [
    { question: "" },
    { question: "a".repeat(501) },
    { question: "\ud800" },
    { options: ["yes"] },
    { options: ["yes", "yes"] },
    { options: ["yes", 1] },
    { options: Array.from({ length: 17 }, (_, at) => String(at)) },
    { voters: voters.slice(0, 2) },
    { voters: [...voters, voters[0]] },
    { voters: [`0x${voters[0]}`, ...voters.slice(1)] },
    { voters: [voters[0].replaceAll("0", "G"), ...voters.slice(1)] },
    { voters: Array.from({ length: 300 }, () => voters).flat() },
    { quorum: 2 },
    { quorum: 6 },
    { quorum: true },
    { quorum: null },
    { closes_ms: NOW },
    { closes_ms: "tomorrow" },
    { more: 1 },
  ]) {
    assert.throws(() => announce(changed), kind("invalid"), JSON.stringify(changed));
  }
});

test("an unsigned announcement is denied", async () => {
  const { ask } = await voting();
  assert.throws(() => ask("POST", "/polls", wanted()), kind("denied"));
});

test("a poll that is not there is not found", async () => {
  const { ask } = await voting();
  const requests = { "": "GET", "/ballot": "PUT", "/count": "POST", "/result": "GET", "/forget": "POST" };
  for (const unknown of ["00".repeat(16), "x", "%2e%2e"]) {
    for (const [rest, method] of Object.entries(requests)) {
      assert.throws(() => ask(method, `/polls/${unknown}${rest}`, undefined, account(1)), kind("not-found"));
    }
  }
});
