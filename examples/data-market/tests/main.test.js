import assert from "node:assert/strict";
import { test } from "node:test";

import { World } from "adyton/testing";

const account = (number) => ({ tag: "account", val: new Uint8Array(32).fill(number) });
const digits = (number) => `0x${number.toString(16).padStart(2, "0").repeat(32)}`;
const [ANN, BEN, CAT, BUYER, OTHER] = [201, 202, 203, 210, 211];
const SETTINGS = {
  approvers: [ANN, BEN, CAT].map(digits).join(" "),
  quorum: "2",
  minimum_group: "3",
  queries_per_buyer: "20",
};
const VALUES = { age: 40, steps: 5000, sleep_minutes: 420, region: "north", smoker: "no" };
const TERMS = { purposes: ["research", "insurance"], uses: 100 };
const COUNT = { purpose: "research", measure: "count", where: [] };

/** A market with its buyers, and the calls that its tests make. */
async function market(settings = {}) {
  const world = await World.open({ settings: { ...SETTINGS, ...settings } });
  const call = (from, method, path, value) => {
    const caller = from === null ? { tag: "anonymous" } : account(from);
    return world.call(method, path, { caller, body: value === undefined ? "" : JSON.stringify(value) });
  };
  const there = {
    world,
    call,
    /** People 1 to `count`, each with what `values` says of its number. */
    people: (count, values = () => ({}), terms = {}, first = 1) => {
      const numbers = Array.from({ length: count }, (_, at) => first + at);
      call(ANN, "POST", "/people", { accounts: numbers.map(digits) });
      for (const number of numbers) there.contribute(number, values(number), terms);
    },
    contribute: (number, values = {}, terms = {}) =>
      call(number, "PUT", "/row", { values: { ...VALUES, ...values }, terms: { ...TERMS, ...terms } }),
    propose: (query, from = BUYER) => call(from, "POST", "/queries", query).json().query,
    run: (number, from = BUYER) => call(from, "POST", `/queries/${number}/run`).json(),
    approve: (number, ...approvers) => approvers.map((one) => call(one, "POST", `/queries/${number}/approve`)),
    ask: (query, from = BUYER) => {
      const number = there.propose({ ...COUNT, ...query }, from);
      there.approve(number, ANN, BEN);
      return there.run(number, from);
    },
    credits: (number) => call(number, "GET", "/row").json().credits,
  };
  call(BEN, "POST", "/buyers", { accounts: [BUYER, OTHER].map(digits) });
  return there;
}

const kind = (expected) => (error) => error.kind === expected;
const FEW = { withheld: "a group has too few people" };
const CLOSE = { withheld: "a group is too close to one that was told about before" };
const ages = (number) => ({ age: 20 + number });
const from = (least, most = 120) => [{ field: "age", from: least, to: most }];

test("each measure is what it says over the rows that meet all conditions", async () => {
  const there = await market();
  const regions = ["north", "south"];
  there.people(8, (number) => ({ age: 20 + number, steps: number * 100, region: regions[number % 2] }));
  assert.deepEqual(there.ask({}), { result: 8 });
  assert.deepEqual(there.ask({ measure: "sum", of: "steps" }), { result: 3600 });
  assert.deepEqual(there.ask({ measure: "mean", of: "age" }), { result: 24.5 });
  assert.deepEqual(there.ask({ measure: "histogram", of: "region" }), {
    result: { north: 4, east: 0, south: 4, west: 0 },
  });
  const where = [
    { field: "region", is: "north" },
    { field: "age", from: 22, to: 28 },
  ];
  assert.deepEqual(there.ask({ measure: "sum", of: "steps", where }), { result: 2000 });
});

test("nothing is told about a group that is too small, nor about nobody", async () => {
  const there = await market();
  there.people(8, ages);
  assert.deepEqual(there.ask({ measure: "sum", of: "steps", where: from(27) }), FEW);
  assert.deepEqual(there.ask({ where: from(100) }), FEW);
  assert.deepEqual(there.ask({ measure: "histogram", of: "region", where: from(100) }), FEW);
  assert.deepEqual(there.ask({ where: from(26) }), { result: 3 });
});

test("a histogram is withheld whole for one category that is too small", async () => {
  const there = await market();
  there.people(7, (number) => ({ region: number < 6 ? "north" : "west" }));
  assert.deepEqual(there.ask({ measure: "histogram", of: "region" }), FEW);
});

test("two queries whose difference is one person are not both answered", async () => {
  const there = await market();
  there.people(8, ages);
  assert.deepEqual(there.ask({ measure: "sum", of: "age" }), { result: 196 });
  assert.deepEqual(there.ask({ measure: "sum", of: "age", where: from(22) }), CLOSE);
  assert.deepEqual(there.ask({ where: from(18, 26) }), CLOSE);
  assert.deepEqual(there.ask({ measure: "sum", of: "age", where: from(24) }), { result: 130 });
});

test("another buyer does not get the difference either", async () => {
  const there = await market();
  there.people(8, ages);
  there.ask({});
  assert.deepEqual(there.ask({ where: from(22) }, OTHER), CLOSE);
});

test("a histogram's categories count as groups that were told about", async () => {
  const there = await market();
  there.people(8, (number) => ({ age: 20 + number, region: number % 2 ? "north" : "south" }));
  there.ask({ measure: "histogram", of: "region" });
  const where = [{ field: "region", is: "north" }, ...from(22)];
  assert.deepEqual(there.ask({ where }), CLOSE);
});

test("a histogram's categories together count as groups that were told about, too", async () => {
  const there = await market();
  there.people(6, (number) => ({ age: 20 + number, region: number % 2 ? "north" : "south" }));
  there.people(1, () => ({ age: 90 }), {}, 7);
  const no = { field: "smoker", is: "no" };
  assert.deepEqual(there.ask({ measure: "histogram", of: "region", where: [no, ...from(18, 80)] }), {
    result: { north: 3, east: 0, south: 3, west: 0 },
  });
  assert.deepEqual(there.ask({ where: [no] }), CLOSE);
  assert.deepEqual([1, 7].map(there.credits), [1, 0]);
});

test("a histogram of four categories takes fifteen groups", async () => {
  const there = await market();
  const regions = ["north", "east", "south", "west"];
  there.people(12, (number) => ({ region: regions[number % 4] }));
  assert.ok("result" in there.ask({ measure: "histogram", of: "region" }));
  const told = ["told/0014", "told/0015"].map((key) => there.world.host.store.get(key) !== null);
  assert.deepEqual(told, [true, false]);
});

test("what one person's coming or going would tell is withheld", async () => {
  const there = await market();
  there.people(6);
  assert.deepEqual(there.ask({ measure: "sum", of: "age" }), { result: 240 });
  there.people(1, () => ({ age: 99 }), {}, 7);
  assert.deepEqual(there.ask({ measure: "sum", of: "age" }), CLOSE);
  there.people(2, () => ({}), {}, 8);
  assert.deepEqual(there.ask({ measure: "sum", of: "age" }), { result: 419 });
  there.call(7, "DELETE", "/row");
  assert.deepEqual(there.ask({ measure: "sum", of: "age" }), CLOSE);
});

test("the same group may be told about again, by any measure", async () => {
  const there = await market();
  there.people(4, ages);
  for (const of of ["age", "steps", "sleep_minutes"]) assert.ok("result" in there.ask({ measure: "mean", of }));
  assert.deepEqual(there.ask({ where: from(18) }), { result: 4 });
});

test("a row is used for the purposes of its terms only", async () => {
  const there = await market();
  there.people(4);
  there.people(3, () => ({}), { purposes: ["marketing"] }, 5);
  assert.deepEqual(there.ask({}), { result: 4 });
  assert.deepEqual(there.ask({ purpose: "marketing" }), { result: 3 });
  assert.deepEqual(there.ask({ purpose: "public-health" }), FEW);
});

test("a row is used as often as its terms say, and each use is credited", async () => {
  const there = await market();
  there.people(3, () => ({}), { uses: 2 });
  there.people(4, () => ({}), {}, 4);
  there.ask({});
  there.ask({});
  assert.deepEqual(there.ask({}), { result: 4 });
  assert.deepEqual([1, 4].map(there.credits), [2, 3]);
});

test("what is withheld credits nobody, and a result that is asked for again does not either", async () => {
  const there = await market();
  there.people(4, ages);
  assert.deepEqual(there.ask({ where: from(23) }), FEW);
  assert.deepEqual([1, 4].map(there.credits), [0, 0]);
  const number = there.propose(COUNT);
  there.approve(number, BEN, CAT);
  assert.deepEqual([there.run(number), there.run(number)], [{ result: 4 }, { result: 4 }]);
  assert.deepEqual([1, 4].map(there.credits), [1, 1]);
});

test("an outcome stays what it was when the query ran", async () => {
  const there = await market();
  there.people(2);
  const number = there.propose(COUNT);
  there.approve(number, ANN, BEN);
  assert.deepEqual(there.run(number), FEW);
  there.people(5, () => ({}), {}, 3);
  assert.deepEqual(there.run(number), FEW);
});

test("a query runs with the quorum's approvals only, each approver's once and not the buyer's", async () => {
  const there = await market();
  there.people(4);
  there.call(CAT, "POST", "/buyers", { accounts: [digits(ANN)] });
  const number = there.propose(COUNT, ANN);
  assert.throws(() => there.run(number, ANN), kind("denied"));
  assert.throws(() => there.approve(number, ANN), kind("denied"));
  there.approve(number, BEN);
  assert.throws(() => there.approve(number, BEN), kind("conflict"));
  for (const stranger of [BUYER, 1, null]) assert.throws(() => there.approve(number, stranger), kind("denied"));
  assert.throws(() => there.run(number, ANN), kind("denied"));
  there.approve(number, CAT);
  assert.deepEqual(there.run(number, ANN), { result: 4 });
});

test("approvals of those who are approvers no more do not count", async () => {
  const there = await market();
  there.people(4);
  const number = there.propose(COUNT);
  there.approve(number, ANN, BEN);
  there.world.host.settings.approvers = [BEN, CAT].map(digits).join(" ");
  assert.throws(() => there.run(number), kind("denied"));
});

test("the result is the buyer's alone, and approvers see the query", async () => {
  const there = await market();
  there.people(4);
  there.ask({});
  assert.deepEqual(there.call(BUYER, "GET", "/queries/1").json().outcome, { result: 4 });
  const seen = there.call(CAT, "GET", "/queries/1").json();
  assert.deepEqual(seen, { buyer: digits(BUYER), query: COUNT, approvals: [ANN, BEN].map(digits) });
  for (const stranger of [OTHER, 1]) {
    assert.throws(() => there.call(stranger, "GET", "/queries/1"), kind("not-found"));
    assert.throws(() => there.run(1, stranger), kind("not-found"));
  }
  assert.throws(() => there.call(null, "GET", "/queries/1"), kind("denied"));
});

test("a buyer's budget counts every proposal, and being admitted again does not renew it", async () => {
  const there = await market({ queries_per_buyer: "2" });
  assert.deepEqual(there.call(BUYER, "POST", "/queries", COUNT).json(), { query: 1, left: 1 });
  there.propose(COUNT);
  there.call(ANN, "POST", "/buyers", { accounts: [digits(BUYER)] });
  assert.throws(() => there.propose(COUNT), kind("limit"));
  there.propose(COUNT, OTHER);
});

test("who was not admitted neither contributes nor buys, and only approvers admit", async () => {
  const there = await market();
  assert.throws(() => there.contribute(1), kind("denied"));
  assert.throws(() => there.propose(COUNT, 1), kind("denied"));
  for (const stranger of [BUYER, 1, null])
    for (const path of ["/people", "/buyers"])
      assert.throws(() => there.call(stranger, "POST", path, { accounts: [digits(1)] }), kind("denied"));
  there.people(1);
  assert.throws(() => there.propose(COUNT, 1), kind("denied"));
  assert.throws(() => there.contribute(BUYER), kind("denied"));
});

test("a person has one row, which is gone when withdrawn and does not come back", async () => {
  const there = await market();
  there.people(3, () => ({ steps: 31_337 }));
  there.ask({});
  assert.throws(() => there.contribute(1), kind("conflict"));
  there.call(1, "DELETE", "/row");
  assert.deepEqual(there.call(1, "GET", "/row").json(), { values: null, terms: TERMS, credits: 1 });
  assert.ok(!Buffer.from(there.world.host.store.get(`row/${digits(1)}`)).includes("31337"));
  assert.throws(() => there.contribute(1), kind("conflict"));
  assert.deepEqual(there.ask({}), FEW);
});

test("a row is seen by its contributor alone, and nothing of it is logged", async () => {
  const there = await market();
  there.people(3, (number) => ({ steps: 31_337 + number }));
  assert.equal(there.call(1, "GET", "/row").json().values.steps, 31_338);
  for (const other of [ANN, BUYER]) assert.throws(() => there.call(other, "GET", "/row"), kind("not-found"));
  assert.throws(() => there.call(null, "GET", "/row"), kind("denied"));
  there.ask({ measure: "sum", of: "steps" });
  assert.deepEqual(there.world.host.lines, []);
});

test("rows that make no sense are refused", async () => {
  const there = await market();
  there.call(ANN, "POST", "/people", { accounts: [digits(1)] });
  const values = [{ age: 17 }, { age: "40" }, { age: 40.5 }, { steps: -1 }, { region: "centre" }, { more: 1 }];
  for (const wrong of [...values, { smoker: true }, { sleep_minutes: null }])
    assert.throws(() => there.contribute(1, wrong), kind("invalid"), JSON.stringify(wrong));
  const terms = [{ purposes: [] }, { purposes: ["all"] }, { purposes: ["research", "research"] }, { uses: 0 }];
  for (const wrong of [...terms, { uses: 1001 }, { uses: "1" }, { more: 1 }])
    assert.throws(() => there.contribute(1, {}, wrong), kind("invalid"), JSON.stringify(wrong));
  for (const wrong of [undefined, null, [], "row", { values: VALUES }, { values: null, terms: TERMS }])
    assert.throws(() => there.call(1, "PUT", "/row", wrong), kind("invalid"), JSON.stringify(wrong));
});

test("queries that make no sense are refused, and cost nothing of the budget", async () => {
  const there = await market();
  const region = { field: "region", is: "north" };
  const wrong = [
    { purpose: "anything" },
    { measure: "median", of: "age" },
    { measure: "sum" },
    { measure: "sum", of: "region" },
    { measure: "histogram", of: "age" },
    { of: "age" },
    { where: {} },
    { where: [region, region] },
    { where: [{ ...region, is: "centre" }] },
    { where: [{ field: "account", is: digits(1) }] },
    { where: [{ field: "__proto__", is: "north" }] },
    { where: [{ field: "age", is: 40 }] },
    { where: [{ field: "age", from: 50, to: 40 }] },
    { where: [{ field: "age", from: 18 }] },
    { where: [null] },
    { more: 1 },
  ];
  for (const query of wrong)
    assert.throws(() => there.propose({ ...COUNT, ...query }), kind("invalid"), JSON.stringify(query));
  assert.throws(() => there.call(BUYER, "POST", "/queries"), kind("invalid"));
  assert.deepEqual(there.call(BUYER, "POST", "/queries", COUNT).json(), { query: 1, left: 19 });
});

test("admissions that make no sense are refused", async () => {
  const there = await market();
  const many = Array.from({ length: 101 }, (_, at) => digits(at));
  for (const accounts of [[], ["0x01"], [digits(1), digits(1)], [digits(171).toUpperCase()], many, digits(1), null])
    assert.throws(() => there.call(ANN, "POST", "/people", { accounts }), kind("invalid"), String(accounts));
});

test("where a rule is missing or senseless nothing goes", async () => {
  const wrong = [
    { minimum_group: "2" },
    { minimum_group: "many" },
    { quorum: "0" },
    { quorum: "4" },
    { approvers: "" },
    { approvers: "0x01" },
    { queries_per_buyer: "" },
  ];
  for (const settings of wrong) {
    await assert.rejects(market(settings), kind("other"), JSON.stringify(settings));
  }
});

test("rows and groups are bounded", async () => {
  const there = await market();
  there.people(4);
  for (let at = 0; at < 512; at += 1) {
    const far = new Uint8Array(128);
    far.set([255, at & 255, at >> 8, 255], 50);
    there.world.host.store.set(`told/${String(at).padStart(4, "0")}`, far);
  }
  assert.deepEqual(there.ask({}), { withheld: "the market has told about as many groups as it may" });
  there.world.host.store.set("rows", "1000");
  there.call(ANN, "POST", "/people", { accounts: [digits(5)] });
  assert.throws(() => there.contribute(5), kind("limit"));
});

test("a query that is not there is not found", async () => {
  const there = await market();
  for (const number of ["1", "0", "01", "x", "1e0", "99999"])
    for (const path of [`/queries/${number}/run`, `/queries/${number}/approve`])
      assert.throws(() => there.call(BEN, "POST", path), kind("not-found"), path);
});
