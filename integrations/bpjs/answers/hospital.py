"""The services of a hospital."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.acting import act
from integrations.bpjs.answers import ladder, standing
from integrations.bpjs.answers.bookings import Booking, Bookings, practice_of
from integrations.bpjs.answers.patients import Patients
from integrations.bpjs.answers.practices import Practice, practices_of
from integrations.bpjs.answers.replies import Declined, Reply
from integrations.bpjs.answers.taking import SOMETHING_ELSE, Taking, Terms, opens_at
from integrations.bpjs.answers.theatre import NoTheatre, Theatre
from integrations.bpjs.clinics import ClinicPlan
from integrations.contract import Opening
from queue_service.domain.actions import Cancel, CheckIn
from queue_service.domain.errors import Refusal
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status, Ticket

log = logging.getLogger("antrean.bpjs")

Body = Mapping[str, Any]
Json = dict[str, Any]

OF_PUSKESMAS = ("sisaantrean", "antreanpanggil")  # which a hospital's number is not told with
SAME_VISIT = "Nomor Antrean hanya dapat diambil 1 kali pada Tanggal, Dokter dan Poli yang sama"
NOT_CHECKED_IN = "Anda belum melakukan checkin, Silahkan checkin terlebih dahulu"
TOO_LATE = "Batas waktu checkin sudah lewat, silakan menuju loket pendaftaran"
NO_LONGER = "Antrean Tidak Ditemukan !"
NOT_AT_PHARMACY = "Resep Anda belum sampai di farmasi, silakan selesaikan pelayanan di poli terlebih dahulu"


@dataclass(frozen=True)
class Place:
    """What is asked about: whose clinics, and which queues come before and after them."""

    opening: Opening
    clinics: Sequence[ClinicPlan]
    patients: Patients
    admission: Sequence[str] = ()
    pharmacy: Mapping[str, str] = field(default_factory=dict)
    theatre: Theatre = field(default_factory=NoTheatre)

    @property
    def now(self) -> datetime:
        return self.opening.house.floors.clock()

    @property
    def practices(self) -> list[Practice]:
        """As the branches are set up at this moment."""
        return list(practices_of(self.opening.branches(), self.clinics))


class Hospital:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._bookings = Bookings(place.opening)

    async def take(self, body: Body) -> Reply:
        visit = ladder.visit(body, self._place.practices, self._place.now)
        clinic = visit.practice.clinic
        taking = Taking(self._bookings, visit, Terms(f"{clinic.poli} {clinic.doctor} {clinic.hours}", SAME_VISIT))
        chance = await taking.look()
        patient = await self._place.patients.get(visit.card, visit.nik, visit.record)
        told = await taking.book(chance, patient.record, is_new=patient.is_new)
        who = {"norm": patient.record, "pasienbaru": int(patient.is_new)}
        kept = {key: value for key, value in told.items() if key not in OF_PUSKESMAS}
        return Reply(kept | who | names(visit.practice))

    async def status(self, body: Body) -> Reply:
        now = self._place.now
        practice, day = ladder.practice_on(body, self._place.practices, now)
        ladder.check_held(practice, day, now)
        floor = await self._place.opening.house.floors.get((practice.branch.id, day))
        return Reply(
            names(practice)
            | {
                "totalantrean": standing.total(floor, practice),
                "sisaantrean": standing.to_be_served(floor, practice, now),
                "antreanpanggil": standing.called(floor, practice.queue.id),
            }
            | standing.seats(floor, practice).told
            | {"keterangan": ""}
        )

    async def remaining(self, body: Body) -> Reply:
        booking = await self._bookings.find(ladder.booking_code(body))
        ticket = self._served_today(booking)
        left = standing.remaining(booking.floor, ticket, self._place.now, self._begins(booking))
        return Reply(
            {
                "nomorantrean": ticket.label,
                **self._names_of(booking),
                "sisaantrean": left.ahead,
                "antreanpanggil": standing.called(booking.floor, ticket.queue),
                "waktutunggu": left.wait_seconds,
                "keterangan": WORDS_FOR.get(ticket.status, ""),
            }
        )

    def _served_today(self, booking: Booking) -> Ticket:
        """Raises Declined for who is not waiting: not yet, or no more."""
        ticket = booking.ticket
        if ticket.status is Status.CANCELLED:
            raise Declined("Data booking sudah dibatalkan")
        if booking.floor.day < booking.floor.branch.day_of(self._place.now) or ticket.status is Status.COMPLETED:
            raise Declined(NO_LONGER)
        if ticket.status is Status.BOOKED:
            raise Declined(NOT_CHECKED_IN)
        return ticket

    def _begins(self, booking: Booking) -> datetime | None:
        """When the clinic does, for who waits there."""
        practice = practice_of(booking, self._place.clinics)
        is_there = practice is not None and booking.ticket.queue == practice.queue.id
        return practice.span(booking.floor.day)[0] if practice and is_there else None

    def _names_of(self, booking: Booking) -> Json:
        practice = practice_of(booking, self._place.clinics)
        if practice is not None:
            return names(practice)
        plan = booking.floor.branch.queues.get(booking.ticket.queue)
        return {"namapoli": plan.name.id if plan else "", "namadokter": ""}

    async def cancel(self, body: Body) -> Reply:
        code = ladder.booking_code(body)
        ladder.needed(body, "keterangan", "Keterangan")
        return await self.cancel_booking(await self._bookings.find(code))

    async def cancel_booking(self, booking: Booking) -> Reply:
        if booking.floor.day < booking.floor.branch.day_of(self._place.now):
            raise Declined("Pembatalan Antrean tidak berlaku mundur")
        await self._check_alive(booking)
        if booking.ticket.status is not Status.BOOKED:
            day = booking.floor.day.isoformat()
            raise Declined(f"Anda Sudah Checkin Pada Tanggal {day}, Pendaftaran Tidak Bisa Dibatalkan")
        await self._do(booking, Cancel(booking.ticket.label), "cancel")
        return Reply()

    async def check_in(self, body: Body) -> Reply:
        code, at = ladder.booking_code(body), ladder.moment(body, "waktu", "Waktu")
        today = ladder.today_of(self._place.practices, self._place.now)
        if self._place.practices and self._place.practices[0].branch.day_of(at) < today:
            raise Declined("Waktu Checkin tidak berlaku mundur")
        booking = await self._bookings.find(code)
        await self._check_alive(booking)
        self._check_time_to_check_in(booking)
        await self._do(booking, CheckIn(booking.ticket.label, self._first_queue(booking)), "check-in")
        return Reply()

    async def _check_alive(self, booking: Booking) -> None:
        """Raises Declined."""
        if booking.ticket.status is Status.CANCELLED:
            entry = await self._bookings.entry_that_changed(booking)
            day = booking.floor.branch.day_of(entry.at) if entry else booking.floor.day
            raise Declined(f"Booking Anda Sudah Dibatalkan pada tanggal {day.isoformat()}")

    def _check_time_to_check_in(self, booking: Booking) -> None:
        """Raises Declined. Who is late by then waits behind those who are here, until the practice is over."""
        floor, ticket, now = booking.floor, booking.ticket, self._place.now
        if ticket.status is not Status.BOOKED:
            raise Declined(f"Anda Sudah Checkin pada tanggal {floor.day.isoformat()}")
        practice = practice_of(booking, self._place.clinics)
        if floor.day < floor.branch.day_of(now) or (practice is not None and now >= practice.span(floor.day)[1]):
            raise Declined(TOO_LATE)
        opens = opens_at(floor, ticket)
        if now < opens:
            raise Declined(f"Checkin dapat dilakukan mulai {floor.branch.local(opens):%d-%m-%Y pukul %H:%M}")

    def _first_queue(self, booking: Booking) -> str:
        """Who was never here before passes by admission, where their record is completed."""
        if not booking.identifier.facts.get("new"):
            return ""
        queues, floor = booking.floor.branch.queues, booking.floor
        open_ = (q for q in self._place.admission if q in queues and floor.line(q).state is not QueueState.CLOSED)
        return next(open_, "")

    async def _do(self, booking: Booking, action: Cancel | CheckIn, what: str) -> None:
        branch, day = booking.place
        try:
            await act(self._place.opening, branch, action, f"{what} {booking.code}", day=day)
        except Refusal:
            raise Declined(SOMETHING_ELSE) from None
        log.info("Mobile JKN: %s of booking %s", what, booking.code)

    async def enrol(self, body: Body) -> Reply:
        today = ladder.today_of(self._place.practices, self._place.now)
        record = await self._place.patients.enrol(*ladder.new_patient(body, today))
        return Reply({"norm": record}, "Harap datang ke admisi untuk melengkapi data rekam medis")

    async def theatre(self, body: Body) -> Reply:
        first, last = ladder.days_of_theatre(body, ladder.today_of(self._place.practices, self._place.now))
        found = [each for each in await self._place.theatre.operations() if first <= each.on <= last]
        if not found:
            raise Declined("Maaf tidak ada Jadwal Operasi pada tanggal tersebut")
        return Reply({"list": [each.told_to_hospital for each in found]})

    async def theatre_of_patient(self, body: Body) -> Reply:
        card = ladder.digits(body, ladder.MEMBER)
        found = [each for each in await self._place.theatre.operations() if each.card == card]
        if not found:
            raise Declined("Maaf anda tidak memiliki jadwal operasi")
        return Reply({"list": [each.told for each in found]})

    async def take_pharmacy(self, body: Body) -> Reply:
        booking = await self._bookings.find(ladder.booking_code(body))
        ticket = self._at_pharmacy(booking)
        words = f"Nomor antrean farmasi Anda {ticket.label}"
        kind = self._place.pharmacy[ticket.queue]
        return Reply({"jenisresep": kind, "nomorantrean": ticket.number, "keterangan": words})

    async def pharmacy_status(self, body: Body) -> Reply:
        booking = await self._bookings.find(ladder.booking_code(body))
        ticket, floor = self._at_pharmacy(booking), booking.floor
        everybody = sum(
            ticket.queue in (each.queue, *each.visited) and each.status is not Status.CANCELLED
            for each in floor.tickets.values()
        )
        return Reply(
            {
                "jenisresep": self._place.pharmacy[ticket.queue],
                "totalantrean": everybody,
                "sisaantrean": standing.remaining(floor, ticket, self._place.now).ahead,
                "antreanpanggil": standing.called_number(floor, ticket.queue),
                "keterangan": WORDS_FOR.get(ticket.status, ""),
            }
        )

    def _at_pharmacy(self, booking: Booking) -> Ticket:
        """Raises Declined."""
        ticket = booking.ticket
        if ticket.status is Status.CANCELLED:
            raise Declined("Data booking sudah dibatalkan")
        if ticket.queue not in self._place.pharmacy or ticket.status is Status.BOOKED:
            raise Declined(NOT_AT_PHARMACY)
        return ticket


WORDS_FOR: Mapping[Status, str] = {
    Status.CALLED: "Nomor Anda sedang dipanggil",
    Status.SERVING: "Anda sedang dilayani",
    Status.HELD: "Nomor Anda disisihkan, silakan hubungi petugas",
    Status.NO_SHOW: "Nomor Anda sudah dipanggil, silakan hubungi petugas",
    Status.COMPLETED: "Pelayanan sudah selesai",
}


def names(practice: Practice) -> Json:
    return {"namapoli": practice.clinic.poli_name, "namadokter": practice.clinic.doctor_name}
