"""Taking a number: once for each visit, of the seats that are left, decided in the commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from integrations.bpjs.answers.bookings import CLAIMS, SOURCE, SYSTEM, Booking, Bookings
from integrations.bpjs.answers.ladder import NOT_HELD, Visit
from integrations.bpjs.answers.replies import Declined
from integrations.bpjs.answers.standing import ahead_of, called, estimated_ms, seats
from integrations.bpjs.codes import new_code
from queue_service.database import Unavailable
from queue_service.domain.actions import BookWithin
from queue_service.domain.asking import Field
from queue_service.domain.branches import early_minutes
from queue_service.domain.errors import Invalid, QueueClosed, QuotaFull, Refusal, SlotFull
from queue_service.domain.events import Booked, Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status, Ticket
from queue_service.journal import Beside, Claim, Claimed, KeyReused, Replayed, Request
from queue_service.journal.appends import Place, new_label
from queue_service.journal.claims import Ticket as Claimant
from queue_service.records.identifiers import Identifier, keep_identifier
from queue_service.records.people.given import read_values

log = logging.getLogger("antrean.bpjs")

REPEATED_WITHIN = timedelta(seconds=10)  # a second time that soon is a phone that has not heard the answer
TRIES = 5

FULL = "Kuota penuh, silakan pilih tanggal, jam praktek atau dokter lain"
SAME_REFERENCE = "Anda sudah terdaftar dalam antrean menggunakan nomor referensi yang sama"
SOMETHING_ELSE = "Maaf, permintaan ini tidak dapat dilayani saat ini, silakan hubungi petugas pendaftaran"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """`once`: the sentence for whoever has a number for this visit; `what`: what makes it the same visit, beside the
    card and the day."""

    what: str
    once: str


@dataclass(frozen=True, slots=True)
class Chance:
    """That nobody has this visit. `told`: what the same request was answered a moment ago, if it was."""

    claim: Claim
    request: Request
    told: Json | None = None


class Taking:
    """One request for a number."""

    def __init__(self, bookings: Bookings, visit: Visit, terms: Terms) -> None:
        self._bookings = bookings
        self._opening = bookings.opening
        self._house = bookings.opening.house
        self._visit = visit
        self._terms = terms
        self._digests = bookings.visit_digests(visit.card, visit.day, terms.what)

    async def look(self) -> Chance:
        """Raises Declined."""
        branch, references = self._visit.practice.branch.id, self._bookings.reference_digests(self._visit.reference)
        digests = (*self._digests, *references)
        held = await self._bookings.claimants(branch, digests)
        before: Claimant | None = None
        for digest in digests:
            if digest not in held:
                continue
            booking = await self._bookings.of_claimant(branch, held[digest])
            if booking is None or booking.ticket.status is Status.CANCELLED:
                before = held[digest] if digest in self._digests else before
            elif digest in self._digests:
                return await self._repeated(booking, Claim(branch, CLAIMS, digests))
            elif booking.floor.day >= booking.floor.branch.day_of(self._house.floors.clock()):
                raise Declined(SAME_REFERENCE)
        return Chance(Claim(branch, CLAIMS, digests).after(held.values()), self._request(before))

    async def _repeated(self, booking: Booking, claim: Claim) -> Chance:
        """Raises Declined, unless it is the same request again."""
        request = Request(str(booking.identifier.facts.get("key", "")), self._fingerprint)
        if booking.ticket.issued_at >= self._house.floors.clock() - REPEATED_WITHIN:
            found = await self._house.journal.find_answer(request)
            if isinstance(found, Replayed):
                return Chance(claim, request, found.answer)
        raise Declined(self._terms.once)

    def _request(self, before: Claimant | None) -> Request:
        """The same for all who ask at the same time; another once a booking was cancelled."""
        visit = self._visit
        message = f"{self._opening.connection} {visit.card} {visit.day} {self._terms.what} {before}"
        return Request(f"bpjs-{self._house.secrets.digest('bpjs booking', message.encode()).hex()}", self._fingerprint)

    @property
    def _fingerprint(self) -> str:
        visit = self._visit
        asked = (visit.card, visit.nik, visit.phone, visit.record, visit.kind, visit.reference)
        return self._house.secrets.digest("fingerprint", json.dumps(asked).encode()).hex()

    async def book(self, chance: Chance, record: str, *, is_new: bool) -> Json:
        """Raises Declined or Unavailable; then there is no booking."""
        for _ in range(TRIES):
            if chance.told is not None:
                return chance.told
            try:
                told = await self._act(chance, record, is_new=is_new)
                log.info("Mobile JKN: number %s is booking %s", told["nomorantrean"], told["kodebooking"])
                return told
            except Claimed:  # in this moment, by another request for the same
                chance = await self.look()
            except KeyReused:
                raise Declined(self._terms.once) from None
            except (QuotaFull, SlotFull):
                raise Declined(FULL) from None
            except QueueClosed:
                raise Declined(NOT_HELD) from None
            except Refusal:
                raise Declined(SOMETHING_ELSE) from None
        raise Unavailable("Too many others claim the same.")

    async def _act(self, chance: Chance, record: str, *, is_new: bool) -> Json:
        visit, practice = self._visit, self._visit.practice
        opens, closes = practice.span(visit.day)
        action = BookWithin(practice.queue.id, opens, closes, practice.share, practice.clinic.quota_jkn)
        code = new_code()
        return await self._house.desk.act(
            practice.branch.id,
            action,
            f"system:{self._opening.connection}",
            day=visit.day,
            request=chance.request,
            answer=self._answer(code),
            beside=Beside(self._write(code, chance.request.key, record, is_new=is_new), chance.claim),
        )

    def _answer(self, code: str) -> Any:
        """It is kept for a day beside the key: nothing personal stands in it."""

        def told(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
            event = events[0]
            assert isinstance(event, Booked)
            ticket = floor.ticket(event.label)
            numbers = {"nomorantrean": ticket.label, "angkaantrean": ticket.number, "kodebooking": code}
            words = f"Silakan checkin mulai {floor.branch.local(opens_at(floor, ticket)):%d-%m-%Y pukul %H:%M}"
            more = {"estimasidilayani": estimated_ms(floor, ticket, now), "keterangan": words}
            more |= {"sisaantrean": ahead_of(floor, ticket, now) or 0, "antreanpanggil": called(floor, ticket.queue)}
            return numbers | more | seats(floor, self._visit.practice).told

        return told

    def _write(self, code: str, key: str, record: str, *, is_new: bool) -> Any:
        visit, clinic = self._visit, self._visit.practice.clinic
        facts = {"from": SOURCE, "nth": 1, "jkn": True, "new": is_new, "key": key}
        facts |= {"poli": clinic.poli, "doctor": clinic.doctor, "hours": clinic.hours}
        facts |= {"kind": int(visit.kind)} if visit.kind else {}
        keep = self._house.people.write_from(
            visit.practice.queue, _readable(visit, record), SOURCE, self._house.floors.clock()
        )

        def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            label = new_label(entries)
            keep_identifier(connection, Identifier(place[0], SYSTEM, code, place[1], label, facts))
            if keep is not None:
                keep(connection, place, label)

        return write


def opens_at(floor: Floor, ticket: Ticket) -> datetime:
    """From when whoever booked may check in."""
    assert ticket.slot is not None
    return ticket.slot - timedelta(minutes=early_minutes(floor.branch.queue(ticket.queue)))


def _readable(visit: Visit, record: str) -> dict[str, str]:
    """Nobody is sent away for a phone number that cannot be called; it is just not kept."""
    given = {Field.CARD: visit.card, Field.NIK: visit.nik, Field.PHONE: visit.phone}
    given |= {Field.RECORD: record, Field.REFERENCE: visit.reference}
    found = {}
    for field, text in given.items():
        try:
            found.update(read_values({field: text}) if text else {})
        except Invalid:
            continue
    return {field.value: text for field, text in found.items()}
