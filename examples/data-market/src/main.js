// A market of personal data: people contribute rows under terms, buyers get aggregates that approvers let them have,
// and nobody gets to see a row.

import { ContractError, Response, Router, kv } from "adyton";

import { admit, admitted } from "./admission";
import { disclose } from "./disclosure";
import { account, object } from "./fields";
import { groupsOf, queryFrom, resultOf } from "./query";
import { FIELDS, PURPOSES, contribute, credit, rowOf, usable, withdraw } from "./rows";
import { rules } from "./rules";

const MAX_QUERIES = 9_999;

const terms = () => Response.json({ ...rules(), fields: FIELDS, purposes: PURPOSES });

const admission = (kind) => async (request) => {
  approver();
  admit(kind, object(await request.json(), ["accounts"]).accounts);
  return new Response(null, { status: 204 });
};

const contributeRow = async (request) => {
  contribute(account(), await request.json());
  return new Response(null, { status: 201 });
};

const ownRow = () => {
  const { values, terms, credits } = rowOf(account());
  return Response.json({ values, terms, credits });
};

const withdrawRow = () => {
  withdraw(account());
  return new Response(null, { status: 204 });
};

/** Counts against the buyer's budget, whatever becomes of it. */
const propose = async (request) => {
  const buyer = account();
  const proposed = admitted("buyer", buyer);
  const query = queryFrom(await request.json());
  const { queriesPerBuyer } = rules();
  if (proposed >= queriesPerBuyer) throw ContractError.limit(`an account proposes at most ${queriesPerBuyer} queries`);
  const number = (kv.getJson("queries") ?? 0) + 1;
  if (number > MAX_QUERIES) throw ContractError.limit(`a market takes at most ${MAX_QUERIES} queries`);
  kv.setJson(`buyer/${buyer}`, proposed + 1);
  kv.setJson("queries", number);
  save({ number, buyer, query, approvals: [], outcome: null });
  return Response.json({ query: number, left: queriesPerBuyer - proposed - 1 }, { status: 201 });
};

/** The result is the buyer's alone: who approves a query does not see it. */
const show = (_request, { number }) => {
  const [proposal, caller] = [find(number), account()];
  const { buyer, query, approvals, outcome } = proposal;
  if (caller === buyer) return Response.json({ query, approvals, outcome });
  if (!rules().approvers.includes(caller)) throw ContractError.notFound();
  return Response.json({ buyer, query, approvals });
};

const approve = (_request, { number }) => {
  const caller = approver();
  const proposal = find(number);
  if (caller === proposal.buyer) throw ContractError.denied("buyers do not approve queries of their own");
  if (proposal.approvals.includes(caller)) throw ContractError.conflict();
  proposal.approvals.push(caller);
  save(proposal);
  return Response.json({ approvals: proposal.approvals.length });
};

/**
 * Runs a query once; from then on its outcome is the same. That a result is withheld is an answer and no error: an
 * error would undo the call, and the query could be run again and again until the rows fit.
 */
const run = (_request, { number }) => {
  const proposal = find(number);
  if (account() !== proposal.buyer) throw ContractError.notFound();
  if (proposal.outcome === null) {
    const { approvers, quorum, minimumGroup } = rules();
    // Of those who are approvers now.
    const approvals = proposal.approvals.filter((one) => approvers.includes(one)).length;
    if (approvals < quorum) throw ContractError.denied(`${approvals} of ${quorum} approvals are there`);
    proposal.outcome = outcomeOf(proposal.query, minimumGroup);
    save(proposal);
  }
  return Response.json(proposal.outcome);
};

function outcomeOf(query, minimumGroup) {
  const groups = groupsOf(query, usable(query.purpose));
  // A category in which there is nobody is told as such; see the README for what that says.
  const people = query.measure === "histogram" ? groups.filter(({ rows }) => rows.length > 0) : groups;
  // Who knows how many are in each of some categories knows how many are in all of them together.
  const lists = unions(people.map(({ rows }) => rows));
  const withheld = lists.length === 0 ? "a group has too few people" : disclose(lists, minimumGroup);
  if (withheld !== null) return { withheld };
  credit(people.flatMap(({ rows }) => rows));
  return { result: resultOf(query, groups) };
}

/** Each of these groups, and each union of some of them: at most 15 of a field's four categories. */
function unions(groups) {
  return groups.reduce((all, rows) => [...all, rows, ...all.map((one) => [...one, ...rows])], []);
}

function approver() {
  const caller = account();
  if (!rules().approvers.includes(caller)) throw ContractError.denied("this account is not an approver");
  return caller;
}

function find(number) {
  const known = /^[1-9][0-9]{0,3}$/.test(number) ? kv.getJson(queryKey(Number(number))) : null;
  if (known === null) throw ContractError.notFound();
  return known;
}

function save(proposal) {
  kv.setJson(queryKey(proposal.number), proposal);
}

function queryKey(number) {
  return `query/${String(number).padStart(4, "0")}`;
}

export default new Router()
  .get("/terms", terms)
  .post("/people", admission("person"))
  .post("/buyers", admission("buyer"))
  .put("/row", contributeRow)
  .get("/row", ownRow)
  .delete("/row", withdrawRow)
  .post("/queries", propose)
  .get("/queries/:number", show)
  .post("/queries/:number/approve", approve)
  .post("/queries/:number/run", run);
