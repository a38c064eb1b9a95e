// The SDK's types say of every function of `wit/` what `wit/` says: its cost and its errors.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const text = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const INTERFACES = readdirSync(new URL("../../../wit/", import.meta.url))
  .filter((file) => file.endsWith(".wit"))
  .map((file) => file.replace(".wit", ""))
  // What a contract exports, and not what it calls.
  .filter((name) => !["world", "types", "service", "lifecycle"].includes(name));
/** Functions that have another name in the SDK. */
const NAMES = { "env.get": "context" };

/** The comment before each function of `wit/`. */
function witFunctions(name) {
  const found = new Map();
  let doc = "";
  for (const line of text(`../../../wit/${name}.wit`).split("\n")) {
    const [, called] = /^ *([a-z-]+): func\(/.exec(line) ?? [];
    if (called !== undefined) found.set(called, doc);
    doc = /^ *\/\/\//.test(line) ? `${doc}${line}\n` : "";
  }
  return found;
}

/** The comment before each function and method of the SDK's types. */
function typedFunctions(name) {
  const found = new Map();
  const documented =
    /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:export function ([A-Za-z]+)|remove as ([a-z]+)|([a-z]+)\()/g;
  for (const [, doc, called, renamed, method] of text(`../${name}.d.ts`).matchAll(documented))
    found.set(called ?? renamed ?? method, doc);
  return found;
}

const words = (doc) => doc.replace(/^\s*(?:\/\/\/|\*)/gm, " ").replace(/\s+/g, " ");
const camel = (name) => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
const costOf = (doc) => (/Cost: [^.]*/.exec(words(doc))?.[0].match(/[0-9]+/g) ?? []).join(" ");
const errorsOf = (doc, begin) => {
  const [, told = ""] = new RegExp(`(?:${begin})(.*?)(?=Cost:|$)`).exec(words(doc)) ?? [];
  return [...new Set(told.match(/`(denied|limit|timeout|invalid|conflict|not-found|unavailable)`/g) ?? [])]
    .sort()
    .join(" ");
};

for (const name of INTERFACES) {
  test(`${name}: every function, with its cost and its errors`, () => {
    const typed = typedFunctions(name);
    const functions = witFunctions(name);
    assert.ok(functions.size > 0);
    for (const [called, doc] of functions) {
      const own = typed.get(NAMES[`${name}.${called}`] ?? camel(called));
      assert.ok(own !== undefined, `${name}.${called} is not in ${name}.d.ts`);
      assert.equal(costOf(own), costOf(doc), `cost of ${name}.${called}`);
      const missing = errorsOf(doc, "Errors:")
        .split(" ")
        .filter((error) => !errorsOf(own, "Throws|each of them").includes(error));
      assert.deepEqual(missing.filter(Boolean), [], `errors of ${name}.${called}`);
    }
  });
}

test("the SDK names the version of the interfaces that there is", () => {
  const [, version] = /^package phat:contract@([0-9.]+);/m.exec(text("../../../wit/world.wit"));
  for (const name of INTERFACES) assert.ok(text(`../${name}.js`).includes(`"phat:contract/${name}@${version}"`), name);
});
