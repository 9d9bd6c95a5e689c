"""What a history has to tell, without anything around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.bpjs.visits import ABSENT, WANTED, Ways, What, Word, passes_admission, words_of
from integrations.contract import Item
from tests.integrations.bpjs.sends.hospitals import ADMISSION, EYES, INTERNAL, LABORATORY, PHARMACY, RSUD, TODAY

WAYS = Ways(frozenset({INTERNAL, EYES}), frozenset({ADMISSION}), {PHARMACY: "racikan"})

Step = tuple[str, dict[str, Any]]


def history(*steps: str | Step) -> list[Item]:
    """A minute between two of them: the nth is at n."""
    told = [(step, {}) if isinstance(step, str) else step for step in steps]
    return [
        Item("e", RSUD, TODAY, n, n, kind, {"label": "B-001", **fields}) for n, (kind, fields) in enumerate(told, 1)
    ]


def issued(queue: str, *ahead: str) -> Step:
    return "issued", {"queue": queue, "ahead": [[[stop, None]] for stop in ahead]}


def booked(queue: str, due: int = 1000) -> Step:
    return "booked", {"queue": queue, "due": due}


def on(queue: str, *ahead: str) -> Step:
    return "transferred", {"queue": queue, "ahead": [[[stop, None]] for stop in ahead]}


def told(words: Sequence[Word], nth: int = 1) -> list[str | tuple[int, int]]:
    """Tasks with their times, and the rest by name."""
    its = [word for word in words if word.nth == nth]
    return [(word.task, word.ms) if word.what is What.TASK else word.what.value for word in its]


def tell(*steps: str | Step, is_new: bool = False, nth: int = 1, ways: Ways = WAYS) -> list[str | tuple[int, int]]:
    return told(words_of(history(*steps), ways, is_new), nth)


SEEN = ("called", "serving")


def test_a_known_patient_at_the_clinic_is_told_3_4_5() -> None:
    assert tell(issued(INTERNAL), *SEEN, "completed") == ["add", (3, 1), (4, 3), (5, 4)]


def test_a_new_patient_is_told_1_to_7() -> None:
    steps = (
        issued(ADMISSION, INTERNAL, PHARMACY),
        *SEEN,
        on(INTERNAL, PHARMACY),
        *SEEN,
        on(PHARMACY),
        *SEEN,
        "completed",
    )
    expected = ["add", (1, 1), (2, 2), (3, 4), (4, 6), (5, 7), "pharmacy", (6, 9), (7, 10)]
    assert tell(*steps, is_new=True) == expected


def test_a_known_patient_who_passes_admission_waits_for_the_clinic_once_there() -> None:
    assert tell(issued(ADMISSION, INTERNAL), *SEEN, on(INTERNAL), *SEEN) == ["add", (3, 4), (4, 6)]


def test_what_was_before_the_clinic_was_known_is_told_once_it_is() -> None:
    words = words_of(history(issued(ADMISSION), *SEEN, on(EYES)), WAYS, is_new=True)
    assert told(words) == ["add", (1, 1), (2, 2), (3, 4)]
    assert {word.seq for word in words} == {4}


def test_an_appointment_is_announced_at_once_and_waits_from_when_its_holder_comes() -> None:
    words = words_of(history(booked(INTERNAL), "checked_in"), WAYS)
    assert told(words) == ["add", (3, 2)]
    assert (words[0].ms, words[0].is_appointment) == (1000, True)


def test_a_new_patient_with_an_appointment_comes_by_way_of_admission() -> None:
    steps = booked(INTERNAL), ("checked_in", {"first": ADMISSION}), *SEEN, on(INTERNAL), *SEEN, "completed"
    assert tell(*steps, is_new=True) == ["add", (1, 2), (2, 3), (3, 5), (4, 7), (5, 8)]


def test_a_new_patient_who_was_never_at_admission_has_gaps_and_nothing_in_their_place() -> None:
    steps = booked(INTERNAL), "checked_in", *SEEN, "completed"
    assert tell(*steps, is_new=True) == ["add", (1, 2), (4, 4), (5, 5)]


def test_who_is_called_without_having_checked_in_has_no_time_of_waiting() -> None:
    assert tell(booked(INTERNAL), *SEEN, "completed") == ["add", (4, 3), (5, 4)]


def test_a_service_that_nobody_said_began_is_missing() -> None:
    assert tell(issued(INTERNAL), "called", "completed") == ["add", (3, 1), (5, 3)]


@pytest.mark.parametrize("step", ["recalled", "held", "requeued", "reclassified", "stepped_away", "taken_over"])
def test_what_is_between_a_call_and_its_service_tells_nothing(step: str) -> None:
    assert step not in WANTED
    assert tell(issued(INTERNAL), "called", step, "called", "serving") == ["add", (3, 1), (4, 5)]


def test_the_time_is_when_it_happened_and_not_when_it_was_written_down() -> None:
    assert tell(("issued", {"queue": INTERNAL, "occurred": 77}), ("serving", {"occurred": 88})) == [
        "add",
        (3, 77),
        (4, 88),
    ]


def test_a_stop_that_another_system_concluded_is_one() -> None:
    assert tell(issued(INTERNAL), ("concluded", {"queue": PHARMACY})) == ["add", (3, 1), (5, 2), "pharmacy"]


def test_a_second_clinic_is_a_second_booking_with_its_own_times() -> None:
    steps = issued(INTERNAL, EYES, PHARMACY), *SEEN, on(EYES, PHARMACY), *SEEN, on(PHARMACY), "serving"
    assert tell(*steps) == ["add", (3, 1), (4, 3), (5, 4)]
    assert tell(*steps, nth=2) == ["add", (3, 4), (4, 6), (5, 7), "pharmacy", (6, 8)]


def test_who_comes_back_from_the_laboratory_is_not_done_before() -> None:
    steps = issued(INTERNAL), *SEEN, on(LABORATORY, INTERNAL), *SEEN, on(INTERNAL), *SEEN, "completed"
    assert tell(*steps) == ["add", (3, 1), (4, 3), (5, 10)]


def test_a_planned_second_clinic_is_one_though_nobody_said_when_the_first_began() -> None:
    steps = issued(INTERNAL, EYES), "called", on(EYES), *SEEN, "completed"
    assert tell(*steps) == ["add", (3, 1), (5, 3)]
    assert tell(*steps, nth=2) == ["add", (3, 3), (4, 5), (5, 6)]


def test_who_is_sent_to_another_doctor_before_the_first_began_keeps_the_booking() -> None:
    for step in (("moved", {"queue": EYES}), on(EYES)):
        words = words_of(history(issued(INTERNAL), "called", step, *SEEN, "completed"), WAYS)
        assert told(words) == ["add", (3, 1), (4, 5), (5, 6)]
        assert words[0].queue == INTERNAL


def test_a_withdrawal_is_absent_and_withdrawn_and_the_last_that_is_told() -> None:
    assert tell(booked(INTERNAL), "cancelled", *SEEN, "completed") == ["add", (ABSENT, 2), "withdraw"]


@pytest.mark.parametrize("step", ["no_show", "released", "lapsed"])
def test_absence_is_told_without_a_withdrawal(step: str) -> None:
    assert tell(issued(INTERNAL), "called", step, *SEEN) == ["add", (3, 1), (ABSENT, 3)]


def test_a_hospital_may_wait_for_more_than_one_miss() -> None:
    ways = Ways(WAYS.clinics, absent_after=2)
    steps = issued(INTERNAL), "called", "no_show", "called", "no_show"
    assert tell(*steps, ways=ways) == ["add", (3, 1), (ABSENT, 5)]
    assert tell(*steps[:4], "serving", ways=ways) == ["add", (3, 1), (4, 5)]


def test_who_was_treated_was_here_whatever_becomes_of_the_medicine() -> None:
    steps = issued(INTERNAL, PHARMACY), *SEEN, on(PHARMACY)
    for step in ("cancelled", "no_show", "released"):
        assert tell(*steps, step) == ["add", (3, 1), (4, 3), (5, 4), "pharmacy"]


def test_a_queue_that_is_none_of_the_insurers_business_tells_nothing() -> None:
    assert tell(issued(LABORATORY), *SEEN, "completed") == []


def test_passing_admission_is_seen_however_one_gets_there() -> None:
    assert passes_admission(history(issued(ADMISSION)), WAYS)
    assert passes_admission(history(booked(INTERNAL), ("checked_in", {"first": ADMISSION})), WAYS)
    assert not passes_admission(history(issued(INTERNAL)), WAYS)


QUEUES = st.sampled_from([ADMISSION, INTERNAL, EYES, LABORATORY, PHARMACY])
BEGIN = st.one_of(st.builds(issued, QUEUES, QUEUES), st.builds(booked, QUEUES))
STEPS = st.one_of(
    st.sampled_from(["checked_in", "called", "serving", "completed", "no_show", "cancelled", "held", "released"]),
    st.builds(on, QUEUES, QUEUES),
    st.builds(lambda queue: ("moved", {"queue": queue}), QUEUES),
)


@given(BEGIN, st.lists(STEPS, max_size=14), st.booleans())
def test_whatever_happens_nothing_is_told_twice_or_taken_back_or_after_the_end(
    begin: Step, steps: list[str | Step], is_new: bool
) -> None:
    whole = history(begin, *steps)
    words = words_of(whole, WAYS, is_new)
    for end in range(1, len(whole)):
        before = words_of(whole[:end], WAYS, is_new)
        assert words[: len(before)] == before
        assert all(word.seq > end for word in words[len(before) :])
    for nth in {word.nth for word in words}:
        its = [word for word in words if word.nth == nth]
        tasks = [word.task for word in its if word.what is What.TASK]
        assert [word.what for word in its].count(What.ADD) == 1 and its[0].what is What.ADD
        assert len(tasks) == len(set(tasks))
        assert ABSENT not in tasks[:-1]
        assert all(word.ms in {item.at_ms for item in whole} | {1000} for word in its)
