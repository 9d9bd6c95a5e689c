"""The services of a Puskesmas. It knows no booking codes: a booking is found by card, clinic and day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from integrations.bpjs.answers import ladder, standing
from integrations.bpjs.answers.bookings import Booking, Bookings
from integrations.bpjs.answers.hospital import WORDS_FOR, Hospital, Place, names
from integrations.bpjs.answers.practices import Practice
from integrations.bpjs.answers.replies import Declined, Reply
from integrations.bpjs.answers.taking import Taking, Terms
from queue_service.domain.tickets import Status

Body = Mapping[str, Any]

SAME_VISIT = "Nomor Antrean Hanya Dapat Diambil 1 Kali Pada Tanggal dan Poli Yang Sama"
NOT_FOUND = "Antrean tidak ditemukan"
SERVED = "Pasien sudah dilayani, antrean tidak dapat dibatalkan!"


class Puskesmas:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._bookings = Bookings(place.opening)
        self._as_hospital = Hospital(place)

    async def status(self, body: Body) -> Reply:
        """Of each doctor who practises there on that day."""
        now = self._place.now
        practices = ladder.clinic(body, self._place.practices)
        day = ladder.day(body, "tanggalperiksa")
        ladder.check_not_over(practices[0], day, now)
        held = [practice for practice in practices if practice.times(day)] or practices[:1]
        for practice in held:
            ladder.check_held(practice, day, now)
        return Reply([await self._state(practice, day, now) for practice in held])

    async def _state(self, practice: Practice, day: date, now: datetime) -> dict[str, Any]:
        floor = await self._place.opening.house.floors.get((practice.branch.id, day))
        return {
            **names(practice),
            "kodedokter": practice.clinic.doctor,
            "jampraktek": practice.clinic.hours,
            "totalantrean": standing.total(floor, practice),
            "sisaantrean": standing.to_be_served(floor, practice, now),
            "antreanpanggil": standing.called(floor, practice.queue.id),
            "keterangan": "",
        }

    async def take(self, body: Body) -> Reply:
        visit = ladder.visit_at_fktp(body, self._place.practices, self._place.now)
        practice = visit.practice
        taking = Taking(self._bookings, visit, Terms(practice.clinic.poli, SAME_VISIT))
        chance = await taking.look()
        patient = await self._place.patients.get(visit.card, visit.nik, visit.record)
        told = await taking.book(chance, patient.record, is_new=patient.is_new)
        kept = {
            key: told[key] for key in ("nomorantrean", "angkaantrean", "sisaantrean", "antreanpanggil", "keterangan")
        }
        return Reply(kept | {"namapoli": practice.clinic.poli_name})

    async def remaining(self, body: Body) -> Reply:
        booking = await self._find(body)
        ticket = booking.ticket
        if ticket.status in (Status.CANCELLED, Status.COMPLETED):
            raise Declined(NOT_FOUND)
        return Reply(
            {
                "nomorantrean": ticket.label,
                "namapoli": ladder.clinic(body, self._place.practices)[0].clinic.poli_name,
                "sisaantrean": standing.remaining(booking.floor, ticket, self._place.now).ahead,
                "antreanpanggil": standing.called(booking.floor, ticket.queue),
                "keterangan": WORDS_FOR.get(ticket.status, ""),
            }
        )

    async def cancel(self, body: Body) -> Reply:
        booking = await self._find(body)
        if booking.ticket.status is Status.CANCELLED:
            raise Declined(NOT_FOUND)
        if booking.ticket.status is not Status.BOOKED:
            raise Declined(SERVED)
        return await self._as_hospital.cancel_booking(booking)

    async def enrol(self, body: Body) -> Reply:
        return await self._as_hospital.enrol(body)

    async def _find(self, body: Body) -> Booking:
        """Raises Declined."""
        card = ladder.digits(body, ladder.CARD)
        practices = ladder.clinic(body, self._place.practices)
        day = ladder.day(body, "tanggalperiksa")
        branch, poli = practices[0].branch.id, practices[0].clinic.poli
        claimants = await self._bookings.claimants(branch, self._bookings.visit_digests(card, day, poli))
        for claimant in claimants.values():
            booking = await self._bookings.of_claimant(branch, claimant)
            if booking is not None:
                return booking
        raise Declined(NOT_FOUND)
