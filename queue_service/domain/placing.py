"""A ticket takes its new state on a floor, and with it leaves and enters the lines that it stands in."""

from __future__ import annotations

from queue_service.domain.floors import Floor
from queue_service.domain.lines import Line
from queue_service.domain.tickets import Status, Ticket


def line_of(floor: Floor, queue: str) -> Line:
    """The line itself, to be changed."""
    return floor.lines.setdefault(queue, Line())


def put(floor: Floor, ticket: Ticket) -> None:
    before = floor.tickets.get(ticket.label)
    if before is not None and before.status is Status.WAITING:
        for queue in before.queues:
            line_of(floor, queue).leave(before.standing_in(queue))
    if ticket.status is Status.WAITING:
        for queue in ticket.queues:
            line_of(floor, queue).enter(ticket.standing_in(queue))
    floor.tickets[ticket.label] = ticket
