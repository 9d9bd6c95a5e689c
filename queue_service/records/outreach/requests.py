from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, insert, or_, select
from sqlalchemy.exc import IntegrityError

from queue_service.database import Database, Unavailable
from queue_service.domain import requesting
from queue_service.domain.errors import Invalid, NotAllowed
from queue_service.domain.events import Booked, Cancelled, Entry
from queue_service.domain.request_events import DatesChosen, Joined, RequestEntry, RequestEvent, Scheduled
from queue_service.domain.requesting import Receive, RequestAction, apply, decide, receive
from queue_service.domain.requests import OutreachRequest
from queue_service.domain.working_days import due_on
from queue_service.records.outreach import entries as journal
from queue_service.records.outreach.given import ASKS, Contact, NewRequest, outreach_of
from queue_service.records.outreach.lists import known_name
from queue_service.records.outreach.naming import name_tickets, unname_tickets
from queue_service.records.outreach.owed import cross_out, owe, read_owed
from queue_service.records.outreach.sealing import (
    CONTACT,
    Known,
    new_row,
    read_known,
    values_of,
    write_again,
)
from queue_service.records.outreach.tables import outreach_entries, outreach_people, outreach_requests
from queue_service.records.people.given import wording_id, wording_of
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.tables import purposes
from queue_service.redaction import redacted

TRIES = 5
LISTED = 100  # requests on a page

T = TypeVar("T")
Place = tuple[str, date]


class KeyUsed(Exception):
    """The idempotency key was used before, for another request."""


@dataclass(frozen=True, slots=True)
class Key:
    """`digest`: 64 characters at most, of the key and of whose it is."""

    digest: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests of an office are wanted. Empty: whatever."""

    office: str
    states: Sequence[str] = ()
    villages: Sequence[str] = ()  # codes, or beginnings of codes: a district's
    after: str = ""  # the id that the page before ended with, and its promise
    limit: int | None = LISTED


@dataclass(frozen=True, slots=True)
class _Decided:
    new: NewRequest
    events: Sequence[RequestEvent]
    rows: Sequence[dict[str, Any]]


class Requests:
    """All of them; each action reads the request's own journal and writes to it in one transaction."""

    def __init__(self, database: Database, keys: KeyRing, *, are_elsewhere: bool = False) -> None:
        """`are_elsewhere`: here are only some that were taken along, and their numbers are given at the centre."""
        self._are_elsewhere = are_elsewhere
        self.database = database
        self.keys = keys

    async def get(self, id_: str) -> OutreachRequest:
        """Raises NotFound."""
        return await self.database.read(lambda connection: journal.read_request(connection, id_))

    async def open(self, office: str) -> list[OutreachRequest]:
        """Of which somebody still waits to be given a visit; those promised first come first."""
        found = outreach_requests.c
        clause = and_(found.office == office, journal.states(journal.OPEN_STATES), found.waiting > 0)
        return await self._read(clause)

    async def of_visit(self, branch: str, day: date) -> list[OutreachRequest]:
        """Those with a visit in this branch's day."""
        named = outreach_entries.c.fields.contains(f'"branch":"{branch}","day":"{day.isoformat()}"', autoescape=True)
        ids = select(outreach_entries.c.request).where(outreach_entries.c.kind == Scheduled.kind, named)
        found = await self._read(outreach_requests.c.id.in_(ids))
        return [one for one in found if any((visit.branch, visit.day) == (branch, day) for visit in one.visits)]

    async def _read(self, clause: Any) -> list[OutreachRequest]:
        return await self.database.read(lambda connection: list(journal.read_requests(connection, clause).values()))

    async def listed(self, asked: Asked) -> list[OutreachRequest]:
        """In the order of their promises; at most so many as fit a page."""
        found = outreach_requests.c
        clauses = [found.office == asked.office]
        if asked.states:
            clauses.append(journal.states(asked.states))
        if asked.villages:
            of_one = [found.village.startswith(code, autoescape=True) for code in asked.villages]
            clauses.append(or_(*of_one))
        ids = select(found.id).where(*clauses).order_by(found.promised_by, found.id)

        def work(connection: Connection) -> list[OutreachRequest]:
            wanted = list(connection.execute(ids).scalars())
            begin = wanted.index(asked.after) + 1 if asked.after in wanted else 0
            page = wanted[begin:] if asked.limit is None else wanted[begin : begin + asked.limit]
            return list(journal.read_requests(connection, found.id.in_(page)).values())

        return await self.database.read(work)

    async def counts(self, office: str) -> Mapping[str, int]:
        """By state."""
        return await self.database.read(lambda connection: journal.counted(connection, office))

    async def history(self, id_: str) -> list[RequestEntry]:
        return await self.database.read(lambda connection: journal.read_entries(connection, id_))

    async def people_of(self, id_: str) -> dict[str, Known]:
        """Who is in it, by the id of the person; who asked, as `contact`. Without those who were erased."""
        of_it = and_(outreach_people.c.request == id_, outreach_people.c.erased_ms.is_(None))
        found = await self.database.read(lambda connection: read_known(connection, self.keys, of_it))
        return {one.person: one for one in found if one.values}

    async def with_key(self, digest: str) -> list[OutreachRequest]:
        """What came with a key that is its own fingerprint: a list by its content."""
        return await self.database.read(lambda connection: _with_key(connection, Key(digest, digest)))

    async def known_people(self, office: str) -> dict[tuple[str, str, int | None], str]:
        """Who is in an open request: by village, name and year of birth; and in which."""
        requests = {one.id: one for one in await self.listed(Asked(office, journal.OPEN_STATES, limit=None))}
        people = {(one.id, person.id): person for one in requests.values() for person in one.people}
        ids = select(outreach_requests.c.id).where(
            outreach_requests.c.office == office, journal.states(journal.OPEN_STATES)
        )
        clause = and_(outreach_people.c.request.in_(ids), outreach_people.c.name.is_not(None))
        rows = await self.database.read(
            lambda connection: connection.execute(select(outreach_people).where(clause)).all()
        )

        def open_all() -> dict[tuple[str, str, int | None], str]:
            found = {}
            for row in rows:
                if (person := people.get((row.request, row.person))) is not None:
                    name = self.keys.decrypt(row.key, row.id, "name", row.name)
                    found[requests[row.request].village, known_name(name), person.birth_year] = row.request
            return found

        return await asyncio.to_thread(open_all)

    async def receive(
        self, new: Sequence[NewRequest], by: str, now: datetime, key: Key | None = None
    ) -> list[OutreachRequest]:
        """All of them or none. The same ones again where the key was used for them. Raises a Refusal or KeyUsed."""
        if self._are_elsewhere:
            raise NotAllowed("New requests are taken at the centre: write this one down.")
        # A long list is encrypted beside the event loop, and before the transaction.
        decided = await asyncio.to_thread(
            lambda: [_Decided(one, _received(one, now), self._rows_of(one, now)) for one in new]
        )
        return await self._write(lambda connection: self._receive(connection, decided, by, now, key))

    def _receive(
        self, connection: Connection, decided: Sequence[_Decided], by: str, now: datetime, key: Key | None
    ) -> list[OutreachRequest]:
        if not decided:
            return []
        journal.wait_for_numbers(connection)
        if key is not None and (known := _with_key(connection, key)):
            return known
        office = decided[0].new.office
        year = f"{office.local(now):%y}"
        first = journal.last_number(connection, year) + 1
        made, heads, rows, people = [], [], [], []
        for n, one in enumerate(decided):
            request, written = _written(journal.number_of(year, first + n), one.events, by, now)
            made.append(request)
            rows += written
            heads.append({**journal.head_row(request), **_key_columns(key, n)})
            people += [{**row, "request": request.id} for row in one.rows]
        for table, values in ((outreach_requests, heads), (outreach_entries, rows), (outreach_people, people)):
            connection.execute(insert(table), values)
        _keep_wording(connection, office.id)
        return made

    def _rows_of(self, new: NewRequest, now: datetime) -> list[dict[str, Any]]:
        """Of who asks, and of the people in their order: so they are numbered."""
        whose = {CONTACT: values_of(new.contact), **{str(n): values_of(who) for n, who in enumerate(new.who, 1)}}
        return [
            {
                **new_row(self.keys, new.office.id, new.source, values, now),
                "person": person,
                "ends_on": None,
                "erased_ms": None,
            }
            for person, values in whose.items()
        ]

    async def act(
        self, id_: str, action: RequestAction, by: str, now: datetime, contact: Contact | None = None
    ) -> OutreachRequest:
        """As it is then. `contact`: what stands in the place of that which was known, if anything happens. Raises a
        Refusal or Unavailable; then nothing has happened."""

        def work(connection: Connection) -> OutreachRequest:
            request = journal.read_request(connection, id_)
            event = decide(request, _discreet(action))
            if event is None:
                return request
            if contact is not None:
                self._change_contact(connection, id_, contact)
            return journal.write_entries(connection, request, [event], by, now)

        return await self._write(work)

    def _change_contact(self, connection: Connection, id_: str, contact: Contact) -> None:
        of_contact = and_(outreach_people.c.request == id_, outreach_people.c.person == CONTACT)
        for known in read_known(connection, self.keys, of_contact):
            write_again(connection, self.keys, known.id, values_of(contact))

    async def merge(self, id_: str, into: str, by: str, now: datetime) -> OutreachRequest:
        """The one that has all of them now. Raises a Refusal."""

        def work(connection: Connection) -> OutreachRequest:
            request, other = journal.read_request(connection, id_), journal.read_request(connection, into)
            merged, joined = decide(request, requesting.Merge(other)), decide(other, requesting.Join(request))
            if merged is None:
                return other
            assert isinstance(joined, Joined)
            self._copy_people(connection, request, other, joined, now)
            journal.write_entries(connection, request, [merged], by, now)
            return journal.write_entries(connection, other, [joined], by, now)

        return await self._write(work)

    def _copy_people(
        self, connection: Connection, request: OutreachRequest, other: OutreachRequest, joined: Joined, now: datetime
    ) -> None:
        """Each value is bound to its row: it is closed anew in another."""
        new_ids = {old.id: new.id for old, new in zip(request.people, joined.people, strict=True)}
        of_it = and_(outreach_people.c.request == request.id, outreach_people.c.erased_ms.is_(None))
        for known in read_known(connection, self.keys, of_it):
            if known.person in new_ids:
                row = new_row(self.keys, other.office, known.source, known.values, now)
                person = new_ids[known.person]
                connection.execute(insert(outreach_people).values(request=other.id, person=person, **row))

    def scheduling(self, id_: str, people: Sequence[str], queue: str) -> Callable[[Connection, Place, Any], None]:
        """What is written beside the entries that `Enlist` makes: the request's own entry, with the tickets of these
        people in the same order, and who they are for those at the stop.

        It refuses nothing, since others' entries are in the same commit: where somebody withdrew a moment before, or
        was given another visit, these places are owed at once, and `get` says after it that the request has them not.
        """

        def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            booked = [entry for entry in entries if isinstance(entry.event, Booked)]
            labels = tuple(zip(people, (_label(entry) for entry in booked), strict=True))
            request = journal.read_request(connection, id_)
            if not {person.id for person in request.waiting}.issuperset(people):
                return owe(connection, id_, {(*place, label) for _, label in labels})
            event = Scheduled(place[0], place[1], queue, labels)
            after = journal.write_entries(connection, request, [event], booked[0].by, booked[0].at)
            assert after.visit is not None
            name_tickets(connection, self.keys, id_, after.visit, booked[0].at)

        return write

    def ending(self, id_: str, event: RequestEvent) -> Callable[[Connection, Place, Any], None]:
        """The same for `Delist`: what happens to the request as its people leave the trip (`TakenOut`, `Withdrawn`)."""

        def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            request = journal.read_request(connection, id_)
            if request.is_open:
                journal.write_entries(connection, request, [event], entries[0].by, entries[0].at)
            given_back(connection, place, entries)

        return write

    async def owed(self, id_: str | None = None) -> Mapping[Place, list[str]]:
        """Places that are still booked for a request, or for any, which has them no more."""
        return await self.database.read(lambda connection: read_owed(connection, id_))

    async def owe_no_more(self, place: Place, labels: Sequence[str]) -> None:
        """Nothing is left to be given back of these."""
        await self.database.write(lambda connection: cross_out(connection, {(*place, label) for label in labels}))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        """Whoever was quicker has the place in the request's journal, or its number: then it is decided again."""
        for _ in range(TRIES):
            try:
                return await self.database.write(work)
            except IntegrityError:
                continue
        raise Unavailable("Too many others write about this request.")


def given_back(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
    """What is written beside any `Delist`."""
    labels = [entry.event.label for entry in entries if isinstance(entry.event, Cancelled)]
    unname_tickets(connection, place, labels, entries[0].at)
    cross_out(connection, {(*place, label) for label in labels})


def _discreet(action: RequestAction) -> RequestAction:
    """What is written for others to read stays as long as the request: a number of somebody's in it is masked."""
    match action:
        case requesting.AskInfo():
            return requesting.AskInfo(redacted(action.question))
        case requesting.Decline():
            return requesting.Decline(redacted(action.reason))
        case requesting.TakeOut():
            return requesting.TakeOut(action.people, redacted(action.reason))
        case _:
            return action


def _label(entry: Entry) -> str:
    assert isinstance(entry.event, Booked)
    return entry.event.label


def _received(new: NewRequest, now: datetime) -> list[RequestEvent]:
    """Raises Invalid, or NotFound at an office that takes none."""
    outreach = outreach_of(new.office)
    today = new.office.day_of(now)
    action = Receive(
        new.office.id,
        new.asker,
        new.village,
        new.people,
        due_on(new.office, today, outreach.promise_days),
        new.source,
        frozenset(outreach.services),
    )
    if len(new.who) != len(new.people):
        raise Invalid("people: each needs a name.")
    events = [receive(action, now)]
    if new.dates is not None:
        requesting.check_dates(new.dates.first, new.dates.last, today)
        events.append(DatesChosen(new.dates.first, new.dates.last))
    return events


def _written(
    id_: str, events: Sequence[RequestEvent], by: str, now: datetime
) -> tuple[OutreachRequest, list[dict[str, Any]]]:
    request, rows = None, []
    for seq, event in enumerate(events, 1):
        entry = RequestEntry(seq, now, by, event)
        request = apply(request, id_, entry)
        rows.append(journal.entry_row(id_, entry))
    assert request is not None
    return request, rows


def _key_columns(key: Key | None, n: int) -> dict[str, str | None]:
    if key is None:
        return {"key": None, "fingerprint": None}
    return {"key": f"{key.digest}/{n}", "fingerprint": key.fingerprint}


def _with_key(connection: Connection, key: Key) -> list[OutreachRequest]:
    """Raises KeyUsed."""
    found = outreach_requests.c
    rows = connection.execute(select(found.id, found.fingerprint).where(found.key.startswith(f"{key.digest}/"))).all()
    if any(row.fingerprint != key.fingerprint for row in rows):
        raise KeyUsed
    known = journal.read_requests(connection, found.id.in_([row.id for row in rows])) if rows else {}
    return [known[id_] for id_ in sorted(known)]


def _keep_wording(connection: Connection, office: str) -> None:
    """What those who asked were told it is for."""
    id_ = wording_id(ASKS)
    if connection.execute(select(purposes.c.id).where(purposes.c.id == id_)).first() is None:
        connection.execute(insert(purposes).values(id=id_, branch=office, queue="", wording=wording_of(ASKS)))
