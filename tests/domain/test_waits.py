from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import CallNext, Cancel, Complete, SetCounter, Undo
from queue_service.domain.counters import CounterState
from queue_service.domain.waits import FEWEST_GAPS, knots, wait_for
from tests.domain.examples import CLINIC, Day


def a_day_called_every(minutes: float, *, calls: int, waiting: int) -> Day:
    day = Day()
    for _ in range(calls + waiting):
        day.issue()
    day.open("1")
    for _ in range(calls):
        day.act(CallNext("1"), minutes=minutes)
        day.act(Complete("1"))
    return day


def test_the_wait_is_not_known_before_the_queue_has_moved() -> None:
    assert knots(a_day_called_every(5, calls=FEWEST_GAPS, waiting=4).floor, CLINIC) == []
    assert knots(a_day_called_every(5, calls=FEWEST_GAPS + 1, waiting=4).floor, CLINIC) != []


def test_the_wait_is_not_known_while_nobody_serves() -> None:
    day = a_day_called_every(5, calls=8, waiting=4)
    day.act(SetCounter("1", CounterState.PAUSED))
    assert knots(day.floor, CLINIC) == []


def test_even_gaps_give_people_ahead_plus_one_times_the_gap() -> None:
    found = knots(a_day_called_every(5, calls=8, waiting=12).floor, CLINIC)
    assert [(ahead, p50) for ahead, p50, _ in found] == [(0, 300), (1, 600), (2, 900), (5, 1800), (10, 3300)]
    assert all(p50 == p80 for _, p50, p80 in found)


def test_time_in_which_nobody_waited_does_not_count() -> None:
    day = a_day_called_every(5, calls=6, waiting=0)
    day.now = day.now.replace(hour=day.now.hour + 2)
    for _ in range(3):
        day.issue()
    day.act(CallNext("1"), minutes=1)
    assert max(day.floor.line(CLINIC).gaps) == 300


def test_a_queue_that_emptied_by_cancelling_starts_anew() -> None:
    day = a_day_called_every(5, calls=5, waiting=1)
    day.act(Cancel("A-006"))
    day.issue(minutes=60)
    day.act(CallNext("1"), minutes=1)
    assert max(day.floor.line(CLINIC).gaps) == 300


def test_an_undone_call_leaves_no_gap_behind() -> None:
    day = a_day_called_every(5, calls=6, waiting=3)
    before = list(day.floor.line(CLINIC).gaps)
    day.act(CallNext("1"), minutes=0.1)
    day.act(Undo("1"))
    assert day.floor.line(CLINIC).gaps == before
    day.act(CallNext("1"), minutes=4.9)
    assert day.floor.line(CLINIC).gaps[-1] == 300


@given(st.lists(st.floats(0, 3600), min_size=FEWEST_GAPS, max_size=20), st.integers(0, 60))
def test_ranges_rise_with_the_people_ahead_and_are_never_upside_down(gaps: list[float], waiting: int) -> None:
    day = a_day_called_every(1, calls=2, waiting=waiting)
    day.floor.line(CLINIC).gaps[:] = gaps
    found = knots(day.floor, CLINIC)
    assert found[0][0] == 0
    for (a, a50, a80), (b, b50, b80) in itertools.pairwise(found):
        assert (a < b, a50 <= b50, a80 <= b80) == (True, True, True)
    assert all(0 <= p50 <= p80 for _, p50, p80 in found)


def test_p50_and_p80_are_what_they_say_for_random_gaps() -> None:
    """Exponential gaps, five ahead: the truth is the gamma distribution, and the estimate knows 20 gaps."""
    draw = random.Random(7)
    within50 = within80 = 0
    day = a_day_called_every(1, calls=2, waiting=10)
    for _ in range(2000):
        day.floor.line(CLINIC).gaps[:] = [draw.expovariate(1 / 300) for _ in range(20)]
        p50, p80 = wait_for(knots(day.floor, CLINIC), 5) or (0, 0)
        waited = sum(draw.expovariate(1 / 300) for _ in range(6))
        within50 += waited <= p50
        within80 += waited <= p80
    assert 0.44 < within50 / 2000 < 0.56
    assert 0.74 < within80 / 2000 < 0.86


def test_between_knots_by_a_straight_line_and_beyond_by_the_last_slope() -> None:
    some = [(0, 100, 200), (2, 300, 500), (5, 600, 900)]
    assert wait_for(some, 0) == (100, 200)
    assert wait_for(some, 1) == (200, 350)
    assert wait_for(some, 4) == (500, 767)
    assert wait_for(some, 8) == (900, 1300)
    assert wait_for([], 3) is None
    assert wait_for([(0, 100, 150)], 2) == (300, 450)
