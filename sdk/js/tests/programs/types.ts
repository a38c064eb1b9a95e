// Compiled, never run: what the types allow, and what they refuse.

import {
  ContractError,
  type Handler,
  Request,
  Response,
  Router,
  bytes,
  chain,
  crypto,
  env,
  http,
  kv,
  log,
  number,
  random,
  secrets,
} from "adyton";

const value: Uint8Array | null = kv.get("key");
const page: kv.Page = kv.scan(new Uint8Array(1), { limit: 10, after: value });
const stored = kv.getJson<{ count: number }>("key")?.count ?? 0;
kv.delete("key");
kv.swap("key", null, "value");
for (const { key } of kv.entries("")) bytes.toHex(key);

const caller: env.Caller = env.caller();
if (caller.kind === "account") bytes.toHex(caller.id);
const lease: number | undefined = env.context().lease?.number;
const units: bigint | null = number.median([number.parseDecimal("1.5", 6)]);
const signature: Uint8Array = crypto.sign("ed25519", "name", crypto.message("context", "part", random.bytes(4)));
const status: number = http.send("https://example.org/", {
  timeoutMs: 1,
  secretHeaders: [{ name: "a", secret: "b" }],
}).status;
const outcomes: (Response | ContractError)[] = http.sendAll([
  "https://example.org/",
  ["https://example.org/", { method: "POST" }],
]);
const handler: Handler = async (request: Request, { id }) =>
  Response.json({ id, text: await request.text(), query: request.query("q") });
const answers: Promise<globalThis.Response[]> = Promise.all([
  fetch("https://example.org/", { body: "x", method: "POST" }),
]);
export const used = [
  page,
  stored,
  lease,
  units,
  signature,
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
// @ts-expect-error a lease may be missing
env.context().lease.number;
// @ts-expect-error nobody in particular has no identifier
bytes.toHex(env.caller().id);
// @ts-expect-error there is no such scheme
crypto.sign("rsa", "name", "message");
// @ts-expect-error there is no such kind
new ContractError("nonsense");
// @ts-expect-error a handler answers with a response
new Router().get("/", () => "text");
// @ts-expect-error redirects are not followed
fetch("https://example.org/", { redirect: "follow" });
// @ts-expect-error there are no timers
setTimeout(() => {}, 1);

export default new Router().get("/:id", handler);
