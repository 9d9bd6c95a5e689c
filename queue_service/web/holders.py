"""What the holder of a ticket does, shown by its token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from queue_service.domain.actions import HolderAction
from queue_service.domain.errors import NotFound
from queue_service.domain.floors import Floor
from queue_service.tokens import TicketName
from queue_service.web.errands import Errand
from queue_service.web.errors import NumberGone
from queue_service.web.house import House
from queue_service.web.views import ticket_view

Json = dict[str, Any]


async def held_by(house: House, token: str) -> tuple[TicketName, Floor]:
    """Which ticket this is the token of, and its floor. Raises NotFound for whatever is no token of ours."""
    name = house.tokens.read(token)
    if name is None:
        raise NotFound("There is no such ticket.")
    floor = await house.floors.get((name.branch, name.day), name.label)
    if name.label not in floor.tickets:
        raise NumberGone(
            "Number {label} is no longer known here. Please show it at a counter.", label=name.label, branch=name.branch
        )
    return name, floor


async def act_for_holder(errand: Errand, token: str, make_action: Callable[[str], HolderAction]) -> Json:
    name, _ = await held_by(errand.house, token)

    def view(floor: Floor, events: object, now: datetime) -> Json:
        return ticket_view(floor, name.label, now)

    return await errand.act(name.branch, make_action(name.label), view, name.day)
