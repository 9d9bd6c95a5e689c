"""Another day for somebody whose queue nobody serves today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from queue_service.domain.actions import Cancel, Postpone
from queue_service.domain.branches import Queue
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Invalid, Refusal
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Ticket
from queue_service.identities import returning
from queue_service.keeping import keep_place
from queue_service.web.errands import Errand
from queue_service.web.holders import held_by
from queue_service.web.views import ticket_view

Json = dict[str, Any]

LOOKED_AHEAD = timedelta(days=60)
DAYS_SHOWN = 7


def days_instead(queue: Queue, day: date) -> Iterator[date]:
    """The next days of service."""
    days = (day + timedelta(days=ahead) for ahead in range(1, LOOKED_AHEAD.days + 1))
    return islice((day for day in days if queue.calendar.spans(day) != ()), DAYS_SHOWN)


async def postpone_ticket(errand: Errand, token: str, day: date) -> Json:
    name, floor = await held_by(errand.house, token)
    ticket, now = floor.ticket(name.label), errand.house.floors.clock()
    if day not in days_instead(floor.branch.queue(ticket.queue), name.day):
        raise Invalid("day: expected one of the next days of service.")
    if ticket.kept is None:  # else it is the same request again
        decide(floor, Postpone(name.label, day.isoformat(), ""), now)
    desk = errand.house.desk
    kept_on, kept_as = await keep_place(desk, floor, ticket, _begins(floor, ticket, day), errand.by)

    def view(after: Floor, events: object, now: datetime) -> Json:
        return ticket_view(after, name.label, now)

    try:
        return await errand.act(name.branch, Postpone(name.label, kept_on.isoformat(), kept_as), view, name.day)
    except Refusal:  # somebody called it meanwhile, say: then it keeps no second place
        back = returning(name.branch, name.day, name.label)
        await desk.act(name.branch, Cancel(kept_as), errand.by, day=kept_on, beside=back)
        raise


def _begins(floor: Floor, ticket: Ticket, day: date) -> datetime:
    """At the time of its appointment, or when service begins: who waited in vain is first. By local clock."""
    if ticket.slot is not None:
        return datetime.combine(day, floor.branch.local(ticket.slot).time())
    spans = floor.branch.queue(ticket.queue).calendar.spans(day)
    return datetime.combine(day, spans[0].opens) if spans else datetime.combine(day, datetime.min.time())
