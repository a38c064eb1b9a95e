// What is kept: `item/ID` an item and where it is now; `step/ID/NUMBER` its transfers in their order, for the auditor;
// `party/ACCOUNT/ID` that an account took part, and in how many transfers; `view/ACCOUNT/ID/NUMBER` these, numbered by
// the account's own count, so that a page tells nothing of the others; `offer/ACCOUNT/ID` that an item waits for it.

import { ContractError, bytes, kv, random } from "adyton";

import type { NewItem, NewOffer, Verdict } from "./input";

export interface Item extends NewItem {
  /** Sixteen random bytes, hexadecimal digits. */
  id: string;
  maker: string;
  /** Milliseconds since 1970-01-01 UTC. */
  madeAt: number;
  holder: string;
  steps: number;
  /** Who may take the item over now; null if nobody. */
  offer: (NewOffer & { offeredAt: number }) | null;
  finding: { verdict: Verdict; auditedAt: number } | null;
}

/** A transfer of custody: both accounts have signed a call for it. */
export interface Step extends NewOffer {
  from: string;
  offeredAt: number;
  acceptedAt: number;
}

export interface Page<T> {
  entries: T[];
  /** What to pass as `after`; null: there are no more. */
  next: string | null;
}

/** The most transfers of an item. */
export const MAX_STEPS = 1000;
/** How many digits a number has in a key, and an identifier. */
export const NUMBER_DIGITS = 4;
export const ID_DIGITS = 32;

export function create(wanted: NewItem, maker: string, madeAt: number): Item {
  const id = bytes.toHex(random.bytes(ID_DIGITS / 2)).slice(2);
  const item = { ...wanted, id, maker, madeAt, holder: maker, steps: 0, offer: null, finding: null };
  save(item);
  kv.setJson(partyKey(maker, id), 0);
  return item;
}

/** The item of this identifier, as it stands in a path. Throws `not-found`. */
export function find(id: string): Item {
  const item = /^[0-9a-f]{32}$/.test(id) ? kv.getJson<Item>(`item/${id}`) : null;
  if (item === null) throw ContractError.notFound();
  return item;
}

export function save(item: Item): void {
  kv.setJson(`item/${item.id}`, item);
}

export function offer(item: Item, offered: NewOffer, offeredAt: number): void {
  save({ ...item, offer: { ...offered, offeredAt } });
  kv.set(offerKey(offered.to, item.id), "1");
}

/** Takes an offer back, or its receiver turns it down. */
export function dropOffer(item: Item): void {
  if (item.offer === null) throw ContractError.conflict();
  kv.delete(offerKey(item.offer.to, item.id));
  save({ ...item, offer: null });
}

/** Hands the item over to whom it is offered. */
export function accept(item: Item, acceptedAt: number): void {
  if (item.offer === null) throw ContractError.conflict();
  if (item.steps >= MAX_STEPS) throw ContractError.limit(`an item has at most ${MAX_STEPS} transfers`);
  const step: Step = { from: item.holder, ...item.offer, acceptedAt };
  const steps = item.steps + 1;
  kv.setJson(`step/${item.id}/${padded(steps)}`, step);
  for (const account of [step.from, step.to]) {
    const own = (kv.getJson<number>(partyKey(account, item.id)) ?? 0) + 1;
    kv.setJson(partyKey(account, item.id), own);
    kv.setJson(`view/${account}/${item.id}/${padded(own)}`, step);
  }
  kv.delete(offerKey(step.to, item.id));
  save({ ...item, holder: step.to, steps, offer: null });
}

/** Whether the account made the item, or took part in a transfer of it. */
export function isParty(account: string, id: string): boolean {
  return kv.get(partyKey(account, id)) !== null;
}

export function allSteps(item: Item, after: string | null, limit: number): Page<Step> {
  return page<Step>(`step/${item.id}/`, after, limit);
}

/** All transfers, a line of JSON each: as they are stored. */
export function* stepLines(item: Item): Generator<string, void, undefined> {
  for (const { value } of kv.entries(`step/${item.id}/`)) yield `${bytes.decodeText(value)}\n`;
}

export function ownSteps(account: string, item: Item, after: string | null, limit: number): Page<Step> {
  return page<Step>(`view/${account}/${item.id}/`, after, limit);
}

export function itemsOf(account: string, after: string | null, limit: number): Page<string> {
  return names(partyKey(account, ""), after, limit);
}

export function offersTo(account: string, after: string | null, limit: number): Page<string> {
  return names(offerKey(account, ""), after, limit);
}

function page<T>(prefix: string, after: string | null, limit: number): Page<T> {
  const { entries, next } = scan(prefix, after, limit);
  return { entries: entries.map(({ value }) => bytes.decodeJson<T>(value)), next };
}

function names(prefix: string, after: string | null, limit: number): Page<string> {
  const { entries, next } = scan(prefix, after, limit);
  return { entries: entries.map(({ key }) => bytes.decodeText(key).slice(prefix.length)), next };
}

/** A page under a prefix; `next` without the prefix, which has an account in it. */
function scan(prefix: string, after: string | null, limit: number) {
  const found = kv.scan(prefix, { after: after === null ? null : prefix + after, limit });
  return {
    entries: found.entries,
    next: found.next === null ? null : bytes.decodeText(found.next).slice(prefix.length),
  };
}

function partyKey(account: string, id: string): string {
  return `party/${account}/${id}`;
}

function offerKey(account: string, id: string): string {
  return `offer/${account}/${id}`;
}

function padded(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, "0");
}
