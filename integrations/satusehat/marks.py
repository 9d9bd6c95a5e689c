"""What is kept of a visit's Encounter: among the identifiers of its ticket.

Systems of identifiers, each with that ticket and the visit's place among its own in `facts`: where a ticket's
place is kept for another day its identifiers go along, but the Encounter stays that of this day.

`satusehat-visit`: the number under which an Encounter is about to be posted, noted before: an answer may be lost;
`satusehat-encounter`: the id of the Encounter, once it is known to be ours;
`simrs-encounter`: the id of one that the hospital's own system has sent. Whoever reads that system may note it as well,
without a place where it is about the whole ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from integrations.contract import Item
from integrations.satusehat.visits import Visit
from queue_service.database import Database
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.identifiers import Identifier, identifiers_of, keep_identifier
from queue_service.records.people.people import TicketName

POSTING, OURS, THEIRS, VISIT = "satusehat-visit", "satusehat-encounter", "simrs-encounter", "simrs-visit"


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one ticket. `numbers` and `encounters` by the visit's place; `began` likewise, of visits that were sent."""

    numbers: Mapping[int, str] = field(default_factory=dict)
    encounters: Mapping[int, str] = field(default_factory=dict)
    began: Mapping[int, Visit] = field(default_factory=dict)
    theirs: frozenset[int | None] = frozenset()  # None: all of them
    simrs: tuple[Identifier, ...] = ()

    def is_theirs(self, place: int) -> bool:
        return not {None, place}.isdisjoint(self.theirs)

    def simrs_number(self, place: int, queue: str) -> str | None:
        """The hospital's own number of this visit: where it has several, that of this queue."""
        of_queue = [each.value for each in self.simrs if each.facts.get("queue") == queue]
        if of_queue:
            return of_queue[0]
        plain = [each.value for each in self.simrs if "queue" not in each.facts]
        return plain[0] if plain and place == 0 else None


def marks_from(found: Iterable[Identifier], ticket: TicketName) -> Marks:
    by_system: dict[str, list[Identifier]] = {}
    for each in found:
        if each.facts.get("ticket", _as_text(ticket)) == _as_text(ticket):
            by_system.setdefault(each.system, []).append(each)
    ours = by_system.get(OURS, [])
    own_ids = {each.value for each in ours}
    return Marks(
        numbers={each.facts["place"]: each.value for each in by_system.get(POSTING, [])},
        encounters={each.facts["place"]: each.value for each in ours},
        began={each.facts["place"]: Visit(each.facts["queue"], from_ms(each.facts["arrived"])) for each in ours},
        theirs=frozenset(each.facts.get("place") for each in by_system.get(THEIRS, []) if each.value not in own_ids),
        simrs=tuple(by_system.get(VISIT, [])),
    )


def ticket_of(item: Item) -> TicketName:
    return item.branch, item.day, str(item.fields["label"])


def holder_of(item: Item) -> TicketName:
    """Whose place is kept for another day is known by the number there."""
    if kept_as := item.fields.get("kept_as"):
        return item.branch, date.fromisoformat(item.fields["kept_on"]), str(kept_as)
    return ticket_of(item)


def _as_text(ticket: TicketName) -> str:
    return "/".join(map(str, ticket))


async def read_marks(database: Database, item: Item) -> Marks:
    def read(connection: Connection) -> list[Identifier]:
        names = {ticket_of(item), holder_of(item)}
        return [each for name in names for each in identifiers_of(connection, *name)]

    return marks_from(await database.read(read), ticket_of(item))


async def note_number(database: Database, item: Item, place: int, number: str) -> None:
    await _keep(database, item, POSTING, number, {"place": place})


async def note_ours(database: Database, item: Item, place: int, encounter: str, visit: Visit) -> None:
    facts = {"place": place, "queue": visit.queue, "arrived": to_ms(visit.arrived_at)}
    await _keep(database, item, OURS, encounter, facts)


async def note_theirs(database: Database, item: Item, place: int, encounter: str) -> None:
    await _keep(database, item, THEIRS, encounter, {"place": place})


async def _keep(database: Database, item: Item, system: str, value: str, facts: Mapping[str, Any]) -> None:
    ticket = ticket_of(item)
    mark = Identifier(item.branch, system, value, *ticket[1:], {**facts, "ticket": _as_text(ticket)})
    await database.write(lambda connection: keep_identifier(connection, mark))
