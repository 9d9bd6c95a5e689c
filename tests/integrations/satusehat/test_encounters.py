"""What becomes of a visit's Encounter, in a real house, with the platform's double at the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.acting import act
from integrations.satusehat.translate import moment
from queue_service.domain.actions import (
    Book,
    Cancel,
    CheckIn,
    Hold,
    LedComplete,
    LedServe,
    MarkNoShow,
    Recall,
    Release,
    Serve,
    Undo,
)
from queue_service.keeping import keep_place
from tests.integrations.conftest import KINDS, NewAddress
from tests.integrations.satusehat.hospital import (
    ADMISSION,
    CHILDREN,
    COUNTERS,
    DAY,
    FIVE_PAST_NINE,
    HALF_PAST_EIGHT,
    IHS,
    INTERNAL,
    LABORATORY,
    NIK,
    OTHER_ROOM,
    OUTPATIENT,
    PHARMACY,
    ROOM,
    RSUD,
    TWO_CLINICS,
    a_hospital,
)

Json = dict[str, Any]


def states(encounter: Json) -> list[tuple[str, str, str | None]]:
    """With minutes after half past eight in the place of moments."""
    return [(each["status"], *_minutes(each["period"])) for each in encounter["statusHistory"]]


def _minutes(period: Json) -> tuple[str, str | None]:
    return _local(period["start"]), _local(period["end"]) if "end" in period else None


def _local(text: str) -> str:
    assert text.endswith("+00:00")
    return text[11:16]


async def test_s1_1_s5_1_a_visit_is_told_from_arrival_to_the_end_of_the_examination(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        assert [states(each) for each in hospital.platform.encounters] == [[("arrived", "01:30", None)]]
        hospital.clock.now = FIVE_PAST_NINE
        await hospital.serve(label)
        await hospital.deliver()
        hospital.clock.turn(minutes=20)
        await hospital.complete()
        await hospital.deliver()
        last = [("arrived", "01:30", "02:05"), ("in-progress", "02:05", "02:25")]
        assert [states(each) for each in hospital.platform.versions][1:] == [
            [last[0], ("in-progress", "02:05", None)],
            last,
        ]
        [encounter] = hospital.platform.encounters
        assert (encounter["status"], encounter["period"]) == ("in-progress", {"start": moment(HALF_PAST_EIGHT)})
        assert encounter["subject"]["reference"] == f"Patient/{IHS}"
        assert encounter["location"] == [{"location": {"reference": f"Location/{ROOM}", "display": "Poli Anak"}}]
        assert await hospital.marks(label) == {
            "satusehat-visit": [f"{RSUD}/{DAY}/{label}"],
            "satusehat-encounter": [encounter["id"]],
        }


async def test_s5_1_each_change_is_sent_with_the_whole_resource(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.whole_visit()
        await hospital.deliver()
        created, *changed = hospital.platform.versions
        assert len(changed) == 2
        for version in changed:
            differing = {name for name in created.keys() | version.keys() if created.get(name) != version.get(name)}
            assert differing == {"status", "statusHistory"}
        assert len(hospital.platform.requests("POST", "Encounter")) == 1
        assert [asked.path.rpartition("/")[2] for asked in hospital.platform.requests("PUT", "Encounter")] == [
            created["id"],
            created["id"],
        ]


async def test_s5_1_finished_is_sent_only_where_the_settings_say_so(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, finished=True) as hospital:
        await hospital.whole_visit()
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert encounter["status"] == "finished"
        assert states(encounter)[-1] == ("finished", "02:25", "02:25")
        assert encounter["period"]["end"] == "2026-11-23T02:25:00+00:00"


async def test_s5_2_a_call_and_a_recall_say_nothing(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        before = len(hospital.platform.asked)
        await hospital.call(label)
        await hospital.act(Recall(COUNTERS[CHILDREN]))
        await hospital.deliver()
        assert len(hospital.platform.asked) == before


@pytest.mark.parametrize("way", ["cancel", "no-show"])
async def test_s5_2_who_arrived_and_goes_before_being_seen_is_cancelled(tmp_path: Path, way: str) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        hospital.clock.turn(minutes=10)
        if way == "cancel":
            await hospital.act(Cancel(label))
        else:
            await hospital.call(label)
            await hospital.act(MarkNoShow(COUNTERS[CHILDREN]))
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert encounter["status"] == "cancelled"
        assert states(encounter) == [("arrived", "01:30", "01:40"), ("cancelled", "01:40", "01:40")]
        assert encounter["period"]["end"] == "2026-11-23T01:40:00+00:00"


async def test_s5_2_whose_place_is_kept_for_another_day_was_here_in_vain(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        floor = await hospital.house.floors.get_today(RSUD)
        begins = datetime(2026, 11, 24, 8, 0)  # noqa: DTZ001 - the hospital's clock
        day, kept = await keep_place(hospital.house.desk, floor, floor.ticket(label), begins, "system:test")
        hospital.clock.now = datetime(2026, 11, 23, 16, 59, 30, tzinfo=UTC)  # its hours are over
        await hospital.act(Release(label, day.isoformat(), kept))
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert states(encounter) == [("arrived", "01:30", "16:59"), ("cancelled", "16:59", "16:59")]


async def test_s5_2_who_never_came_was_never_told_of(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.act(Book(CHILDREN, HALF_PAST_EIGHT + timedelta(hours=2)))
        await hospital.act(Cancel("B-001"))
        await hospital.deliver()
        assert hospital.platform.asked == []


async def test_s5_2_an_appointment_arrives_when_its_holder_checks_in(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        slot = HALF_PAST_EIGHT + timedelta(minutes=30)
        keep = hospital.house.people.write_from(
            hospital.house.branches.get(RSUD).queue(CHILDREN), {"nik": NIK}, "test", hospital.clock()
        )
        assert keep is not None
        await hospital.act(Book(CHILDREN, slot))
        await hospital.house.database.write(lambda connection: keep(connection, (RSUD, DAY), "B-001"))
        await hospital.deliver()
        assert hospital.platform.encounters == []
        hospital.clock.turn(minutes=15)
        await hospital.act(CheckIn("B-001"))
        await hospital.deliver()
        assert [states(each) for each in hospital.platform.encounters] == [[("arrived", "01:45", None)]]


async def test_s5_2_admission_clinic_and_pharmacy_are_one_visit_and_one_encounter(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come(ADMISSION, journey=OUTPATIENT)
        await hospital.serve(label, ADMISSION)
        await hospital.deliver()
        assert hospital.platform.encounters == []  # admission makes none
        hospital.clock.turn(minutes=5)
        await hospital.complete(ADMISSION)
        hospital.clock.now = FIVE_PAST_NINE
        await hospital.serve(label)
        hospital.clock.turn(minutes=20)
        await hospital.complete()
        await hospital.serve(label, PHARMACY)
        hospital.clock.turn(minutes=20)
        await hospital.complete(PHARMACY)
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert states(encounter) == [("arrived", "01:30", "02:05"), ("in-progress", "02:05", "02:25")]
        assert len(hospital.platform.versions) == 3  # pharmacy told nothing


async def test_s5_2_what_a_leading_system_reports_has_the_moment_at_which_it_happened(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        hospital.clock.now = FIVE_PAST_NINE
        earlier = FIVE_PAST_NINE - timedelta(minutes=4)
        await act(hospital.opening, RSUD, LedServe(label, COUNTERS[CHILDREN]), "seen", occurred=earlier)
        await act(hospital.opening, RSUD, Hold(COUNTERS[CHILDREN]), "aside", occurred=earlier + timedelta(minutes=1))
        await act(hospital.opening, RSUD, LedComplete(label), "done", occurred=FIVE_PAST_NINE)
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert states(encounter) == [("arrived", "01:30", "02:01"), ("in-progress", "02:01", "02:02")]
        assert [item.kind for item in await hospital.items()][-1] == "concluded"


async def test_s5_2_two_clinics_of_one_ticket_are_two_encounters(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come(journey=TWO_CLINICS)
        hospital.clock.turn(minutes=10)
        await hospital.serve(label)
        hospital.clock.turn(minutes=10)
        await hospital.complete()
        hospital.clock.turn(minutes=10)
        await hospital.serve(label, INTERNAL)
        hospital.clock.turn(minutes=10)
        await hospital.complete(INTERNAL)
        await hospital.deliver()
        first, second = hospital.platform.encounters
        assert states(first) == [("arrived", "01:30", "01:40"), ("in-progress", "01:40", "01:50")]
        assert states(second) == [("arrived", "01:50", "02:00"), ("in-progress", "02:00", "02:10")]
        assert second["location"][0]["location"]["reference"] == f"Location/{OTHER_ROOM}"
        assert "participant" not in second  # no practitioner is set up for it
        assert second["identifier"][0]["value"] == f"{RSUD}/{DAY}/{label}/2"


async def test_s5_2_who_is_sent_to_another_clinic_before_being_seen_stays_one_visit(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        await hospital.call(label)
        await hospital.transfer(CHILDREN, INTERNAL)
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert encounter["location"][0]["location"]["reference"] == f"Location/{OTHER_ROOM}"
        assert states(encounter) == [("arrived", "01:30", None)]


async def test_s5_2_who_comes_back_from_the_laboratory_is_in_the_same_visit(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, finished=True) as hospital:
        label = await hospital.come()
        await hospital.serve(label)
        hospital.clock.turn(minutes=10)
        await hospital.transfer(CHILDREN, LABORATORY, comes_back=True)
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert (encounter["status"], states(encounter)[-1]) == ("in-progress", ("in-progress", "01:30", "01:40"))
        await hospital.serve(label, LABORATORY)
        await hospital.complete(LABORATORY)
        await hospital.serve(label)
        hospital.clock.turn(minutes=10)
        await hospital.complete()
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert states(encounter)[1:] == [("in-progress", "01:30", "01:50"), ("finished", "01:50", "01:50")]


async def test_s5_2_what_a_counter_takes_back_is_taken_back_there_too(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        hospital.clock.now = FIVE_PAST_NINE
        await hospital.serve(label)
        await hospital.deliver()
        await hospital.act(Undo(COUNTERS[CHILDREN]))
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert (encounter["status"], states(encounter)) == ("arrived", [("arrived", "01:30", None)])


async def test_s5_2_a_visit_that_a_step_taken_back_had_begun_is_cancelled(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.serve(label)
        hospital.clock.turn(minutes=10)
        await hospital.transfer(CHILDREN, INTERNAL)
        await hospital.deliver()
        hospital.clock.turn(minutes=1)
        await hospital.act(Undo(COUNTERS[CHILDREN]))
        await hospital.deliver()
        first, second = hospital.platform.encounters
        assert states(first) == [("arrived", "01:30", "01:30"), ("in-progress", "01:30", None)]
        assert states(second) == [("arrived", "01:40", "01:41"), ("cancelled", "01:41", "01:41")]


async def test_s5_2_a_visit_completed_without_an_examination_has_no_time_invented(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.call(await hospital.come())
        await hospital.complete()
        await hospital.deliver()
        assert [states(each) for each in hospital.platform.encounters] == [[("arrived", "01:30", None)]]


async def test_s5_2_who_is_set_aside_has_left_the_room_until_served_again(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.serve(label)
        hospital.clock.turn(minutes=5)
        await hospital.act(Hold(COUNTERS[CHILDREN]))
        await hospital.deliver()
        assert states(hospital.platform.encounters[0])[-1] == ("in-progress", "01:30", "01:35")
        await hospital.call(label)
        await hospital.act(Serve(COUNTERS[CHILDREN]))
        await hospital.deliver()
        assert states(hospital.platform.encounters[0])[-1] == ("in-progress", "01:30", None)


@pytest.mark.parametrize("kind", KINDS)
async def test_s5_1_another_process_goes_on_with_the_whole_resource(
    kind: str, new_address: NewAddress, tmp_path: Path
) -> None:
    async with a_hospital(tmp_path, new_address(kind)) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        hospital.restart()
        await hospital.serve(label)
        await hospital.deliver()
        created, changed = hospital.platform.versions
        assert changed == {**created, "status": "in-progress", "statusHistory": changed["statusHistory"]}
        assert len(hospital.platform.requests("GET", "Patient")) == 1  # the IHS number was kept
