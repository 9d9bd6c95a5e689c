"""What holds of every proposal, and what one says of itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.planning import MONDAY
from queue_service.planning import Left, Problem, Proposal, Wish
from queue_service.planning.asking import PlanningFailed, plan_apart
from queue_service.planning.drafts import Draft, span_of
from queue_service.planning.proposing import propose
from queue_service.planning.solving import Effort
from queue_service.planning.travel import Travel
from queue_service.planning.wire import read_problem, read_proposal, write_problem, write_proposal
from tests.planning.worlds import a_wish, shifts_of, working_days_after

QUICK = Effort(iterations=60, seconds=20)
# Two valleys with the base between them, an hour by road from each; and a village behind seven mountains.
PLACES = {
    "base": (-3.80, 103.50),
    **{f"north-{n}": (-3.62, 103.50 + n / 100) for n in range(4)},
    **{f"south-{n}": (-3.98, 103.50 + n / 100) for n in range(4)},
    "beyond": (-6.80, 103.50),
}
NEAR = [village for village in PLACES if village not in ("base", "beyond")]


def a_problem(*wishes: Wish, days: int = 2, capacity: int = 50, teams: int = 1) -> Problem:
    return Problem(wishes, shifts_of(["base"] * teams, days, capacity), Travel(PLACES))


def wished(first: int, length: int = 0) -> tuple[date, date]:
    """Days, the first so many after Monday."""
    return MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + length)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    wishes = draw(
        st.lists(
            st.tuples(
                st.sampled_from(NEAR),
                st.integers(1, 6),
                st.integers(-1, 4),
                st.sampled_from((15, 30, 45)),
                st.none() | st.tuples(st.integers(-1, 2), st.integers(0, 2)),
            ),
            max_size=14,
        )
    )
    made = [
        replace(a_wish(f"w{n:02d}", at, people, max(by, 0), minutes=minutes), days=days and wished(*days))
        for n, (at, people, by, minutes, days) in enumerate(wishes)
    ]
    problem = a_problem(*made, days=draw(st.integers(1, 3)), teams=draw(st.integers(1, 2)))
    shifts = tuple(replace(shift, capacity=draw(st.integers(3, 20))) for shift in problem.shifts)
    return replace(problem, shifts=shifts)


@settings(max_examples=15, deadline=None)
@given(problems())
def test_a_proposal_keeps_what_it_has_to_keep(problem: Problem) -> None:
    """Nobody twice, nobody lost, within capacity and hours; nobody who would still fit on a day that they asked for, or
    in time, is on a worse one, or left."""
    proposal = propose(problem, QUICK)
    named = Counter(wish for trip in proposal.trips for stop in trip.stops for wish in stop.wishes)
    named.update(wish for wish, _ in proposal.left)
    assert named == Counter(wish.id for wish in problem.wishes)
    drafts = rebuilt(problem, proposal)
    for draft in drafts:
        assert draft.people <= draft.shift.capacity and draft.minutes <= draft.shift.length
    for draft in drafts:
        for wish in draft.wishes:
            fit = wish.fit(draft.shift.day)
            better = [other for other in drafts if wish.fit(other.shift.day) < fit]
            assert all(other.place_for(wish) is None for other in better)
    left = {wish for wish, why in proposal.left if why is Left.NO_ROOM}
    assert all(draft.place_for(wish) is None for draft in drafts for wish in problem.wishes if wish.id in left)


def rebuilt(problem: Problem, proposal: Proposal) -> list[Draft]:
    """From what the proposal says: its own times must be those."""
    wishes = {wish.id: wish for wish in problem.wishes}
    trips = {(trip.team, trip.day): trip for trip in proposal.trips}
    drafts = []
    for shift in problem.shifts:
        draft, trip = Draft(shift, problem.travel, problem.set_up_minutes), trips.get((shift.team, shift.day))
        if trip is not None:
            assert draft.fill([wishes[wish] for stop in trip.stops for wish in stop.wishes]) == []
            assert draft.stops() == (trip.stops, trip.back_at)
            assert trip.why.travel == draft.travel
        drafts.append(draft)
    return drafts


def test_one_valley_on_each_day_is_better_than_first_come() -> None:
    """They came from the two valleys in turn, more than one day can hold."""
    wishes = [a_wish(f"w{n:02d}", f"{('north', 'south')[n % 2]}-{n % 4}", 2) for n in range(16)]
    proposal = propose(a_problem(*wishes, capacity=16), QUICK)
    sides = [{stop.village.partition("-")[0] for stop in trip.stops} for trip in proposal.trips]
    assert sides in ([{"north"}, {"south"}], [{"south"}, {"north"}])
    assert proposal.travel < proposal.first_come * 0.75
    assert proposal.travel == sum(trip.why.travel for trip in proposal.trips)
    assert proposal.first_come == pytest.approx(sum(trip.why.first_come for trip in proposal.trips), abs=2)


def test_a_near_promise_comes_before_a_short_way() -> None:
    urgent = a_wish("urgent", "south-3", promised_in=0)
    others = [a_wish(f"w{n}", "north-0", 4) for n in range(3)]
    first, second = propose(a_problem(*others, urgent, capacity=12), QUICK).trips
    assert "urgent" in [wish for stop in first.stops for wish in stop.wishes]
    assert first.day == MONDAY and first.why.nearest == "urgent" and first.why.nearest_by == MONDAY
    assert first.why.late == second.why.late == ()


def test_a_promise_that_cannot_be_kept_is_told_and_served_as_soon_as_possible() -> None:
    wishes = [a_wish(f"w{n}", "north-0", 10, promised_in=0) for n in range(2)]
    first, second = propose(a_problem(*wishes, capacity=10), QUICK).trips
    assert (first.why.late, second.why.late) == ((), ("w1",))
    assert second.day == working_days_after(MONDAY, 1)


def test_days_that_were_asked_for_come_before_a_short_way() -> None:
    """Two of one village, two days with room for both: each comes on its own day."""
    monday, tuesday = (
        replace(a_wish("monday", "north-0"), days=wished(0)),
        replace(a_wish("tuesday", "north-0"), days=wished(1)),
    )
    first, second = propose(a_problem(monday, tuesday, a_wish("any", "north-0")), QUICK).trips
    assert [stop.wishes for stop in second.stops] == [("tuesday",)]
    assert {wish for stop in first.stops for wish in stop.wishes} == {"monday", "any"}
    assert first.why.unwished == second.why.unwished == ()


def test_a_wish_that_cannot_be_kept_is_told_and_the_promise_holds() -> None:
    """Room for one on Monday; one who asks for a Sunday that is over; and one for a day after its promised date."""
    both = [replace(a_wish(f"w{n}", "north-0", 10), days=wished(0)) for n in range(2)]
    sunday = replace(a_wish("sunday", "south-0"), days=wished(-1))
    later = replace(a_wish("later", "south-0", promised_in=0), days=wished(2))
    trips = propose(a_problem(*both, sunday, later, days=3, capacity=11), QUICK).trips
    day_of = {wish: trip.day for trip in trips for stop in trip.stops for wish in stop.wishes}
    assert {wish for trip in trips for wish in trip.why.unwished} == {"w1", "sunday"}
    assert (day_of["w0"], day_of["later"]) == (MONDAY, MONDAY + timedelta(days=2))
    assert [trip.why.late for trip in trips] == [()] * len(trips)


def test_who_is_on_no_trip_is_told_why() -> None:
    wishes = [
        a_wish("nowhere", "atlantis"),
        a_wish("far", "beyond"),
        a_wish("many", "north-1", 11),
        replace(a_wish("later", "north-1"), days=wished(1, 3)),
        *(a_wish(f"w{n}", "north-0", 10) for n in range(2)),
    ]
    proposal = propose(a_problem(*wishes, days=1, capacity=10), QUICK)
    assert dict(proposal.left) == {
        "nowhere": Left.UNKNOWN_VILLAGE,
        "far": Left.TOO_FAR,
        "many": Left.TOO_MANY,
        "later": Left.LATER,
        "w1": Left.NO_ROOM,
    }


def test_without_teams_or_requests_there_are_no_trips() -> None:
    assert propose(a_problem()).trips == ()
    without = propose(replace(a_problem(a_wish("w", "north-0")), shifts=()))
    assert (without.trips, without.left) == ((), (("w", Left.NO_ROOM),))


def test_the_break_is_nobodys_time() -> None:
    (trip,) = propose(a_problem(*(a_wish(f"w{n}", "north-0", 10) for n in range(4)), days=1), QUICK).trips
    (stop,) = trip.stops
    worked = span_of([15] * 40, 2)
    assert stop.leaves - stop.arrives == worked + 60


def test_the_same_seed_plans_the_same() -> None:
    wishes = [a_wish(f"w{n:02d}", NEAR[n * 5 % 8], 1 + n % 3, promised_in=n % 3) for n in range(24)]
    problem = a_problem(*wishes, days=3, capacity=20)
    assert propose(problem, QUICK) == propose(problem, QUICK)


async def test_it_is_planned_in_a_process_of_its_own() -> None:
    problem = a_problem(a_wish("w", "north-0", 3), a_wish("far", "beyond"))
    assert read_problem(write_problem(problem)) == problem
    proposal = await plan_apart(problem)
    assert proposal == propose(problem) == read_proposal(write_proposal(proposal))


async def test_planning_that_takes_too_long_ends() -> None:
    with pytest.raises(PlanningFailed, match="longer than 0 seconds"):
        await plan_apart(a_problem(a_wish("w", "north-0")), seconds=0.05)
