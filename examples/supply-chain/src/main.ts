// Where things come from, without telling everybody who trades with whom: each party of an item's chain sees the
// transfers that it signed itself, the auditor all of them, and everybody else the origin, signed by the contract.

import { ContractError, type Handler, type Request, Response, Router, bytes, crypto, env, reply } from "adyton";

import { acceptanceFrom, afterFrom, itemFrom, limitFrom, offerFrom, verdictFrom } from "./input";
import * as store from "./store";
import type { Item } from "./store";

/** The key that signs origins, and what it says it signs. */
const KEY = "origins";
const CONTEXT = "adyton supply-chain origin 1";

/** The account that signed the call, hexadecimal digits. */
function account(): string {
  const caller = env.caller();
  if (caller.kind !== "account") throw ContractError.denied("sign the call with an account: adyton call --from");
  return bytes.toHex(caller.id);
}

const make: Handler = async (request) => {
  const maker = account();
  const item = store.create(itemFrom(await request.json(), maker), maker, Date.now());
  return Response.json({ item: item.id }, { status: 201 });
};

/** The item, for one that made it or took part in a transfer; for others it is not there. */
function ownItem(id: string): { item: Item; caller: string } {
  const [item, caller] = [store.find(id), account()];
  if (!store.isParty(caller, id)) throw ContractError.notFound();
  return { item, caller };
}

function heldItem(id: string): { item: Item; caller: string } {
  const { item, caller } = ownItem(id);
  if (item.holder !== caller) throw ContractError.denied("only who holds the item hands it on");
  return { item, caller };
}

const offer: Handler = async (request, { id = "" }) => {
  const { item, caller } = heldItem(id);
  if (item.offer !== null) throw ContractError.conflict();
  store.offer(item, offerFrom(await request.json(), caller, item.auditor), Date.now());
  return new Response(null, { status: 204 });
};

const takeBack: Handler = (_request, { id = "" }) => {
  store.dropOffer(heldItem(id).item);
  return new Response(null, { status: 204 });
};

/** The item that is offered to the caller; for others there is no offer. */
function offeredItem(id: string): Item {
  const [item, caller] = [store.find(id), account()];
  if (item.offer?.to !== caller) throw ContractError.notFound();
  return item;
}

/** What the receiver saw has to be what it signs for: the holder may have put another offer in its place. */
const accept: Handler = async (request, { id = "" }) => {
  const item = offeredItem(id);
  const seen = acceptanceFrom(await request.json());
  if (item.offer?.offeredAt !== seen.offeredAt || item.offer?.note !== seen.note) throw ContractError.conflict();
  store.accept(item, Date.now());
  return new Response(null, { status: 204 });
};

const decline: Handler = (_request, { id = "" }) => {
  store.dropOffer(offeredItem(id));
  return new Response(null, { status: 204 });
};

/** Who offers what. The receiver has to know it before accepting. */
const offers: Handler = (request) => {
  const { entries, next } = store.offersTo(account(), ...paging(request, store.ID_DIGITS));
  const shown = entries.map((id) => {
    const { description, origin, holder, offer } = store.find(id);
    return { item: id, description, origin, from: holder, note: offer?.note, offeredAt: offer?.offeredAt };
  });
  return Response.json({ entries: shown, next });
};

const items: Handler = (request) => Response.json(store.itemsOf(account(), ...paging(request, store.ID_DIGITS)));

const steps: Handler = (request, { id = "" }) => {
  const { item, caller } = ownItem(id);
  const page = store.ownSteps(caller, item, ...paging(request, store.NUMBER_DIGITS));
  return Response.json({ ...page, holding: item.holder === caller });
};

/** The item, for the auditor that its maker named. */
function auditedItem(id: string): Item {
  const [item, caller] = [store.find(id), account()];
  if (item.auditor !== caller) throw ContractError.denied("only the auditor that the item names may do this");
  return item;
}

const audit: Handler = (request, { id = "" }) => {
  const item = auditedItem(id);
  const page = store.allSteps(item, ...paging(request, store.NUMBER_DIGITS));
  return Response.json({ ...page, holder: item.holder, steps: item.steps });
};

/** All transfers at once, however many: what pages are for, but as one answer that grows while they are read. */
const exported: Handler = (_request, { id = "" }) =>
  reply.stream(store.stepLines(auditedItem(id)), { headers: { "content-type": "application/jsonl" } });

const judge: Handler = async (request, { id = "" }) => {
  const item = auditedItem(id);
  const finding = { verdict: verdictFrom(await request.json()), auditedAt: Date.now() };
  store.save({ ...item, finding });
  return Response.json(origin({ ...item, finding }));
};

/** What everybody may know who has the item's identifier, with Ed25519 over all of it. */
function origin(item: Item): Record<string, unknown> {
  const { id, description, origin, maker, madeAt, auditor, finding } = item;
  const [verdict, auditedAt] = [finding?.verdict ?? null, finding?.auditedAt ?? null];
  const parts = [id, description, origin, maker, String(madeAt), auditor, verdict ?? "", String(auditedAt ?? "")];
  const message = crypto.message(CONTEXT, env.context().contract, ...parts);
  const signature = bytes.toHex(crypto.sign("ed25519", KEY, message));
  return { item: id, description, origin, maker, madeAt, auditor, verdict, auditedAt, signature };
}

function paging(request: Request, digits: number): [string | null, number] {
  return [afterFrom(request.query("after"), digits), limitFrom(request.query("limit"))];
}

export default new Router()
  .post("/items", make)
  .get("/items", items)
  .get("/items/:id/origin", (_request, { id = "" }) => Response.json(origin(store.find(id))))
  .get("/items/:id/steps", steps)
  .post("/items/:id/offer", offer)
  .delete("/items/:id/offer", takeBack)
  .post("/items/:id/accept", accept)
  .post("/items/:id/decline", decline)
  .get("/items/:id/audit", audit)
  .get("/items/:id/export", exported)
  .post("/items/:id/verdict", judge)
  .get("/offers", offers)
  .get("/key", () => Response.json({ scheme: "ed25519", key: bytes.toHex(crypto.publicKey("ed25519", KEY)) }));
