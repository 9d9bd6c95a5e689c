"""Carrying referrals out: durable here first, then booked there, then told here that it is; whatever breaks between."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, select

from queue_service.database import Database, Unavailable
from queue_service.desk import Desk
from queue_service.domain.actions import Book, Cancel, Issue
from queue_service.domain.asking import Field
from queue_service.domain.booking import days_to_book, free_slots
from queue_service.domain.branches import Queue
from queue_service.domain.errors import (
    AlreadyClaimed,
    Invalid,
    NotAllowed,
    NotFound,
    QueueClosed,
    QuotaFull,
    Refusal,
    SlotFull,
)
from queue_service.domain.events import Booked, Entry, Event, Issued
from queue_service.domain.floors import Floor
from queue_service.domain.referral_actions import (
    Accept,
    CloseReferral,
    Delay,
    Offer,
    OfReferral,
    Refer,
    Refuse,
    ReportPaper,
)
from queue_service.domain.referrals import LOOK_SELDOM, Outcome, Reason, Referral, Standing, next_look
from queue_service.domain.tickets import LIVE, Status
from queue_service.errand_papers import ErrandPapers, PaperNow
from queue_service.floors import Floors
from queue_service.identities import Identities
from queue_service.journal import Beside, Claim, Claimed, Request
from queue_service.journal.appends import Place, new_label
from queue_service.records.audit import Deed, note
from queue_service.records.branches import Branches
from queue_service.records.cases.cases import Cases
from queue_service.records.identifiers import Identifier, find_identifier, keep_identifier
from queue_service.records.people.keys import Unreadable
from queue_service.records.people.people import People, Person, erase, of_ticket
from queue_service.records.people.tables import people as people_table
from queue_service.records.referrals import due_referrals, find_referral, keep_referrals, put_off, referrals_of
from queue_service.tokens import TicketName

log = logging.getLogger("antrean.referring")

CLOCK = "clock"  # who does it, where nobody does
SYSTEM = "referral"  # under which a ticket knows the referral that it came from
SOURCE = "referral"
PASSED_ON = "person.passed_on"
CLAIMS_TRIED = 5
TAKEN_BACK = (Standing.WITHDRAWN, Standing.REFUSED)


class Incomplete(NotAllowed):
    """The other agency asks for what is not known here."""


_REASONS: Mapping[type[Refusal], Reason] = {
    SlotFull: Reason.FULL,
    QuotaFull: Reason.FULL,
    Invalid: Reason.FULL,  # no appointment begins at the time that was chosen
    QueueClosed: Reason.CLOSED,
    NotFound: Reason.CLOSED,  # set up no more
    AlreadyClaimed: Reason.CLAIMED,
    Incomplete: Reason.INCOMPLETE,
}


class Referring:
    def __init__(
        self,
        database: Database,
        desk: Desk,
        floors: Floors,
        branches: Branches,
        people: People,
        identities: Identities,
        cases: Cases,
    ) -> None:
        self._database = database
        self._desk = desk
        self._floors = floors
        self._branches = branches
        self._people = people
        self._identities = identities
        self._papers = ErrandPapers(branches, cases, floors.clock)

    # What people and systems do

    async def get(self, id_: str) -> Referral:
        """Raises NotFound."""
        found = await self._database.read(lambda connection: find_referral(connection, id_))
        if found is None:
            raise NotFound("There is no such referral.")
        return found

    async def of_ticket(self, ticket: TicketName) -> list[Referral]:
        """That begin there, the oldest first."""
        name = (ticket.branch, ticket.day, ticket.label)
        return await self._database.read(lambda connection: referrals_of(connection, *name))

    def begin(self, ticket: TicketName, errand: str, id_: str = "") -> Referral:
        """One of which nothing is written yet."""
        return Referral(id_ or secrets.token_hex(8), ticket.branch, ticket.day, ticket.label, errand)

    async def act(self, action: OfReferral, by: str, request: Request | None = None) -> Referral:
        """In today's journal of the branch that it comes from. Raises a Refusal or Unavailable."""
        branch = action.referral.branch
        await self._desk.act(branch, action, by, request=request, beside=Beside(keep_referrals))
        return await self.get(action.referral.id)

    async def refer(self, action: Refer, by: str, request: Request | None = None) -> Referral:
        """With consent; and it is carried out at once where that is possible. Raises a Refusal or Unavailable."""
        referral = await self.act(action, by, request)
        with suppress(Unavailable):  # it is durable here, and the clock goes on with it
            await self.see_to(referral)
            return await self.get(referral.id)
        return referral

    async def offer(self, ticket: TicketName, errand: str, by: str, key: str = "") -> Referral:
        """`key`: with the same one nothing is offered twice. Raises a Refusal or Unavailable."""
        referral = self.begin(ticket, errand)
        if key:
            known = await self._database.read(lambda connection: find_referral(connection, key))
            if known is not None:
                return known
            referral = replace(referral, id=key)
        return await self.act(Offer(referral, errand), by)

    async def refuse(self, referral: Referral, reason: Reason, by: str, request: Request | None = None) -> Referral:
        """By the other agency. Raises a Refusal or Unavailable."""
        refused = await self.act(Refuse(referral, reason), by, request)
        await self.see_to(refused)
        return refused

    async def withdraw(self, referral: Referral, by: str, request: Request | None = None) -> Referral:
        """Raises a Refusal or Unavailable."""
        withdrawn = await self.act(CloseReferral(referral, Outcome.WITHDRAWN), by, request)
        await self.see_to(withdrawn)
        return withdrawn

    async def report(self, referral: Referral, outcome: Outcome, by: str) -> Referral:
        """That it is done there, or that all papers are ready. Raises a Refusal or Unavailable."""
        papers = [one.id for one in self._papers.planned(referral) if one.id not in referral.ready]
        if outcome is Outcome.READY and papers:
            for paper in papers:
                referral = await self.report_paper(referral, paper, by)
            return referral
        return await self.act(CloseReferral(referral, outcome), by)

    async def report_paper(self, referral: Referral, paper: str, by: str) -> Referral:
        """That one is ready. Raises a Refusal or Unavailable."""
        reported = await self.act(ReportPaper(referral, paper), by)
        if (known := await self._booked(reported)) is not None:
            await self._papers.make_ready(paper, known, by)
        return reported

    async def place_of(self, referral: Referral) -> TicketName | None:
        """Where it has its place at the other agency by now."""
        known = await self._booked(referral)
        return None if known is None else TicketName(known.branch, known.day, known.label)

    # What the clock does

    async def go(self) -> None:
        """Sees to all that wait for it. Raises Unavailable."""
        now = self._floors.clock()
        for referral in await self._database.read(lambda connection: due_referrals(connection, now)):
            try:
                await self.see_to(referral)
            except Unreadable:  # by none of the keys: the others go on
                log.exception("The referral %s cannot be carried out", referral.id)
                await self._put_off(referral, now + LOOK_SELDOM)

    async def see_to(self, referral: Referral) -> None:
        """As often as one likes, in as many processes: each step is under a key of its own. Raises Unavailable."""
        if self._floors.is_away:
            return  # the other agency is not here: the centre does it, once the day is back
        try:
            if referral.is_open and not referral.via:  # else the connection carries it
                await self._carry_out(referral)
            elif referral.standing is Standing.ACCEPTED:
                await self._follow(referral)
            elif referral.standing is Standing.DONE:
                await self._follow_papers(referral)
            elif referral.standing in TAKEN_BACK:
                await self._take_back(referral)
        except Refusal as refusal:  # another was quicker; the next look sees what has become of it
            log.info("The referral %s waits for another look: %s", referral.id, refusal)
        after = await self.get(referral.id)
        is_over = after.standing is Standing.DONE and not self._papers.followed(after)
        await self._put_off(after, None if is_over else next_look(after, self._floors.clock()))

    async def _put_off(self, referral: Referral, until: datetime | None) -> None:
        await self._database.write(lambda connection: put_off(connection, referral.id, until))

    async def _carry_out(self, referral: Referral) -> None:
        known = await self._booked(referral)
        if known is None:
            try:
                await self._give_up_older(referral)
                await self._book(referral)
            except tuple(_REASONS) as refusal:
                await self.act(Refuse(referral, _REASONS[type(refusal)]), CLOCK)
            except NotAllowed as refusal:
                log.warning("The referral %s got no place: %s", referral.id, refusal)
                is_late = referral.wanted is not None  # what was chosen is over by now, or nobody serves then
                await self.act(Refuse(referral, Reason.FULL) if is_late else Delay(referral, Reason.AWAY), CLOCK)
            known = await self._booked(referral)
        if known is not None:
            await self._tell_of(referral, known)

    async def _tell_of(self, referral: Referral, known: Identifier) -> None:
        """Where it has its place by now."""
        floor = await self._floors.get((known.branch, known.day), known.label)
        ticket = floor.ticket(known.label)
        due = ticket.slot or ticket.due
        try:
            await self.act(Accept(referral, referral.attempt, known.label, known.day, due), CLOCK)
        except NotAllowed:
            after = await self.get(referral.id)
            if after.standing not in TAKEN_BACK:
                raise
            await self._take_back(after)  # it was withdrawn while it was booked

    async def _follow(self, referral: Referral) -> None:
        """What has become of its place there."""
        known = await self._booked(referral)
        if known is None:
            return
        floor = await self._floors.get((known.branch, known.day), known.label)
        ticket, now = floor.tickets.get(known.label), self._floors.clock()
        is_past = known.day < floor.branch.day_of(now)
        if ticket is not None and (ticket.status is Status.COMPLETED or (is_past and ticket.serving_at)):
            await self._follow_papers(await self.act(CloseReferral(referral, Outcome.DONE), CLOCK))
        elif ticket is None or ticket.status is Status.CANCELLED or is_past:
            await self.act(CloseReferral(referral, Outcome.MISSED), CLOCK)
        else:
            await self._tell_of(referral, known)

    async def papers_of(self, referral: Referral) -> list[PaperNow]:
        """How far each is that it ends with."""
        return await self._papers.now(referral, await self._booked(referral))

    async def _follow_papers(self, referral: Referral) -> None:
        """Where the other agency follows papers: this one too, from now on, until they are ready."""
        if (known := await self._booked(referral)) is not None:
            for paper in await self._papers.follow(referral, known):
                referral = await self.act(ReportPaper(referral, paper), CLOCK)

    # There

    async def _booked(self, referral: Referral, *, older: bool = False) -> Identifier | None:
        """The place that was given for this attempt; `older`: for one before."""
        if not referral.to or referral.via:
            return None
        known = await self._database.read(
            lambda connection: find_identifier(connection, referral.to, SYSTEM, referral.id)
        )
        if known is None or (known.facts.get("attempt") == referral.attempt) is older:
            return None
        return known

    async def _book(self, referral: Referral) -> None:
        """Raises a Refusal or Unavailable."""
        there = self._branches.get(referral.to)
        queue = there.queue(referral.queue)
        if queue.booking is None and not queue.walk_in:
            raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=queue.id)
        if queue.booking is None:
            return await self._write(referral, queue, Issue(queue.id, referral=referral.id), None)
        async for day, slot in self._slots(referral, queue):
            try:
                return await self._write(referral, queue, Book(queue.id, slot, referral=referral.id), day)
            except (SlotFull, QuotaFull, QueueClosed):
                if referral.wanted is not None:
                    raise
        raise SlotFull("All places at that time are taken.")

    async def _slots(self, referral: Referral, queue: Queue) -> AsyncIterator[tuple[date, datetime]]:
        """In the order in which they are tried."""
        there, here = self._branches.get(referral.to), self._branches.get(referral.branch)
        if referral.wanted is not None:
            yield there.day_of(referral.wanted), referral.wanted
            return
        errand = here.errand(referral.errand)
        assert referral.sent_at is not None
        first = here.day_of(referral.sent_at) + timedelta(days=errand.days_later)
        now = self._floors.clock()
        for day in days_to_book(there, queue, now):
            if first <= day <= first + timedelta(days=errand.within_days):
                floor = await self._floors.get((there.id, day))
                for slot, free in free_slots(floor, queue, now):
                    if free:
                        yield day, slot

    async def _write(self, referral: Referral, queue: Queue, action: Book | Issue, day: date | None) -> None:
        request = Request(f"referral {referral.id} {referral.attempt}", SYSTEM)
        beside = await self._beside(referral, queue)
        for _ in range(CLAIMS_TRIED):
            try:
                await self._desk.act(
                    referral.to, action, CLOCK, day=day, request=request, answer=_placed, beside=beside
                )
                return
            except Claimed:
                beside = await self._identities.after_those_over(beside)
        raise Unavailable("Too many others claim the same.")

    async def _beside(self, referral: Referral, queue: Queue) -> Beside:
        """What goes over: of what was agreed to, what is asked there and known here. Raises Incomplete."""
        keep: list[Callable[[Connection, Place, str], None]] = []
        claim: Claim | None = None
        ticket = (referral.branch, referral.day, referral.label)
        wanted = [Field(name) for name in referral.fields if Field(name) in queue.asks.needs]
        if wanted:
            try:
                person = await self._people.get(ticket)
            except NotFound:
                wanted = []
            else:
                known = worth_passing_on(person)
                values = {asked: known[asked] for asked in wanted if asked in known}
                now, there = self._floors.clock(), self._branches.get(referral.to)
                if write := self._people.write_passed_on(queue, values, SOURCE, referral.wording, now):
                    told = {"to": referral.to, "fields": ",".join(sorted(values)), "referral": referral.id}
                    deed = Deed(CLOCK, PASSED_ON, person.id, referral.branch, {**told})
                    keep += [write, lambda connection, place, label: note(connection, deed, now)]
                if queue.one_claim_per_person and Field.NIK in values:
                    claim = self._identities.claim(there, queue, values[Field.NIK])
        if queue.one_claim_per_person and claim is None:
            raise Incomplete("{queue} needs the NIK, and it is not known here.", queue=queue.id)

        def write_beside(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            label = new_label(entries)
            facts = {"attempt": referral.attempt}
            keep_identifier(connection, Identifier(place[0], SYSTEM, referral.id, place[1], label, facts))
            for write in keep:
                write(connection, place, label)

        return Beside(write_beside, claim)

    async def _give_up_older(self, referral: Referral) -> None:
        older = await self._booked(referral, older=True)
        if older is not None:
            await self._cancel(older)

    async def _take_back(self, referral: Referral) -> None:
        """A place that was given while it was withdrawn, or that the other agency does not keep."""
        known = await self._booked(referral)
        if known is not None:
            await self._cancel(known)

    async def _cancel(self, known: Identifier) -> None:
        """With what is kept there of who has it."""
        floor = await self._floors.get((known.branch, known.day), known.label)
        ticket = floor.tickets.get(known.label)
        if ticket is None or ticket.status not in LIVE or known.day < floor.branch.day_of(self._floors.clock()):
            return
        now = self._floors.clock()
        beside = Beside(partial(_erase, name=(known.branch, known.day, known.label), now=now))
        await self._desk.act(known.branch, Cancel(known.label), CLOCK, day=known.day, beside=beside)


def worth_passing_on(person: Person) -> Mapping[Field, str]:
    """Without a name that was masked where it came from: it would be nobody's."""
    return {asked: text for asked, text in person.values.items() if asked is not Field.NAME or "*" not in text}


def _erase(
    connection: Connection, place: Place, entries: Sequence[Entry], *, name: tuple[str, date, str], now: datetime
) -> None:
    ids = list(connection.execute(select(people_table.c.id).where(of_ticket(name))).scalars())
    for id_ in ids:
        note(connection, Deed(CLOCK, "person.erased", id_, name[0], {"reason": "the referral was taken back"}), now)
    erase(connection, ids, now)


def _placed(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, str]:
    event = events[0]
    assert isinstance(event, Booked | Issued)
    return {"day": floor.day.isoformat(), "label": event.label}
