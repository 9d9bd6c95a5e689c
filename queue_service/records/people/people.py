"""Who has which ticket, where its queue asks: kept apart from the journal, encrypted, and erased in time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from queue_service.database import Database
from queue_service.domain.asking import Field
from queue_service.domain.branches import Queue
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.domain.nik import last_four
from queue_service.records.audit import Deed, note
from queue_service.records.people.finding import Sought
from queue_service.records.people.given import Given, Values, read_given, read_values, wording_id
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.tables import people
from queue_service.redaction import redacted

SHORTEST_REASON, LONGEST_REASON = 5, 200
REVEALED, FOUND = "person.revealed", "people.sought"
MOST_FOUND = 20
DIGESTED = (Field.PHONE, Field.NIK)

TicketName = tuple[str, date, str]  # branch, day, label
Write = Callable[[Connection, tuple[str, date], str], None]


@dataclass(frozen=True, slots=True)
class Person:
    """A row, opened. `values` has what is still kept."""

    id: str
    ticket: TicketName
    queue: str
    at: datetime
    source: str
    wording: str
    agreed: tuple[str, ...]
    values: Values

    @property
    def masked(self) -> dict[str, str]:
        """For those at a counter: the name to call them by, and enough of the rest to tell one from another."""
        return {
            asked.value: text if asked is Field.NAME else f"…{last_four(text)}"
            for asked, text in self.values.items()
            if asked is not Field.IHS  # it tells nobody at a counter anything
        }


class People:
    def __init__(self, database: Database, keys: KeyRing) -> None:
        self.database = database
        self.keys = keys

    def write_for(self, queue: Queue, given: Given, source: str, now: datetime) -> tuple[Values, Write | None]:
        """What was given, and how it is written with a ticket. Raises Invalid."""
        values = read_given(queue, given)
        agreed = ",".join(asked for asked in queue.asks.optional if asked in values) if given.agrees else ""
        return values, self._write(queue, values, source, agreed, now) if values else None

    def write_from(self, queue: Queue, given: Mapping[str, str], source: str, now: datetime) -> Write | None:
        """What another system brought with a ticket, whatever the queue asks of visitors. Raises Invalid."""
        values = read_values({name: text for name, text in given.items() if text})
        return self._write(queue, values, source, "", now) if values else None

    def write_passed_on(self, queue: Queue, values: Values, source: str, wording: str, now: datetime) -> Write | None:
        """What came from another agency, as its visitor agreed to by this wording."""
        agreed = ",".join(asked for asked in Field if asked in values)
        return self._write(queue, values, source, agreed, now, wording) if values else None

    def _write(self, queue: Queue, values: Values, source: str, agreed: str, now: datetime, wording: str = "") -> Write:
        row_id = secrets.token_hex(16)
        row = {
            "id": row_id,
            "queue": queue.id,
            "at_ms": to_ms(now),
            "source": source,
            "wording": wording or wording_id(queue.asks),
            "agreed": agreed,
            **closed(self.keys, row_id, values),
        }

        def write(connection: Connection, place: tuple[str, date], label: str) -> None:
            connection.execute(insert(people).values(branch=place[0], day=place[1], label=label, **row))

        return write

    def digests_of(self, nik: str) -> tuple[str, ...]:
        """By which a person's claim is known; see journal/claims.py."""
        return self.keys.digests(Field.NIK, nik)

    async def get(self, ticket: TicketName) -> Person:
        """Raises NotFound where nothing is kept of who has it."""
        found = await self.database.read(lambda connection: read_people(connection, self.keys, of_ticket(ticket)))
        if not found:
            raise NotFound("Nothing is kept of who has {label}.", label=ticket[2])
        return found[0]

    async def add(self, ticket: TicketName, asked: Field, text: str) -> None:
        """What another system knows of who has it; nothing where nothing is kept of them. Raises Invalid."""
        value = read_values({asked.value: text})

        def work(connection: Connection) -> None:
            kept = and_(of_ticket(ticket), people.c.erased_ms.is_(None))
            for row in connection.execute(select(people).where(kept).with_for_update()).all():
                sealed = closed(self.keys, row.id, {**opened(self.keys, row), **value})
                connection.execute(update(people).where(people.c.id == row.id).values(**sealed))

        await self.database.write(work)

    async def find(self, sought: Sought, by: str, now: datetime) -> list[Person]:
        """At most so many as fit a screen; that somebody looked is noted, and not for what. Raises Invalid."""
        clause = sought.clause(self.keys)

        def read(connection: Connection) -> Sequence[Row[Any]]:
            note(connection, Deed(by, FOUND, sought.by_what, sought.branch, {"day": sought.day.isoformat()}), now)
            return connection.execute(select(people).where(clause).order_by(people.c.at_ms, people.c.label)).all()

        rows = await self.database.write(read)
        # A name can be looked for in what was opened only; not on the event loop, which others wait for.
        return await asyncio.to_thread(lambda: list(islice(self._matching(rows, sought), MOST_FOUND)))

    def _matching(self, rows: Iterable[Row[Any]], sought: Sought) -> Iterator[Person]:
        for row in rows:
            person = person_of(self.keys, row)
            if sought.name is None or sought.is_part_of(person.values.get(Field.NAME, "")):
                yield person

    async def reveal(self, ticket: TicketName, field: str, reason: str, by: str, now: datetime) -> str:
        """The whole value, and a note of it in the audit trail: never one without the other."""
        told = checked_reason(reason)

        def work(connection: Connection) -> str:
            found = read_people(connection, self.keys, of_ticket(ticket))
            value = found[0].values.get(Field(field)) if found and field in set(Field) else None
            if value is None:
                raise NotFound("Nothing is kept of who has {label}.", label=ticket[2])
            note(connection, Deed(by, REVEALED, found[0].id, ticket[0], {"field": field, "reason": told}), now)
            return value

        return await self.database.write(work)


def checked_reason(reason: str) -> str:
    """It is kept for years: a number of somebody's that slipped into it is masked. Raises Invalid."""
    told = " ".join(reason.split())
    if not SHORTEST_REASON <= len(told) <= LONGEST_REASON:
        raise Invalid(
            "reason: expected {least} to {most} characters that say why.", least=SHORTEST_REASON, most=LONGEST_REASON
        )
    return redacted(told)


def closed(keys: KeyRing, row: str, values: Values) -> dict[str, Any]:
    """Columns of a row."""
    columns: dict[str, Any] = {"key": keys.newest}
    for asked in Field:
        text = values.get(asked)
        columns[asked.value] = None if text is None else keys.encrypt(row, asked, text)
        if asked in DIGESTED:
            columns[f"{asked}_digest"] = None if text is None else keys.digest(asked, text)
    return columns


def opened(keys: KeyRing, row: Any) -> dict[Field, str]:
    """Raises Unreadable."""
    sealed: Mapping[Field, bytes | None] = {asked: getattr(row, asked.value) for asked in Field}
    return {asked: keys.decrypt(row.key, row.id, asked, value) for asked, value in sealed.items() if value is not None}


def read_people(connection: Connection, keys: KeyRing, where: ColumnElement[bool]) -> list[Person]:
    """Raises Unreadable."""
    rows = connection.execute(select(people).where(where).order_by(people.c.at_ms, people.c.label))
    return [person_of(keys, row) for row in rows]


def person_of(keys: KeyRing, row: Row[Any]) -> Person:
    """Raises Unreadable."""
    return Person(
        row.id,
        (row.branch, row.day, row.label),
        row.queue,
        from_ms(row.at_ms),
        row.source,
        row.wording,
        tuple(filter(None, row.agreed.split(","))),
        opened(keys, row),
    )


def of_ticket(ticket: TicketName) -> ColumnElement[bool]:
    branch, day, label = ticket
    return and_(people.c.branch == branch, people.c.day == day, people.c.label == label)


def known_labels(connection: Connection, branch: str, day: date, labels: Collection[str]) -> list[str]:
    """Those of them of which somebody's row is."""
    if not labels:
        return []
    is_one = and_(people.c.branch == branch, people.c.day == day, people.c.label.in_(labels))
    return list(connection.execute(select(people.c.label).where(is_one).order_by(people.c.label)).scalars())


def move_person(connection: Connection, before: TicketName, after: TicketName) -> None:
    """To the ticket that takes this one's place."""
    branch, day, label = after
    connection.execute(update(people).where(of_ticket(before)).values(branch=branch, day=day, label=label))


def erase(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Every field of these rows. They stay as the record of what was agreed to."""
    nothing = dict.fromkeys(ERASED_COLUMNS)
    connection.execute(update(people).where(people.c.id.in_(list(ids))).values(**nothing, erased_ms=to_ms(now)))


ERASED_COLUMNS = (*(asked.value for asked in Field), *(f"{asked}_digest" for asked in DIGESTED))
