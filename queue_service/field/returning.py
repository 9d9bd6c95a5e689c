"""`antrean field return`: everything is at the centre, both sides have the same, and from then on it goes on there."""

from __future__ import annotations

from queue_service.domain.decisions import decide
from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.trip_actions import ReturnFromField
from queue_service.faults import Fault
from queue_service.field.desks import FieldDesk
from queue_service.field.syncing import Progress, sync
from queue_service.journal import Basis, Conflict
from queue_service.leases.standing import Standing, find_lease
from queue_service.leases.wire import digest_of
from queue_service.records.branches import Branches

TRIES = 5  # people may still be writing


class NotReturned(Fault):
    """The sentence says why the day is still here."""


async def give_back(desk: FieldDesk) -> Progress:
    """The same again goes on where it broke off. Raises Away, Refused, NotReturned, Unavailable."""
    progress = await sync(desk)
    for _ in range(TRIES):
        if progress.standing is not Standing.OUT or progress.aside:
            return progress
        await _end_here(desk)
        progress = await sync(desk)
    raise NotReturned("People are still writing here. Let them finish first.")


async def _end_here(desk: FieldDesk) -> None:
    """The last that is written here. Nothing where it was, or where somebody writes at this moment."""
    epoch, entries = await desk.journal.read_with_epoch(desk.place)
    known = find_lease(entries, desk.lease)
    if known is not None and known.standing is not Standing.OUT:
        return
    branches = Branches(desk.database)
    await branches.refresh()
    floor = Floor(branches.get(desk.place[0]), desk.place[1], held=frozenset({desk.lease}))
    for entry in entries:
        apply(floor, entry)
    now = max(desk.clock(), floor.at) if floor.at else desk.clock()
    action = ReturnFromField(desk.lease, digest_of(desk.place, desk.lease, entries))
    new = [
        Entry(floor.seq + nth, now, f"field:{desk.lease}", event)
        for nth, event in enumerate(decide(floor, action, now), 1)
    ]
    try:
        await desk.journal.append(desk.place, floor.seq, new, Basis(epoch), now)
    except Conflict:
        return
