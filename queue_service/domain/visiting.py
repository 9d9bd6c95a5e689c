"""Decisions about what visitors do: take a number, and whatever they may do with it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, takewhile

from queue_service.domain import tickets
from queue_service.domain.actions import Cancel, CheckIn, GiveFeedback, Issue, Move, Reclassify, StepAway
from queue_service.domain.branches import GENERAL, Branch, Queue, early_minutes, late_minutes
from queue_service.domain.errors import Invalid, NotAllowed, QueueClosed, QuotaFull
from queue_service.domain.events import (
    Cancelled,
    CheckedIn,
    Event,
    FeedbackGiven,
    Issued,
    Moved,
    Reclassified,
    SteppedAway,
)
from queue_service.domain.floors import Floor
from queue_service.domain.journeys import Stop, stages_of
from queue_service.domain.lines import QueueState
from queue_service.domain.order import has_right
from queue_service.domain.promises import promised
from queue_service.domain.tickets import Status, Ticket, label_of
from queue_service.domain.trips import Trip

_INSTANT = timedelta(milliseconds=1)
NUMBERS = 100_000


MOVABLE = frozenset({Status.WAITING, Status.HELD, Status.BOOKED})  # while nobody serves its queue


class Correction(StrEnum):
    """Why a clerk changed somebody's class. Words, and no text: the journal holds nothing personal."""

    SEEN = "seen"  # it is plain to see
    SHOWN = "shown"  # a document was shown
    MISTAKE = "mistake"  # the wrong one was chosen
    TRIAGE = "triage"  # a nurse or doctor said so


def issue(floor: Floor, action: Issue, now: datetime) -> Event:
    first, *ahead = stages_of(floor.branch.journey(action.journey)) if action.journey else [(Stop(action.queue),)]
    queue = floor.branch.queue(first[0].queue)
    line = floor.line(queue.id)
    if action.number is not None:
        check_number(floor, queue, action.number)
    due = due_by_class(floor, queue, minutes_of_class(floor.branch, action.ticket_class), now)
    if action.is_urgent:
        others = (ticket for ticket in floor.waiting(queue.id) if not ticket.is_urgent)
        due = min((ticket.due - _INSTANT for ticket in islice(others, 1)), default=due)
    elif action.number is None:
        if not queue.walk_in and not action.journey:
            raise NotAllowed("{queue} gives no numbers: a clerk sends visitors there.", queue=queue.id)
        _check_open(floor, queue, now)
        check_quota(floor, queue)
        check_journey(floor, action.journey)
    beside = tuple(Stop(stop.queue, due) for stop in first[1:])
    label = label_of(queue.prefix, line.issued + 1 if action.number is None else action.number)
    return Issued(
        label,
        queue.id,
        due,
        action.ticket_class,
        action.journey,
        beside,
        tuple(ahead),
        action.is_urgent,
        promised(floor.branch, action.journey, queue),
        referral=action.referral,
    )


def check_number(floor: Floor, queue: Queue, number: int) -> None:
    """Of another system, which does not ask us whether a queue is open. Raises Invalid, NotAllowed."""
    if not 0 < number < NUMBERS:
        raise Invalid("number: expected 1 to {most}.", most=NUMBERS - 1)
    label = label_of(queue.prefix, number)
    if label in floor.tickets:
        raise NotAllowed("{label} is given out already.", label=label)


def _check_open(floor: Floor, queue: Queue, now: datetime) -> None:
    """Raises QueueClosed."""
    if floor.is_off(queue.id, now):
        raise QueueClosed("Nobody serves {queue} today.", queue=queue.id)
    if floor.trip is not None:
        _check_team(floor, floor.trip, queue)
    elif not queue.calendar.is_open_at(floor.branch.local(now)):
        raise QueueClosed("{queue} is outside its opening hours.", queue=queue.id)
    if floor.line(queue.id).state is QueueState.CLOSED:
        raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=queue.id)


def _check_team(floor: Floor, trip: Trip, queue: Queue) -> None:
    """Raises QueueClosed."""
    if not trip.serves(queue.id):
        raise QueueClosed("The team is not at {queue} now: it gives out no numbers.", queue=queue.id)
    if not trip.places_left(floor.tickets.values()):
        raise QuotaFull("That trip serves {most} people at most.", most=trip.capacity)


def check_quota(floor: Floor, queue: Queue) -> None:
    line = floor.line(queue.id)
    if queue.quota is not None and line.issued - line.skipped >= queue.quota:
        raise QuotaFull("All {quota} numbers of that day for {queue} are given out.", quota=queue.quota, queue=queue.id)


def check_journey(floor: Floor, journey: str) -> None:
    """Raises QuotaFull."""
    if journey and left_under(floor, journey) == 0:
        quota = floor.branch.journeys[journey].quota
        raise QuotaFull("All {quota} numbers of that day for {queue} are given out.", quota=quota, queue=journey)


def left_under(floor: Floor, journey: str) -> int | None:
    """Numbers that its quota leaves; None: as many as come. One that was given up was given all the same."""
    quota = floor.branch.journeys[journey].quota
    if quota is None:
        return None
    return max(0, quota - sum(ticket.journey == journey for ticket in floor.tickets.values()))


def due_by_class(floor: Floor, queue: Queue, minutes: int, now: datetime, since: datetime | None = None) -> datetime:
    """So many minutes earlier, but for that behind everybody whom the guard protects by now."""
    since = since or now
    due, guard = since - timedelta(minutes=minutes), floor.branch.rules.guard_minutes
    if minutes == 0 or guard is None:
        return due
    protected_from = now - timedelta(minutes=guard)
    for ticket in takewhile(lambda ticket: ticket.due <= protected_from, floor.waiting(queue.id)):
        if not has_right(floor, ticket):
            due = max(due, ticket.due)
    return min(due, since)


def minutes_of_class(branch: Branch, ticket_class: str) -> int:
    if ticket_class in branch.classes:
        return branch.classes[ticket_class].minutes
    if ticket_class == GENERAL:
        return 0
    raise Invalid("class: this branch has no priority class “{ticket_class}”.", ticket_class=ticket_class)


def reclassify(floor: Floor, action: Reclassify, now: datetime) -> Event | None:
    """From then on its place is what it would have been with that class; an appointment's time stays what it is."""
    ticket = floor.ticket(action.label)
    minutes = minutes_of_class(floor.branch, action.ticket_class)
    if ticket.status not in tickets.LIVE - tickets.AT_COUNTER:
        raise NotAllowed(
            "Ticket {label} is {status}: its class is not changed now.", label=ticket.label, status=ticket.status
        )
    if action.reason not in set(Correction):
        raise Invalid("reason: expected one of {known}.", known=", ".join(Correction))
    if ticket.ticket_class == action.ticket_class:
        return None
    due = ticket.due
    if ticket.slot is None:
        due = due_by_class(floor, floor.branch.queue(ticket.queue), minutes, now, ticket.since)
    return Reclassified(ticket.label, action.ticket_class, due, action.reason)


def move(floor: Floor, action: Move, now: datetime) -> Event:
    ticket = floor.ticket(action.label)
    if ticket.status not in MOVABLE or not floor.suspended_until(ticket.queue, now):
        raise NotAllowed("Ticket {label} stays in {queue}.", label=ticket.label, queue=ticket.queue)
    if action.queue not in alternatives(floor, ticket, now):
        raise NotAllowed("Ticket {label} cannot go on to {queue}.", label=ticket.label, queue=action.queue)
    return Moved(ticket.label, action.queue)


def alternatives(floor: Floor, ticket: Ticket, now: datetime) -> list[str]:
    """Where its holder may go instead, while nobody serves its queue."""
    if not floor.suspended_until(ticket.queue, now):
        return []
    others = floor.branch.queue(ticket.queue).alternatives
    return [
        queue
        for queue in others
        if queue in floor.branch.queues
        and not floor.suspended_until(queue, now)
        and not floor.is_closed_for_today(queue, now)
        and floor.branch.queue(queue).calendar.spans(floor.day) != ()
        and floor.line(queue).state is not QueueState.CLOSED
    ]


def cancel(floor: Floor, action: Cancel, now: datetime) -> Event:
    floor.ticket(action.label).check(tickets.Action.CANCEL)
    return Cancelled(action.label)


def step_away(floor: Floor, action: StepAway, now: datetime) -> Event:
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.STEP_AWAY)
    if ticket.has_stepped_away:
        raise NotAllowed("Ticket {label} has been kept once already.", label=ticket.label)
    return SteppedAway(ticket.label, now + timedelta(minutes=floor.branch.rules.away_minutes))


def check_in(floor: Floor, action: CheckIn, now: datetime) -> Event:
    """Back from stepping away in time: the old place. Late, or missed: behind those who are here."""
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.CHECK_IN)
    if ticket.status is Status.HELD and ticket.away_until is None:
        raise NotAllowed("Ticket {label} was set aside by the counter, which will call it.", label=ticket.label)
    if floor.is_called_out(ticket):
        raise NotAllowed("Ticket {label} was called {calls} times.", label=ticket.label, calls=ticket.calls)
    if ticket.status is Status.BOOKED:
        first = floor.branch.queue(action.first).id if action.first not in ("", ticket.queue) else ""
        promise = promised(floor.branch, ticket.journey, floor.branch.queue(ticket.queue))
        return CheckedIn(ticket.label, _due_of_appointment(floor, ticket, now), first, promise)
    is_in_time = ticket.away_until is not None and now <= ticket.away_until
    return CheckedIn(ticket.label, ticket.due if is_in_time else now)


def _due_of_appointment(floor: Floor, ticket: Ticket, now: datetime) -> datetime:
    """In time: when the appointment is. Late: now, behind those who are here. Raises NotAllowed before that."""
    queue = floor.branch.queue(ticket.queue)
    assert ticket.slot is not None
    if floor.trip is not None:
        if not floor.trip.serves(queue.id):
            raise NotAllowed("You can check in when the team is there.")
        return ticket.slot  # it is the team that may be late
    opens = ticket.slot - timedelta(minutes=early_minutes(queue))
    if now < opens:
        raise NotAllowed("You can check in from {time}.", time=f"{floor.branch.local(opens):%H:%M}")
    return ticket.slot if now <= ticket.slot + timedelta(minutes=late_minutes(queue)) else now


def give_feedback(floor: Floor, action: GiveFeedback, now: datetime) -> Event:
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.GIVE_FEEDBACK)
    if ticket.feedback is not None:
        raise NotAllowed("Feedback for ticket {label} was given already.", label=ticket.label)
    if not 1 <= action.score <= 4:
        raise Invalid("score: expected a number from 1 to 4.")
    return FeedbackGiven(ticket.label, action.score)
