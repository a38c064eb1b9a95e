// A contract's own tests: its program under Node, with a host in memory in place of the worker's.
//
// The program is bundled as `adyton build` does it, and every call runs in a fresh context that has nothing but the
// language as the component's engine has it (`testing-realm.js`). What is not here: fuel, memory and time limits, and
// the worker's network rules.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import { toBytes } from "./bytes.js";
import { ContractError, fromWit } from "./errors.js";
import { DatabaseFailed } from "./databases.js";
import { METHODS } from "./testing-databases.js";
import { seal } from "./testing-hpke.js";
import { Host } from "./testing-host.js";
import { realm } from "./testing-realm.js";

/** How `adyton build` bundles. */
export const BUNDLING = {
  bundle: true,
  target: "es2023",
  platform: "neutral",
  mainFields: ["module", "main"],
  supported: { "async-await": false, "async-generator": false, "for-await": false, "top-level-await": false },
};
/** The most runs of the schedule at once. */
const MAX_RUNS = 1000;
const INTERFACES = Object.keys(Host.functions);

export class World {
  #script;
  #host;
  /** What the program, if it can, has to do before it answers: a function of its `lifecycle`, and the arguments. */
  #owed = ["init"];

  constructor(script, host) {
    this.#script = script;
    this.#host = host;
  }

  static async open({ folder = process.cwd(), program, grants = grantsOf(folder), ...start } = {}) {
    const granted = new Set(["env", ...grants]);
    const code = await bundle(folder, program ?? entryOf(folder), granted);
    return new World(new vm.Script(code, { filename: "contract.js" }), new Host(granted, start));
  }

  /** The host, whose clock, settings, secrets, store, lines, requests and reports a test looks at or sets. */
  get host() {
    return this.#host;
  }

  init() {
    this.#owed = ["init"];
    if (!this.#settle()) throw new Error("the program exports no init");
  }

  migrate(fromVersion = 1, fromCode = new Uint8Array(32)) {
    this.#owed = ["migrate", fromVersion, fromCode];
    if (!this.#settle()) throw new Error("the program exports no migrate");
  }

  call(method, path, { headers = {}, body = "", caller = { tag: "anonymous" } } = {}) {
    const fields = Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), value: String(value) }));
    return this.#call({ method, path, fields, body, caller });
  }

  runDue() {
    this.#settle();
    const { nowMs, contract } = this.#host;
    const runs = [];
    for (let due = this.#host.takeDue(); due !== null; due = this.#host.takeDue()) {
      const { name, dueMs, request } = due;
      const fields = [
        { name: "adyton-schedule", value: name },
        { name: "adyton-schedule-due", value: String(dueMs) },
      ];
      if (runs.length >= MAX_RUNS) throw new Error(`more than ${MAX_RUNS} runs of the schedule are due`);
      this.#host.nowMs = dueMs;
      try {
        const answer = this.#call({ ...request, fields, caller: { tag: "contract", val: contract } });
        runs.push({ name, dueMs, answer, error: null });
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        runs.push({ name, dueMs, answer: null, error });
      } finally {
        this.#host.nowMs = nowMs;
      }
    }
    return runs;
  }

  #call({ method, path, fields, body, caller }) {
    this.#settle();
    return this.#run(caller, true, ({ service }, Bytes, reply) => {
      const rest = service.handle({ method, path, headers: fields, body: Bytes.from(toBytes(body)) });
      return new Answer(reply.whole(rest));
    });
  }

  /** Has the program do what it has to do before it answers; what fails is owed still. Gives whether it did anything. */
  #settle() {
    if (this.#owed === null) return false;
    const [name, ...given] = this.#owed;
    const did = this.#run({ tag: "contract", val: this.#host.contract }, false, ({ lifecycle }, Bytes) => {
      lifecycle?.[name](...given.map((each) => (typeof each === "number" ? each : Bytes.from(each))));
      return lifecycle !== undefined;
    });
    this.#owed = null;
    return did;
  }

  /** Does `work` with what the contract exports, in an instance of its own; `answers`: whether it has an answer. */
  #run(caller, answers, work) {
    const { context, Bytes } = realm();
    const call = this.#host.begin(caller, Bytes, answers);
    context.__adytonHost = call.interfaces;
    try {
      this.#script.runInContext(context);
      const answer = work(vm.runInContext("__adytonContract", context), Bytes, call.reply);
      call.commit();
      return answer;
    } catch (thrown) {
      throw fromWit(thrown) ?? thrown;
    }
  }
}

/** What the contract answered. */
class Answer {
  constructor({ status, headers, body, parts }) {
    this.status = status;
    this.headers = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    this.body = body;
    this.parts = parts;
  }

  text() {
    return Buffer.from(this.body).toString("utf8");
  }

  json() {
    return JSON.parse(this.text());
  }
}

function entryOf(folder) {
  const found = ["src/main.ts", "src/main.js"].map((path) => join(folder, path)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is neither src/main.ts nor src/main.js in ${folder}`);
  return found;
}

function grantsOf(folder) {
  const manifest = readFileSync(join(folder, "adyton.toml"), "utf8");
  const [, list] = /^grants\s*=\s*\[([^\]]*)\]/m.exec(manifest) ?? [null, ""];
  return [...list.matchAll(/"([a-z]+)"/g)].map(([, name]) => name);
}

async function bundle(folder, program, granted) {
  const esbuild = createRequire(join(folder, "package.json"))("esbuild");
  const built = await esbuild.build({
    ...BUNDLING,
    entryPoints: [fileURLToPath(new URL("./entry.js", import.meta.url))],
    format: "iife",
    globalName: "__adytonContract",
    alias: { "adyton:program": program },
    absWorkingDir: folder,
    plugins: [hostModules(granted)],
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const used = Object.values(built.metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const grantable = [...INTERFACES, ...Object.keys(METHODS)];
  for (const name of grantable.filter((each) => !granted.has(each) && used.includes(`interface:${each}`))) {
    throw new Error(
      `the program uses "${name}", which its manifest does not grant; add "${name}" to grants in adyton.toml`,
    );
  }
  return built.outputFiles[0].text;
}

/** `phat:contract/…`, databases and `adyton:granted`, over the host that stands in the context. */
function hostModules(granted) {
  return {
    name: "host",
    setup(build) {
      build.onResolve({ filter: /^(phat:contract|spin:postgres|fermyon:spin)\// }, ({ path }) => {
        const [, name] = /\/([a-z-]+)@/.exec(path);
        return { path: name, namespace: "interface", sideEffects: false };
      });
      build.onResolve({ filter: /^adyton:granted$/ }, () => ({ path: "granted", namespace: "granted" }));
      build.onLoad({ filter: /.*/, namespace: "interface" }, ({ path }) => ({ contents: interfaceModule(path) }));
      build.onLoad({ filter: /.*/, namespace: "granted" }, () => ({ contents: grantedModule(granted) }));
    },
  };
}

function interfaceModule(name) {
  if (Object.hasOwn(METHODS, name)) return databaseModule(name);
  const functions = Host.functions[name];
  const pass = (each) =>
    `const f_${each} = (...given) => __adytonHost.${name}["${each}"](...given);\nexport { f_${each} as ${each} };`;
  return functions.map(pass).join("\n");
}

function databaseModule(name) {
  const method = (each) => `${each}(...given) { return __adytonHost.${name}.${each}(this.#handle, ...given); }`;
  return `export class Connection {
    #handle;
    static open(address) {
      const made = new Connection();
      made.#handle = __adytonHost.${name}.open(address);
      return made;
    }
    ${METHODS[name].map(method).join("\n")}
  }`;
}

function grantedModule(granted) {
  const each = (name) =>
    granted.has(name)
      ? `import * as ${name}_ from "phat:contract/${name}@0.1.0";\nexport const ${name} = ${name}_;`
      : `export const ${name} = undefined;`;
  return INTERFACES.map(each).join("\n");
}

export { ContractError, DatabaseFailed, seal };
