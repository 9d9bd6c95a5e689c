"""From how a visit stands in the SIMRS, and how its ticket stands here, to what is to be done next. Pure.

It looks at how things stand, not at what has happened in between: so after a gap each ticket goes straight to where it
belongs, and calls that nobody waits for any more are not made.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.simrs.snapshot import Prescription, Stage, Visit
from queue_service.domain.actions import (
    Cancel,
    CheckIn,
    Hold,
    Issue,
    LedCall,
    LedComplete,
    LedMove,
    LedReopen,
    LedServe,
    OfPeople,
)
from queue_service.domain.events import to_ms
from queue_service.domain.tickets import AT_COUNTER, LIVE, Status, Ticket, label_of

VISIT, PRESCRIPTION, BOOKING_CODE = "simrs-visit", "simrs-prescription", "bpjs-booking"
ENCOUNTER = "simrs-encounter"
APART = 1000  # between two tickets whose registrations have the same number

_COMES = frozenset({Status.WAITING, Status.NO_SHOW, Status.BOOKED})  # nobody has called them to where they are
Link = tuple[str, str]  # a system, and its number for a ticket


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stop is, and who calls there."""

    queue: str
    counter: str


@dataclass(frozen=True, slots=True)
class Case:
    """One registration, as it stands there. `leads`: the SIMRS calls; otherwise our counters do."""

    id: str
    visit: Visit | None  # none: its row is gone
    leads: bool
    clinic: Place | None = None  # none: a clinic that has no queue here
    journey: str = ""  # by which it comes to its clinic; by none: at once
    came_from: str = ""  # the queue of the clinic that it was in until now
    went_back: bool = False  # it was over, cancelled or gone, and is not any more
    is_called: bool = False  # into the clinic
    rings: bool = False  # and that just now: also whoever was called already, or put aside since
    is_received: bool = False
    is_examined: bool = False
    medicine: tuple[Prescription, ...] = ()
    pharmacy: Place | None = None
    pharmacies: Container[str] = ()
    is_called_for_medicine: bool = False
    ends_validated: bool = False  # the pharmacy is done with who is validated, not with who was handed it

    @property
    def is_gone(self) -> bool:
        return self.visit is None or self.visit.stage is Stage.CANCELLED

    @property
    def is_over(self) -> bool:
        """In the clinic."""
        return self.visit is not None and (self.visit.stage is Stage.OVER or self.is_examined)

    def done_at(self, prescription: Prescription) -> datetime | None:
        return prescription.handed_at or (prescription.validated_at if self.ends_validated else None)

    @property
    def has_medicine_to_come(self) -> bool:
        return any(self.done_at(each) is None for each in self.medicine)

    @property
    def links(self) -> tuple[Link, ...]:
        """What the ticket is known by elsewhere."""
        code = ((BOOKING_CODE, self.visit.code),) if self.visit and self.visit.code else ()
        encounter = ((ENCOUNTER, self.visit.encounter),) if self.visit and self.visit.encounter else ()
        return ((VISIT, self.id), *code, *encounter, *((PRESCRIPTION, each.id) for each in self.medicine))

    def facts(self, system: str) -> Mapping[str, Any]:
        """What the other systems want to know of a number. Of a visit without a booking it counts as new only who is
        admitted first: of others nobody will ever have the times of an admission."""
        is_new = self.visit is not None and self.visit.is_new
        if system == BOOKING_CODE or (system == VISIT and is_new and self.journey):
            return {"new": is_new}
        return {}


@dataclass(frozen=True, slots=True)
class Step:
    """`key`: with the same one nothing is done twice. `occurred`: when, as the SIMRS has it."""

    kind: str
    action: OfPeople
    key: str
    occurred: datetime | None = None


def next_step(case: Case, ticket: Ticket | None) -> Step | None:
    """Until there is none. `ticket`: this visit's, if it has one."""
    if case.is_gone:
        return _cancel(case, ticket)
    if ticket is None:
        return _begin(case)
    if case.went_back and (step := _back(case, ticket)):
        return step
    if ticket.status is Status.CANCELLED:
        return None  # by its holder, or because a day ended: nobody here knows better
    if ticket.queue in case.pharmacies:
        return _at_pharmacy(case, ticket)
    if ticket.status is Status.COMPLETED:
        return _to_pharmacy(case, ticket)
    return _in_clinic(case, ticket)


def _step(case: Case, kind: str, action: OfPeople, ticket: Ticket | None, at: datetime | None = None) -> Step:
    """What has no time of its own is known by how the ticket stood."""
    said = str(to_ms(at)) if at else f"after {ticket.changed}" if ticket else ""
    return Step(kind, action, f"{case.id}:{kind}:{said}", at)


def _begin(case: Case) -> Step | None:
    visit = case.visit
    assert visit is not None
    if case.clinic and (case.leads or not case.is_over):
        issue = Issue("", journey=case.journey) if case.journey else Issue(case.clinic.queue, number=visit.number)
        return replace(_step(case, "issue", issue, None, visit.registered_at), key=f"{case.id}:issue")
    if case.clinic is None and case.pharmacy and case.has_medicine_to_come:
        return _step(case, "issue", Issue(case.pharmacy.queue), None)
    return None


def _cancel(case: Case, ticket: Ticket | None) -> Step | None:
    if ticket is None or ticket.status not in LIVE:
        return None
    if ticket.status is Status.SERVING:  # who is served by a clerk of ours is not sent away
        assert ticket.counter is not None
        return _step(case, "hold", Hold(ticket.counter, expects=ticket.label), ticket) if case.leads else None
    return _step(case, "cancel", Cancel(ticket.label), ticket)


def _back(case: Case, ticket: Ticket) -> Step | None:
    if case.clinic is None or case.is_over or ticket.status in AT_COUNTER:
        return None
    was_over = ticket.status is Status.COMPLETED or ticket.queue in case.pharmacies
    if ticket.status is Status.CANCELLED or (case.leads and was_over):
        return _step(case, "reopen", LedReopen(ticket.label, case.clinic.queue), ticket)
    return None


def _in_clinic(case: Case, ticket: Ticket) -> Step | None:
    clinic, visit = case.clinic, case.visit
    if clinic is None or visit is None:
        return _step(case, "cancel", Cancel(ticket.label), ticket) if case.came_from == ticket.queue else None
    if case.came_from == ticket.queue != clinic.queue:
        onward = LedComplete(ticket.label, clinic.queue) if ticket.status in AT_COUNTER else None
        return _step(case, "move", onward or LedMove(ticket.label, clinic.queue), ticket)
    if ticket.queue != clinic.queue:
        return None  # somebody here sent it elsewhere, such as to a laboratory
    if case.leads and (step := _led(case, clinic, visit, ticket)):
        return step
    return _step(case, "check in", CheckIn(ticket.label), ticket) if ticket.status is Status.BOOKED else None


def _led(case: Case, clinic: Place, visit: Visit, ticket: Ticket) -> Step | None:
    if case.is_over:
        to = case.pharmacy.queue if case.pharmacy and case.medicine else ""
        return _step(case, "complete", LedComplete(ticket.label, to), ticket, visit.examined_at)
    if case.is_called and _can_be_called(case, ticket):
        return _step(case, "call", LedCall(ticket.label, clinic.counter), ticket)
    if case.is_received and ticket.status is not Status.SERVING:
        return _step(case, "serve", LedServe(ticket.label, clinic.counter), ticket, visit.received_at)
    return None


def _can_be_called(case: Case, ticket: Ticket) -> bool:
    return ticket.status in _COMES or (case.rings and ticket.status in (Status.CALLED, Status.HELD))


def after(case: Case, step: Step) -> Case:
    """A call is made once, however the ticket stands then."""
    if step.kind in ("call", "call for medicine"):
        return replace(case, is_called=False, is_called_for_medicine=False, rings=False)
    return replace(case, went_back=False) if step.kind == "reopen" else case


def _to_pharmacy(case: Case, ticket: Ticket) -> Step | None:
    """Of a ticket whose clinic is done with it. Where our counters lead, what was handed over already is no errand."""
    if case.pharmacy is None or not case.medicine or not (case.leads or case.has_medicine_to_come):
        return None
    if case.leads and not case.is_over:
        return None  # a clerk of ours completed it before the SIMRS did
    return _step(case, "to pharmacy", LedReopen(ticket.label, case.pharmacy.queue), ticket, _last_written(case))


def _at_pharmacy(case: Case, ticket: Ticket) -> Step | None:
    if case.pharmacy is None:
        return None
    if ticket.status is Status.COMPLETED:
        again = LedReopen(ticket.label, case.pharmacy.queue)
        # What our own counters have completed is not read back from a table that they do not write.
        return _step(case, "again", again, ticket) if case.leads and case.has_medicine_to_come else None
    if ticket.queue != case.pharmacy.queue and ticket.status not in AT_COUNTER:
        return _step(case, "move", LedMove(ticket.label, case.pharmacy.queue), ticket)
    if not case.leads:
        return None
    if case.medicine and not case.has_medicine_to_come:
        handed = max(moment for each in case.medicine if (moment := case.done_at(each)))
        return _step(case, "hand over", LedComplete(ticket.label, ends=True), ticket, handed)
    if case.is_called_for_medicine and _can_be_called(case, ticket):
        return _step(case, "call for medicine", LedCall(ticket.label, case.pharmacy.counter), ticket)
    return None


def _last_written(case: Case) -> datetime | None:
    return max((each.written_at for each in case.medicine if each.written_at), default=None)


def free_number(prefix: str, number: int, taken: Container[str]) -> int:
    """Nothing keeps two registrations from having the same number. The later one's ends in the same digits."""
    while label_of(prefix, number) in taken:
        number += APART
    return number


def masked(name: str) -> str:
    """Enough to be called by, and not enough to be known by others."""
    return " ".join(f"{part[0]}***" for part in name.split() if part[0].isalpha())


def latest_at_each(cases: Iterable[tuple[str, datetime, str]]) -> set[str]:
    """Of visits received at counters (visit, moment, counter): who is there now."""
    last: dict[str, tuple[datetime, str]] = {}
    for visit, moment, counter in cases:
        last[counter] = max(last.get(counter, (moment, visit)), (moment, visit))
    return {visit for _, visit in last.values()}
