"""What the clerks of a team did without a link, told when there is one again: as of when they did it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from queue_service.domain.actions import (
    Call,
    Complete,
    CounterAction,
    Issue,
    MarkNoShow,
    Recall,
    Reported,
    Serve,
    SetCounter,
    Undo,
)
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import Invalid, NotAllowed
from queue_service.domain.tickets import Status
from queue_service.domain.times import stages
from queue_service.domain.trip_actions import PlanTrip, ReachStop, TakeToField
from tests.domain.examples import NINE, Day
from tests.domain.test_trips import SEVEN, TEAM, A


def a_day(people: int = 3) -> Day:
    """Nine o'clock: the team is at the stop, its counter is open, and people have taken numbers."""
    day = Day(TEAM, SEVEN)
    day.act(PlanTrip((A,), 50, 2))
    day.now = NINE
    day.act(ReachStop("a"))
    day.act(SetCounter("1", CounterState.OPEN))
    for _ in range(people):
        day.act(Issue("a"))
    return day


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def tell(day: Day, *done: tuple[CounterAction, float]) -> None:
    for action, minutes in done:
        day.act(Reported(action, after(minutes)))


def test_the_times_are_those_at_which_it_was_done() -> None:
    day = a_day()
    day.now = after(180)
    tell(day, (Call("1", "A-001"), 2), (Serve("1", expects="A-001"), 5), (Complete("1", expects="A-001"), 20))
    tell(day, (Call("1", "A-002"), 21), (Serve("1", expects="A-002"), 22))
    first, second, _ = stages(day.journal)
    assert (first.waiting_seconds, first.way_seconds, first.service_seconds) == (120, 180, 900)
    assert second.called_at == day.ticket("A-002").called_at == after(21)
    assert {entry.at for entry in day.journal[-5:]} == {after(180)}
    assert day.floor.line("a").gaps == [19 * 60]


def test_what_was_right_when_it_was_done_is_right_still() -> None:
    """The pause between two calls had passed, though both are told in one breath."""
    day = a_day()
    day.now = after(60)
    tell(day, (Call("1", "A-001"), 1), (MarkNoShow("1", expects="A-001"), 2))
    with pytest.raises(NotAllowed, match="may be called again"):
        tell(day, (Call("1", "A-001"), 4))
    tell(day, (Call("1", "A-001"), 6))
    assert day.ticket("A-001").calls == 2


def test_it_is_told_in_its_order() -> None:
    day = a_day()
    day.now = after(60)
    tell(day, (Call("1", "A-001"), 10))
    before = day.floor.seq
    with pytest.raises(Invalid, match="too early"):
        tell(day, (Complete("1", expects="A-001"), 9))
    assert (day.floor.seq, day.ticket("A-001").status) == (before, Status.CALLED)


def test_clocks_may_differ_by_little() -> None:
    day = a_day()
    day.now = after(60)
    tell(day, (Call("1", "A-001"), 10), (Recall("1", expects="A-001"), 10 - 4 / 60), (Serve("1"), 60 + 4 / 60))
    assert day.ticket("A-001").announced_at == after(10)
    assert day.ticket("A-001").serving_at == after(60)


@pytest.mark.parametrize("minutes", [61, -9 * 60 - 1, -24 * 60])
def test_it_was_today_and_is_over(minutes: float) -> None:
    day = a_day()
    day.now = after(60)
    with pytest.raises(Invalid, match="occurred"):
        day.act(Reported(Call("2", "A-001"), after(minutes)))


def test_nothing_was_done_elsewhere_before_the_day_was_taken_along() -> None:
    day = a_day()
    day.act(TakeToField("lease", "laptop"), minutes=30)
    day.floor.held = frozenset({"lease"})
    day.now = after(60)
    with pytest.raises(Invalid, match="too early"):
        tell(day, (Call("1", "A-001"), 29))
    tell(day, (Call("1", "A-001"), 31))


def test_what_is_told_late_is_no_gap_between_calls() -> None:
    """Another counter has called since, and was told of at once."""
    day = a_day()
    day.act(SetCounter("2", CounterState.OPEN))
    day.act(Call("1", "A-001"), minutes=30)
    day.now = after(60)
    tell(day, (Call("2", "A-002"), 10))
    assert day.floor.line("a").gaps == []
    day.act(Undo("2"))
    assert day.floor.line("a").gaps == []
    day.act(Call("2", "A-002"))
    assert day.floor.line("a").gaps == [30 * 60]
