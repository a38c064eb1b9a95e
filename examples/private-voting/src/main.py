"""Private voting: ballots that nobody sees, and a result that everybody can check."""

from adyton import Conflict, NotFound, Request, Response, Router

import ballots
import polls
import result

service = Router()


@service.post("/polls")
def announce(request: Request) -> Response:
    return Response.json(polls.announce(request.json()).public(), 201)


@service.get("/polls/{id}")
def show(request: Request, id: str) -> Response:
    return Response.json(polls.find(id).public())


@service.put("/polls/{id}/ballot")
def vote(request: Request, id: str) -> Response:
    poll = polls.find(id)
    voter = polls.voter(poll)
    if not poll.is_open():
        raise Conflict()
    ballots.cast(poll, voter, polls.option_of(poll, request.json()))
    # The same answer to a first and a later ballot.
    return Response(204)


@service.post("/polls/{id}/count")
def count(request: Request, id: str) -> Response:
    return Response.json(result.count(polls.find(id)))


@service.get("/polls/{id}/result")
def show_result(request: Request, id: str) -> Response:
    signed = result.stored(polls.find(id))
    if signed is None:
        raise NotFound()
    return Response.json(signed)


@service.post("/polls/{id}/forget")
def forget(request: Request, id: str) -> Response:
    poll = polls.find(id)
    if result.stored(poll) is None:
        raise Conflict()
    forgotten, more = ballots.forget(poll)
    return Response.json({"forgotten": forgotten, "more": more})
