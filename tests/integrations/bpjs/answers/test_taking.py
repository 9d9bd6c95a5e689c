"""A number taken by Mobile JKN: an appointment, once, of the seats that are left."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from datetime import date
from pathlib import Path

import pytest

from integrations.bpjs.answers.bookings import SYSTEM
from integrations.bpjs.answers.paths import Service
from integrations.bpjs.answers.taking import FULL, SAME_REFERENCE
from integrations.bpjs.codes import LENGTH, SIGNS
from queue_service.domain.actions import Issue
from queue_service.domain.asking import Field
from queue_service.domain.events import Booked
from queue_service.domain.tickets import Status
from queue_service.records.identifiers import identifiers_of
from tests.integrations.bpjs.answers.hospitals import (
    BRANCH,
    CARD,
    INTERNIST,
    MORNING,
    NIK,
    REFERENCE,
    TODAY,
    TOMORROW,
    MobileJkn,
    a_hospital,
    a_visit,
    ms,
)
from tests.integrations.bpjs.answers.test_ladder import a_patient
from tests.postgres import Postgres
from tests.servers import ROOT

THE_DAY = date.fromisoformat(TOMORROW)


async def bookings_of(jkn: MobileJkn, day: str = TOMORROW) -> list[Booked]:
    entries = await jkn.house.journal.read((BRANCH, date.fromisoformat(day)))
    return [entry.event for entry in entries if isinstance(entry.event, Booked)]


async def test_a_number_is_an_appointment_of_that_day_with_its_code_and_its_person(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        told = await jkn.booked()
        assert told.response.keys() == {
            *("nomorantrean", "angkaantrean", "kodebooking", "norm", "namapoli", "namadokter", "estimasidilayani"),
            *("sisakuotajkn", "kuotajkn", "sisakuotanonjkn", "kuotanonjkn", "keterangan", "pasienbaru"),
        }
        assert (told["nomorantrean"], told["angkaantrean"], told["norm"]) == ("A-001", 1, "123456")
        assert (told["sisakuotajkn"], told["kuotajkn"], told["sisakuotanonjkn"]) == (19, 20, 5)
        assert len(told["kodebooking"]) == LENGTH and set(told["kodebooking"]) <= set(SIGNS)
        ticket = (await jkn.floor(TOMORROW)).ticket("A-001")
        assert (ticket.status, ticket.queue) == (Status.BOOKED, INTERNIST)
        person = await jkn.house.people.get((BRANCH, THE_DAY, "A-001"))
        assert person.values[Field.CARD] == CARD and person.values[Field.NIK] == NIK
        assert person.values[Field.REFERENCE] == f"{REFERENCE}-0" and person.values[Field.RECORD] == "123456"
        (known,) = await jkn.house.database.read(lambda c: identifiers_of(c, BRANCH, THE_DAY, "A-001"))
        assert (known.system, known.value) == (SYSTEM, told["kodebooking"])
        assert known.facts["from"] == "mobile-jkn" and known.facts["jkn"] and not known.facts["new"]


async def test_4_the_same_request_many_times_at_one_instant_is_one_booking_and_one_answer(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        answers = await asyncio.gather(*(jkn.take() for _ in range(10)))
        assert {told.code for told in answers} == {200}
        assert all(told.response == answers[0].response for told in answers)
        assert len(await bookings_of(jkn)) == 1
        jkn.clock.turn(seconds=30)  # not a phone any more that has not heard the answer
        late = await jkn.take()
        assert (late.code, late.response) == (201, None) and "hanya dapat diambil 1 kali" in late.message


async def test_4_of_two_different_requests_for_one_visit_at_one_instant_one_gets_it(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        answers = await asyncio.gather(jkn.take(nohp="0812345678"), jkn.take(nohp="0887654321", norm="777"))
        assert sorted(told.code for told in answers) == [200, 201]
        assert len(await bookings_of(jkn)) == 1


async def test_4_one_referral_is_good_for_one_number_though_two_clinics_are_asked_at_once(tmp_path: Path) -> None:
    other = {"kodepoli": "ANA", "kodedokter": 98765, "jampraktek": "10:00-13:00"}
    async with a_hospital(tmp_path) as jkn:
        answers = await asyncio.gather(jkn.take(), jkn.take(**other))
        assert sorted(told.code for told in answers) == [200, 201]
        refused = next(told for told in answers if told.code == 201)
        assert refused.message == SAME_REFERENCE


async def race_for_the_last_seat(*counters: MobileJkn) -> None:
    """Fifty callers, each at one of the counters, when a single seat is left."""
    assert (await counters[0].booked(**a_visit(100)))["sisakuotajkn"] == 1
    callers = [counters[n % len(counters)].take(**a_visit(n)) for n in range(50)]
    answers = await asyncio.gather(*callers)
    won = [told for told in answers if told.code == 200]
    assert len(won) == 1 and won[0]["sisakuotajkn"] == 0
    assert {told.message for told in answers if told.code != 200} == {FULL}
    assert len(await bookings_of(counters[0])) == 2


async def test_4_the_last_seat_raced_for_by_fifty_callers_is_sold_once(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, quota=2) as jkn:
        await race_for_the_last_seat(jkn)


async def test_4_the_last_seat_is_sold_once_by_two_houses_on_one_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    address = postgres.address(postgres.new_database())
    async with (
        a_hospital(tmp_path, quota=2, database=address) as one,
        a_hospital(tmp_path, quota=2, database=address) as two,
    ):
        await race_for_the_last_seat(one, two)
        enrolled = await asyncio.gather(*(jkn.ask(Service.ENROL, a_patient()) for jkn in (one, two, one, two)))
        assert sorted(told.code for told in enrolled) == [200, 201, 201, 201]


@pytest.mark.slow
async def test_4_the_last_seat_is_sold_once_by_two_processes_on_one_postgresql(
    tmp_path: Path, postgres: Postgres
) -> None:
    address = postgres.address(postgres.new_database())
    async with a_hospital(tmp_path, database=address):  # makes the tables, and the secret that both have
        pass
    command = (sys.executable, "-m", "tests.integrations.bpjs.answers.racers", str(tmp_path), address)
    racers = [
        await asyncio.create_subprocess_exec(*command, str(n), str(n + 25), cwd=ROOT, stdin=PIPE, stdout=PIPE)
        for n in (0, 25)
    ]
    for racer in racers:
        assert racer.stdout is not None and await racer.stdout.readline() == b"ready\n"
    printed = await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
    codes = [int(code) for out, _ in printed for code in out.split()]
    assert len(codes) == 50 and sorted(codes)[:2] == [200, 201] and set(codes) == {200, 201}


async def test_a_cancelled_number_gives_its_seat_back_and_may_be_taken_anew(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, quota=1) as jkn:
        first = await jkn.booked()
        assert (await jkn.take(**a_visit(1))).message == FULL
        given_up = await jkn.ask(Service.CANCEL, {"kodebooking": first["kodebooking"], "keterangan": "sembuh"})
        assert (given_up.code, given_up.message) == (200, "Ok")
        again = await jkn.booked()
        assert again["kodebooking"] != first["kodebooking"] and again["nomorantrean"] == "A-002"
        assert (await jkn.take(**a_visit(1))).message == FULL


async def test_a_referral_that_was_given_back_is_good_for_another_clinic(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        first = await jkn.booked()
        await jkn.ask(Service.CANCEL, {"kodebooking": first["kodebooking"], "keterangan": "salah poli"})
        other = {"kodepoli": "ANA", "kodedokter": 98765, "jampraktek": "10:00 - 13:00"}
        assert (await jkn.booked(**other))["nomorantrean"] == "B-001"


async def test_seats_of_the_others_are_counted_apart(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, quota=2) as jkn:
        for _ in range(3):
            await jkn.house.desk.act(BRANCH, Issue(INTERNIST), "visitor")
        told = await jkn.booked(tanggalperiksa=TODAY)
        assert (told["sisakuotajkn"], told["kuotajkn"]) == (1, 2)
        assert (told["sisakuotanonjkn"], told["kuotanonjkn"]) == (2, 5)


async def test_times_are_given_in_order_and_the_first_one_free(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        told = [await jkn.booked(**a_visit(n)) for n in range(5)]
        floor = await jkn.floor(TOMORROW)
        slots = [floor.branch.local(floor.ticket(each["nomorantrean"]).due).strftime("%H:%M") for each in told]
        assert slots == ["08:00"] * 4 + ["08:30"]
        assert [each["estimasidilayani"] for each in told] == [
            ms(floor.ticket(each["nomorantrean"]).due) for each in told
        ]


async def test_whoever_is_unknown_is_asked_to_introduce_themselves_first(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, patients="enrolled") as jkn:
        assert (await jkn.take(norm="")).code == 202
        assert not await bookings_of(jkn)
        enrolled = await jkn.ask(Service.ENROL, a_patient())
        assert enrolled.code == 200 and enrolled["norm"].startswith("BARU-")
        told = await jkn.booked(norm="")
        assert (told["norm"], told["pasienbaru"]) == (enrolled["norm"], 1)
        twice = await jkn.ask(Service.ENROL, a_patient())
        assert (twice.code, twice.message) == (201, "Pasien dengan NIK dan No.Kartu tersebut sudah terdaftar")
        assert (await jkn.booked(**a_visit(7)))["pasienbaru"] == 0  # who has a record number is no new patient


async def test_the_hours_of_a_second_practice_in_one_queue_have_seats_of_their_own(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, quota=1) as jkn:
        assert (await jkn.booked())["sisakuotajkn"] == 0
        tickets = (await jkn.floor(TOMORROW)).tickets.values()
        assert {ticket.share for ticket in tickets} == {f"jkn {MORNING}"}
