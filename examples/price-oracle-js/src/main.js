// A price oracle: asks several sources, takes the median, keeps a history, signs the result and reports it to the
// chain.

import { ContractError, Response, Router, bytes, chain, env, kv, log } from "adyton";

import * as evm from "./evm.js";
import * as price from "./price.js";
import * as sources from "./sources.js";

/** Prices under this prefix, the newest first. */
const HISTORY = "history/";
/** The most prices of one answer. */
const MAX_HISTORY = 100;

export default new Router()
  .post("/update", async () => Response.json(await update()))
  .get("/price", () => {
    const [newest] = history(1);
    return newest === undefined ? noPrice() : Response.json(newest);
  })
  .get("/price/evm", () => {
    const [newest] = history(1);
    return newest === undefined ? noPrice() : Response.json(evm.sign(newest));
  })
  .get("/history", (request) => {
    const limit = request.query("limit") ?? "10";
    if (!/^[0-9]{1,9}$/.test(limit)) throw ContractError.invalid("limit is not a number");
    return Response.json(history(Number(limit)));
  });

/** Asks, signs, remembers, reports. If one of them fails, none has happened. */
async function update() {
  const pair = setting("pair");
  const quotes = await sources.ask(setting("sources"), quorum());
  const signed = price.sign(price.median(pair, quotes, env.nowMs()));
  kv.setJson(key(signed.time_ms), signed);
  chain.remark(`${signed.pair} ${signed.value} ${signed.time_ms}`);
  log.info(`${signed.pair} is ${signed.value} by ${signed.sources} sources`);
  return signed;
}

function noPrice() {
  return new Response("there is no price yet: POST /update\n", { status: 404 });
}

function history(limit) {
  const { entries } = kv.scan(HISTORY, { limit: Math.min(Math.max(limit, 1), MAX_HISTORY) });
  return entries.map(({ value }) => bytes.decodeJson(value));
}

/** Keys count down from the end of time, so that a scan meets the newest first. */
function key(timeMs) {
  const left = (1n << 64n) - 1n - BigInt(timeMs);
  return HISTORY + left.toString(16).padStart(16, "0");
}

function quorum() {
  const text = setting("quorum");
  if (!/^[0-9]{1,9}$/.test(text)) throw ContractError.invalid("the setting quorum is not a number");
  return Number(text);
}

function setting(name) {
  const value = env.setting(name);
  if (value === null) throw ContractError.invalid(`the manifest has no setting ${name}`);
  return value;
}
