"""The fold: `apply` takes a floor over one entry. It decides and refuses nothing: what is in the journal happened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from queue_service.domain.counters import Counter, CounterState, LastAction
from queue_service.domain.events import (
    Booked,
    Called,
    Cancelled,
    CheckedIn,
    Completed,
    CounterEvent,
    CounterSet,
    DayClosed,
    Entry,
    Event,
    FeedbackGiven,
    Given,
    Held,
    Issued,
    Lapsed,
    Missed,
    Moved,
    Noticed,
    NumbersSkipped,
    QueueSet,
    Recalled,
    Reclassified,
    Released,
    ReminderDue,
    Requeued,
    Rescheduled,
    Served,
    SteppedAway,
    Suspended,
    TakenOver,
    Transferred,
    Undone,
)
from queue_service.domain.floors import Floor
from queue_service.domain.folding_led import LED_FOLDS
from queue_service.domain.folding_lots import LOT_FOLDS, note_given
from queue_service.domain.folding_referrals import note_referral
from queue_service.domain.folding_trips import TRIP_FOLDS
from queue_service.domain.journeys import Stop
from queue_service.domain.lines import QueueState
from queue_service.domain.placing import line_of, put
from queue_service.domain.referral_events import REFERRAL_EVENTS
from queue_service.domain.tickets import Action, Status, Ticket, label_of

Touched = Collection[str]  # the queues whose picture changed


def apply(floor: Floor, entry: Entry) -> Touched:
    """Changes the floor in place: a copy for each of ten thousand entries would cost more than the entries."""
    floor.seq = entry.seq
    floor.at = entry.at
    return _FOLDS[type(entry.event)](floor, entry, entry.event)


def _issued(floor: Floor, entry: Entry, event: Issued) -> Touched:
    _put_new(floor, entry, event, Status.WAITING)
    return floor.tickets[event.label].queues


def _booked(floor: Floor, entry: Entry, event: Booked) -> Touched:
    _put_new(floor, entry, event, Status.BOOKED, slot=event.due)
    if event.share or event.minutes:
        ticket = floor.tickets[event.label].altered(share=event.share, minutes=event.minutes)
        floor.tickets[event.label] = ticket
    return ()


def _given(floor: Floor, entry: Entry, event: Given) -> Touched:
    note_given(floor.lots, event)
    return _booked(floor, entry, event)


def _put_new(floor: Floor, entry: Entry, event: Issued | Booked, status: Status, slot: datetime | None = None) -> None:
    prefix, _, number = event.label.rpartition("-")
    ticket = Ticket(
        label=event.label,
        prefix=prefix,
        number=int(number),
        queue=event.queue,
        status=status,
        due=event.due,
        issued_at=entry.at,
        changed=entry.seq,
        ticket_class=event.ticket_class,
        slot=slot,
        slot_given_at=entry.at if slot else None,
        since=slot or entry.at,
    )
    if isinstance(event, Issued) and event.journey:
        ticket = ticket.altered(journey=event.journey, beside=event.beside, ahead=event.ahead)
    if event.referral:
        ticket = ticket.altered(referral=event.referral)
    if isinstance(event, Issued) and (event.urgent or event.promise):
        ticket = ticket.altered(is_urgent=event.urgent, promise=event.promise)
    put(floor, ticket)
    line = line_of(floor, event.queue)
    while label_of(prefix, line.issued + 1) in floor.tickets:  # others, who lead, may give numbers in any order
        line.issued += 1


def _rescheduled(floor: Floor, entry: Entry, event: Rescheduled) -> Touched:
    moved: dict[str, Any] = {"due": event.due, "slot": event.due, "since": event.due}
    moved |= {"slot_given_at": entry.at, "reminded": None}
    put(floor, floor.tickets[event.label].after(Action.RESCHEDULE, entry.seq, **moved))
    return ()


def _lapsed(floor: Floor, entry: Entry, event: Lapsed) -> Touched:
    put(floor, floor.tickets[event.label].after(Action.LAPSE, entry.seq, has_lapsed=True))
    return ()


def _reminder_due(floor: Floor, entry: Entry, event: ReminderDue) -> Touched:
    floor.tickets[event.label] = replace(floor.tickets[event.label], reminded=event.minutes)
    return ()


def _of_lots(floor: Floor, entry: Entry, event: Event) -> Touched:
    LOT_FOLDS[type(event)](floor.lots, event)
    return ()


def _reclassified(floor: Floor, entry: Entry, event: Reclassified) -> Touched:
    before = floor.tickets[event.label]
    shift = event.due - before.due
    beside = tuple(Stop(stop.queue, (stop.due or before.due) + shift) for stop in before.beside)
    ticket = before.altered(changed=entry.seq, ticket_class=event.ticket_class, due=event.due, beside=beside)
    put(floor, ticket)
    return before.queues


def _moved(floor: Floor, entry: Entry, event: Moved) -> Touched:
    before = floor.tickets[event.label]
    beside = tuple(stop for stop in before.beside if stop.queue != event.queue)
    put(floor, before.altered(changed=entry.seq, queue=event.queue, beside=beside, calls=0))
    return {*before.queues, event.queue}


def _taken_over(floor: Floor, entry: Entry, event: TakenOver) -> Touched:
    before = floor.tickets[event.label]
    if before.counter is not None:  # whoever comes back there finds it free, and nothing to take back
        floor.counters[before.counter] = replace(floor.counter(before.counter), ticket=None, last=None)
    ticket = before.altered(changed=entry.seq, counter=event.counter, announced_at=entry.at)
    touched = _at_counter(floor, entry, event, ticket, here=event.label)
    floor.counters[event.counter] = replace(floor.counters[event.counter], last=None)
    return touched


def _called(floor: Floor, entry: Entry, event: Called) -> Touched:
    before = floor.tickets[event.label]
    here = before.standing_in(event.queue or before.queue)
    line = line_of(floor, here.queue)
    gap_from, at = line.gap_from, event.occurred or entry.at
    ticket = here.after(
        Action.CALL,
        entry.seq,
        counter=event.counter,
        calls=before.calls + 1,
        called_at=at,
        announced_at=at,
        away_until=None,
    )
    touched = _at_counter(floor, entry, event, ticket, here=event.label)
    if before.status is Status.WAITING:
        line.note_call(at, gap_from)
    return touched


def _recalled(floor: Floor, entry: Entry, event: Recalled) -> Touched:
    ticket = floor.tickets[event.label]
    floor.tickets[event.label] = ticket.altered(announced_at=event.occurred or entry.at)
    return (ticket.queue,)


def _served(floor: Floor, entry: Entry, event: Served) -> Touched:
    before, served = floor.tickets[event.label], event.occurred or entry.at
    ticket = before.after(Action.SERVE, entry.seq, serving_at=served, begun_at=before.begun_at or served)
    return _at_counter(floor, entry, event, ticket, here=event.label)


def _completed(floor: Floor, entry: Entry, event: Completed) -> Touched:
    before = floor.tickets[event.label]
    begun = before.begun_at or before.called_at
    ticket = before.after(Action.COMPLETE, entry.seq, beside=(), ahead=(), begun_at=begun)
    return _at_counter(floor, entry, event, ticket, here=None)


def _missed(floor: Floor, entry: Entry, event: Missed) -> Touched:
    ticket = floor.tickets[event.label].after(Action.MARK_NO_SHOW, entry.seq, counter=None)
    return _at_counter(floor, entry, event, ticket, here=None)


def _held(floor: Floor, entry: Entry, event: Held) -> Touched:
    ticket = floor.tickets[event.label].after(Action.HOLD, entry.seq, counter=None, calls=0)
    return _at_counter(floor, entry, event, ticket, here=None)


def _requeued(floor: Floor, entry: Entry, event: Requeued) -> Touched:
    before = floor.tickets[event.label]
    was_missed = before.status is Status.NO_SHOW
    ticket = before.after(
        Action.REQUEUE,
        entry.seq,
        due=event.due,
        since=before.since if event.due == before.due else event.due,  # as it was: the counter closed over a call
        counter=None,
        calls=before.calls if was_missed else 0,
        serving_at=None,
        away_until=None,
    )
    here = floor.counter(event.counter).ticket
    return _at_counter(floor, entry, event, ticket, here=None if here == event.label else here)


def _transferred(floor: Floor, entry: Entry, event: Transferred) -> Touched:
    before = floor.tickets[event.label]
    ticket = before.after(
        Action.TRANSFER,
        entry.seq,
        queue=event.queue,
        due=event.due,
        since=max(event.due, _kept_since(before, event) or entry.at),
        counter=None,
        calls=0,
        called_at=None,
        serving_at=None,
        begun_at=before.begun_at or before.called_at,
        visited=(*before.visited, before.queue),
        beside=event.beside,
        ahead=event.ahead,
        slot=None,  # that was a time of the queue behind it
    )
    return _at_counter(floor, entry, event, ticket, here=None)


def _kept_since(before: Ticket, event: Transferred) -> datetime | None:
    """Of a queue that it stood in already, or to which it was to come back."""
    stops = (*before.beside, *(before.ahead[0] if before.ahead else ()))
    return next((stop.due for stop in stops if stop.queue == event.queue), None)


def _cancelled(floor: Floor, entry: Entry, event: Cancelled) -> Touched:
    before = floor.tickets[event.label]
    if before.counter is not None and floor.counter(before.counter).ticket == event.label:
        floor.counters[before.counter] = replace(floor.counter(before.counter), ticket=None, last=None)
    put(floor, before.after(Action.CANCEL, entry.seq, counter=None, beside=(), ahead=()))
    return before.queues


def _released(floor: Floor, entry: Entry, event: Released) -> Touched:
    before = floor.tickets[event.label]
    kept = (event.kept_on, event.kept_as) if event.kept_as else None
    put(floor, before.after(Action.RELEASE, entry.seq, is_released=True, kept=kept, beside=(), ahead=()))
    return before.queues


def _stepped_away(floor: Floor, entry: Entry, event: SteppedAway) -> Touched:
    before = floor.tickets[event.label]
    put(floor, before.after(Action.STEP_AWAY, entry.seq, away_until=event.until, has_stepped_away=True))
    return before.queues


def _checked_in(floor: Floor, entry: Entry, event: CheckedIn) -> Touched:
    before = floor.tickets[event.label]
    ticket = before.after(Action.CHECK_IN, entry.seq, due=event.due, away_until=None)
    if event.due > before.due:  # too late, also for the other queues that it stood in
        beside = tuple(Stop(stop.queue, max(stop.due or event.due, event.due)) for stop in before.beside)
        ticket = ticket.altered(since=event.due, beside=beside)
    if event.promise:
        ticket = ticket.altered(promise=event.promise)
    if event.first:  # its own queue keeps the place that it has there
        ahead = ((Stop(before.queue, event.due),), *before.ahead)
        ticket = ticket.altered(queue=event.first, due=entry.at, since=entry.at, ahead=ahead, slot=None)
    put(floor, ticket)
    return {*before.queues, *ticket.queues}


def _feedback(floor: Floor, entry: Entry, event: FeedbackGiven) -> Touched:
    put(floor, floor.tickets[event.label].after(Action.GIVE_FEEDBACK, entry.seq, feedback=event.score))
    return ()


def _undone(floor: Floor, entry: Entry, event: Undone) -> Touched:
    counter = floor.counter(event.counter)
    last = counter.last
    if last is None or last.seq != event.undoes:
        raise ValueError(f"Entry {entry.seq} undoes {event.undoes}, which is not this counter's last.")
    touched = {*counter.queues, *last.counter.queues}
    if last.ticket is not None:
        now = floor.tickets[last.ticket.label]
        touched = {*last.ticket.queues, *now.queues}
        put(floor, last.ticket.altered(changed=entry.seq))
        if last.kind == Called.kind and last.ticket.status is Status.WAITING and now.called_at is not None:
            line_of(floor, now.queue).take_back_call(now.called_at, last.gap_from)
    floor.counters[event.counter] = replace(last.counter, by=entry.by, at=entry.at)
    return touched


def _counter_set(floor: Floor, entry: Entry, event: CounterSet) -> Touched:
    before = floor.counter(event.counter)
    floor.counters[event.counter] = replace(
        before,
        state=CounterState(event.state),
        queues=event.queues,
        last=LastAction(entry.seq, event.kind, replace(before, last=None), None),
        by=entry.by,
        at=entry.at,
    )
    return {*before.queues, *event.queues}


def _queue_set(floor: Floor, entry: Entry, event: QueueSet) -> Touched:
    line = line_of(floor, event.queue)
    line.state = QueueState(event.state)
    if line.state is QueueState.OPEN:
        line.suspended_until = None
    return (event.queue,)


def _suspended(floor: Floor, entry: Entry, event: Suspended) -> Touched:
    line_of(floor, event.queue).suspended_until = event.until
    return (event.queue,)


def _noticed(floor: Floor, entry: Entry, event: Noticed) -> Touched:
    floor.notices = [notice for notice in floor.notices if notice.until > entry.at] + [event]
    return ()


def _numbers_skipped(floor: Floor, entry: Entry, event: NumbersSkipped) -> Touched:
    line = line_of(floor, event.queue)
    line.skipped += event.last - line.issued
    line.issued = event.last
    return ()


def _day_closed(floor: Floor, entry: Entry, event: DayClosed) -> Touched:
    floor.digest = event.digest
    return ()


def _at_counter(floor: Floor, entry: Entry, event: CounterEvent, ticket: Ticket, *, here: str | None) -> Touched:
    """The ticket's new state, who is at the counter now, and the way back from it."""
    counter = floor.counter(event.counter)
    before = floor.tickets[event.label]
    as_it_was = Counter(counter.id, counter.queues, counter.state, counter.ticket, by=counter.by)
    last = LastAction(entry.seq, event.kind, as_it_was, before, floor.line(ticket.queue).gap_from)
    at = event.occurred or entry.at
    floor.counters[event.counter] = Counter(counter.id, counter.queues, counter.state, here, last, entry.by, at)
    put(floor, ticket)
    return {*before.queues, *ticket.queues}


_FOLDS: Mapping[type[Event], Callable[[Floor, Entry, Any], Touched]] = {
    Issued: _issued,
    Booked: _booked,
    Rescheduled: _rescheduled,
    Reclassified: _reclassified,
    Moved: _moved,
    TakenOver: _taken_over,
    Suspended: _suspended,
    Called: _called,
    Recalled: _recalled,
    Served: _served,
    Completed: _completed,
    Missed: _missed,
    Held: _held,
    Requeued: _requeued,
    Transferred: _transferred,
    Cancelled: _cancelled,
    Released: _released,
    SteppedAway: _stepped_away,
    CheckedIn: _checked_in,
    FeedbackGiven: _feedback,
    Undone: _undone,
    CounterSet: _counter_set,
    QueueSet: _queue_set,
    Noticed: _noticed,
    NumbersSkipped: _numbers_skipped,
    DayClosed: _day_closed,
    Given: _given,
    Lapsed: _lapsed,
    ReminderDue: _reminder_due,
    **LED_FOLDS,
    **TRIP_FOLDS,
    **dict.fromkeys(LOT_FOLDS, _of_lots),
    **dict.fromkeys(REFERRAL_EVENTS, note_referral),
}
