"""Who reads what, until when, and what the patient is told about it."""

import json
import unittest
from typing import Any, Optional

from adyton import Conflict, Denied, Error, Invalid, Limit, NotFound, Response, env
from adyton.testing import NEW_YEAR, Host

import consents
import documents
import main

HOUR = 3_600_000


def account(number: int) -> env.Caller:
    return env.Caller("account", number.to_bytes(32, "big"))


def name(who: env.Caller) -> str:
    return f"0x{who.id.hex()}"


PATIENT, DOCTOR, NURSE, AMBULANCE, STRANGER = map(account, range(1, 6))
REASON = {"section": "allergies", "reason": "unconscious after an accident"}


class Records(unittest.TestCase):
    def setUp(self) -> None:
        emergency = f"{name(account(9))} {name(AMBULANCE)}"
        self.host = Host(grants=["kv", "log", "objects"], settings={"emergency": emergency})

    def ask(self, who: Optional[env.Caller], method: str, path: str, body: Any = None) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.host.call(main.service, method, path, content, caller=who)
        self.assertLess(answer.status, 300, path)
        return json.loads(answer.body) if answer.body else None

    def refused(self, error: "type[Error]", who: Optional[env.Caller], method: str, path: str, body: Any = None) -> str:
        before = dict(self.host.store)
        with self.assertRaises(error, msg=f"{method} {path} {body}") as raised:
            self.ask(who, method, path, body)
        # Nothing is written; what has ended is gone.
        self.assertLessEqual(self.host.store.items(), before.items())
        return raised.exception.message

    def store(self, section: str, text: str, who: env.Caller = PATIENT) -> int:
        return self.ask(who, "POST", "/records", {"section": section, "text": text})["number"]

    def consent(self, who: env.Caller, *sections: str, hours: int = 1, of: env.Caller = PATIENT) -> None:
        wanted = {"sections": list(sections), "until_ms": self.host.now_ms + hours * HOUR}
        self.ask(of, "PUT", f"/consents/{name(who)}", wanted)

    def add(self, at: int, part: bytes, path: str = "/records/notes/1", who: env.Caller = PATIENT) -> Response:
        kind = [("content-type", "image/png")]
        return self.host.call(main.service, "PUT", f"{path}/document?at={at}", part, kind, who)

    def document(self, who: env.Caller, path: str) -> Response:
        return self.host.call(main.service, "GET", f"{path}/document", caller=who)

    def texts(self, who: env.Caller, section: str, query: str = "", of: env.Caller = PATIENT) -> "list[str]":
        read = self.ask(who, "GET", f"/patients/{name(of)}/records/{section}{query}")
        return [record["text"] for record in read["records"]]

    def history(self, query: str = "", of: env.Caller = PATIENT) -> Any:
        return self.ask(of, "GET", f"/history{query}")

    def test_a_practitioner_reads_the_sections_that_the_patient_named_and_no_other(self) -> None:
        self.store("allergies", "penicillin")
        self.store("notes", "afraid of needles")
        self.consent(DOCTOR, "allergies", "medication")
        self.assertEqual(self.texts(DOCTOR, "allergies"), ["penicillin"])
        self.assertEqual(self.texts(DOCTOR, "medication"), [])
        self.refused(Denied, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/notes")
        self.refused(Denied, NURSE, "GET", f"/patients/{name(PATIENT)}/records/allergies")

    def test_consent_ends_at_its_time(self) -> None:
        self.store("allergies", "penicillin")
        self.consent(DOCTOR, "allergies", hours=2)
        self.host.now_ms += 2 * HOUR - 1
        self.assertEqual(self.texts(DOCTOR, "allergies"), ["penicillin"])
        self.host.now_ms += 1
        self.refused(Denied, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/allergies")
        self.assertEqual(self.ask(PATIENT, "GET", "/consents"), {"consents": []})

    def test_consent_that_was_used_still_ends_at_its_time(self) -> None:
        self.consent(DOCTOR, "allergies")
        self.texts(DOCTOR, "allergies")
        self.host.now_ms += HOUR
        self.refused(Denied, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/allergies")

    def test_revoked_consent_is_none_for_one_section_or_for_all(self) -> None:
        self.consent(DOCTOR, "allergies", "notes", "medication")
        self.consent(NURSE, "notes")
        self.ask(PATIENT, "DELETE", f"/consents/{name(DOCTOR)}?section=notes")
        self.refused(Denied, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/notes")
        self.texts(DOCTOR, "allergies")
        self.ask(PATIENT, "DELETE", f"/consents/{name(DOCTOR)}")
        for section in ("allergies", "medication"):
            self.refused(Denied, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/{section}")
        self.texts(NURSE, "notes")
        self.refused(NotFound, PATIENT, "DELETE", f"/consents/{name(DOCTOR)}")

    def test_the_patient_sees_which_consents_hold(self) -> None:
        self.consent(DOCTOR, "notes", hours=3)
        self.consent(NURSE, "allergies")
        self.texts(DOCTOR, "notes")
        held = self.ask(PATIENT, "GET", "/consents")["consents"]
        seen = [(one["practitioner"], one["section"], one["until_ms"], one["uses_left"]) for one in held]
        self.assertEqual(
            seen,
            [
                (name(DOCTOR), "notes", NEW_YEAR + 3 * HOUR, consents.MAX_USES - 1),
                (name(NURSE), "allergies", NEW_YEAR + HOUR, consents.MAX_USES),
            ],
        )
        self.assertEqual(self.ask(STRANGER, "GET", "/consents"), {"consents": []})

    def test_each_access_is_in_the_history_with_what_was_seen(self) -> None:
        numbers = [self.store("notes", text) for text in ("one", "two", "three")]
        self.consent(DOCTOR, "notes")
        self.host.now_ms += 5
        self.texts(DOCTOR, "notes", "?limit=2")
        newest = self.history()["history"][0]
        self.assertEqual(
            newest,
            {
                "number": 2,
                "time_ms": NEW_YEAR + 5,
                "who": name(DOCTOR),
                "what": "read",
                "section": "notes",
                "records": numbers[:2],
            },
        )

    def test_the_history_tells_of_consents_and_removals_in_their_order(self) -> None:
        number = self.store("notes", "private")
        self.consent(DOCTOR, "notes")
        self.texts(DOCTOR, "notes")
        self.ask(PATIENT, "DELETE", f"/records/notes/{number}")
        self.ask(PATIENT, "DELETE", f"/consents/{name(DOCTOR)}")
        told = [entry["what"] for entry in self.history()["history"]]
        self.assertEqual(told, ["revoked consent", "removed a record", "read", "gave consent"])

    def test_no_request_shortens_the_history(self) -> None:
        self.store("notes", "private")
        self.consent(DOCTOR, "notes")
        before = {key: value for key, value in self.host.store.items() if key.startswith(b"history/")}
        self.texts(DOCTOR, "notes")
        self.ask(PATIENT, "DELETE", "/records/notes/1")
        self.ask(PATIENT, "DELETE", f"/consents/{name(DOCTOR)}")
        self.host.now_ms += 400 * 24 * HOUR
        self.history()
        self.assertEqual({key: self.host.store[key] for key in before}, before)

    def test_the_history_is_read_page_by_page_by_its_patient_alone(self) -> None:
        for _ in range(5):
            self.consent(DOCTOR, "notes")
        first = self.history("?limit=2")
        self.assertEqual([entry["number"] for entry in first["history"]], [5, 4])
        rest = self.history(f"?limit=50&before={first['next']}")
        self.assertEqual(([entry["number"] for entry in rest["history"]], rest["next"]), ([3, 2, 1], None))
        self.assertEqual(self.history(of=DOCTOR)["history"], [])

    def test_records_are_read_page_by_page(self) -> None:
        for number in range(5):
            self.store("laboratory", f"sample {number}")
            self.store("notes", "another section")
        self.consent(DOCTOR, "laboratory")
        for who, path in ((PATIENT, "/records/laboratory"), (DOCTOR, f"/patients/{name(PATIENT)}/records/laboratory")):
            seen, after = [], 0
            while after is not None:
                part = self.ask(who, "GET", f"{path}?limit=2&after={after}" if after else f"{path}?limit=2")
                seen += [record["text"] for record in part["records"]]
                after = part["next"]
            self.assertEqual(seen, [f"sample {number}" for number in range(5)])

    def test_an_emergency_is_answered_and_the_patient_is_told(self) -> None:
        self.store("allergies", "penicillin")
        self.assertEqual(self.ask(PATIENT, "GET", "/records/allergies")["emergencies"], 0)
        read = self.ask(AMBULANCE, "POST", f"/patients/{name(PATIENT)}/emergency", REASON)
        self.assertEqual([record["text"] for record in read["records"]], ["penicillin"])
        self.consent(DOCTOR, "notes")
        shown = self.ask(PATIENT, "GET", "/records/notes")
        self.assertEqual((shown["emergencies"], shown["newest_emergency"]), (1, 1))
        entry = self.history("?before=2")["history"][0]
        self.assertEqual(
            (entry["who"], entry["what"], entry["reason"], entry["records"]),
            (name(AMBULANCE), "read in an emergency", REASON["reason"], [1]),
        )

    def test_emergency_access_is_for_the_named_accounts_only(self) -> None:
        self.store("allergies", "penicillin")
        self.consent(DOCTOR, "allergies")
        path = f"/patients/{name(PATIENT)}/emergency"
        for who in (DOCTOR, STRANGER, PATIENT, None, env.Caller("contract", AMBULANCE.id)):
            self.refused(Denied, who, "POST", path, REASON)
        self.host = Host(grants=["kv", "log"])
        self.store("allergies", "penicillin")
        self.refused(Denied, AMBULANCE, "POST", path, REASON)

    def test_an_emergency_needs_a_reason_and_a_patient(self) -> None:
        self.store("allergies", "penicillin")
        path = f"/patients/{name(PATIENT)}/emergency"
        for wanted in ({**REASON, "reason": "x" * 9}, {**REASON, "reason": " " * 20}, {"section": "allergies"}, None):
            self.refused(Invalid, AMBULANCE, "POST", path, wanted)
        self.refused(NotFound, AMBULANCE, "POST", f"/patients/{name(STRANGER)}/emergency", REASON)

    def test_a_refusal_does_not_tell_whether_there_is_such_a_patient(self) -> None:
        self.store("notes", "private")
        said = [
            self.refused(Denied, DOCTOR, "GET", f"/patients/{name(who)}/records/notes") for who in (PATIENT, STRANGER)
        ]
        self.assertEqual(said[0], said[1])

    def test_consent_is_used_up_and_can_be_given_again(self) -> None:
        self.consent(DOCTOR, "notes")
        for _ in range(consents.MAX_USES):
            self.texts(DOCTOR, "notes")
        self.refused(Limit, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/notes")
        self.consent(DOCTOR, "notes")
        self.texts(DOCTOR, "notes")

    def test_patients_do_not_touch_each_other(self) -> None:
        self.store("notes", "mine")
        self.store("notes", "yours", STRANGER)
        self.consent(DOCTOR, "notes", of=STRANGER)
        self.assertEqual(self.texts(DOCTOR, "notes", of=STRANGER), ["yours"])
        self.refused(Denied, DOCTOR, "GET", f"/patients/{name(PATIENT)}/records/notes")
        self.refused(NotFound, STRANGER, "DELETE", f"/consents/{name(NURSE)}")
        self.ask(STRANGER, "DELETE", "/records/notes/1")
        self.assertEqual(len(self.ask(PATIENT, "GET", "/records/notes")["records"]), 1)
        self.assertEqual(self.history()["history"], [])

    def test_a_removed_record_is_gone_and_its_number_is_not_given_again(self) -> None:
        self.store("notes", "wrong")
        self.ask(PATIENT, "DELETE", "/records/notes/1")
        self.assertFalse([value for value in self.host.store.values() if b"wrong" in value])
        self.assertEqual(self.store("notes", "right"), 2)
        for path in ("/records/notes/1", "/records/allergies/2", "/records/notes/x", "/records/notes/99999999999"):
            self.refused(NotFound, PATIENT, "DELETE", path)

    def test_a_document_is_read_once_it_is_whole_and_each_access_of_others_is_told(self) -> None:
        self.store("notes", "an X-ray image")
        scan = bytes(range(256)) * 2048
        self.assertEqual(self.add(0, scan[:300_000]).body, b'{"size":300000}')
        self.refused(NotFound, PATIENT, "GET", "/records/notes/1/document")
        self.add(300_000, scan[300_000:])
        self.ask(PATIENT, "POST", "/records/notes/1/document")
        self.consent(DOCTOR, "notes")
        theirs = f"/patients/{name(PATIENT)}/records/notes/1"
        for who, path in ((PATIENT, "/records/notes/1"), (DOCTOR, theirs)):
            self.assertEqual(self.document(who, path), Response(200, (("content-type", "image/png"),), scan))
        self.assertEqual(self.host.parts, [], "nothing of it leaves before the history is committed")
        newest = self.history()["history"][0]
        self.assertEqual((newest["what"], newest["who"], newest["records"]), ("read a document", name(DOCTOR), [1]))
        (record,) = self.ask(PATIENT, "GET", "/records/notes")["records"]
        self.assertEqual(record["document"], {"type": "image/png", "size": len(scan)})

    def test_a_document_is_read_by_whom_the_patient_lets(self) -> None:
        self.store("notes", "an X-ray image")
        self.add(0, b"image")
        self.ask(PATIENT, "POST", "/records/notes/1/document")
        self.consent(DOCTOR, "allergies")
        for who in (DOCTOR, NURSE, AMBULANCE):
            self.refused(Denied, who, "GET", f"/patients/{name(PATIENT)}/records/notes/1/document")
        self.refused(NotFound, STRANGER, "GET", "/records/notes/1/document")
        self.refused(NotFound, STRANGER, "POST", "/records/notes/1/document")
        self.refused(Denied, None, "GET", "/records/notes/1/document")

    def test_a_part_of_a_document_that_comes_twice_or_too_early_changes_nothing(self) -> None:
        self.store("notes", "an X-ray image")
        with self.assertRaises(NotFound):
            self.add(3, b"two")
        self.add(0, b"one")
        for at in (2, 4):
            with self.assertRaises(Conflict):
                self.add(at, b"two")
        self.add(3, b"two")
        self.add(0, b"anew")
        self.ask(PATIENT, "POST", "/records/notes/1/document")
        self.assertEqual(self.document(PATIENT, "/records/notes/1").body, b"anew")
        self.assertEqual(self.host.objects.unfinished, {}, "what was begun before is gone")
        with self.assertRaises(Conflict):
            self.add(0, b"another")
        self.refused(NotFound, PATIENT, "POST", "/records/notes/1/document")

    def test_what_is_no_part_of_a_document_is_refused(self) -> None:
        self.store("notes", "an X-ray image")
        for path in ("/records/notes/2", "/records/allergies/1", "/records/notes/x"):
            with self.assertRaises(NotFound):
                self.add(0, b"one", path)
        with self.assertRaises(NotFound):
            self.add(0, b"one", who=STRANGER)
        with self.assertRaises(Invalid):
            self.add(0, b"")
        for path in ("/records/notes/1/document?at=0", "/records/notes/1/document?at=x"):
            self.refused(Invalid, PATIENT, "PUT", path, "of no type")
        self.add(0, bytes(documents.MAX_SIZE))
        with self.assertRaises(Limit):
            self.add(documents.MAX_SIZE, b"x")

    def test_a_removed_record_takes_its_document_along(self) -> None:
        for number in (1, 2):
            self.store("notes", "an X-ray image")
            self.add(0, b"image", f"/records/notes/{number}")
        self.ask(PATIENT, "POST", "/records/notes/1/document")
        for number in (1, 2):
            self.ask(PATIENT, "DELETE", f"/records/notes/{number}")
        self.assertEqual((self.host.objects.finished, self.host.objects.unfinished), ({}, {}))
        self.assertFalse([key for key in self.host.store if key.startswith(b"begun/")])

    def test_who_did_not_sign_does_nothing(self) -> None:
        wanted = {"sections": ["notes"], "until_ms": NEW_YEAR + HOUR}
        for who in (None, env.Caller("contract", PATIENT.id)):
            self.refused(Denied, who, "POST", "/records", {"section": "notes", "text": "x"})
            self.refused(Denied, who, "PUT", f"/consents/{name(DOCTOR)}", wanted)
            for path in ("/records/notes", "/consents", "/history", f"/patients/{name(PATIENT)}/records/notes"):
                self.refused(Denied, who, "GET", path)

    def test_malformed_records_are_invalid(self) -> None:
        good = {"section": "notes", "text": "x"}
        for changed in (
            {"section": "Notes"},
            {"section": ["notes"]},
            {"text": ""},
            {"text": "  "},
            {"text": 1},
            {"text": "x" * 4_001},
            {"text": "\ud800"},
            {"more": 1},
        ):
            self.refused(Invalid, PATIENT, "POST", "/records", {**good, **changed})
        for body in (None, [], "notes", {"section": "notes"}):
            self.refused(Invalid, PATIENT, "POST", "/records", body)

    def test_malformed_consents_are_invalid(self) -> None:
        good = {"sections": ["notes"], "until_ms": NEW_YEAR + HOUR}
        for changed in (
            {"sections": []},
            {"sections": "notes"},
            {"sections": ["notes", "notes"]},
            {"sections": ["everything"]},
            {"until_ms": NEW_YEAR},
            {"until_ms": NEW_YEAR + 366 * 24 * HOUR + 1},
            {"until_ms": True},
            {"until_ms": "tomorrow"},
            {"more": 1},
        ):
            self.refused(Invalid, PATIENT, "PUT", f"/consents/{name(DOCTOR)}", {**good, **changed})
        for who in ("0x01", name(DOCTOR)[2:], "0x" + "G" * 64, "0x" + "AB" * 32, name(PATIENT)):
            self.refused(Invalid, PATIENT, "PUT", f"/consents/{who}", good)

    def test_malformed_pages_are_invalid(self) -> None:
        for query in ("?limit=0", "?limit=51", "?limit=x", "?limit=-1", "?limit=", "?limit=%2B1", "?limit=00000000001"):
            self.refused(Invalid, PATIENT, "GET", f"/records/notes{query}")
            self.refused(Invalid, PATIENT, "GET", f"/history{query}")

    def test_consents_are_bounded(self) -> None:
        for number in range(100, 200):
            self.consent(account(number), "allergies", "diagnoses", "laboratory", "medication", "notes")
        wanted = {"sections": ["notes"], "until_ms": NEW_YEAR + HOUR}
        self.refused(Limit, PATIENT, "PUT", f"/consents/{name(DOCTOR)}", wanted)
        self.consent(account(100), "notes", hours=2)

    def test_records_are_bounded(self) -> None:
        self.store("notes", "the first")
        self.host.store[f"records/{name(PATIENT)}".encode()] = b"999"
        self.assertEqual(self.store("notes", "the last"), 1_000)
        self.refused(Limit, PATIENT, "POST", "/records", {"section": "notes", "text": "one more"})

    def test_the_log_has_nothing_of_what_is_stored(self) -> None:
        self.store("notes", "private")
        self.consent(DOCTOR, "notes")
        self.texts(DOCTOR, "notes")
        self.refused(Denied, NURSE, "GET", f"/patients/{name(PATIENT)}/records/notes")
        self.assertEqual(self.host.lines, [])


if __name__ == "__main__":
    unittest.main()
