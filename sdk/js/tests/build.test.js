// Components as `adyton build` makes them: what they import, and what fails while they are made.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { componentize } from "componentize-qjs";

import { BUNDLING } from "adyton/testing";

import { ALL, world } from "./worlds.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const WIT = fileURLToPath(new URL("../../../wit/", import.meta.url));
const INTERFACES = ["env", ...ALL];
const scratch = mkdtempSync(join(tmpdir(), "adyton-js-"));
after(() => rmSync(scratch, { recursive: true }));

/** The texts of the interfaces, with a world that has only the granted ones. */
function witOf(granted, exported) {
  const folder = mkdtempSync(join(scratch, "wit-"));
  for (const name of ["types", ...exported, ...granted])
    copyFileSync(join(WIT, `${name}.wit`), join(folder, `${name}.wit`));
  const imports = granted.map((name) => `import ${name};`).join(" ");
  const exports = exported.map((name) => `export ${name};`).join(" ");
  writeFileSync(
    join(folder, "world.wit"),
    `package phat:contract@0.1.0;\nworld contract { ${imports} ${exports} }\n`,
  );
  return folder;
}

function grantedModule(granted) {
  const file = join(mkdtempSync(join(scratch, "granted-")), "granted.js");
  const line = (name) =>
    granted.includes(name)
      ? `export * as ${name} from "phat:contract/${name}@0.1.0";`
      : `export const ${name} = undefined;`;
  writeFileSync(file, INTERFACES.map(line).join("\n"));
  return file;
}

async function component(program, grants = [], exported = ["service"], define = {}) {
  const granted = ["env", ...grants];
  const built = await build({
    ...BUNDLING,
    entryPoints: [join(HERE, "../entry.js")],
    format: "esm",
    external: ["phat:*", "spin:*", "fermyon:*"],
    define,
    alias: { "adyton:program": join(HERE, "programs", program), "adyton:granted": grantedModule(granted) },
    absWorkingDir: HERE,
    write: false,
    logLevel: "silent",
  });
  const options = {
    witPath: witOf(granted, exported),
    jsSource: built.outputFiles[0].text,
    world: "contract",
    sync: true,
    optSize: true,
    stubWasi: true,
  };
  return (await componentize(options)).component;
}

/** Names of what a component imports: the outermost import sections (component model, binary format). */
function imports(bytes) {
  const names = [];
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 10) {
      for (let left = number(); left > 0; left -= 1) {
        at += 1;
        const length = number();
        names.push(bytes.subarray(at, at + length).toString());
        at += length;
        assert.equal(bytes[at++], 5, "contracts import instances");
        number();
      }
    }
    at = end;
  }
  return names;
}

const named = (...names) => names.map((name) => `phat:contract/${name}@0.1.0`).sort();

test("a component imports what is granted, and nothing of the system", async () => {
  const bytes = await component("engine.js", ["log", "random"]);
  assert.deepEqual(imports(bytes).sort(), named("env", "log", "random", "types"));
});

test("a component that has every grant imports every interface", async () => {
  const bytes = await component("host.js", INTERFACES.slice(1));
  assert.deepEqual(imports(bytes).sort(), named("types", ...INTERFACES));
});

test("a program with promises becomes a component", async () => {
  assert.deepEqual(imports(await component("waiting.js", ["http"])).sort(), named("env", "http", "types"));
});

test("a program with init and migrate becomes a component that exports both, and one with only one does not", async () => {
  const bytes = await component("lifecycle.js", ["kv"], ["service", "lifecycle"], { ADYTON_LIFECYCLE: "true" });
  assert.deepEqual(imports(bytes).sort(), named("env", "kv", "types"));
  assert.ok(Buffer.from(bytes).includes("phat:contract/lifecycle@0.1.0"));
  await assert.rejects(component("half-lifecycle.js", [], ["service", "lifecycle"]), /has to export both/);
});

test("init and migrate that the bundler does not see, or that are not there, do not become a component", async () => {
  const says = (found) => ({ ADYTON_LIFECYCLE: String(found) });
  const wrong = /export init and migrate by their names, from an ES module/;
  for (const program of ["through-common.js", "common-main.cjs"]) {
    const entryPoints = [join(HERE, "programs", program)];
    const { metafile } = await build({
      ...BUNDLING,
      entryPoints,
      format: "esm",
      external: ["phat:*", "spin:*", "fermyon:*"],
      alias: { "adyton:granted": grantedModule([]) },
      metafile: true,
      write: false,
    });
    const [{ exports }] = Object.values(metafile.outputs);
    assert.deepEqual(exports, ["default"], program);
    await assert.rejects(component(program, [], ["service"], says(false)), wrong, program);
  }
  await assert.rejects(component("waiting.js", ["http"], ["service", "lifecycle"], says(true)), wrong);
});

test("randomness, time and store do not work while the contract is built, and say so", async () => {
  await assert.rejects(component("early-random.js", ["random"]), /Math\.random works while a request is answered/);
  await assert.rejects(component("early-time.js"), /env\.context works while a request is answered/);
  await assert.rejects(component("early-store.js", ["kv"]), /kv\.get works while a request is answered/);
});

test("what the modules begin is finished while the contract is built", async () => {
  await component("early-promise.js");
  await assert.rejects(component("early-rejection.js"), /prepared badly/);
});

test("a program that cannot answer does not become a component", async () => {
  await assert.rejects(component("no-program.js"), /has to `export default` a function/);
  await assert.rejects(component("top-level-await.js"), /[Tt]op-level await/);
});

test("an interface that is not granted cannot be in the component", async () => {
  await assert.rejects(component("early-store.js"), /phat:contract\/kv@0\.1\.0/);
});

test("the tests' own engine has no name that the component's lacks", async () => {
  const error = await component("early-names.js").then(
    () => assert.fail("it has to say its names"),
    (thrown) => thrown,
  );
  const [, said] = /names: ([^.]*)\./.exec(error.message);
  const engine = new Set(said.split(" "));
  assert.ok(engine.has("Uint8Array") && !engine.has("Intl") && !engine.has("WebAssembly"));
  const { names, legacy } = (await world("names")).call("GET", "/").json();
  const own = ["__adytonHost", "__adytonContract"];
  assert.deepEqual(
    names.filter((name) => !engine.has(name)),
    names.filter((name) => own.includes(name)),
  );
  assert.deepEqual(legacy, ["undefined", "undefined", false]);
});

test("the types allow what works, and refuse what does not", () => {
  const compiler = join(HERE, "node_modules/typescript/bin/tsc");
  const run = () =>
    execFileSync(process.execPath, [compiler, "--project", HERE, "--pretty", "false"], { encoding: "utf8" });
  assert.doesNotThrow(run, (error) => error.stdout);
});

test("the SDK has no dependencies", () => {
  const { dependencies, scripts } = JSON.parse(readFileSync(join(HERE, "../package.json"), "utf8"));
  assert.equal(dependencies, undefined);
  assert.equal(scripts, undefined);
});
