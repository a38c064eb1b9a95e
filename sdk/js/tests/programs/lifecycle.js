// Does in its lifecycle what the state tells it to.

import { ContractError, Response, env, kv } from "adyton";

function made(name, of) {
  kv.setJson(name, of);
  const mode = kv.getText("mode");
  if (mode === "no") throw ContractError.other("not with this state");
  if (mode === "bug") null.missing();
}

export async function init() {
  await Promise.resolve();
  made("init", env.context().caller.kind);
}

export function migrate(fromVersion, fromCode) {
  made("migrate", { version: fromVersion, code: Array.from(fromCode) });
}

export default () => Response.json({ init: kv.getJson("init"), migrate: kv.getJson("migrate") });
