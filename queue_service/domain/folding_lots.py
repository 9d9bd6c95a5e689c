"""The fold of what concerns draws, waiting lists and limits; `fold.py` takes it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from queue_service.domain.events import (
    DrawAnnounced,
    DrawClosed,
    DrawEntered,
    Drawn,
    EntryWithdrawn,
    Event,
    Given,
    LimitSet,
    WaitingListJoined,
)
from queue_service.domain.lots import Draw, Entrant, Lots, Standing, ranking


def _announced(lots: Lots, event: DrawAnnounced) -> None:
    lots.draws[event.queue] = Draw(event)


def _entered(lots: Lots, event: DrawEntered) -> None:
    lots.entrants[event.entry] = Entrant(event.entry, event.queue, Standing.ENTERED)
    lots.entered.setdefault(event.queue, {})[event.entry] = None


def _closed(lots: Lots, event: DrawClosed) -> None:
    listed = tuple(sorted(lots.entered.pop(event.queue, ())))
    lots.draws[event.queue] = replace(lots.draws[event.queue], digest=event.digest, listed=listed)


def _drawn(lots: Lots, event: Drawn) -> None:
    draw = lots.draws[event.queue]
    order = tuple(ranking(event.seed, draw.listed))
    lots.draws[event.queue] = replace(draw, seed=event.seed, order=order)
    for entry in order:
        _await(lots, event.queue, entry)


def _joined(lots: Lots, event: WaitingListJoined) -> None:
    _await(lots, event.queue, event.entry)


def _await(lots: Lots, queue: str, entry: str) -> None:
    lots.entrants[entry] = Entrant(entry, queue, Standing.WAITING)
    lots.waiting.setdefault(queue, {})[entry] = None


def _withdrawn(lots: Lots, event: EntryWithdrawn) -> None:
    for lists in (lots.entered, lots.waiting):
        lists.get(event.queue, {}).pop(event.entry, None)
    lots.entrants[event.entry] = replace(lots.entrants[event.entry], standing=Standing.WITHDRAWN)


def note_given(lots: Lots, event: Given) -> None:
    lots.waiting[event.queue].pop(event.entry)
    lots.entrants[event.entry] = Entrant(event.entry, event.queue, Standing.GIVEN, event.label)
    lots.given.add(event.label)


def _limit_set(lots: Lots, event: LimitSet) -> None:
    lots.limits[event.queue] = event


LOT_FOLDS: Mapping[type[Event], Callable[[Lots, Any], None]] = {
    DrawAnnounced: _announced,
    DrawEntered: _entered,
    DrawClosed: _closed,
    Drawn: _drawn,
    WaitingListJoined: _joined,
    EntryWithdrawn: _withdrawn,
    LimitSet: _limit_set,
}
