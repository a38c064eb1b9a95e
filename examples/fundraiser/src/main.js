// Collects PHA on the contract's own account, and says when the goal is reached. Nobody has to tell it that something
// came: it watches its account, and is called at each change of it that a worker sees.

import { ContractError, Response, Router, env, kv, log } from "adyton";

import { freeBalance, inPha } from "./account.js";

const STATE = "state";
const CHANGES = "changes/";
/** How many changes `GET /changes` shows. */
const SHOWN = 100;

function state() {
  return kv.getJson(STATE) ?? { free: "0", reachedAt: null };
}

function goal() {
  const text = env.settings().find(({ name }) => name === "goal")?.value ?? "";
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw ContractError.invalid("the setting goal is no number of PHA");
  return BigInt(text) * 10n ** 12n;
}

async function changed(request) {
  // The path alone says nothing: this field nobody outside can send.
  if (request.watch !== "account") throw ContractError.denied("only the chain may");
  const block = Number(request.headers.get("adyton-watch-block"));
  const free = request.method === "DELETE" ? 0n : freeBalance(await request.bytes());
  const before = state();
  const difference = free - BigInt(before.free);
  const isReached = before.reachedAt === null && free >= goal();
  kv.setJson(STATE, { free: String(free), reachedAt: isReached ? block : before.reachedAt });
  // Its nonce may have changed alone.
  if (difference !== 0n) {
    kv.setJson(`${CHANGES}${String(block).padStart(10, "0")}`, { block, difference: inPha(difference) });
    log.info(`${inPha(difference)} PHA at block ${block}`);
  }
  if (isReached) log.info(`the goal is reached at block ${block}`);
  return new Response(null, { status: 204 });
}

export default new Router()
  .put("/.adyton/watch", changed)
  .delete("/.adyton/watch", changed)
  .get("/", () => {
    const { free, reachedAt } = state();
    return Response.json({ collected: inPha(BigInt(free)), goal: inPha(goal()), reachedAt });
  })
  .get("/changes", () => {
    const newest = kv.scanBack(CHANGES, { limit: SHOWN }).entries;
    return Response.json(newest.map(({ value }) => JSON.parse(new TextDecoder().decode(value))));
  });
