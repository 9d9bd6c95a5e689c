"""What goes wrong on a floor: a counter closes over a call, a clerk is gone, an emergency comes, a class was wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from queue_service.domain.actions import (
    CallNext,
    Complete,
    Issue,
    MarkNoShow,
    Reclassify,
    Serve,
    SetCounter,
    SetQueue,
    Suspend,
    TakeOver,
    Undo,
)
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import (
    CounterBusy,
    Invalid,
    NobodyAtCounter,
    NobodyWaiting,
    NotAllowed,
    NothingToUndo,
    QueueClosed,
)
from queue_service.domain.lines import QueueState
from queue_service.domain.order import Reason, places
from queue_service.domain.tickets import Status
from tests.domain.examples import BRANCH, CLINIC, NINE, Day, clinic_with

CLOSED = CounterState.CLOSED


@pytest.fixture
def day() -> Day:
    day = Day()
    day.open("1", "2")
    return day


def test_who_is_called_at_a_counter_that_closes_has_the_old_place_again(day: Day) -> None:
    first, second = day.issue(), day.issue(minutes=1)
    day.act(CallNext("1"), minutes=5)
    with pytest.raises(CounterBusy):
        day.act(SetCounter("1", CLOSED))
    day.act(SetCounter("1", CLOSED, sends_back=True))
    assert day.order() == [first, second]
    assert (day.ticket(first).calls, day.floor.counter("1").ticket) == (0, None)
    day.act(CallNext("2"))  # at once: it was not the visitor who missed something
    assert day.floor.counter("2").ticket == first
    assert day.floor == day.folded_anew()


def test_a_counter_does_not_close_over_somebody_who_is_being_served(day: Day) -> None:
    day.issue()
    day.act(CallNext("1"))
    day.act(Serve("1"))
    with pytest.raises(CounterBusy):
        day.act(SetCounter("1", CLOSED, sends_back=True))


def test_a_class_that_was_wrong_counts_no_more_even_after_a_counter_closed_over_the_call(day: Day) -> None:
    earlier = day.issue()
    wrong = day.issue(ticket_class="aged", minutes=1)
    assert day.order() == [wrong, earlier]
    day.act(CallNext("1"))
    day.act(SetCounter("1", CLOSED, sends_back=True))
    day.act(Reclassify(wrong, "general", "mistake"))
    assert day.order() == [earlier, wrong]


def test_a_class_that_was_missing_counts_from_when_the_number_was_taken(day: Day) -> None:
    first, second = day.issue(), day.issue(minutes=10)
    day.act(Reclassify(second, "aged", "seen"), minutes=15)
    assert day.order() == [second, first]
    assert day.ticket(second).due == NINE - timedelta(minutes=20)
    assert day.act(Reclassify(second, "aged", "seen")) == ()


@pytest.mark.parametrize(("ticket_class", "reason"), [("aged", "friend"), ("king", "seen")])
def test_a_class_is_changed_for_a_reason_that_is_known_to_one_that_is_known(
    day: Day, ticket_class: str, reason: str
) -> None:
    label = day.issue()
    with pytest.raises(Invalid):
        day.act(Reclassify(label, ticket_class, reason))


def test_nobody_s_class_is_changed_at_a_counter_or_afterwards(day: Day) -> None:
    label = day.issue()
    day.act(CallNext("1"))
    for _ in range(2):
        with pytest.raises(NotAllowed, match="not changed now"):
            day.act(Reclassify(label, "aged", "seen"))
        if day.floor.counter("1").ticket:
            day.act(Complete("1"))


def test_emergencies_go_before_all_in_the_order_in_which_they_come(day: Day) -> None:
    aged = day.issue(ticket_class="aged")
    first, second = (day.act(Issue(CLINIC, is_urgent=True), minutes=1)[0].label for _ in range(2))  # type: ignore[attr-defined]
    assert day.order() == [first, second, aged]
    assert [place.reason for place in places(day.floor, CLINIC)] == [Reason.URGENT, Reason.URGENT, Reason.RIGHT]


def test_an_emergency_is_taken_in_where_no_numbers_are_left() -> None:
    day = Day(clinic_with(quota=1))
    day.issue()
    day.act(SetQueue(CLINIC, QueueState.CLOSED))
    assert day.act(Issue(CLINIC, is_urgent=True))


def test_who_is_called_and_left_alone_is_taken_over_and_the_old_desk_finds_nobody(day: Day) -> None:
    label = day.issue()
    day.act(CallNext("1"))
    with pytest.raises(NotAllowed, match="attending"):
        day.act(TakeOver("2", label), minutes=4)
    day.act(TakeOver("2", label), minutes=1)
    assert (day.ticket(label).counter, day.ticket(label).status) == ("2", Status.CALLED)
    for late in (Complete("1", expects=label), MarkNoShow("1")):
        with pytest.raises(NobodyAtCounter):
            day.act(late)
    with pytest.raises(NothingToUndo):
        day.act(Undo("1"))
    day.act(Complete("2"))
    assert day.floor == day.folded_anew()


def test_a_supervisor_may_order_it_at_once_also_while_somebody_is_being_served(day: Day) -> None:
    label = day.issue()
    day.act(CallNext("1"))
    day.act(Serve("1"))
    with pytest.raises(NotAllowed):
        day.act(TakeOver("2", label), minutes=60)
    day.act(TakeOver("2", label, is_ordered=True))
    assert (day.ticket(label).counter, day.ticket(label).status) == ("2", Status.SERVING)


def test_a_word_that_is_meant_for_another_is_refused(day: Day) -> None:
    first, second = day.issue(), day.issue(minutes=1)
    day.act(CallNext("1"))
    day.act(Complete("1", expects=first))
    day.act(CallNext("1"))
    with pytest.raises(NotAllowed, match=second):
        day.act(Complete("1", expects=first))
    assert day.ticket(second).status is Status.CALLED


def test_nobody_is_called_for_somebody_who_is_absent_until_they_are_there(day: Day) -> None:
    label = day.issue()
    day.act(Suspend(CLINIC, day.now + timedelta(minutes=30), "Late."))
    with pytest.raises(NobodyWaiting):
        day.act(CallNext("1"), minutes=29)
    assert day.issue()  # numbers are given on
    day.act(CallNext("1"), minutes=1)
    assert day.floor.counter("1").ticket == label


def test_for_a_whole_day_no_numbers_are_given_until_it_is_taken_back(day: Day) -> None:
    day.act(Suspend(CLINIC, None, "Ill."))
    with pytest.raises(QueueClosed):
        day.issue()
    day.act(SetQueue(CLINIC, QueueState.OPEN))
    assert day.issue()
    assert day.act(SetQueue(CLINIC, QueueState.OPEN)) == ()


@pytest.mark.parametrize("minutes", [-1, 0, 24 * 60])
def test_an_absence_ends_on_its_own_day_and_later_than_now(day: Day, minutes: int) -> None:
    with pytest.raises(Invalid):
        day.act(Suspend(CLINIC, day.now + timedelta(minutes=minutes), "Late."))


def test_the_patience_before_taking_over_is_the_branch_s() -> None:
    day = Day(replace(BRANCH, rules=replace(BRANCH.rules, unattended_minutes=1)))
    day.open("1", "2")
    label = day.issue()
    day.act(CallNext("1"))
    day.act(TakeOver("2", label), minutes=1)
    assert day.ticket(label).counter == "2"
