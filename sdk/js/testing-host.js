// The host of `testing.js`: the interfaces of `wit/` in memory, with the rules that a contract can meet by accident.

import { createHash, randomBytes } from "node:crypto";

import { encodeText, fromHex, toHex } from "./bytes.js";
import { ContractError, toWit } from "./errors.js";
import { METHODS, database } from "./testing-databases.js";
import { http, unreachable } from "./testing-http.js";
import { Keys } from "./testing-keys.js";
import { Objects } from "./testing-objects.js";
import { Beginning } from "./testing-reply.js";
import { isReserved } from "./testing-path.js";
import { Schedule, takeDue } from "./testing-schedule.js";
import { Store } from "./testing-store.js";

const MAX_RANDOM = 65_536;
const MAX_REPORT = 4096;
const MAX_STORAGE_KEYS = 32;
const MAX_STORAGE_KEY = 256;
const MAX_STORAGE_VALUE = 65_536;
const MAX_STORAGE_VALUES = 262_144;

export class Host {
  /** The functions of each interface, by the names that a program imports. */
  static functions = {
    env: ["get", "settings", "gasLeft"],
    log: ["write"],
    kv: ["get", "getMany", "set", "setUntil", "swap", "delete", "write", "scan", "scanBack"],
    http: ["send", "sendAll", "open", "read", "close"],
    secrets: ["get", "version"],
    random: ["bytes", "seeded"],
    crypto: ["publicKey", "sign", "verify", "encryptionKey", "decrypt", "derive"],
    chain: ["block", "storage", "report"],
    schedule: ["at", "cron", "cancel", "entries"],
    contracts: ["call"],
    sql: ["query", "execute", "batch"],
    reply: ["begin", "write"],
    objects: ["create", "append", "finish", "discard", "remove", "stat", "read", "finished", "unfinished"],
  };

  constructor(
    granted,
    {
      nowMs = 1_767_225_600_000,
      settings = {},
      secrets = {},
      chain = {},
      http = unreachable,
      contracts = elsewhere,
      databases = {},
      random = randomBytes,
    } = {},
  ) {
    this.granted = granted;
    this.nowMs = nowMs;
    this.block = 1;
    this.network = identifier("network");
    this.contract = identifier("contract");
    this.settings = settings;
    this.secrets = secrets;
    this.chain = chain;
    this.http = http;
    this.contracts = contracts;
    this.databases = databases;
    this.random = random;
    this.store = new Store(() => this.nowMs);
    this.objects = new Objects();
    this.lines = [];
    this.requests = [];
    this.reports = [];
    this.schedule = new Map();
    this.calls = 0;
  }

  /**
   * The interfaces of one call, and what it begins of its answer; `answers`: whether it has one to begin. `commit` makes
   * what it wrote and reported last.
   */
  begin(caller, Bytes, answers) {
    this.calls += 1;
    const schedule = new Schedule(this.schedule, this.nowMs);
    const [reply, changes] = [new Beginning(answers), this.objects.begin(this.nowMs)];
    const call = { host: this, caller, writes: this.store.begin(), reports: [], schedule, number: this.calls };
    const all = {
      env: env(call),
      log: log(call),
      kv: kv(call),
      http: http(this, (name) => secretOf(this, name)),
      secrets: secrets(call),
      random: random(call),
      crypto: crypto(),
      chain: chain(call),
      schedule: scheduled(call),
      contracts: contracts(call),
      sql: sql(),
      reply: { begin: (...given) => reply.begin(...given), write: (content) => reply.write(content) },
      objects: objects(changes),
    };
    for (const kind of Object.keys(METHODS)) all[kind] = database(kind, this.databases[kind]);
    const interfaces = {};
    for (const [name, functions] of Object.entries(all))
      if (this.granted.has(name)) interfaces[name] = crossing(functions, Bytes);
    const commit = () => {
      call.writes.commit();
      changes.commit();
      this.reports.push(...call.reports);
      this.schedule = schedule.entries;
    };
    return { interfaces, reply, commit };
  }

  /** The first entry of the schedule that is due, or null. It ends, or goes on to its next time. */
  takeDue() {
    return takeDue(this.schedule, this.nowMs);
  }
}

/**
 * What crosses the border is copied, into arrays of the contract's own realm; errors cross as the engine shows them.
 */
function crossing(functions, Bytes) {
  const inward = (value) => {
    if (value instanceof Uint8Array) return Bytes.from(value);
    if (Array.isArray(value)) return value.map(inward);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inward(part)]));
  };
  const guarded =
    (work) =>
    (...given) => {
      try {
        return inward(work(...given));
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        throw Object.assign(new Error("[object Object] (see error.payload)"), { payload: toWit(error) });
      }
    };
  return Object.fromEntries(Object.entries(functions).map(([name, work]) => [name, guarded(work)]));
}

function identifier(name) {
  return Uint8Array.from(createHash("sha256").update(name).digest());
}

function env({ host, caller, number }) {
  return {
    get: () => ({
      network: host.network,
      contract: host.contract,
      code: identifier("code"),
      lease: null,
      requestId: identifier(`request ${number}`).subarray(0, 16),
      caller,
      nowMs: host.nowMs,
      block: host.block,
    }),
    settings: () => Object.entries(host.settings).map(([name, value]) => ({ name, value })),
    gasLeft: () => 100_000_000,
  };
}

function log({ host }) {
  return { write: (level, message) => void host.lines.push({ level, message }) };
}

function kv({ writes }) {
  return {
    get: (key) => writes.get(key),
    getMany: (keys) => writes.getMany(keys),
    set: (key, value) => writes.set(key, value),
    setUntil: (key, value, endsMs) => writes.set(key, value, endsMs),
    swap: (key, expected, value) => writes.swap(key, expected, value),
    delete: (key) => writes.delete(key),
    write: (operations) => writes.write(operations),
    scan: (prefix, after, limit) => writes.scan(prefix, after, limit),
    scanBack: (prefix, before, limit) => writes.scanBack(prefix, before, limit),
  };
}

function hasSecret(host, name) {
  if (name === "" || Buffer.byteLength(name) > 64) throw ContractError.invalid("a name has 1 to 64 bytes");
  return Object.hasOwn(host.secrets, name);
}

function secretOf(host, name) {
  if (!hasSecret(host, name)) throw ContractError.notFound();
  return host.secrets[name];
}

function secrets({ host }) {
  return {
    get: (name) => Uint8Array.from(Buffer.from(secretOf(host, name))),
    version: (name) => (hasSecret(host, name) ? 1 : null),
  };
}

function random({ host }) {
  return {
    bytes: (length) => {
      if (length > MAX_RANDOM) throw ContractError.invalid(`at most ${MAX_RANDOM} bytes`);
      return Uint8Array.from(host.random(length));
    },
    seeded: (seed, length) => Keys.seeded(seed, length),
  };
}

function crypto() {
  return {
    publicKey: (scheme, name) => Keys.publicKey(scheme, name),
    sign: (scheme, name, message) => Keys.sign(scheme, name, message),
    verify: (scheme, key, message, signature) => Keys.verify(scheme, key, message, signature),
    encryptionKey: (name) => Keys.encryptionKey(name),
    decrypt: (name, info, associatedData, sealed) => Keys.decrypt(name, info, associatedData, sealed),
    derive: (name, context, length) => Keys.derive(name, context, length),
  };
}

function scheduled({ schedule }) {
  return {
    at: (name, dueMs, request) => schedule.at(name, dueMs, request),
    cron: (name, expression, request) => schedule.cron(name, expression, request),
    cancel: (name) => schedule.cancel(name),
    entries: () => schedule.list(),
  };
}

function contracts({ host }) {
  return {
    call: (contract, { method, path, headers, body }) => {
      if (isReserved(path)) throw refused({ tag: "invalid", val: "a path that is the worker's" });
      const asked = { contract: toHex(contract), method, path, headers, body: Uint8Array.from(body) };
      const { status = 200, headers: fields = {}, body: content = "" } = host.contracts(asked);
      const list = Object.entries(fields).map(([name, value]) => ({ name, value }));
      return { status, headers: list, body: typeof content === "string" ? encodeText(content) : content };
    },
  };
}

function objects(changes) {
  const functions = Host.functions.objects.map((name) => [name, (...given) => changes[name](...given)]);
  return Object.fromEntries(functions);
}

/** Node.js 20 has no SQLite, and an imitation of it would show nothing. */
function sql() {
  const none = () => {
    throw ContractError.other("there is no database in these tests: `adyton test` runs the real one");
  };
  return { query: none, execute: none, batch: none };
}

/** What a call comes to where no test says anything else. */
function elsewhere() {
  throw refused({ tag: "elsewhere" });
}

function refused(payload) {
  return Object.assign(new Error("the contract was not called"), { payload });
}

function chain(call) {
  const { host } = call;
  return {
    block: () => ({ number: host.block, hash: identifier(`block ${host.block}`), timeMs: host.nowMs }),
    storage: (keys) => storage(host, keys),
    report: (bytes) => {
      if (call.reports.length > 0) throw ContractError.limit("one report per call");
      if (bytes.length === 0 || bytes.length > MAX_REPORT)
        throw ContractError.invalid(`a report has 1 to ${MAX_REPORT} bytes`);
      call.reports.push(Uint8Array.from(bytes));
    },
  };
}

function storage(host, keys) {
  if (keys.length > MAX_STORAGE_KEYS) throw ContractError.invalid(`at most ${MAX_STORAGE_KEYS} storage keys at once`);
  if (keys.some(({ length }) => length === 0 || length > MAX_STORAGE_KEY))
    throw ContractError.invalid(`a storage key has 1 to ${MAX_STORAGE_KEY} bytes`);
  const state = new Map(Object.entries(host.chain).map(([key, value]) => [toHex(fromHex(key)), fromHex(value)]));
  const values = keys.map((key) => state.get(toHex(key)) ?? null);
  const lengths = values.map((value) => value?.length ?? 0);
  if (lengths.some((length) => length > MAX_STORAGE_VALUE))
    throw ContractError.limit(`a value has at most ${MAX_STORAGE_VALUE} bytes`);
  if (lengths.reduce((one, other) => one + other, 0) > MAX_STORAGE_VALUES)
    throw ContractError.limit(`values have at most ${MAX_STORAGE_VALUES} bytes together`);
  return values;
}
