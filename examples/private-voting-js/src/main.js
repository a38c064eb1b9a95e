// Private voting: ballots that nobody sees, and a result that everybody can check.

import { ContractError, Response, Router } from "adyton";

import * as ballots from "./ballots.js";
import * as polls from "./polls.js";
import * as result from "./result.js";

export default new Router()
  .post("/polls", async (request) => {
    return Response.json(polls.shown(polls.announce(await request.json())), { status: 201 });
  })
  .get("/polls/:id", (_request, { id }) => Response.json(polls.shown(polls.find(id))))
  .put("/polls/:id/ballot", async (request, { id }) => {
    const poll = polls.find(id);
    const voter = polls.voter(poll);
    if (!polls.isOpen(poll)) throw ContractError.conflict();
    ballots.cast(poll, voter, polls.optionOf(poll, await request.json()));
    // The same answer to a first and a later ballot.
    return new Response(null, { status: 204 });
  })
  .post("/polls/:id/count", (_request, { id }) => Response.json(result.count(polls.find(id))))
  .get("/polls/:id/result", (_request, { id }) => {
    const signed = result.stored(polls.find(id));
    if (signed === null) throw ContractError.notFound();
    return Response.json(signed);
  })
  .post("/polls/:id/forget", (_request, { id }) => {
    const poll = polls.find(id);
    if (result.stored(poll) === null) throw ContractError.conflict();
    return Response.json(ballots.forget(poll));
  });
