from __future__ import annotations

from datetime import timedelta

import pytest

from queue_service.domain.actions import (
    Call,
    CallNext,
    Cancel,
    CheckIn,
    Complete,
    GiveFeedback,
    Hold,
    Issue,
    MarkNoShow,
    SetQueue,
    StepAway,
)
from queue_service.domain.calendars import Calendar
from queue_service.domain.decisions import possible_actions
from queue_service.domain.errors import Invalid, NotAllowed, NotFound, QueueClosed, QuotaFull
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status
from tests.domain.examples import CLINIC, NINE, PHARMACY, WORKING_HOURS, Day, clinic_with


def test_numbers_rise_by_one_in_each_queue() -> None:
    day = Day()
    assert [day.issue(), day.issue(), day.issue(PHARMACY)] == ["A-001", "A-002", "B-001"]


def test_who_comes_first_stands_first() -> None:
    day = Day()
    labels = [day.issue(minutes=1) for _ in range(3)]
    assert day.order() == labels


def test_priority_moves_forward_by_its_minutes_and_no_further() -> None:
    day = Day()
    early, later = day.issue(), day.issue(minutes=20)
    aged = day.issue(ticket_class="aged", minutes=25)  # due 15 minutes after the first
    assert day.order() == [early, aged, later]


def test_the_order_never_shifts_because_time_passes() -> None:
    day = Day()
    for kind in ("general", "aged", "general"):
        day.issue(ticket_class=kind, minutes=5)
    before = day.order()
    day.now += timedelta(hours=5)
    assert day.order() == before


def test_an_unknown_class_or_queue_gets_no_number() -> None:
    day = Day()
    with pytest.raises(Invalid, match="royal"):
        day.issue(ticket_class="royal")
    with pytest.raises(NotFound, match="nowhere"):
        day.issue("nowhere")
    assert not day.journal


def test_a_closed_queue_gives_no_numbers_and_a_paused_one_does() -> None:
    day = Day()
    day.act(SetQueue(CLINIC, QueueState.CLOSED))
    with pytest.raises(QueueClosed):
        day.issue()
    day.act(SetQueue(CLINIC, QueueState.PAUSED))
    assert day.issue() == "A-001"


@pytest.mark.parametrize(("minutes", "is_open"), [(-61, False), (-60, True), (179, True), (180, False), (240, True)])
def test_numbers_are_given_within_opening_hours_and_not_in_the_break(minutes: int, is_open: bool) -> None:
    day = Day(clinic_with(calendar=Calendar(WORKING_HOURS)), NINE + timedelta(minutes=minutes))
    if is_open:
        assert day.issue() == "A-001"
    else:
        with pytest.raises(QueueClosed):
            day.issue()


def test_the_quota_ends_the_numbers_of_that_queue_only() -> None:
    day = Day(clinic_with(quota=2))
    day.issue(), day.issue()
    with pytest.raises(QuotaFull, match="2"):
        day.issue()
    assert day.issue(PHARMACY) == "B-001"


def test_who_steps_away_and_returns_in_time_has_the_old_place() -> None:
    day = Day()
    first, second = day.issue(), day.issue(minutes=1)
    day.act(StepAway(first))
    assert day.order() == [second]
    day.act(CheckIn(first), minutes=15)
    assert day.order() == [first, second]


def test_who_returns_late_stands_behind_those_who_are_here() -> None:
    day = Day()
    first, second = day.issue(), day.issue(minutes=1)
    day.act(StepAway(first))
    day.act(CheckIn(first), minutes=16)
    assert day.order() == [second, first]


def test_a_place_is_kept_once() -> None:
    day = Day()
    label = day.issue()
    day.act(StepAway(label))
    day.act(CheckIn(label))
    with pytest.raises(NotAllowed, match="once"):
        day.act(StepAway(label))


def test_who_was_set_aside_by_the_counter_cannot_check_in() -> None:
    day = Day()
    label = day.issue()
    day.open("1")
    day.act(CallNext("1"))
    day.act(Hold("1"))
    with pytest.raises(NotAllowed, match="counter"):
        day.act(CheckIn(label))


def test_a_missed_visitor_checks_in_behind_the_others_until_called_three_times() -> None:
    day = Day()
    missed = day.issue()
    day.open("1")
    day.act(CallNext("1"))
    for _ in range(2):
        day.act(MarkNoShow("1"))
        other = day.issue(minutes=1)
        day.act(CheckIn(missed), minutes=1)
        assert day.order() == [other, missed]
        day.act(Cancel(other))
        day.act(CallNext("1"), minutes=5)
    day.act(MarkNoShow("1"))
    with pytest.raises(NotAllowed, match="3 times"):
        day.act(CheckIn(missed))


def test_cancelling_at_the_counter_frees_it() -> None:
    day = Day()
    label, following = day.issue(), day.issue()
    day.open("1")
    day.act(CallNext("1"))
    day.act(Cancel(label))
    day.act(CallNext("1"))
    assert day.floor.counter("1").ticket == following


def test_feedback_is_given_once_and_after_the_service() -> None:
    day = Day()
    label = day.issue()
    day.open("1")
    day.act(CallNext("1"))
    with pytest.raises(NotAllowed):
        day.act(GiveFeedback(label, 4))
    day.act(Complete("1"))
    with pytest.raises(Invalid, match="1 to 4"):
        day.act(GiveFeedback(label, 5))
    day.act(GiveFeedback(label, 4))
    assert day.ticket(label).feedback == 4
    with pytest.raises(NotAllowed, match="already"):
        day.act(GiveFeedback(label, 1))


def test_what_a_holder_may_do_is_what_would_not_be_refused() -> None:
    day = Day()
    label = day.issue()

    def possible() -> set[str]:
        return {action.__name__ for action in possible_actions(day.floor, label, day.now)}

    assert possible() == {"Cancel", "StepAway"}
    day.act(StepAway(label))
    assert possible() == {"Cancel", "CheckIn"}
    day.open("1")
    day.act(Call("1", label))
    assert possible() == {"Cancel"}
    day.act(Complete("1"))
    assert possible() == {"GiveFeedback"}


def test_nothing_can_be_done_once_the_day_is_over() -> None:
    day = Day()
    label = day.issue()
    with pytest.raises(NotAllowed, match="2026-11-23"):
        day.act(Cancel(label), minutes=24 * 60)
    with pytest.raises(NotAllowed):
        day.act(Issue(CLINIC))
    assert day.ticket(label).status is Status.WAITING
    assert not list(possible_actions(day.floor, label, day.now))
