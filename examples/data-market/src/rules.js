// The market's rules, from the settings of its manifest. Where one of them is missing or senseless, nothing goes.

import { ContractError, env } from "adyton";

/** No setting makes groups smaller: in one of two, each would learn about the other. */
const LEAST_GROUP = 3;

export function rules() {
  const settings = Object.fromEntries(env.settings().map(({ name, value }) => [name, value]));
  const approvers = (settings.approvers ?? "").split(" ").filter((part) => part !== "");
  if (!approvers.every((one) => /^0x[0-9a-f]{64}$/.test(one)) || new Set(approvers).size !== approvers.length) {
    throw ContractError.other("the setting approvers has accounts, each once");
  }
  return {
    approvers,
    quorum: setting(settings, "quorum", 1, approvers.length),
    minimumGroup: setting(settings, "minimum_group", LEAST_GROUP, 1000),
    queriesPerBuyer: setting(settings, "queries_per_buyer", 1, 1000),
  };
}

function setting(settings, name, least, most) {
  const value = /^[0-9]{1,4}$/.test(settings[name] ?? "") ? Number(settings[name]) : NaN;
  if (!(value >= least && value <= most)) throw ContractError.other(`the setting ${name} is ${least} to ${most}`);
  return value;
}
