// Every case of evidence in a real browser: the verdict that is stated for it, and word for word what the command line
// says.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium, inBrowser } from "./browser.js";
import { recorded, synthetic } from "./cases.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const PROGRAM = join(process.env.ADYTON_BIN ?? join(HERE, "../../../bin"), "adyton");
const LIMIT = 240_000;

const evidence = process.env.ADYTON_EVIDENCE;
const made = process.env.ADYTON_SYNTHETIC_EVIDENCE;
const cases = [
  ...(made ? synthetic(made) : []),
  ...(evidence && existsSync(join(evidence, "intel/cases.json")) ? recorded(evidence) : []),
];
let found;

before(async () => {
  const program = chromium();
  assert.ok(program, "there is a browser");
  assert.ok(cases.length > 0, "there are cases");
  found = await inBrowser(program, "/tests/page.html", served(), LIMIT);
  assert.equal(found.fault, undefined);
});

/** What the browser may ask for: the package, the page, and each case's files under a number. */
function served() {
  const files = new Map();
  for (const name of ["index.js", "verifier.wasm"]) files.set(`/${name}`, join(HERE, "..", name));
  for (const name of ["page.html", "page.js", "worker.js", "judge-all.js"]) files.set(`/tests/${name}`, join(HERE, name));
  const numbers = new Map();
  const file = (folder) => (name) => {
    const path = join(folder, name);
    if (!numbers.has(path)) numbers.set(path, `/file/${numbers.size}`);
    files.set(numbers.get(path), path);
    return { name, url: numbers.get(path) };
  };
  const asked = cases.map(({ expect, folder, ...one }) => ({
    ...one,
    evidence: file(folder)(one.evidence),
    collateral: one.collateral == null ? null : file(folder)(one.collateral),
    endorsements: (one.endorsements ?? []).map(file(folder)),
    policy: one.policy == null ? null : file(folder)(one.policy),
    policyFiles: (one.policyFiles ?? []).map(file(folder)),
  }));
  files.set("/cases.json", Buffer.from(JSON.stringify(asked)));
  return files;
}

/** What the command line says about a case. */
function said(one) {
  const entry = one.entry == null ? "" : `[${one.entry}]`;
  const options = {
    "--kind": [one.kind],
    "--evidence": [one.evidence + entry],
    "--collateral": [one.collateral],
    "--endorsements": one.endorsements ?? [],
    "--policy": [one.policy],
    "--report-data": [one.reportData],
    "--at": [String(one.at)],
  };
  const typed = Object.entries(options).flatMap(([option, values]) =>
    values.filter((value) => value != null).flatMap((value) => [option, value]),
  );
  const settings = { cwd: one.folder, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 };
  try {
    return JSON.parse(execFileSync(PROGRAM, ["attest", "verify", "--json", ...typed], settings));
  } catch (error) {
    // 1: rejected.
    if (error.status === 1) return JSON.parse(error.stdout);
    throw error;
  }
}

const isSame = (found, wanted) => JSON.stringify(found) === JSON.stringify(wanted);

test("every case gets the verdict and the level that are stated for it", () => {
  const faults = cases.filter((one, place) => {
    const { judgement, error } = found.worker[place];
    const same = judgement && Object.entries(one.expect).every(([field, value]) => isSame(judgement[field], value));
    if (!same) console.log(`# ${one.name}: wanted ${JSON.stringify(one.expect)}, found ${error ?? judgement.reason}`);
    return !same;
  });
  assert.deepEqual(faults.map((one) => one.name), []);
});

test("every judgement is word for word the command line's", () => {
  for (const [place, one] of cases.entries()) assert.deepEqual(found.worker[place].judgement, said(one), one.name);
});

test("in a page the verifier says what it says in a worker", () => {
  assert.ok(found.page.length > 0);
  for (const one of found.page) {
    assert.deepEqual(one, found.worker.find((other) => other.name === one.name));
  }
});

test("evidence of every kind was judged, where any was recorded", { skip: !cases.some((one) => !one.name.startsWith("synthetic")) }, () => {
  const kinds = new Set(cases.map((one) => one.kind));
  assert.deepEqual([...kinds].sort(), ["azure-snp", "azure-tdx", "cca", "nitro", "nvidia", "sgx", "snp", "tdx", "tpm"]);
});
