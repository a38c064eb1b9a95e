// What callers send, and what is wrong with it. Nothing here reads the store, the clock or the caller.

import { ContractError } from "adyton";

export type Verdict = "genuine" | "doubtful";

export interface NewItem {
  description: string;
  origin: string;
  /** An account, hexadecimal digits after `0x`. */
  auditor: string;
}

export interface NewOffer {
  to: string;
  note: string;
}

/** The offer that the receiver saw. */
export interface Acceptance {
  offeredAt: number;
  note: string;
}

const MAX_TEXT = 200;
const MAX_NOTE = 500;
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

export function itemFrom(asked: unknown, maker: string): NewItem {
  const { description, origin, auditor } = fieldsOf(asked, ["description", "origin", "auditor"]);
  const item = { description: text(description, "description"), origin: text(origin, "origin") };
  const judge = account(auditor, "auditor");
  if (judge === maker) throw ContractError.invalid("auditor is another account than the maker's");
  return { ...item, auditor: judge };
}

export function offerFrom(asked: unknown, holder: string, auditor: string): NewOffer {
  const { to: receiver, note = "" } = fieldsOf(asked, ["to", "note"]);
  const to = account(receiver, "to");
  if (to === holder) throw ContractError.invalid("to is another account than the holder's");
  if (to === auditor) throw ContractError.invalid("to is not the item's auditor, who judges and does not trade");
  if (typeof note !== "string" || note.length > MAX_NOTE) {
    throw ContractError.invalid(`note is a text of at most ${MAX_NOTE} characters`);
  }
  return { to, note };
}

/** The two as `/offers` shows them. */
export function acceptanceFrom(asked: unknown): Acceptance {
  const { offeredAt, note } = fieldsOf(asked, ["offeredAt", "note"]);
  if (typeof offeredAt !== "number") throw ContractError.invalid("offeredAt is the time that the offer shows");
  if (typeof note !== "string") throw ContractError.invalid("note is the note that the offer shows");
  return { offeredAt, note };
}

export function verdictFrom(asked: unknown): Verdict {
  const { verdict } = fieldsOf(asked, ["verdict"]);
  if (verdict !== "genuine" && verdict !== "doubtful") {
    throw ContractError.invalid('verdict is "genuine" or "doubtful"');
  }
  return verdict;
}

/** How many entries a page has. */
export function limitFrom(asked: string | null): number {
  const limit = asked === null ? DEFAULT_LIMIT : /^[1-9][0-9]{0,2}$/.test(asked) ? Number(asked) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw ContractError.invalid(`limit is a number from 1 to ${MAX_LIMIT}`);
  return limit;
}

/** Where a page begins: behind the `next` of the page before, which has this many digits. */
export function afterFrom(asked: string | null, digits: number): string | null {
  if (asked !== null && !new RegExp(`^[0-9a-f]{${digits}}$`).test(asked)) {
    throw ContractError.invalid("after is the 'next' of an earlier page");
  }
  return asked;
}

function fieldsOf(asked: unknown, names: string[]): Record<string, unknown> {
  if (typeof asked !== "object" || asked === null || Array.isArray(asked)) {
    throw ContractError.invalid("the content is a JSON object");
  }
  const unknown = Object.keys(asked).find((name) => !names.includes(name));
  if (unknown !== undefined) throw ContractError.invalid(`there is no field '${unknown}'`);
  return asked as Record<string, unknown>;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value.trim() === "" || value.length > MAX_TEXT) {
    throw ContractError.invalid(`${name} is a text of 1 to ${MAX_TEXT} characters`);
  }
  return value;
}

function account(value: unknown, name: string): string {
  if (typeof value !== "string" || !/^0x[0-9a-f]{64}$/.test(value)) {
    throw ContractError.invalid(`${name} is an account: 0x and 64 hexadecimal digits, in lower case`);
  }
  return value;
}
