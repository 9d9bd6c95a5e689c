"""Every call of the specification, before the double: what it sends, what it makes of the answer, and in which unit."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.bpjs import references as references_module
from integrations.bpjs.calls import Clinic, Hours, Slot, ToldTask
from integrations.bpjs.cipher import Unreadable
from integrations.bpjs.client import Away, Refused
from integrations.bpjs.puskesmas import PRESENT, Practice
from integrations.bpjs.references import FRESH_SCHEDULE_SECONDS, FRESH_SECONDS, RETRY_SECONDS, References
from integrations.bpjs.refusals import Meaning
from integrations.bpjs.shapes import read_moment_ms
from tests.integrations.bpjs.hospitals import CARD, NIK, NINE_MS, Clock, Hospital, a_booking

MONDAY = date(2026, 11, 23)
CODE = "20261123A001"
MINUTE_MS = 60_000


async def test_clinics_and_doctors_are_read(hospital: Hospital) -> None:
    assert Clinic("INT", "PENYAKIT DALAM", "005", "GINJAL-HIPERTENSI") in await hospital.calls.clinics()
    assert (await hospital.calls.doctors())[100003] == "DOKTER MATA"
    assert await hospital.calls.fingerprint_clinics() == {"MAT"}


async def test_a_schedule_is_read_without_its_blanks(hospital: Hospital) -> None:
    found = await hospital.calls.schedule("ANA", MONDAY)
    assert [slot.hours for slot in found] == ["08:00-12:00", "13:00-16:00"]
    assert found[0] == Slot("ANA", "ANAK", "ANA", 100001, "DOKTER ANAK", "08:00-12:00", 30, False)
    assert await hospital.calls.schedule("tidak/ada", MONDAY) == []


async def test_on_a_national_holiday_those_are_off_who_do_not_work_then(hospital: Hospital) -> None:
    masters = hospital.double.hospital.masters
    masters.holidays.append(MONDAY.isoformat())  # type: ignore[attr-defined]
    masters.schedules[0]["hari"].append(8)
    assert [slot.is_off for slot in await hospital.calls.schedule("ANA", MONDAY)] == [False, True]


async def test_a_fingerprint_is_asked_for_by_either_number(hospital: Hospital) -> None:
    assert await hospital.calls.has_fingerprint("noka", CARD) is True
    assert await hospital.calls.has_fingerprint("nik", NIK) is True
    assert await hospital.calls.has_fingerprint("nik", "1604990101900009") is None


async def test_a_schedule_is_asked_for(hospital: Hospital) -> None:
    await hospital.calls.ask_for_schedule(
        "ANA", "ANA", 100001, [Hours(1, "08:00", "10:00"), Hours(8, "08:00", "09:00")]
    )
    assert hospital.double.hospital.schedule_requests == [
        {
            "kodepoli": "ANA",
            "kodesubspesialis": "ANA",
            "kodedokter": 100001,
            "jadwal": [
                {"hari": "1", "buka": "08:00", "tutup": "10:00"},
                {"hari": "8", "buka": "08:00", "tutup": "09:00"},
            ],
        }
    ]


async def test_a_whole_visit_is_told_and_read_back(hospital: Hospital) -> None:
    calls = hospital.calls
    await calls.add(a_booking(pasienbaru=1))
    for task in range(1, 6):
        await calls.tell_time(CODE, task, NINE_MS + task * MINUTE_MS, "Racikan" if task == 5 else None)
    await calls.add_pharmacy(CODE, "racikan", 7, "")
    await calls.tell_time(CODE, 6, NINE_MS + 6 * MINUTE_MS)
    booking = hospital.double.hospital.bookings[CODE]
    assert {task: told.at_ms for task, told in booking.tasks.items()} == {
        task: NINE_MS + task * MINUTE_MS for task in range(1, 7)
    }
    assert booking.tasks[5].prescription == "Racikan"
    assert booking.pharmacy == {"jenisresep": "racikan", "nomorantrean": 7, "keterangan": ""}
    assert await calls.tasks(CODE) == [
        ToldTask(task, NINE_MS + task * MINUTE_MS, int(hospital.theirs.now * 1000)) for task in range(1, 7)
    ]


async def test_a_booking_without_tasks_has_none(hospital: Hospital) -> None:
    await hospital.calls.add(a_booking())
    assert await hospital.calls.tasks(CODE) == []
    with pytest.raises(Refused) as refused:
        await hospital.calls.tasks("lain")
    assert refused.value.verdict.meaning is Meaning.UNKNOWN_BOOKING


async def test_what_is_told_again_counts_as_done(hospital: Hospital) -> None:
    calls = hospital.calls
    await calls.add(a_booking())
    await calls.tell_time(CODE, 3, NINE_MS)
    await calls.add_pharmacy(CODE, "non racikan", 7, "")
    await calls.cancel(CODE, "Berhalangan")
    for again in (
        calls.add(a_booking()),
        calls.tell_time(CODE, 3, NINE_MS),
        calls.add_pharmacy(CODE, "non racikan", 7, ""),
        calls.cancel(CODE, "Berhalangan"),
    ):
        with pytest.raises(Refused) as refused:
            await again
        assert refused.value.verdict.meaning is Meaning.DONE


async def test_7_03_a_code_with_slashes_finds_its_booking(hospital: Hospital) -> None:
    code = "2022/03/22/000001"
    await hospital.calls.add(a_booking(kodebooking=code))
    assert [found["kodebooking"] for found in await hospital.calls.bookings_of(code)] == [code]


async def test_bookings_are_read_back_in_every_way(hospital: Hospital) -> None:
    calls = hospital.calls
    await calls.add(a_booking())
    await calls.add(a_booking(kodebooking="lain", kodepoli="MAT", kodedokter=100003, jampraktek="07:00-15:00"))
    await calls.tell_time("lain", 3, NINE_MS)
    await calls.tell_time("lain", 4, NINE_MS)
    assert [found["status"] for found in await calls.bookings_on(MONDAY)] == ["Belum dilayani", "Sedang dilayani"]
    assert [found["kodebooking"] for found in await calls.unserved()] == [CODE]
    assert [found["noantrean"] for found in await calls.unserved_of("ANA", 100001, 1, "08:00-12:00")] == ["B-1"]
    assert await calls.unserved_of("ANA", 100001, 2, "08:00-12:00") == []
    assert await calls.bookings_on(date(2026, 11, 24)) == []


async def test_7_09_what_is_sent_is_in_milliseconds(hospital: Hospital) -> None:
    """The double refuses what can only be seconds, and both times are of this century as milliseconds."""
    await hospital.calls.add(a_booking())
    await hospital.calls.tell_time(CODE, 3, NINE_MS)
    booking = hospital.double.hospital.bookings[CODE]
    assert all(10**12 < at_ms < 10**13 for at_ms in (booking.fields["estimasidilayani"], booking.tasks[3].at_ms))
    with pytest.raises(Refused, match="milidetik"):
        await hospital.calls.tell_time(CODE, 4, NINE_MS // 1000)
    with pytest.raises(Refused, match="milidetik"):
        await hospital.calls.add(a_booking(kodebooking="lain", estimasidilayani=NINE_MS // 1000))


async def test_7_09_dashboards_are_in_seconds_and_not_encrypted(hospital: Hospital) -> None:
    calls = hospital.calls
    for code, wait in (("a", 10), ("b", 20)):
        await calls.add(a_booking(kodebooking=code))
        await calls.tell_time(code, 3, NINE_MS)
        hospital.theirs.now += 30
        await calls.tell_time(code, 4, NINE_MS + wait * MINUTE_MS)
    for found in (await calls.waits_on(MONDAY, "rs"), await calls.waits_in(2026, 11, "rs")):
        assert [(it["kodepoli"], it["jumlah_antrean"], it["avg_waktu_task3"]) for it in found] == [("ANA", 2, 900)]
    assert [it["avg_waktu_task3"] for it in await calls.waits_on(MONDAY, "server")] == [30]
    assert await calls.waits_in(2026, 1, "rs") == []


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("23-11-2026 08:30:00 WIB", 1795397400000),
        ("23-11-2026 08:30:00 WITA", 1795393800000),
        ("23-11-2026 08:30:00 WIT", 1795390200000),
        ("16-03-2021 11:32:49 WIB", 1615869169000),
    ],
)
def test_7_09_their_times_become_milliseconds(text: str, at_ms: int) -> None:
    assert read_moment_ms(text) == at_ms


@pytest.mark.parametrize("text", ["", "2026-11-23 08:30:00 WIB", "31-02-2026 08:30:00 WIB", "23-11-2026 08:30:00 CET"])
def test_a_time_that_is_none_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_moment_ms(text)


async def test_a_puskesmas_makes_its_calls(hospital: Hospital) -> None:
    calls = hospital.puskesmas
    assert await calls.clinics(MONDAY) == {"001": "POLI UMUM", "002": "POLI GIGI DAN MULUT"}
    assert await calls.doctors("001", MONDAY) == [Practice(200001, "DOKTER UMUM", "08:00-14:00", 50)]
    await calls.add(
        {
            "nomorkartu": CARD,
            "nik": NIK,
            "nohp": "",
            "kodepoli": "001",
            "namapoli": "POLI UMUM",
            "norm": "1",
            "tanggalperiksa": MONDAY.isoformat(),
            "kodedokter": 200001,
            "namadokter": "DOKTER UMUM",
            "jampraktek": "08:00-14:00",
            "nomorantrean": "A-1",
            "angkaantrean": 1,
            "keterangan": "",
        }
    )
    await calls.tell_call(MONDAY, "001", CARD, PRESENT, NINE_MS)
    await calls.cancel(MONDAY, "001", CARD, "Berhalangan")
    [visit] = hospital.double.puskesmas.visits.values()
    assert (visit.called, visit.cancelled_because) == ((1, NINE_MS), "Berhalangan")
    with pytest.raises(Refused, match="tidak ditemukan"):
        await calls.cancel(MONDAY, "002", CARD, "Berhalangan")


# References are kept for a while


async def test_a_reference_is_asked_for_once_until_it_is_old(hospital: Hospital) -> None:
    clock = Clock()
    references = References(hospital.calls, clock)

    def asked(path: str) -> int:
        return sum(path in told["path"] for told in hospital.double.told)

    for _ in range(3):
        await references.doctors()
        await references.clinics()
        await references.schedule("ANA", MONDAY)
    assert (asked("/ref/dokter"), asked("/ref/poli"), asked("/jadwaldokter")) == (1, 1, 1)
    clock.now += FRESH_SCHEDULE_SECONDS
    await references.schedule("ANA", MONDAY)
    await references.doctors()
    assert (asked("/ref/dokter"), asked("/jadwaldokter")) == (1, 2)
    references.forget()
    await references.doctors()
    assert asked("/ref/dokter") == 2


async def test_while_bpjs_is_away_the_old_reference_holds(hospital: Hospital) -> None:
    clock = Clock()
    references = References(hospital.calls, clock)
    hospital.double.outages.begin("500")
    with pytest.raises(Away):
        await references.doctors()
    hospital.double.outages.end()
    known = await references.doctors()
    hospital.double.outages.begin("500", times=1)
    clock.now += FRESH_SECONDS
    assert await references.doctors() == known
    asked = len(hospital.double.told)
    assert await references.doctors() == known
    assert len(hospital.double.told) == asked  # it is not asked each time that somebody wants to know
    clock.now += RETRY_SECONDS
    assert await references.doctors() == known
    assert len(hospital.double.told) == asked + 1


async def test_only_so_many_references_are_kept(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references_module, "MOST_KEPT", 2)
    references = References(hospital.calls, Clock())
    for day in (MONDAY, date(2026, 11, 24), date(2026, 11, 25), MONDAY, date(2026, 11, 25)):
        await references.schedule("ANA", day)
    assert len(hospital.double.told) == 4
