"""From what a record says, and how its ticket stands, to what is to be done next. Pure.

It goes by how things stand, not by what has happened in between: a state that was missed is made up for, and a record
that comes again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from integrations.opd.mapping import Act, Wanted
from integrations.opd.sources import Unmapped
from queue_service.domain.actions import (
    Book,
    Cancel,
    CheckIn,
    Issue,
    LedCall,
    LedComplete,
    LedServe,
    OfPeople,
    Reschedule,
)
from queue_service.domain.tickets import LIVE, TRANSITIONS, Action, Status, Ticket

NOT_KNOWN = "nothing is known here of this id"
IS_OVER = "its day is over"
IS_SO = "nothing is to be done: it is so already"
IGNORED = "it says nothing that concerns a queue"

_COMES = frozenset({Status.WAITING, Status.NO_SHOW, Status.HELD, Status.BOOKED})


@dataclass(frozen=True, slots=True)
class Step:
    """`names`: it makes a ticket, which their id means from then on, in the place of `instead`, if of any."""

    kind: str
    action: OfPeople
    day: date
    names: bool = False
    instead: str = ""

    def key(self, wanted: Wanted, mark: str) -> str:
        """With the same one nothing is done twice. `mark` stands for the record."""
        return f"{wanted.id}:{self.kind}:{self.instead}" if self.names else f"{mark}:{self.kind}"


def is_over(wanted: Wanted, known_on: date | None, today: date) -> bool:
    """`known_on`: the day of the ticket, if there is one."""
    days = [day for day in (wanted.day, known_on) if day]
    return bool(days) and max(days) < today


def next_step(
    wanted: Wanted, ticket: Ticket | None, known_on: date | None, today: date, done: Sequence[str]
) -> Step | None:
    """Until there is none, and each kind once. Raises Unmapped."""
    if wanted.act is Act.IGNORE:
        return None
    if ticket is None or known_on is None:
        return _begin(wanted, today, done)
    step = _to_other_day(wanted, ticket, known_on) or _onward(wanted, ticket, known_on)
    return step if step and step.kind not in done else None


def _begin(wanted: Wanted, today: date, done: Sequence[str]) -> Step | None:
    if wanted.act in (Act.CANCEL, Act.COMPLETE) or done:
        return None
    if not (wanted.queue or wanted.journey):
        raise Unmapped("queue: nothing is given, and nothing is known here of this id")
    if wanted.act is Act.BOOK:
        return _book(wanted)
    if wanted.day and wanted.day > today:
        raise Unmapped("day: it is still to come; what is to be an appointment needs the action “book”")
    issue = Issue(wanted.queue, wanted.ticket_class, wanted.journey, number=wanted.number)
    return Step("issue", issue, today, names=True)


def _book(wanted: Wanted, instead: str = "") -> Step:
    assert wanted.slot is not None and wanted.day is not None
    if not wanted.queue:
        raise Unmapped("queue: nothing is given; an appointment is for a queue")
    book = Book(wanted.queue, wanted.slot, wanted.ticket_class, number=wanted.number)
    return Step("book", book, wanted.day, names=True, instead=instead)


def _to_other_day(wanted: Wanted, ticket: Ticket, known_on: date) -> Step | None:
    if wanted.act is Act.BOOK and ticket.status is Status.BOOKED and wanted.day != known_on:
        return _book(wanted, f"{known_on} {ticket.label}")
    return None


def _onward(wanted: Wanted, ticket: Ticket, day: date) -> Step | None:
    label, counter = ticket.label, wanted.counter
    if wanted.act in (Act.CALL, Act.SERVE) and not counter:
        raise Unmapped("counter: nothing is given")
    match wanted.act:
        case Act.BOOK if wanted.slot and ticket.status is Status.BOOKED and ticket.slot != wanted.slot:
            return Step("reschedule", Reschedule(label, wanted.slot), day)
        case Act.CHECK_IN if _may_check_in(ticket):
            return Step("check_in", CheckIn(label), day)
        case Act.CANCEL if ticket.status in TRANSITIONS[Action.CANCEL][0]:
            return Step("cancel", Cancel(label), day)
        case Act.CALL if ticket.status in _COMES:
            return Step("call", LedCall(label, counter), day)
        case Act.SERVE if ticket.status in LIVE and ticket.status is not Status.SERVING:
            return Step("serve", LedServe(label, counter), day)
        case Act.COMPLETE if ticket.status in LIVE:
            return Step("complete", LedComplete(label), day)
    return None


def _may_check_in(ticket: Ticket) -> bool:
    """A number that a clerk has set aside is called by the clerk."""
    has_stepped_away = ticket.status is Status.HELD and ticket.away_until is not None
    return ticket.status in (Status.BOOKED, Status.NO_SHOW) or has_stepped_away
