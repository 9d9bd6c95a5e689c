"""Who is announced, as what, and what happens when the insurer knows more or less than we thought."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.contract import Undelivered
from queue_service.domain.actions import Book, Cancel, CheckIn, Hold, Recall, Requeue, Undo
from queue_service.domain.events import to_ms
from tests.doubles.bpjs.bookings import CANCELLED
from tests.doubles.bpjs.double import BpjsDouble
from tests.houses import NINE
from tests.integrations.bpjs.sends.hospitals import (
    ADMISSION,
    AT,
    EYES,
    INSURED,
    INTERNAL,
    KNOWN,
    UNINSURED,
    Hospital,
    a_hospital,
)


async def test_who_has_no_card_is_announced_without_insurance(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, UNINSURED)
        await hospital.deliver()
        told = (await hospital.booking(label)).fields
        named = ("jenispasien", "nomorkartu", "nomorreferensi", "jeniskunjungan", "nik", "nohp", "norm", "nomorantrean")
        assert [told[name] for name in named] == [
            *("NON JKN", "-", "-", 3),
            *(UNINSURED["nik"], UNINSURED["phone"], UNINSURED["record"], "B-001"),
        ]
        assert (told["kuotanonjkn"], told["sisakuotanonjkn"], told["kuotajkn"], told["sisakuotajkn"]) == (10, 9, 30, 30)


async def test_of_whom_nothing_is_known_nothing_is_told_until_it_is_and_then_all_of_it(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL)
        await hospital.call(INTERNAL)
        await hospital.deliver()
        assert not bpjs.told
        plan = hospital.house.branches.get("rsud").queue(INTERNAL)
        write = hospital.house.people.write_from(plan, KNOWN, "test", hospital.clock())
        assert write is not None
        place = hospital.house.floors.today("rsud")
        await hospital.house.database.write(lambda connection: write(connection, place, label))
        hospital.clock.turn(minutes=3)
        await hospital.serve(INTERNAL)
        await hospital.deliver()
        assert await hospital.times(label) == {3: to_ms(NINE), 4: to_ms(NINE + timedelta(minutes=3))}


async def test_a_booking_from_mobile_jkn_is_not_announced_and_keeps_its_code(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        slot = NINE + timedelta(minutes=30)
        label = await hospital.take(Book(INTERNAL, slot), INTERNAL, KNOWN)
        await hospital.name(label, "DARIJKN2345678", nth=1, new=False)
        words = {"kodebooking": "DARIJKN2345678", "tanggalperiksa": "2026-11-23", "kodepoli": "INT"}
        bpjs.hospital.take_mobile(words, bpjs.now_ms())
        await hospital.act(CheckIn(label))
        hospital.clock.turn(minutes=35)
        await hospital.pass_through(INTERNAL)
        await hospital.deliver()
        assert not hospital.calls("/antrean/add")
        assert list(await hospital.times(label)) == [3, 4, 5]


async def test_a_booking_that_the_insurer_has_forgotten_is_announced_again_with_all_its_times(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.call(INTERNAL)
        await hospital.deliver()
        bpjs.hospital.bookings.clear()
        await hospital.serve(INTERNAL)
        await hospital.complete(INTERNAL)
        await hospital.deliver()
        assert list(await hospital.times(label)) == [3, 4, 5]
        assert await hospital.states() == []


async def test_an_appointment_tells_when_it_is_and_a_number_when_it_was_taken(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        slot = NINE + timedelta(days=1, hours=1)
        tomorrow = hospital.house.branches.get("rsud").day_of(slot)
        await hospital.take(Book(INTERNAL, slot), INTERNAL, KNOWN, tomorrow)
        await hospital.come(EYES, KNOWN)
        await hospital.deliver()
        told = {each["body"]["kodepoli"]: each["body"] for each in hospital.calls("/antrean/add")}
        assert (told["INT"]["estimasidilayani"], told["INT"]["tanggalperiksa"]) == (to_ms(slot), "2026-11-24")
        assert (told["MAT"]["estimasidilayani"], told["MAT"]["tanggalperiksa"]) == (to_ms(NINE), "2026-11-23")


async def test_who_withdraws_is_withdrawn_and_absent(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.take(Book(INTERNAL, NINE + timedelta(hours=1)), INTERNAL, KNOWN)
        await hospital.act(Cancel(label))
        await hospital.deliver()
        booking = await hospital.booking(label)
        assert list(booking.tasks) == [CANCELLED]
        assert booking.cancelled_because == "Dibatalkan oleh peserta."


async def test_a_withdrawal_of_what_was_never_announced_tells_nothing(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL)
        await hospital.act(Cancel(label))
        await hospital.deliver()
        assert not bpjs.told


async def test_a_second_clinic_is_a_booking_of_its_own_by_an_internal_referral(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN, journey="dua")
        for queue in (INTERNAL, EYES):
            await hospital.pass_through(queue)
        await hospital.deliver()
        assert [list(await hospital.times(label, nth)) for nth in (1, 2)] == [[3, 4, 5], [3, 4, 5]]
        kinds = [(await hospital.booking(label, nth)).fields["jeniskunjungan"] for nth in (1, 2)]
        assert kinds == [1, 2]


async def test_recall_hold_and_requeue_send_nothing(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label, counter = await hospital.come(INTERNAL, KNOWN), AT[INTERNAL]
        await hospital.call(INTERNAL)
        for action in (Recall(counter), Hold(counter), Requeue(counter, after_minutes=0, label=label)):
            await hospital.act(action)
        await hospital.deliver()
        assert [told["body"]["taskid"] for told in hospital.calls("/antrean/updatewaktu")] == [3]


async def test_what_was_undone_before_it_could_be_told_counts_for_nothing(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.call(INTERNAL)
        await hospital.serve(INTERNAL)  # too early
        await hospital.act(Undo(AT[INTERNAL]))
        hospital.clock.turn(minutes=2)
        await hospital.serve(INTERNAL)
        await hospital.deliver()
        assert await hospital.times(label) == {3: to_ms(NINE), 4: to_ms(NINE + timedelta(minutes=2))}
        assert {told["code"] for told in hospital.calls("/antrean/updatewaktu")} == {200}


async def test_a_gap_is_neither_filled_nor_does_it_end_among_what_was_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, KNOWN)
        await hospital.call(INTERNAL)
        await hospital.complete(INTERNAL)  # nobody said when it began
        await hospital.deliver()
        assert list(await hospital.times(label)) == [3]
        assert await hospital.states() == []
        assert "BPJS takes no task 5 without 4, which was not recorded" in caplog.text


async def test_a_refusal_is_told_in_the_insurers_words_and_without_whom_it_is_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        label = await hospital.come(INTERNAL, {**KNOWN, "reference": ""})
        with pytest.raises(Undelivered, match="Rujukan tidak valid") as refusal:
            await hospital.sender.send(await hospital.item(label, "issued"))
        assert refusal.value.is_refused
        await hospital.deliver()
        told = caplog.text + str(await hospital.states()) + str([each["path"] for each in bpjs.told])
        for hidden in (*INSURED.values(), bpjs.credentials.secret, bpjs.credentials.user_key):
            assert hidden not in told


async def test_11_a_wrong_clock_stops_the_sender_with_one_alarm_and_nothing_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with BpjsDouble(clock=lambda: time.time() + 600) as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        for _ in range(3):
            await hospital.come(INTERNAL, KNOWN)
        async with hospital.delivering():
            await hospital.until(hospital.states)
        assert not bpjs.hospital.bookings
        assert {state for _, state, _ in await hospital.states()} <= {"waiting", "behind"}
        assert caplog.text.count("is stopped, nothing is lost") == 1
        with pytest.raises(Undelivered, match="clock") as refusal:
            await hospital.sender.send(await hospital.item("B-001", "issued"))
        assert (refusal.value.is_refused, refusal.value.rest_seconds) == (False, 300)


async def test_a_new_patient_is_one_without_a_record_number_at_admission(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        labels = [await hospital.come(ADMISSION, who, journey="baru") for who in (INSURED, KNOWN)]
        await hospital.deliver()
        assert [(await hospital.booking(label)).fields["pasienbaru"] for label in labels] == [1, 0]
        assert [list(await hospital.times(label)) for label in labels] == [[1], []]


async def test_what_is_known_of_a_hospital_decides_what_it_may_ask(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        assert await hospital.settings.probe(hospital.opening) == (
            "BPJS let us in with these keys, and its register lists 4 clinics."
        )
        await _check_shut_out(hospital)


async def _check_shut_out(hospital: Hospital) -> None:
    wrong = {**hospital.opening.environment, "ANTREAN_CONNECTION_BPJS_USER_KEY": "another"}
    opening = type(hospital.opening)(hospital.opening.plan, hospital.house, wrong)
    with pytest.raises(Undelivered, match="Unauthorized"):
        await hospital.settings.probe(opening)
