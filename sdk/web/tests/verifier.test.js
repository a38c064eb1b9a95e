// What the module asks of its caller and refuses, wherever it runs.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Misuse, Verifier } from "../index.js";

const wasm = await readFile(new URL("../verifier.wasm", import.meta.url));
const verifier = await Verifier.load(wasm);
const AT = 1_800_000_000;

test("the module imports nothing", () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(wasm)), []);
});

test("a module that imports something is refused", async () => {
  // (module (import "a" "b" (func)))
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0];
  await assert.rejects(Verifier.load(new Uint8Array(bytes)), TypeError);
});

// The standard library, and what it depends on, name the folders of whoever built that.
test("the module names neither the checkout that it was built in nor the folder of its crates", () => {
  const checkout = fileURLToPath(new URL("../../..", import.meta.url));
  const crates = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const ofCrate = (folder) => new RegExp(`${folder}registry/src/[^/]+/serde_json-`);
  const text = wasm.toString("latin1");
  assert.match(text, ofCrate("cargo/"), "faults of crates say where they are");
  assert.doesNotMatch(text, ofCrate(`${crates}/`));
  assert.ok(!wasm.includes(checkout), checkout);
});

test("evidence that is none is rejected as every kind", async () => {
  for (const kind of ["sgx", "tdx", "snp", "azure-snp", "azure-tdx", "nitro", "nvidia", "tpm", "cca"]) {
    for (const evidence of ["", "words", new Uint8Array(700), "[".repeat(100_000), new Uint8Array(17 * 1024 * 1024)]) {
      const judgement = await verifier.verify({ kind, evidence, at: AT });
      assert.equal(judgement.verdict, "reject", kind);
      assert.equal(judgement.checks.filter((check) => check.result === "failed").length, 1, kind);
    }
  }
});

test("a kind that does not exist is misuse", async () => {
  await assert.rejects(verifier.verify({ kind: "sev", evidence: "00", at: AT }), Misuse);
});

test("collateral where there is no use for it is misuse", async () => {
  await assert.rejects(verifier.verify({ kind: "snp", evidence: "00", collateral: "{}", at: AT }), Misuse);
});

test("report data of another length is misuse", async () => {
  await assert.rejects(verifier.verify({ kind: "tdx", evidence: "00", reportData: new Uint8Array(3), at: AT }), /3 bytes/);
});

test("a policy that is none is misuse, and its name is said", async () => {
  const policy = { name: "mine.toml", bytes: "kinds = 1" };
  await assert.rejects(verifier.verify({ kind: "tdx", evidence: "00", policy, at: AT }), /^Misuse: mine\.toml: /);
});

test("more files than are read, and more bytes, are misuse", async () => {
  const endorsements = Array(65).fill("00");
  await assert.rejects(verifier.verify({ kind: "snp", evidence: "00", endorsements, at: AT }), /at most 64 files/);
  await assert.rejects(verifier.verify({ kind: "snp", evidence: new Uint8Array(65 * 1024 * 1024), at: AT }), Misuse);
});

test("arguments of other types are refused before anything is judged", async () => {
  const good = { kind: "tdx", evidence: "00", at: AT };
  for (const bad of [{ at: -1 }, { at: 1.5 }, { entry: "0" }, { evidence: 5 }, { evidence: { name: 5, bytes: "" } }, { reportData: [1] }]) {
    await assert.rejects(verifier.verify({ ...good, ...bad }), TypeError, JSON.stringify(bad));
  }
});

test("a request that is no request is answered, and room for one that is too long is refused", async () => {
  const { exports } = await WebAssembly.instantiate(new WebAssembly.Module(wasm), {});
  for (const bytes of [[], [1], [255, 255, 255, 255], [2, 0, 0, 0, 123, 125], Array(5000).fill(123)]) {
    const place = exports.adyton_request(bytes.length) >>> 0;
    new Uint8Array(exports.memory.buffer, place, bytes.length).set(bytes);
    const at = exports.adyton_answer() >>> 0;
    const answer = Buffer.from(exports.memory.buffer, at, exports.adyton_answer_length()).toString("utf8");
    assert.equal(typeof JSON.parse(answer).misuse, "string");
  }
  assert.equal(exports.adyton_request(64 * 1024 * 1024 + 1), 0);
  assert.equal(exports.adyton_request(0xffff_ffff), 0);
});
