// Who takes part: accounts cost nothing, so somebody has to say that behind one there is a person who has no other.
// `person/ACCOUNT` and `buyer/ACCOUNT` are there for those; a buyer's says how many queries it has proposed.

import { ContractError, kv } from "adyton";

import { accountId, list } from "./fields";

const MAX_AT_ONCE = 100;

/** Lets these accounts in, as `person` or `buyer`. Those that were in before stay as they are. */
export function admit(kind, accounts) {
  for (const account of list(accounts, MAX_AT_ONCE, accountId, "accounts")) {
    if (kv.get(`${kind}/${account}`) === null) kv.setJson(`${kind}/${account}`, 0);
  }
}

/** What is kept for an account that was let in. Throws `denied` for any other. */
export function admitted(kind, account) {
  const known = kv.getJson(`${kind}/${account}`);
  if (known === null) throw ContractError.denied(`an approver has to admit this account as a ${kind} first`);
  return known;
}
