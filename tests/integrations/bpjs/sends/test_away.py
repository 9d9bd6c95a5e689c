"""The insurer is away for three hours of a working day. The clock is turned, not waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from queue_service.records.healths import Part, read_healths
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import BPJS, INTERNAL, KNOWN, Hospital, a_hospital, settings_of

PER_SECOND = 100
HOURS = 3
POISONED = {**KNOWN, "reference": ""}


async def test_6_after_three_hours_without_the_insurer_all_is_told_once_in_order_and_one_poisoned_booking_blocks_nobody(
    tmp_path: Path,
) -> None:
    await _be_away(tmp_path, visits=100)


@pytest.mark.slow
async def test_6_after_three_hours_and_2000_visits_without_the_insurer(tmp_path: Path) -> None:
    await _be_away(tmp_path, visits=2000)


async def _be_away(folder: Path, visits: int) -> None:
    async with BpjsDouble() as bpjs, a_hospital(folder, bpjs, settings_of(bpjs, per_second=PER_SECOND)) as hospital:
        async with hospital.delivering():
            bpjs.outages.begin("down")
            begun = hospital.clock()
            labels = [await _visit(hospital, KNOWN if n else POISONED, HOURS * 3600 / visits) for n in range(visits)]
            assert hospital.clock() - begun >= timedelta(hours=HOURS)
            assert not bpjs.told
            bpjs.outages.end()
            await hospital.until(hospital.is_idle, patience=60 + visits)
        await _check_all(hospital, labels[1:])
        _check_pace(hospital)
        states = await hospital.states()
        assert [(lane, state) for lane, state, _ in states] == [(labels[0], "dead"), *[(labels[0], "behind")] * 3]
        assert "Rujukan tidak valid" in states[0][2]


async def _visit(hospital: Hospital, who: Mapping[str, str], seconds: float) -> str:
    label = await hospital.come(INTERNAL, who)
    for step in (hospital.call, hospital.serve, hospital.complete):
        hospital.clock.turn(seconds=seconds / 3)
        await step(INTERNAL)
    return label


async def _check_all(hospital: Hospital, labels: list[str]) -> None:
    at = {(item.fields["label"], item.kind): item.at_ms for item in await hospital.items() if item.fields.get("label")}
    for label in labels:
        expected = {3: at[label, "issued"], 4: at[label, "serving"], 5: at[label, "completed"]}
        assert list((await hospital.times(label)).items()) == list(expected.items())
    taken = [told for told in hospital.calls("/antrean/updatewaktu") if told["code"] == 200]
    each = Counter((told["body"]["kodebooking"], told["body"]["taskid"]) for told in taken)
    assert len(each) == 3 * len(labels) and set(each.values()) == {1}


def _check_pace(hospital: Hospital) -> None:
    came = [told["at_ms"] for told in hospital.bpjs.told]
    assert len(came) > 3 * PER_SECOND
    assert len(came) <= PER_SECOND * ((max(came) - min(came)) / 1000 + 1)


async def test_what_it_need_not_be_told_does_not_make_it_seem_to_be_there(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        bpjs.outages.begin("down")
        async with hospital.delivering():
            await hospital.come(INTERNAL)  # of whom nobody knows a card or a NIK
            await hospital.until(hospital.is_idle)
        healths = await hospital.house.database.read(read_healths)
        assert Part.OUT not in healths.get(BPJS, {})  # nothing is known of it either way
        assert not bpjs.told
