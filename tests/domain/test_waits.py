from __future__ import annotations

import itertools
import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import Book, CallNext, Cancel, Complete, Notify, SetCounter, SetLimit, Undo
from queue_service.domain.branches import Booking
from queue_service.domain.calendars import Calendar
from queue_service.domain.counters import CounterState
from queue_service.domain.tickets import Status
from queue_service.domain.waits import FEWEST_GAPS, knots, wait_for
from tests.domain.examples import CLINIC, NINE, WORKING_HOURS, Day, clinic_with


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


def with_appointments(waiting: int, percent: int) -> Day:
    """At nine o'clock: eight people have booked for nine and may be a quarter of an hour late, four more for ten."""
    booking = Booking(per_slot=8, slot_minutes=60, overbook_percent=50)
    day = Day(clinic_with(calendar=Calendar(WORKING_HOURS), booking=booking), NINE - timedelta(hours=1))
    for slot, count in ((NINE, 8), (NINE + timedelta(hours=1), 4)):
        for _ in range(count):
            day.act(Book(CLINIC, slot))
    if percent < 100:
        day.act(SetLimit(CLINIC, 8, percent))
    for _ in range(waiting + 4):
        day.issue()
    day.open("1")
    for _ in range(4):
        day.act(CallNext("1"), minutes=2)
        day.act(Complete("1"))
    day.now = NINE
    day.act(Notify("Selamat pagi", NINE + timedelta(hours=3)))
    return day


def test_who_has_booked_and_is_due_before_counts_as_ahead_as_far_as_they_come() -> None:
    day = with_appointments(waiting=5, percent=100)
    assert [(ahead, p50) for ahead, p50, _ in knots(day.floor, CLINIC)] == [
        (0, 120),  # whoever waits since eight is due before all of them
        (1, 240),
        (2, 360),
        (5, 120 * (6 + 8)),  # and whoever comes now after those of nine o'clock, but before those of ten
    ]
    half = with_appointments(waiting=5, percent=50)
    p50, p80 = wait_for(knots(half.floor, CLINIC), 5) or (0, 0)
    assert 120 * (6 + 3.7) < p50 < 120 * (6 + 4.1) < p80
    half.now += timedelta(minutes=16)
    half.act(Notify("Masih pagi", half.now + timedelta(hours=3)))
    assert wait_for(knots(half.floor, CLINIC), 5) == (720, 720)  # who has not come by now is due on arrival


def test_the_range_covers_where_some_come_and_some_do_not() -> None:
    """One comes at nine; of those who booked seven in ten show up, each at a moment of the next quarter."""
    draw = random.Random(11)
    day = with_appointments(waiting=5, percent=70)
    blind = with_appointments(waiting=5, percent=100)
    for label, ticket in list(blind.floor.tickets.items()):
        if ticket.status is Status.BOOKED:
            del blind.floor.tickets[label]
    trials, within50, within80, blindly80 = 2000, 0, 0, 0
    for _ in range(trials):
        gaps = [draw.expovariate(1 / 300) for _ in range(20)]
        for one in (day, blind):
            one.floor.line(CLINIC).gaps[:] = gaps
        waited = wait_among(draw, ahead=5, booked=8, rate=0.7, mean=300)
        p50, p80 = wait_for(knots(day.floor, CLINIC), 5) or (0, 0)
        within50 += waited <= p50
        within80 += waited <= p80
        blindly80 += waited <= (wait_for(knots(blind.floor, CLINIC), 5) or (0, 0))[1]
    assert 0.44 < within50 / trials < 0.62  # a few come so late that one is called before them
    assert 0.74 < within80 / trials < 0.90
    assert blindly80 / trials < 0.65


def wait_among(draw: random.Random, ahead: int, booked: int, rate: float, mean: float) -> float:
    """Until one is called who has so many ahead, while those who booked come in and are due before."""
    arrivals = sorted(draw.uniform(0, 900) for _ in range(booked) if draw.random() < rate)
    now = draw.expovariate(1 / mean)
    while True:
        while arrivals and arrivals[0] <= now:
            arrivals.pop(0)
            ahead += 1
        if ahead == 0:
            return now
        ahead -= 1
        now += draw.expovariate(1 / mean)
