"""Keeping somebody's place on another day: there first, and only then is it given up here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from queue_service.desk import Desk
from queue_service.domain.actions import KeepPlace
from queue_service.domain.events import Booked, Event
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Ticket
from queue_service.identities import moving
from queue_service.journal import Request


async def keep_place(desk: Desk, floor: Floor, ticket: Ticket, begins: datetime, by: str) -> tuple[date, str]:
    """`begins`: when it is due there, by local clock. The day, and the number there.

    Under a key of its own, so that neither a second process nor a crash keeps a place twice. Raises what `act` does.
    """
    request = Request(f"keep {floor.branch.id} {floor.day} {ticket.label}", "keep")
    slot = begins.replace(tzinfo=floor.branch.timezone).astimezone(UTC)
    action = KeepPlace(ticket.queue, slot, ticket.ticket_class, ticket.share, ticket.referral)
    beside = moving(floor.branch.id, floor.day, ticket.label)
    told = await desk.act(floor.branch.id, action, by, day=begins.date(), request=request, answer=_kept, beside=beside)
    return date.fromisoformat(told["day"]), str(told["label"])


def _kept(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, str]:
    event = events[0]
    assert isinstance(event, Booked)
    return {"day": floor.day.isoformat(), "label": event.label}
