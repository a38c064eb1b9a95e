"""Patients' records: read by whom the patient lets, and each access told to the patient."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict

from adyton import Denied, NotFound, Request, Response, Router, env

import consents
import documents
import fields
import history
import records

service = Router()


# What patients do: each with what is their account's own.


@service.post("/records")
def store(request: Request) -> Response:
    given = fields.body(request, ("section", "text"))
    section, text = fields.section(given["section"]), fields.text(given["text"], 1, records.MAX_TEXT, "text")
    return Response.json({"number": records.add(fields.caller(), section, text)}, 201)


@service.get("/records/{section}")
def own_records(request: Request, section: str) -> Response:
    patient = fields.caller()
    return Response.json({**page(request, patient, section), **asdict(history.summary(patient))})


@service.delete("/records/{section}/{number}")
def remove(request: Request, section: str, number: str) -> Response:
    patient, which = fields.caller(), fields.record(number)
    records.remove(patient, fields.section(section), which)
    documents.remove(patient, section, which)
    history.add(patient, patient, "removed a record", section=section, records=[which])
    return Response(204)


@service.put("/records/{section}/{number}/document")
def add_to_document(request: Request, section: str, number: str) -> Response:
    patient, which = fields.caller(), fields.record(number)
    at = 0 if request.query.get("at") == "0" else fields.query(request, "at", 0, documents.MAX_SIZE)
    kind = request.header("content-type")
    return Response.json({"size": documents.add(patient, fields.section(section), which, at, kind, request.body)})


@service.post("/records/{section}/{number}/document")
def finish_document(request: Request, section: str, number: str) -> Response:
    documents.finish(fields.caller(), fields.section(section), fields.record(number))
    return Response(204)


@service.get("/records/{section}/{number}/document")
def own_document(request: Request, section: str, number: str) -> Response:
    return documents.read(fields.caller(), fields.section(section), fields.record(number))


@service.put("/consents/{practitioner}")
def give_consent(request: Request, practitioner: str) -> Response:
    given = fields.body(request, ("sections", "until_ms"))
    sections = fields.sections(given["sections"])
    until_ms = fields.number(given["until_ms"], 0, 1 << 53, "until_ms")
    patient, practitioner = fields.caller(), fields.account(practitioner)
    consents.grant(patient, practitioner, sections, until_ms)
    history.add(
        patient, patient, "gave consent", practitioner=practitioner, sections=sections, until_ms=until_ms
    )
    return Response(204)


@service.delete("/consents/{practitioner}")
def revoke_consent(request: Request, practitioner: str) -> Response:
    named = request.query.get("section")
    section = None if named is None else fields.section(named)
    patient, practitioner = fields.caller(), fields.account(practitioner)
    revoked = consents.revoke(patient, practitioner, section)
    if not revoked:
        raise NotFound()
    history.add(patient, patient, "revoked consent", practitioner=practitioner, sections=revoked)
    return Response(204)


@service.get("/consents")
def own_consents(request: Request) -> Response:
    return Response.json({"consents": consents.of(fields.caller())})


@service.get("/history")
def own_history(request: Request) -> Response:
    before = fields.query(request, "before", fields.MAX_NUMBER, fields.MAX_NUMBER)
    limit = fields.query(request, "limit", 20, fields.MAX_PAGE)
    return Response.json(history.page(fields.caller(), before, limit))


# What others do with a patient's records.


@service.get("/patients/{patient}/records/{section}")
def read(request: Request, patient: str, section: str) -> Response:
    practitioner, patient = fields.caller(), fields.account(patient)
    consents.use(patient, practitioner, fields.section(section))
    read = page(request, patient, section)
    history.add(patient, practitioner, "read", section=section, records=numbers(read))
    return Response.json(read)


@service.get("/patients/{patient}/records/{section}/{number}/document")
def read_document(request: Request, patient: str, section: str, number: str) -> Response:
    practitioner, patient = fields.caller(), fields.account(patient)
    consents.use(patient, practitioner, fields.section(section))
    which = fields.record(number)
    answer = documents.read(patient, section, which)
    history.add(patient, practitioner, "read a document", section=section, records=[which])
    return answer


@service.post("/patients/{patient}/emergency")
def read_in_emergency(request: Request, patient: str) -> Response:
    responder, patient = fields.caller(), fields.account(patient)
    if responder not in (env.setting("emergency") or "").split():
        raise Denied("this account has no emergency access")
    given = fields.body(request, ("section", "reason"))
    section, reason = fields.section(given["section"]), fields.text(given["reason"], 10, 500, "reason")
    if not records.has_any(patient):
        raise NotFound()
    read = page(request, patient, section)
    history.add(
        patient, responder, "read in an emergency", True, section=section, reason=reason, records=numbers(read)
    )
    return Response.json(read)


def page(request: Request, patient: str, section: str) -> Dict[str, Any]:
    """The page of a section that the query asks for."""
    after = fields.query(request, "after", 0, fields.MAX_NUMBER)
    limit = fields.query(request, "limit", 20, fields.MAX_PAGE)
    return records.page(patient, fields.section(section), after, limit)


def numbers(read: Dict[str, Any]) -> "list[int]":
    """Which records somebody got to see."""
    return [record["number"] for record in read["records"]]
