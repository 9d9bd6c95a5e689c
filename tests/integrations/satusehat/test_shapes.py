"""What is sent, held against the shapes of FHIR R4 by two that do not know each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.satusehat.shapes import check
from integrations.satusehat.translate import Named, Sheet, Unsendable, encounter_of, location_of
from integrations.satusehat.visits import Visit
from tests.integrations.satusehat.judges import an_independent_judge

ORGANIZATION = "10000004"
ARRIVED = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SEEN = ARRIVED + timedelta(minutes=35)
LEFT = SEEN + timedelta(minutes=20)
SHEET = Sheet(
    ORGANIZATION,
    "2026-11-23-000001",
    Named("100000030009"),
    Named("b017aa54-f1df-4ec2-9d84-8823815d7228"),
    Named("N10000001"),
)
WHOLE = Visit("poli-anak", ARRIVED, SEEN, LEFT, is_over=True)

# The three states of the platform's worked example, written out by hand.
SAME: dict[str, Any] = {
    "resourceType": "Encounter",
    "identifier": [{"system": "http://sys-ids.kemkes.go.id/encounter/10000004", "value": "2026-11-23-000001"}],
    "class": {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "code": "AMB",
        "display": "ambulatory",
    },
    "subject": {"reference": "Patient/100000030009"},
    "participant": [
        {
            "type": [
                {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                            "code": "ATND",
                            "display": "attender",
                        }
                    ]
                }
            ],
            "individual": {"reference": "Practitioner/N10000001"},
        }
    ],
    "location": [{"location": {"reference": "Location/b017aa54-f1df-4ec2-9d84-8823815d7228"}}],
    "serviceProvider": {"reference": "Organization/10000004"},
}
HALF_PAST, FIVE_PAST, END = (f"2026-11-23T{clock}:00+00:00" for clock in ("01:30", "02:05", "02:25"))
STATE_1 = {
    **SAME,
    "status": "arrived",
    "period": {"start": HALF_PAST},
    "statusHistory": [{"status": "arrived", "period": {"start": HALF_PAST}}],
}
STATE_2 = {
    **SAME,
    "status": "in-progress",
    "period": {"start": HALF_PAST},
    "statusHistory": [
        {"status": "arrived", "period": {"start": HALF_PAST, "end": FIVE_PAST}},
        {"status": "in-progress", "period": {"start": FIVE_PAST}},
    ],
}
STATE_3 = {
    **SAME,
    "status": "finished",
    "period": {"start": HALF_PAST, "end": END},
    "statusHistory": [
        {"status": "arrived", "period": {"start": HALF_PAST, "end": FIVE_PAST}},
        {"status": "in-progress", "period": {"start": FIVE_PAST, "end": END}},
        {"status": "finished", "period": {"start": END, "end": END}},
    ],
}
STATES = [STATE_1, STATE_2, STATE_3]


def _three_states() -> list[Any]:
    seen = Visit("poli-anak", ARRIVED, SEEN)
    return [encounter_of(visit, SHEET, finishes=True) for visit in (WHOLE.at_arrival, seen, WHOLE)]


def without(resource: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != name}


def test_s5_3_the_worked_example_is_what_we_make() -> None:
    assert _three_states() == STATES


def test_s5_3_all_three_states_are_valid_by_the_library_and_by_an_independent_judge() -> None:
    judge = an_independent_judge()
    for state in _three_states():
        check(state, ORGANIZATION)
    assert judge(_three_states()) == [[], [], []]


def test_s5_3_a_status_of_our_own_and_a_missing_class_are_refused_by_both() -> None:
    judge = an_independent_judge()
    wrong = [{**STATE_2, "status": "waiting"}, without(STATE_2, "class")]
    for resource in wrong:
        with pytest.raises(Unsendable):
            check(resource, ORGANIZATION)
    assert judge(wrong) == [
        ['Encounter.status: Code "waiting" not found in value set'],
        ["Encounter.class: Missing property"],
    ]


def test_s5_1_everything_that_can_become_of_a_visit_is_valid() -> None:
    judge = an_independent_judge()
    moments = (None, SEEN)
    visits = [
        Visit("poli-anak", ARRIVED, seen, left, over)
        for seen in moments
        for left in (None, LEFT)[: 1 + bool(seen)]
        for over in (False, True)
    ]
    visits.append(Visit("poli-anak", ARRIVED, cancelled_at=SEEN))
    plain = Sheet(
        ORGANIZATION, "rsud/2026-11-23/B-001/2", Named("P02428473601", "Planted Persona Uji"), Named("x", "Poli")
    )
    made = [
        encounter_of(visit, sheet, encounter, finishes=finishes)
        for visit in visits
        for sheet in (SHEET, plain)
        for encounter in ("", "6b4f-1")
        for finishes in (False, True)
    ]
    for resource in made:
        check(resource, ORGANIZATION)
    assert [faults for faults in judge(made) if faults] == []


def test_s6_1_a_clinics_room_is_a_valid_location() -> None:
    judge = an_independent_judge()
    room = location_of(ORGANIZATION, "rsud/poli-anak", "Poli Anak")
    check(room, ORGANIZATION)
    assert judge([room, {**room, "mode": "sometimes"}]) == [
        [],
        ['Location.mode: Code "sometimes" not found in value set'],
    ]
    assert room == {
        "resourceType": "Location",
        "identifier": [{"system": "http://sys-ids.kemkes.go.id/location/10000004", "value": "rsud/poli-anak"}],
        "status": "active",
        "name": "Poli Anak",
        "mode": "instance",
        "physicalType": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/location-physical-type",
                    "code": "ro",
                    "display": "Room",
                }
            ]
        },
        "managingOrganization": {"reference": "Organization/10000004"},
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"statusHistory": []}, "statusHistory"),
        ({"statusHistory": [{"status": "arrived", "period": {"end": END}}]}, "has no beginning"),
        ({"identifier": [{"system": "http://sys-ids.kemkes.go.id/encounter/1", "value": "1"}]}, "organization"),
        ({"status": "queued"}, "no status"),
        ({"period": {"start": "yesterday"}}, "period"),
        ({"appointed": True}, "appointed"),
    ],
)
def test_s5_1_what_the_platform_would_refuse_is_not_sent(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unsendable, match=sentence):
        check({**STATE_2, **changes}, ORGANIZATION)


def test_s5_1_moments_that_do_not_follow_one_another_are_not_sent() -> None:
    for visit in (Visit("poli-anak", SEEN, ARRIVED), Visit("poli-anak", ARRIVED, SEEN, ARRIVED)):
        with pytest.raises(Unsendable, match="clock"):
            check(encounter_of(visit, SHEET), ORGANIZATION)


def test_s5_1_nothing_before_the_third_of_june_2014_is_sent() -> None:
    first = datetime(2014, 6, 3, tzinfo=UTC)
    check(encounter_of(Visit("poli-anak", first), SHEET), ORGANIZATION)
    with pytest.raises(Unsendable):
        check(encounter_of(Visit("poli-anak", first - timedelta(seconds=1)), SHEET), ORGANIZATION)


def test_s5_1_moments_are_sent_in_utc_to_the_second() -> None:
    local = datetime.fromisoformat("2026-11-23T08:30:00.987+07:00")
    assert encounter_of(Visit("poli-anak", local), SHEET)["period"] == {"start": HALF_PAST}
