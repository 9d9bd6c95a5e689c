"""To FHIR R4 and back. No I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.satusehat.visits import Visit
from queue_service.redaction import MASK, redacted

Json = dict[str, Any]
State = tuple[str, datetime, datetime | None]

IDS = "http://sys-ids.kemkes.go.id"
NIK = "https://fhir.kemkes.go.id/id/nik"
TERMS = "http://terminology.hl7.org/CodeSystem"
AMBULATORY = {"system": f"{TERMS}/v3-ActCode", "code": "AMB", "display": "ambulatory"}
ATTENDER = {"system": f"{TERMS}/v3-ParticipationType", "code": "ATND", "display": "attender"}
ROOM = {"system": f"{TERMS}/location-physical-type", "code": "ro", "display": "Room"}

STATUSES = frozenset(
    {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"}
)
FIRST_MOMENT = datetime(2014, 6, 3, tzinfo=UTC)  # nothing before is taken
LONGEST_REASON = 300  # characters


class Unsendable(Exception):
    """What would be sent is wrong; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a resource refers to. `display` empty: by its id alone."""

    id: str
    display: str = ""

    def as_a(self, kind: str) -> Json:
        reference = {"reference": f"{kind}/{self.id}"}
        return {**reference, "display": self.display} if self.display else reference


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an Encounter says besides times. `number`: by which the hospital knows the visit."""

    organization: str
    number: str
    patient: Named
    location: Named
    practitioner: Named | None = None


def encounter_system(organization: str) -> str:
    return f"{IDS}/encounter/{organization}"


def location_system(organization: str) -> str:
    return f"{IDS}/location/{organization}"


def states_of(visit: Visit, *, finishes: bool) -> list[State]:
    """Each with its beginning and, once it is over, its end. `finishes`: whether the last may be `finished`."""
    arrived, seen, left, cancelled = visit.arrived_at, visit.seen_at, visit.left_at, visit.cancelled_at
    if seen is None:
        if cancelled is None:
            return [("arrived", arrived, None)]
        return [("arrived", arrived, cancelled), ("cancelled", cancelled, cancelled)]
    states: list[State] = [("arrived", arrived, seen), ("in-progress", seen, left)]
    if finishes and visit.is_over and left is not None:
        states.append(("finished", left, left))
    return states


def encounter_of(visit: Visit, sheet: Sheet, encounter: str = "", *, finishes: bool = False) -> Json:
    """The whole resource, as each change of it is to be sent. `encounter`: its id, once it has one."""
    states = states_of(visit, finishes=finishes)
    status, _, end = states[-1]
    is_over = status in ("finished", "cancelled")
    resource: Json = {
        "resourceType": "Encounter",
        "identifier": [{"system": encounter_system(sheet.organization), "value": sheet.number}],
        "status": status,
        "class": AMBULATORY,
        "subject": sheet.patient.as_a("Patient"),
        "period": _period(visit.arrived_at, end if is_over else None),
        "location": [{"location": sheet.location.as_a("Location")}],
        "statusHistory": [{"status": name, "period": _period(since, until)} for name, since, until in states],
        "serviceProvider": Named(sheet.organization).as_a("Organization"),
    }
    if sheet.practitioner:
        individual = sheet.practitioner.as_a("Practitioner")
        resource["participant"] = [{"type": [{"coding": [ATTENDER]}], "individual": individual}]
    return {**resource, "id": encounter} if encounter else resource


def location_of(organization: str, value: str, name: str) -> Json:
    """A clinic's room."""
    return {
        "resourceType": "Location",
        "identifier": [{"system": location_system(organization), "value": value}],
        "status": "active",
        "name": name,
        "mode": "instance",
        "physicalType": {"coding": [ROOM]},
        "managingOrganization": Named(organization).as_a("Organization"),
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _period(start: datetime, end: datetime | None) -> Json:
    return {"start": moment(start)} if end is None else {"start": moment(start), "end": moment(end)}


# What R4 itself does not say


def check_encounter(resource: Mapping[str, Any], organization: str) -> None:
    """What the platform asks for, and what the library of shapes lets pass. Raises Unsendable."""
    wrong = {resource.get("status"), *(each.get("status") for each in resource.get("statusHistory", ()))} - STATUSES
    if wrong:
        raise Unsendable(f"“{wrong.pop()}” is no status of an Encounter")
    if not resource.get("statusHistory"):
        raise Unsendable("an Encounter needs its statusHistory")
    if [each.get("system") for each in resource.get("identifier", ())][:1] != [encounter_system(organization)]:
        raise Unsendable(f"an Encounter needs an identifier of organization {organization}")
    last = FIRST_MOMENT
    for since, until in _periods(resource["statusHistory"]):
        if since < last or (until or since) < since:
            raise Unsendable("its moments do not follow one another: whose clock is wrong?")
        last = until or since


def _periods(history: Iterable[Mapping[str, Any]]) -> Iterator[tuple[datetime, datetime | None]]:
    for each in history:
        period = each.get("period", {})
        if "start" not in period:
            raise Unsendable(f"the state “{each['status']}” has no beginning")
        end = period.get("end")
        yield datetime.fromisoformat(period["start"]), None if end is None else datetime.fromisoformat(end)


# What comes back


def resources_in(bundle: Any) -> Sequence[Mapping[str, Any]]:
    """Raises ValueError where it is no answer to a search."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise ValueError("expected a Bundle")
    found = [entry.get("resource") for entry in bundle.get("entry") or () if isinstance(entry, dict)]
    return [resource for resource in found if isinstance(resource, dict) and isinstance(resource.get("id"), str)]


_OF_PERSONS = re.compile(
    r"\b((?:Patient|Person)/)[A-Za-z0-9.-]+"  # what a reference names
    r"|\bP\d{8,}"  # the IHS number of a patient, as it is in production
    r"|\d{11,}"  # and anybody's number of that length
)


def rule_in(outcome: Any) -> str:
    """What an OperationOutcome says, without anybody's number; empty where it is none."""
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return ""
    told = "; ".join(filter(None, map(_issue_told, outcome.get("issue") or ())))
    return _OF_PERSONS.sub(lambda found: (found[1] or "") + MASK, redacted(told))[:LONGEST_REASON]


def is_duplicate(outcome: Any) -> bool:
    issues = outcome.get("issue") or () if isinstance(outcome, dict) else ()
    return any(isinstance(issue, dict) and issue.get("code") == "duplicate" for issue in issues)


def _issue_told(issue: Any) -> str:
    if not isinstance(issue, dict):
        return ""
    details = issue.get("details")
    text = (details.get("text") if isinstance(details, dict) else None) or issue.get("diagnostics") or issue.get("code")
    where = ", ".join(map(str, issue.get("expression") or ()))
    return f"{text} ({where})" if where else str(text or "")
