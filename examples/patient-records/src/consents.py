"""Consents: that an account may read a section of a patient's records, until a time. Each is an entry of the store that
ends then, so that there is nothing to be read by when its time is over."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from adyton import Denied, Invalid, Limit, env, kv
from adyton.message import from_json, to_json

from fields import SECTIONS

#: The longest time, from now: whoever wants more has to say so again.
MAX_DURATION_MS = 366 * 24 * 3_600_000
#: The most consents of a patient, sections counted.
MAX_CONSENTS = 500
#: How often one consent is made use of. It bounds the history, which nobody else may fill.
MAX_USES = 1000


def grant(patient: str, practitioner: str, sections: List[str], until_ms: int) -> None:
    """Gives consent, in the place of what the practitioner had for these sections."""
    if practitioner == patient:
        raise Invalid("patients need no consent of their own")
    if not env.now_ms() < until_ms <= env.now_ms() + MAX_DURATION_MS:
        raise Invalid("until_ms is a time in milliseconds, later than now and within 366 days")
    for section in sections:
        _store(patient, practitioner, section, until_ms, MAX_USES)
    if len(of(patient)) > MAX_CONSENTS:
        raise Limit(f"a patient has at most {MAX_CONSENTS} consents at a time")


def of(patient: str) -> List[Dict[str, Any]]:
    """The patient's consents that hold now, by practitioner and section."""
    return [_shown(key, from_json(value)) for key, value in kv.items(_of(patient))]


def revoke(patient: str, practitioner: str, section: Optional[str]) -> List[str]:
    """Takes back consent for the section, or for all of them. For which ones there was consent."""
    named = SECTIONS if section is None else (section,)
    held = [one for one in named if kv.get(_key(patient, practitioner, one)) is not None]
    for one in held:
        kv.delete(_key(patient, practitioner, one))
    return held


def use(patient: str, practitioner: str, section: str) -> None:
    """That the practitioner may read the section now. `Denied` where there is no consent, in the same words whether or
    not there is such a patient."""
    consent = kv.get_json(_key(patient, practitioner, section))
    if consent is None:
        raise Denied(f"the patient has not given this account consent to read {section} now")
    if consent["uses_left"] == 0:
        raise Limit(f"this consent was used {MAX_USES} times: ask the patient to give it again")
    _store(patient, practitioner, section, consent["until_ms"], consent["uses_left"] - 1)


def _store(patient: str, practitioner: str, section: str, until_ms: int, uses_left: int) -> None:
    value = to_json({"until_ms": until_ms, "uses_left": uses_left})
    kv.set_until(_key(patient, practitioner, section), value, until_ms)


def _shown(key: bytes, consent: Dict[str, Any]) -> Dict[str, Any]:
    practitioner, section = key.decode("ascii").split("/")[2:]
    return {"practitioner": practitioner, "section": section, **consent}


def _of(patient: str) -> bytes:
    return f"consent/{patient}/".encode("ascii")


def _key(patient: str, practitioner: str, section: str) -> bytes:
    return _of(patient) + f"{practitioner}/{section}".encode("ascii")
