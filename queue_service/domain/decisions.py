"""`decide`: the one way from an action to what happens. The table below is the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from queue_service.domain import (
    actions,
    booking,
    draws,
    leading,
    referring,
    reminders,
    serving,
    showing,
    travelling,
    trip_actions,
    visiting,
    waiting_list,
)
from queue_service.domain.actions import (
    Action,
    CloseDay,
    HolderAction,
    Notify,
    Reported,
    SetQueue,
    SkipNumbers,
    Suspend,
)
from queue_service.domain.errors import Invalid, NotAllowed, Refusal
from queue_service.domain.events import NOTICE_LENGTH, DayClosed, Event, Noticed, NumbersSkipped, QueueSet, Suspended
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState

Happened = Event | tuple[Event, ...] | None

CLOSING_AFTER = timedelta(minutes=10)  # midnight: several machines may differ in what time it is
# What may be done with a day that is elsewhere, or over.
COMING_BACK = (trip_actions.ReturnFromField, trip_actions.ReclaimFromField)
# What may be done for a day to come.
BEFOREHAND = (
    *(actions.Book, actions.BookWithin, actions.KeepPlace, actions.Reschedule, actions.Cancel, SetQueue),
    *(Suspend, actions.Move, actions.Postpone, actions.OfDay),
    *(trip_actions.PlanTrip, trip_actions.CancelTrip, trip_actions.Enlist, trip_actions.Delist),
    *(trip_actions.TakeToField, *COMING_BACK),
)


def decide(floor: Floor, action: Action, now: datetime) -> tuple[Event, ...]:
    """What happens because of `action`; nothing when it is so already. Raises a Refusal. Changes no floor."""
    if isinstance(action, Reported):
        return _decide_reported(floor, action, now)
    today = floor.branch.day_of(now)
    if not isinstance(action, COMING_BACK):
        travelling.check_writable(floor)
    if floor.day < today and not isinstance(action, (CloseDay, *COMING_BACK)):
        raise NotAllowed("That was for {day}; the day is over.", day=floor.day.isoformat())
    if floor.digest and not isinstance(action, CloseDay):  # closed by a machine on which it is later
        raise NotAllowed("That was for {day}; the day is over.", day=floor.day.isoformat())
    if floor.day > today and not isinstance(action, BEFOREHAND):
        raise NotAllowed("That is for {day}; the day is still to come.", day=floor.day.isoformat())
    happens = DECISIONS[type(action)](floor, action, now)
    if isinstance(happens, tuple):
        return happens
    return () if happens is None else (happens,)


def _decide_reported(floor: Floor, action: Reported, now: datetime) -> tuple[Event, ...]:
    if floor.branch.team is None or not isinstance(action.action, actions.CounterAction):
        return leading.reported(decide(floor, action.action, now), action.occurred, now)
    occurred = leading.check_told_by_clerk(floor, action.action.counter, action.occurred, now)
    return leading.reported(decide(floor, action.action, occurred), occurred, now)


def set_queue(floor: Floor, action: SetQueue, now: datetime) -> Event | None:
    queue = floor.branch.queue(action.queue)
    line = floor.line(queue.id)
    if line.state is action.state and not (line.suspended_until and action.state is QueueState.OPEN):
        return None
    return QueueSet(queue.id, action.state)


def suspend(floor: Floor, action: Suspend, now: datetime) -> tuple[Event, ...]:
    """Everybody who waits there, or has an appointment, is told in the same breath."""
    queue = floor.branch.queue(action.queue)
    until = action.until or floor.ends_at
    if not now < until <= floor.ends_at:
        raise Invalid("until: expected a moment of that day that is still to come.")
    return Suspended(queue.id, until), notify(floor, Notify(action.text, until, queue.id), now)


def notify(floor: Floor, action: Notify, now: datetime) -> Event:
    if action.queue is not None and action.queue not in floor.branch.queues:
        raise Invalid("queue: there is no queue “{queue}” at this branch.", queue=action.queue)
    if not 0 < len(action.text.strip()) <= NOTICE_LENGTH:
        raise Invalid("text: expected 1 to {length} characters.", length=NOTICE_LENGTH)
    if action.until <= now:
        raise Invalid("until: expected a moment that is still to come.")
    return Noticed(action.text.strip(), action.until, action.queue)


def skip_numbers(floor: Floor, action: SkipNumbers, now: datetime) -> Event | None:
    return NumbersSkipped(action.queue, action.last) if action.last > floor.line(action.queue).issued else None


def close_day(floor: Floor, action: CloseDay, now: datetime) -> Event | None:
    """Refused where somebody has written since it was read."""
    if floor.digest:
        return None
    if floor.day >= floor.branch.day_of(now - CLOSING_AFTER):
        raise NotAllowed("{day} is not over yet.", day=floor.day.isoformat())
    if floor.lease is not None:
        raise NotAllowed("{day} is still in the field.", day=floor.day.isoformat())
    if floor.seq != action.seq:
        raise NotAllowed("Somebody has written on {day} meanwhile.", day=floor.day.isoformat())
    return DayClosed(action.digest, action.before)


def possible_actions(floor: Floor, label: str, now: datetime) -> Iterator[type[HolderAction]]:
    """What its holder may do with a ticket now."""
    for kind, action in _HOLDERS_OWN:
        try:
            decide(floor, action(label), now)
        except Refusal:
            continue
        yield kind
    ticket = floor.tickets[label]
    if visiting.alternatives(floor, ticket, now) and ticket.status in visiting.MOVABLE:
        yield actions.Move
    if floor.suspended_until(ticket.queue, now) and ticket.status in visiting.MOVABLE:
        yield actions.Postpone


_HOLDERS_OWN: tuple[tuple[type[HolderAction], Callable[[str], HolderAction]], ...] = (
    (actions.Cancel, actions.Cancel),
    (actions.StepAway, actions.StepAway),
    (actions.CheckIn, actions.CheckIn),
    (actions.GiveFeedback, lambda label: actions.GiveFeedback(label, score=1)),
)

DECISIONS: Mapping[type[Any], Callable[[Floor, Any, datetime], Happened]] = {
    actions.Issue: visiting.issue,
    actions.Book: booking.book,
    actions.BookWithin: booking.book_within,
    actions.Reschedule: booking.reschedule,
    actions.KeepPlace: booking.keep_place,
    actions.Release: booking.release,
    actions.Postpone: booking.postpone,
    actions.Cancel: visiting.cancel,
    actions.StepAway: visiting.step_away,
    actions.CheckIn: visiting.check_in,
    actions.GiveFeedback: visiting.give_feedback,
    actions.Move: visiting.move,
    actions.Reclassify: visiting.reclassify,
    actions.TakeOver: serving.take_over,
    actions.Suspend: suspend,
    actions.SetCounter: serving.set_counter,
    actions.CallNext: serving.call_next,
    actions.Call: serving.call,
    actions.Recall: serving.recall,
    actions.Serve: serving.serve,
    actions.Complete: serving.complete,
    actions.MarkNoShow: serving.mark_no_show,
    actions.Hold: serving.hold,
    actions.Requeue: serving.requeue,
    actions.Transfer: serving.transfer,
    actions.Undo: serving.undo,
    actions.LedCall: leading.call,
    actions.LedServe: leading.serve,
    actions.LedComplete: leading.complete,
    actions.LedReopen: leading.reopen,
    actions.LedMove: leading.move,
    actions.SetQueue: set_queue,
    actions.Notify: notify,
    actions.SkipNumbers: skip_numbers,
    actions.CloseDay: close_day,
    actions.AnnounceDraw: draws.announce,
    actions.EnterDraw: draws.enter,
    actions.CloseDraw: draws.close,
    actions.DrawLots: draws.draw_lots,
    actions.JoinWaitingList: waiting_list.join,
    actions.WithdrawEntry: waiting_list.withdraw,
    actions.PassOn: waiting_list.pass_on,
    actions.SetLimit: showing.set_limit,
    actions.Remind: reminders.remind,
    trip_actions.PlanTrip: travelling.plan_trip,
    trip_actions.CancelTrip: travelling.cancel_trip,
    trip_actions.HeadFor: travelling.head_for,
    trip_actions.ReachStop: travelling.reach_stop,
    trip_actions.LeaveStop: travelling.leave_stop,
    trip_actions.Enlist: travelling.enlist,
    trip_actions.Delist: travelling.delist,
    trip_actions.NoteResult: travelling.note_result,
    trip_actions.TakeToField: travelling.take_to_field,
    trip_actions.ReturnFromField: travelling.return_from_field,
    trip_actions.ReclaimFromField: travelling.reclaim_from_field,
    **referring.REFERRING,
}
