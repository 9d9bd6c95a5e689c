"""Another system leads: it has called, served and sent away already, and our counters follow as they can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_service.domain.actions import (
    Action,
    Cancel,
    Issue,
    LedCall,
    LedComplete,
    LedMove,
    LedReopen,
    LedServe,
    Reported,
    Undo,
)
from queue_service.domain.errors import Invalid, NotAllowed, Refusal
from queue_service.domain.events import Called, Held, Issued, Recalled
from queue_service.domain.tickets import Status
from queue_service.domain.times import stages
from tests.domain.examples import CLINIC, NINE, PHARMACY, Day
from tests.domain.test_journeys import ACTIONS, COUNTERS, DOCTOR, HOSPITAL, LAB, LABELS, QUEUES, come, holds_together


def led(day: Day, number: int, queue: str = CLINIC) -> str:
    (event,) = day.act(Issue(queue, number=number))
    assert isinstance(event, Issued)
    return event.label


def test_numbers_come_as_the_other_system_gives_them() -> None:
    day = Day()
    assert [led(day, 3), led(day, 1), day.issue(), day.issue()] == ["A-003", "A-001", "A-002", "A-004"]
    with pytest.raises(NotAllowed, match="A-003"):
        led(day, 3)
    with pytest.raises(Invalid):
        led(day, 0)


def test_a_call_needs_no_free_counter_and_no_open_one() -> None:
    day = Day()
    first, second = led(day, 1), led(day, 2)
    day.act(LedCall(first, "1"))
    assert (day.ticket(first).status, day.ticket(first).counter) == (Status.CALLED, "1")
    events = day.act(LedCall(second, "1"))
    assert [type(event) for event in events] == [Held, Called]  # the first is put aside, not lost
    assert [type(event) for event in day.act(LedCall(second, "1"))] == [Recalled]
    assert day.act(LedComplete(first))  # though nobody has it at a counter
    assert day.ticket(first).status is Status.COMPLETED
    assert day.floor.counter("1").ticket == second
    assert day.floor == day.folded_anew()


def test_who_is_served_without_a_call_was_called() -> None:
    day = Day()
    label = led(day, 1)
    day.act(LedServe(label, "1"))
    assert day.ticket(label).status is Status.SERVING
    assert day.act(LedServe(label, "1")) == ()  # once more changes nothing


def test_who_was_never_called_is_done_all_the_same_and_nobody_is_rung() -> None:
    day = Day()
    label, other = led(day, 1), led(day, 2)
    events = day.act(LedComplete(label))
    assert not any(isinstance(event, Called) for event in events)
    assert day.order() == [other]


def test_a_visit_goes_on_at_the_pharmacy_also_when_it_seemed_over() -> None:
    day = Day()
    label = led(day, 1)
    day.act(LedServe(label, "1"))
    day.act(LedComplete(label))
    day.act(LedReopen(label, PHARMACY), minutes=4)
    assert day.order(PHARMACY) == [label]
    assert [(stage.queue, stage.outcome) for stage in stages(day.journal)] == [(CLINIC, "completed"), (PHARMACY, None)]


def test_what_was_cancelled_by_mistake_has_its_old_place() -> None:
    day = Day()
    first, second = led(day, 1), led(day, 2)
    day.act(Cancel(first))
    day.act(LedReopen(first), minutes=3)
    assert day.order() == [first, second]
    assert day.act(LedReopen(first)) == ()


def test_a_changed_clinic_moves_whoever_waits() -> None:
    day = Day()
    label = led(day, 1)
    day.act(LedMove(label, PHARMACY))
    assert (day.order(CLINIC), day.order(PHARMACY)) == ([], [label])
    day.act(LedCall(label, "3"))
    with pytest.raises(NotAllowed):
        day.act(LedMove(label, CLINIC))


def test_times_are_those_at_which_it_happened() -> None:
    day = Day()
    label = led(day, 1)
    day.now += timedelta(minutes=30)
    seen, done = NINE + timedelta(minutes=10), NINE + timedelta(minutes=20)
    day.act(Reported(LedServe(label, "1"), seen))
    day.act(Reported(LedComplete(label), done))
    (stage,) = stages(day.journal)
    assert (stage.called_at, stage.serving_at, stage.ended_at) == (seen, seen, done)
    with pytest.raises(Invalid, match="still to come"):
        day.act(Reported(LedReopen(label), day.now + timedelta(minutes=1)))


LED: st.SearchStrategy[Action] = st.one_of(
    ACTIONS,
    st.builds(LedCall, LABELS, COUNTERS),
    st.builds(LedServe, LABELS, COUNTERS),
    st.builds(LedComplete, LABELS, st.sampled_from(["", "", DOCTOR, LAB]), st.booleans()),
    st.builds(LedReopen, LABELS, st.sampled_from(["", DOCTOR, LAB])),
    st.builds(LedMove, LABELS, st.sampled_from(QUEUES)),
    st.builds(Undo, COUNTERS),
    st.builds(Issue, st.just(DOCTOR), number=st.integers(1, 6)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(LED, st.integers(0, 20)), max_size=60))
def test_any_day_that_two_lead_holds_together(acts: list[tuple[Action, int]]) -> None:
    day = Day(HOSPITAL)
    day.open(*QUEUES, "any")
    for _ in range(2):
        come(day)
        come(day, "checks")
    for action, minutes in acts:
        try:
            day.act(action, minutes=minutes)
        except Refusal:
            continue
        holds_together(day)
    assert day.floor == day.folded_anew()
    for stage in stages(day.journal):
        assert stage.ended_at is None or stage.ended_at >= stage.waiting_from
