"""Decisions about what visitors do: take a number, and whatever they may do with it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from queue_service.domain import tickets
from queue_service.domain.actions import Cancel, CheckIn, GiveFeedback, Issue, StepAway
from queue_service.domain.branches import GENERAL, Branch, Queue, early_minutes, late_minutes
from queue_service.domain.errors import Invalid, NotAllowed, QueueClosed, QuotaFull
from queue_service.domain.events import Cancelled, CheckedIn, Event, FeedbackGiven, Issued, SteppedAway
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.order import has_right
from queue_service.domain.tickets import Status, Ticket, label_of


def issue(floor: Floor, action: Issue, now: datetime) -> Event:
    queue = floor.branch.queue(action.queue)
    line = floor.line(queue.id)
    due = due_by_class(floor, queue, minutes_of_class(floor.branch, action.ticket_class), now)
    if not queue.calendar.is_open_at(floor.branch.local(now)):
        raise QueueClosed("{queue} is outside its opening hours.", queue=queue.id)
    if line.state is QueueState.CLOSED:
        raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=queue.id)
    check_quota(floor, queue)
    return Issued(label_of(queue.prefix, line.issued + 1), queue.id, due, action.ticket_class)


def check_quota(floor: Floor, queue: Queue) -> None:
    line = floor.line(queue.id)
    if queue.quota is not None and line.issued - line.skipped >= queue.quota:
        raise QuotaFull("All {quota} numbers of that day for {queue} are given out.", quota=queue.quota, queue=queue.id)


def due_by_class(floor: Floor, queue: Queue, minutes: int, now: datetime) -> datetime:
    """So many minutes earlier, but behind everybody whom the guard protects by now."""
    due, guard = now - timedelta(minutes=minutes), floor.branch.rules.guard_minutes
    if minutes == 0 or guard is None:
        return due
    protected_from = now - timedelta(minutes=guard)
    for ticket in takewhile(lambda ticket: ticket.due <= protected_from, floor.waiting(queue.id)):
        if not has_right(floor, ticket):
            due = max(due, ticket.due)
    return due


def minutes_of_class(branch: Branch, ticket_class: str) -> int:
    if ticket_class in branch.classes:
        return branch.classes[ticket_class].minutes
    if ticket_class == GENERAL:
        return 0
    raise Invalid("class: this branch has no priority class “{ticket_class}”.", ticket_class=ticket_class)


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
        return CheckedIn(ticket.label, _due_of_appointment(floor, ticket, now))
    is_in_time = ticket.away_until is not None and now <= ticket.away_until
    return CheckedIn(ticket.label, ticket.due if is_in_time else now)


def _due_of_appointment(floor: Floor, ticket: Ticket, now: datetime) -> datetime:
    """In time: when the appointment is. Late: now, behind those who are here. Raises NotAllowed before that."""
    queue = floor.branch.queue(ticket.queue)
    assert ticket.slot is not None
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
