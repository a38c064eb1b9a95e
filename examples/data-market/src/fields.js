// What callers send, checked: who they are, and what their content has in it.

import { ContractError, bytes, env } from "adyton";

/** The account that signed the call, as `0x` and 64 digits. */
export function account() {
  const caller = env.caller();
  if (caller.kind !== "account") throw ContractError.denied("sign the call with an account: adyton call --from");
  return bytes.toHex(caller.id);
}

/** A JSON object that has these fields and no others. */
export function object(value, names, what = "the content") {
  const known = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  if (known.length !== names.length || !names.every((name) => known.includes(name))) {
    throw ContractError.invalid(`${what} is a JSON object with the fields ${names.join(", ")}`);
  }
  return value;
}

export function whole(value, least, most, what) {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw ContractError.invalid(`${what} is a whole number from ${least} to ${most}`);
  }
  return value;
}

/** A list of 1 to `most` things, none of them twice. */
export function list(value, most, one, what) {
  if (!Array.isArray(value) || value.length < 1 || value.length > most) {
    throw ContractError.invalid(`${what} are a list of 1 to ${most}`);
  }
  const checked = value.map(one);
  if (new Set(checked).size !== checked.length) throw ContractError.invalid(`${what}: one of them is there twice`);
  return checked;
}

export function oneOf(value, known, what) {
  if (typeof value !== "string" || !known.includes(value)) {
    throw ContractError.invalid(`${what} is one of ${known.join(", ")}`);
  }
  return value;
}

export function accountId(value) {
  if (typeof value !== "string" || !/^0x[0-9a-f]{64}$/.test(value)) {
    throw ContractError.invalid("an account is 0x and 64 hexadecimal digits, in lower case");
  }
  return value;
}
