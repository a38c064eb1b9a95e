// Compiled, never run: what the types allow, and what they refuse.

import {
  ContractError,
  type Handler,
  type Init,
  type Migrate,
  Request,
  Response,
  Router,
  bytes,
  chain,
  crypto,
  env,
  evm,
  evmKeys,
  evmReads,
  http,
  kv,
  log,
  mysql,
  number,
  objects,
  postgres,
  random,
  redis,
  reply,
  secrets,
  sql,
} from "adyton";

const value: Uint8Array | null = kv.get("key");
const page: kv.Page = kv.scan(new Uint8Array(1), { limit: 10, after: value });
const stored = kv.getJson<{ count: number }>("key")?.count ?? 0;
kv.delete("key");
kv.swap("key", null, "value");
for (const { key } of kv.entries("")) bytes.toHex(key);
for (const { key } of kv.entries("", { descending: true })) bytes.toHex(key);
const back: kv.Page = kv.scanBack("", { limit: 10, before: value });
const several: (Uint8Array | null)[] = kv.getMany(["key", new Uint8Array(1)]);
kv.setUntil("key", "value", env.nowMs() + 1000);
const operation: kv.Operation = { do: "set", key: "key", value: "value", endsMs: new Date() };
kv.write([operation, { do: "swap", key: "key", expected: null, value: "value" }, { do: "delete", key: "key" }]);
const version: number | null = secrets.version("name");

const caller: env.Caller = env.caller();
if (caller.kind === "account") bytes.toHex(caller.id);
const lease: number | undefined = env.context().lease?.number;
const units: bigint | null = number.median([number.parseDecimal("1.5", 6)]);
const sealedTo: Uint8Array = crypto.encryptionKey("name");
const opened: Uint8Array = crypto.decrypt("name", sealedTo, { info: "for", associatedData: new Uint8Array(1) });
const derived: Uint8Array = crypto.derive("name", opened, 32);
const seeded: Uint8Array = random.seeded("round 1", 8);
const signature: Uint8Array = crypto.sign("ed25519", "name", crypto.message("context", "part", random.bytes(4)));
const status: number = http.send("https://example.org/", {
  timeoutMs: 1,
  secretHeaders: [{ name: "a", secret: "b" }],
}).status;
const outcomes: (Response | ContractError)[] = http.sendAll([
  "https://example.org/",
  ["https://example.org/", { method: "POST" }],
]);
export const init: Init = async () => kv.setJson("count", 0);
export const migrate: Migrate = (fromVersion, fromCode) => kv.setJson(fromCode, fromVersion + 1);
// @ts-expect-error: it has no third argument.
export const wrongMigrate: Migrate = (fromVersion, fromCode, more: string) => kv.delete(more);
const handler: Handler = async (request: Request, { id }) =>
  Response.json({ id, text: await request.text(), query: request.query("q") });
const answers: Promise<globalThis.Response[]> = Promise.all([
  fetch("https://example.org/", { body: "x", method: "POST" }),
]);
const incoming: http.Incoming = http.open("https://example.org/", { timeoutMs: 1 });
for (const part of incoming) reply.write(part);
const rest: Uint8Array | null = incoming.read(1024);
reply.begin({ status: 201, headers: incoming.headers });
const ended: Response = reply.end(new Uint8Array(1));
const streamed: Response = reply.stream(objects.parts("name"), { headers: { "content-type": "text/plain" } });
const upload: number = objects.create("name", "text/plain");
const length: number = objects.append(upload, "text");
const known: objects.Info | null = objects.stat("name");
objects.write("name", ["one", new Uint8Array(1)]);
objects.write("name", "text", known?.contentType ?? null);
const listed: string[] = [...objects.all("n/"), ...objects.finished("", { after: "a" })].map(({ name }) => name);
const begun: objects.Info[] = objects.unfinished({ after: upload, limit: 10 });
const done: sql.Done[] = sql.batch([["CREATE TABLE t (a)"], ["DELETE FROM t WHERE a = ?", [1n]]]);
const found: sql.Value | undefined = sql.query("SELECT ?", [true]).rows[0]?.[0];
const endpoints = new evmReads.Endpoints(["https://a.example", { url: "https://b.example" }], 2, { timeoutMs: 1000 });
const block: evmReads.Block = endpoints.finalized();
const answer: Uint8Array = endpoints.call(block, "0x", evm.abi.call("health()"));
const health: evm.abi.Decoded | undefined = evm.abi.decode("uint256", answer)[0];
const sent: evmReads.Said[] = endpoints.send(
  new evm.Transaction({
    chainId: 1,
    nonce: endpoints.nonce(block, "0x"),
    maxPriorityFeePerGas: 1n,
    maxFeePerGas: 2n,
    gasLimit: 21_000,
  }).sign(evmKeys.Key.named("name")),
).said;
export const used = [
  rest,
  ended,
  streamed,
  length,
  listed,
  begun,
  done,
  found,
  health,
  sent,
  page,
  back,
  several,
  version,
  stored,
  lease,
  units,
  signature,
  derived,
  seeded,
  status,
  outcomes,
  answers,
  secrets.getText("name"),
  console,
  new TextEncoder().encode("x"),
];

chain.report(new Uint8Array(1));
log.info("text");

// @ts-expect-error a value is text or bytes
kv.set("key", 7);
// @ts-expect-error there is no such operation
kv.write([{ do: "rename", key: "key" }]);
// @ts-expect-error a lease may be missing
env.context().lease.number;
// @ts-expect-error nobody in particular has no identifier
bytes.toHex(env.caller().id);
// @ts-expect-error a date is no value
sql.execute("SELECT ?", [new Date()]);
// @ts-expect-error a part is text or bytes
reply.stream([1, 2]);
// @ts-expect-error a handle is a number
objects.finish("name");
// @ts-expect-error there is no such scheme
crypto.sign("rsa", "name", "message");
// @ts-expect-error a key is made by its name
new evmKeys.Key("name", "0x");
// @ts-expect-error there is no such kind
new ContractError("nonsense");
// @ts-expect-error a handler answers with a response
new Router().get("/", () => "text");
// @ts-expect-error redirects are not followed
fetch("https://example.org/", { redirect: "follow" });
// @ts-expect-error there are no timers
setTimeout(() => {}, 1);

export default new Router().get("/:id", handler);

const people: postgres.Rows = postgres.open("postgres://db.example.org").query("SELECT $1", [null, 1n, new Date()]);
const cell: postgres.Value = people.rows[0]?.[0];
const changes: number = postgres.open("postgres://db.example.org").execute("DELETE FROM people");
mysql.open("mysql://db.example.org").execute("DELETE FROM people", [cell]);
const cached: Uint8Array | null = redis.open("rediss://db.example.org").get("key");
const said: redis.Said[] = redis.open("rediss://db.example.org").execute("PING", [1, "text", new Uint8Array(1)]);
// @ts-expect-error An object is no parameter.
postgres.open("postgres://db.example.org").query("SELECT $1", [{}]);
export const databases = [changes, cached, said, new postgres.DatabaseFailed("query-failed").failure];
