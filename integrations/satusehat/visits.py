"""From what happened to a ticket to its visits at clinics. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from integrations.contract import Item
from queue_service.domain.events import from_ms


@dataclass(frozen=True, slots=True)
class Visit:
    """To one clinic. What nobody measured is None. `is_over`: whoever left the room does not come back to it."""

    queue: str
    arrived_at: datetime
    seen_at: datetime | None = None
    left_at: datetime | None = None
    is_over: bool = False
    cancelled_at: datetime | None = None

    @property
    def at_arrival(self) -> Visit:
        return Visit(self.queue, self.arrived_at)


def visits_of(history: Iterable[Item], clinics: Collection[str]) -> tuple[Visit, ...]:
    """In the order in which they began, so that the place of each is its own as long as nothing is undone.

    `history`: of one ticket, in order, without what was undone.
    """
    path = _Path(clinics)
    for item in history:
        if follow := _FOLLOW.get(item.kind):
            at = from_ms(item.fields.get("occurred") or item.at_ms)
            follow(path, at, item.fields)
    return tuple(path.visits)


def without_undone(items: Sequence[Item]) -> list[Item]:
    undone = {item.fields["undoes"] for item in items if item.kind == "undone"}
    return [item for item in items if item.seq not in undone and item.kind != "undone"]


@dataclass(slots=True)
class _Path:
    """Of one ticket through the queues. `here`: the place of the visit that it is on, among `visits`."""

    clinics: Collection[str]
    queue: str = ""
    arrived_at: datetime | None = None
    visits: list[Visit] = field(default_factory=list)
    here: int | None = None

    def stand(self, queue: str, at: datetime) -> None:
        """In this queue from now on, present."""
        self.queue = queue
        self.arrived_at = self.arrived_at or at
        if queue not in self.clinics:
            self.here = None
            return
        known = [place for place, visit in enumerate(self.visits) if visit.queue == queue]
        if self.here is not None and self.visits[self.here].seen_at is None:
            # Sent elsewhere before anybody saw them: the same visit.
            self._alter(queue=queue, is_over=False, cancelled_at=None)
        elif known:
            self.here = known[0]
            self._alter(is_over=False, cancelled_at=None)
        else:
            self.here = len(self.visits)
            self.visits.append(Visit(queue, at if self.visits else self.arrived_at))

    def be_seen(self, at: datetime) -> None:
        self.stand(self.queue, at)
        if self.here is not None:
            self._alter(seen_at=self.visits[self.here].seen_at or at, left_at=None)

    def leave_room(self, at: datetime, *, is_over: bool) -> None:
        if self.here is None:
            return
        visit = self.visits[self.here]
        is_inside = visit.seen_at is not None and visit.left_at is None
        self._alter(left_at=at if is_inside else visit.left_at, is_over=is_over, cancelled_at=None)

    def end(self) -> None:
        """Of the ticket: whoever was to come back somewhere does not."""
        self.visits = [replace(visit, is_over=visit.is_over or visit.left_at is not None) for visit in self.visits]

    def give_up(self, at: datetime) -> None:
        if self.here is not None and self.visits[self.here].seen_at is None:
            self._alter(cancelled_at=at)
        self.end()

    def _alter(self, **changes: Any) -> None:
        assert self.here is not None
        self.visits[self.here] = replace(self.visits[self.here], **changes)


Fields = Mapping[str, Any]


def _issued(path: _Path, at: datetime, fields: Fields) -> None:
    path.stand(fields["queue"], at)


def _booked(path: _Path, at: datetime, fields: Fields) -> None:
    path.queue = fields["queue"]  # its holder is not here yet


def _moved(path: _Path, at: datetime, fields: Fields) -> None:
    path.queue = fields["queue"]
    if path.arrived_at is not None:
        path.stand(path.queue, at)


def _checked_in(path: _Path, at: datetime, fields: Fields) -> None:
    path.stand(path.queue, at)


def _called(path: _Path, at: datetime, fields: Fields) -> None:
    """No examination, and no sign that anybody is there; it only says which of several queues it is about."""
    if (queue := fields.get("queue")) and queue != path.queue:
        _moved(path, at, fields)


def _served(path: _Path, at: datetime, fields: Fields) -> None:
    path.be_seen(at)


def _put_aside(path: _Path, at: datetime, fields: Fields) -> None:
    path.leave_room(at, is_over=False)


def _completed(path: _Path, at: datetime, fields: Fields) -> None:
    """`queue`: where the visit goes on, if it does."""
    onward = fields.get("queue")
    stages = (fields.get("beside") or (), *(fields.get("ahead") or ()))
    comes_back = any(stop[0] == path.queue for stage in stages for stop in stage)
    path.leave_room(at, is_over=not comes_back)
    if onward:
        path.stand(onward, at)
    else:
        path.end()


def _given_up(path: _Path, at: datetime, fields: Fields) -> None:
    path.give_up(at)


_FOLLOW: Mapping[str, Callable[[_Path, datetime, Fields], None]] = {
    "issued": _issued,
    "booked": _booked,
    "given": _booked,
    "moved": _moved,
    "checked_in": _checked_in,
    "reopened": _issued,
    "called": _called,
    "serving": _served,
    "held": _put_aside,
    "requeued": _put_aside,
    "completed": _completed,
    "transferred": _completed,
    "concluded": _completed,
    "no_show": _given_up,
    "cancelled": _given_up,
    "released": _given_up,
    "lapsed": _given_up,
}
KINDS = frozenset(_FOLLOW) | {"undone"}
