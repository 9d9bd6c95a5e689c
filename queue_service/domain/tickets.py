"""A ticket: one visitor's place in one queue, and the whole life it can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from queue_service.domain.branches import GENERAL
from queue_service.domain.errors import NotAllowed
from queue_service.domain.journeys import Stage, Stop


class Status(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    NO_SHOW = "no_show"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    BOOKED = "booked"  # for a time to come; its holder is not here yet


class Action(StrEnum):
    CALL = "call"
    RECALL = "recall"
    SERVE = "serve"
    COMPLETE = "complete"
    MARK_NO_SHOW = "mark_no_show"
    HOLD = "hold"
    REQUEUE = "requeue"
    TRANSFER = "transfer"
    CANCEL = "cancel"
    STEP_AWAY = "step_away"
    CHECK_IN = "check_in"
    RESCHEDULE = "reschedule"
    RELEASE = "release"
    LAPSE = "lapse"
    GIVE_FEEDBACK = "give_feedback"
    CONCLUDE = "conclude"
    REOPEN = "reopen"


_WAITING, _CALLED, _SERVING, _HELD, _NO_SHOW, _COMPLETED, _CANCELLED, _BOOKED = Status

TRANSITIONS: Mapping[Action, tuple[frozenset[Status], Status]] = {  # action: (from, to)
    Action.CALL: (frozenset({_WAITING, _HELD, _NO_SHOW, _BOOKED}), _CALLED),
    Action.RECALL: (frozenset({_CALLED}), _CALLED),
    Action.SERVE: (frozenset({_CALLED}), _SERVING),
    Action.COMPLETE: (frozenset({_CALLED, _SERVING}), _COMPLETED),
    Action.MARK_NO_SHOW: (frozenset({_CALLED}), _NO_SHOW),
    Action.HOLD: (frozenset({_CALLED, _SERVING}), _HELD),
    Action.REQUEUE: (frozenset({_CALLED, _SERVING, _HELD, _NO_SHOW}), _WAITING),
    Action.TRANSFER: (frozenset({_CALLED, _SERVING}), _WAITING),
    Action.CANCEL: (frozenset({_WAITING, _CALLED, _HELD, _NO_SHOW, _BOOKED}), _CANCELLED),
    Action.STEP_AWAY: (frozenset({_WAITING}), _HELD),
    Action.CHECK_IN: (frozenset({_HELD, _NO_SHOW, _BOOKED}), _WAITING),
    Action.RELEASE: (frozenset({_WAITING, _HELD, _BOOKED}), _CANCELLED),
    Action.LAPSE: (frozenset({_BOOKED}), _CANCELLED),
    Action.RESCHEDULE: (frozenset({_BOOKED}), _BOOKED),
    Action.GIVE_FEEDBACK: (frozenset({_COMPLETED}), _COMPLETED),
    Action.CONCLUDE: (frozenset({_WAITING, _HELD, _NO_SHOW, _BOOKED}), _COMPLETED),
    Action.REOPEN: (frozenset({_COMPLETED, _CANCELLED}), _WAITING),
}

LIVE = frozenset({_WAITING, _CALLED, _SERVING, _HELD, _NO_SHOW, _BOOKED})
AT_COUNTER = frozenset({_CALLED, _SERVING})


def label_of(prefix: str, number: int) -> str:
    return f"{prefix}-{number:03d}"


@dataclass(frozen=True, slots=True)
class Ticket:
    """`changed` is the seq of the entry that last altered it; a recall and a reading alter nothing."""

    label: str
    prefix: str
    number: int
    queue: str
    status: Status
    due: datetime
    issued_at: datetime
    changed: int
    ticket_class: str = GENERAL
    counter: str | None = None
    calls: int = 0  # since the visitor was last seen at a counter
    called_at: datetime | None = None
    announced_at: datetime | None = None  # the last call or recall
    serving_at: datetime | None = None
    away_until: datetime | None = None
    has_stepped_away: bool = False
    since: datetime | None = None  # what `due` was before the class moved it forward
    visited: tuple[str, ...] = ()  # queues that it was transferred from, in order
    journey: str = ""
    is_urgent: bool = False
    beside: Stage = ()  # stops that are open as well: it waits in these queues too
    ahead: tuple[Stage, ...] = ()  # stops to come
    feedback: int | None = None
    slot: datetime | None = None  # of an appointment
    slot_given_at: datetime | None = None
    reminded: int | None = None  # so many minutes before the slot, the last time
    has_lapsed: bool = False  # nobody came by the late limit
    is_released: bool = False  # by the branch, at the end of the day
    kept: tuple[str, str] | None = None  # the day on which its place is kept, and the number there
    share: str = ""  # of the places, as it was booked
    promise: str = ""  # the time that its service is to take
    begun_at: datetime | None = None  # when its first counter began with it
    minutes: int = 0  # that it takes, where that is planned for each
    result: str = ""  # of a team's visit
    referral: str = ""  # of another agency's, which it came from

    @property
    def queues(self) -> tuple[str, ...]:
        """All that it stands in while it waits."""
        return (self.queue, *(stop.queue for stop in self.beside)) if self.beside else (self.queue,)

    def standing_in(self, queue: str) -> Ticket:
        """As one of its queues sees it."""
        if queue == self.queue:
            return self
        here = next(stop for stop in self.beside if stop.queue == queue)
        others = tuple(stop for stop in self.beside if stop is not here)
        return self.altered(queue=queue, due=here.due or self.due, beside=(Stop(self.queue, self.due), *others))

    @property
    def place(self) -> tuple[datetime, int, str]:
        """What a queue is sorted by."""
        return (self.due, self.number, self.label)

    def after(self, action: Action, seq: int, **changes: Any) -> Ticket:
        self.check(action)
        return self.altered(status=TRANSITIONS[action][1], changed=seq, **changes)

    def altered(self, **changes: Any) -> Ticket:
        """As `dataclasses.replace`, which looks at each field anew and takes thrice as long."""
        values = list(_VALUES(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Ticket(*values)

    def check(self, action: Action) -> None:
        """Raises NotAllowed when the table of transitions has no such step."""
        if self.status not in TRANSITIONS[action][0]:
            raise NotAllowed(
                "Ticket {label} is {status}: {action} is not possible now.",
                label=self.label,
                status=self.status,
                action=action,
            )


_VALUES = attrgetter(*(field.name for field in fields(Ticket)))
_PLACES = {field.name: place for place, field in enumerate(fields(Ticket))}
