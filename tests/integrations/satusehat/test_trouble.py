"""Where there is no Encounter to send, and where it cannot be sent: in a real house, with the double at the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.contract import Undelivered
from queue_service.domain.asking import Field
from tests.doubles.satusehat.platform import Reply
from tests.integrations.satusehat.hospital import (
    DAY,
    IHS,
    NIK,
    RSUD,
    a_hospital,
)

# 4: look-ups


async def test_s4_1_nobody_known_there_has_no_encounter_and_the_ticket_goes_on(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        hospital.platform.patients.clear()
        await hospital.whole_visit()
        await hospital.deliver()
        assert hospital.platform.encounters == []
        assert len(hospital.platform.requests("GET", "Patient")) == 3
        assert [item.kind for item in await hospital.items()][-1] == "completed"


async def test_s4_1_without_a_nik_nothing_is_asked(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come(nik="")
        await hospital.deliver()
        assert hospital.platform.asked == []


# 7: what the SIMRS does


async def test_s7_1_where_the_simrs_has_sent_one_we_are_silent(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.note(label, "simrs-encounter", "an-encounter-of-theirs")
        await hospital.serve(label)
        await hospital.deliver()
        assert hospital.platform.asked == []


async def test_s7_1_one_found_under_the_number_of_the_simrs_is_theirs(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come(simrs="2026/11/23/000001")
        theirs = {
            "id": "theirs",
            "identifier": [{"system": "http://sys-ids.kemkes.go.id/encounter/10000004", "value": "2026/11/23/000001"}],
            "resourceType": "Encounter",
            "period": {"start": "2026-11-23T08:30:00+07:00"},
        }
        hospital.platform.stored["Encounter"]["theirs"] = theirs
        await hospital.deliver()
        await hospital.serve(label)
        await hospital.deliver()
        assert hospital.platform.versions == []
        assert (await hospital.marks(label))["simrs-encounter"] == ["theirs"]
        assert len(hospital.platform.requests("GET", "Encounter")) == 1  # asked once


async def test_s5_1_the_visit_has_the_hospitals_own_number_where_there_is_one(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come(simrs="2026/11/23/000001")
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert encounter["identifier"][0]["value"] == "2026/11/23/000001"


# 8: failures


async def test_s8_2_a_lost_answer_is_looked_for_before_posting_again(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        hospital.platform.loses["POST"] = 1
        with pytest.raises(Undelivered) as lost:
            await hospital.deliver()
        assert not lost.value.is_refused
        hospital.restart()
        await hospital.deliver()
        await hospital.serve(label)
        await hospital.deliver()
        assert len(hospital.platform.requests("POST", "Encounter")) == 1
        [encounter] = hospital.platform.encounters
        assert encounter["status"] == "in-progress"


async def test_s8_2_what_never_arrived_is_posted_again(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come()
        await hospital.sender._client.tokens.get()
        await hospital.house.people.add((RSUD, DAY, "B-001"), Field.IHS, IHS)
        hospital.platform.away = Reply(503, {})
        with pytest.raises(Undelivered):
            await hospital.deliver()
        hospital.platform.away = None
        await hospital.deliver()
        assert len(hospital.platform.encounters) == 1


async def test_s8_2_a_search_that_is_not_understood_brings_nobody_elses_encounter(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come()
        await hospital.deliver()
        hospital.platform.ignores_searches = True
        hospital.platform.loses["POST"] = 1
        await hospital.come()
        with pytest.raises(Undelivered):
            await hospital.deliver()
        await hospital.deliver()
        numbers = [each["identifier"][0]["value"] for each in hospital.platform.encounters]
        assert numbers == [f"{RSUD}/{DAY}/B-001", f"{RSUD}/{DAY}/B-002"]
        marks = [(await hospital.marks(label))["satusehat-encounter"] for label in ("B-001", "B-002")]
        assert marks == [[each["id"]] for each in hospital.platform.encounters]


async def test_s8_2_a_duplicate_of_our_own_is_taken_up(tmp_path: Path) -> None:
    """As where the search does not find at once what was posted a moment ago."""
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        hospital.platform.loses["POST"] = 1
        with pytest.raises(Undelivered):
            await hospital.deliver()
        hospital.platform.hides_searches = 1
        await hospital.deliver()
        [encounter] = hospital.platform.encounters
        assert (await hospital.marks(label))["satusehat-encounter"] == [encounter["id"]]


async def test_s8_3_a_refusal_tells_the_rule_and_nobodys_number(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, organization="10000005") as hospital:
        await hospital.come()
        with pytest.raises(Undelivered) as refused:
            await hospital.deliver()
        assert refused.value.is_final
        assert "Wrong organization ID" in str(refused.value)
        assert "RuleNumber: 10117" in str(refused.value)
        assert "Encounter.identifier[0].system" in str(refused.value)


async def test_s8_3_a_refusal_that_names_a_patient_is_told_without(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come()
        hospital.platform.patients[NIK] = "P02428473601"
        await hospital.house.people.add((RSUD, DAY, "B-001"), Field.IHS, "P09999999999")
        with pytest.raises(Undelivered) as refused:
            await hospital.deliver()
        assert refused.value.is_refused
        assert str(refused.value).count("[masked]") == 2
        assert not any(sign.isdigit() for sign in str(refused.value).removeprefix("it answered 400"))


async def test_s8_4_who_is_away_is_asked_again_later(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come()
        await hospital.sender._client.tokens.get()
        hospital.platform.away = Reply(503, {}, {"Retry-After": "7"})
        with pytest.raises(Undelivered) as away:
            await hospital.deliver()
        assert not away.value.is_refused
        assert away.value.rest_seconds == 7
