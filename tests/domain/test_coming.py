"""What people at a stop are told of the team, from the week before to its last stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_service.domain.coming import Coming, Outlook, delay, outlook
from queue_service.domain.trip_actions import CancelTrip, HeadFor, LeaveStop, PlanTrip, ReachStop
from tests.domain.examples import NINE, Day
from tests.domain.test_trips import SEVEN, TEAM, a_stop

MINUTE = timedelta(minutes=1)
A = a_stop("a", NINE, hours=1)
B = a_stop("b", NINE + timedelta(minutes=90), hours=1)
C = a_stop("c", NINE + timedelta(minutes=180), hours=1)


def a_day() -> Day:
    day = Day(TEAM, SEVEN)
    day.act(PlanTrip((A, B, C), 50, 2))
    return day


def at(day: Day, queue: str) -> Outlook:
    found = outlook(day.floor, queue, day.now)
    assert found is not None
    return found


def minutes(found: Outlook) -> tuple[int, int]:
    """After nine."""
    return (found.earliest - NINE) // MINUTE, (found.latest - NINE) // MINUTE


@pytest.mark.parametrize(("days", "coming"), [(12, Coming.WEEK), (5, Coming.DAY), (2, Coming.HOUR), (0, Coming.HOUR)])
def test_the_nearer_the_trip_the_closer_it_is_told(days: int, coming: Coming) -> None:
    day = a_day()
    found = outlook(day.floor, "b", SEVEN - timedelta(days=days))
    assert found is not None and found.coming is coming


def test_a_week_is_told_from_monday_to_sunday_and_an_hour_with_room_on_both_sides() -> None:
    day = a_day()
    week = outlook(day.floor, "b", SEVEN - timedelta(days=12))
    assert week is not None
    assert [TEAM.local(moment).isoweekday() for moment in (week.earliest, week.latest)] == [1, 7]
    assert minutes(at(day, "b")) == (60, 150)


def test_on_the_road_it_is_told_how_many_stops_and_about_when() -> None:
    day = a_day()
    day.now += 110 * MINUTE
    day.act(HeadFor("a"))
    assert (at(day, "c").coming, at(day, "c").stops, minutes(at(day, "c"))) == (Coming.LIVE, 2, (180, 200))
    assert (at(day, "a").stops, minutes(at(day, "a"))) == (0, (0, 10))
    day.now += 30 * MINUTE
    day.act(ReachStop("a"))  # twenty minutes late
    assert at(day, "a").coming is Coming.THERE
    assert (at(day, "c").stops, minutes(at(day, "c"))) == (2, (200, 220))
    day.now += 50 * MINUTE
    day.act(LeaveStop("a"))  # ten of them caught up
    assert at(day, "a").coming is Coming.LEFT
    assert (at(day, "b").stops, minutes(at(day, "b"))) == (0, (100, 110))
    day.act(HeadFor("b"))
    assert (at(day, "c").stops, minutes(at(day, "c"))) == (1, (190, 200))


def test_one_of_its_people_is_told_about_their_own_time() -> None:
    day = a_day()
    day.now += 120 * MINUTE
    day.act(ReachStop("a"))
    found = outlook(day.floor, "b", day.now, due=B.arrives + 30 * MINUTE)
    assert found is not None and minutes(found) == (120, 130)


def test_a_trip_that_is_cancelled_comes_nowhere() -> None:
    day = a_day()
    day.act(CancelTrip("Jalan longsor."))
    assert at(day, "b").coming is Coming.CANCELLED
    assert outlook(day.floor, "z", day.now) is None
    assert outlook(Day().floor, "a", NINE) is None


STEPS = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from((HeadFor, ReachStop, LeaveStop)), st.sampled_from("abc")), max_size=8
)


@settings(max_examples=50)
@given(STEPS, st.integers(0, 300))
def test_nobody_is_told_of_a_time_that_is_over_and_waiting_makes_nothing_sooner(
    steps: list[tuple[int, type[HeadFor | ReachStop | LeaveStop], str]], later: int
) -> None:
    day = a_day()
    for wait, step, queue in steps:
        day.now += wait * MINUTE
        day.act(step(queue))
    for queue in "abc":
        now, then = at(day, queue), outlook(day.floor, queue, day.now + later * MINUTE)
        assert then is not None
        assert now.earliest <= now.latest and 0 <= now.stops <= 2
        assert then.earliest >= now.earliest and then.latest >= now.latest
        if now.coming is Coming.LIVE:
            assert now.latest >= day.now and now.earliest > day.now - 5 * MINUTE
    assert delay(day.floor.trip, day.now + later * MINUTE) >= delay(day.floor.trip, day.now)  # type: ignore[arg-type]


@settings(max_examples=50)
@given(STEPS)
def test_a_stop_that_comes_later_is_told_no_earlier_time(
    steps: list[tuple[int, type[HeadFor | ReachStop | LeaveStop], str]],
) -> None:
    day = a_day()
    for wait, step, queue in steps:
        day.now += wait * MINUTE
        day.act(step(queue))
    told = [at(day, queue) for queue in "abc"]
    live = [found for found in told if found.coming is Coming.LIVE]
    assert [found.earliest for found in live] == sorted(found.earliest for found in live)
