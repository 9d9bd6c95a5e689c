"""A team on its way: stops as queues, times for people, and a day that only one place may write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import (
    Call,
    CallNext,
    Cancel,
    CheckIn,
    CloseDay,
    Complete,
    Issue,
    MarkNoShow,
    SetCounter,
)
from queue_service.domain.branches import Branch, CounterPlan
from queue_service.domain.counters import CounterState
from queue_service.domain.decisions import decide
from queue_service.domain.entries import event_fields, read_event
from queue_service.domain.errors import Invalid, NobodyWaiting, NotAllowed, QueueClosed, QuotaFull, Refusal, SlotFull
from queue_service.domain.events import Booked, Cancelled, Noticed, Rescheduled
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.outreach import Team
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import (
    CancelTrip,
    Delist,
    Enlist,
    HeadFor,
    LeaveStop,
    NoteResult,
    PlanTrip,
    ReachStop,
    ReclaimFromField,
    ReturnFromField,
    TakeToField,
)
from queue_service.domain.trip_events import ResultNoted, StopLeft, StopReached, TripPlanned, TripStop
from queue_service.domain.trips import Result, StopState, first_start
from tests.domain.examples import NINE, Day, a_name

TEAM = Branch(
    id="team",
    name=a_name("Team"),
    timezone=ZoneInfo("Asia/Jakarta"),
    queues={},
    counters={"1": CounterPlan("1", a_name("Tablet 1"), ()), "2": CounterPlan("2", a_name("Tablet 2"), ())},
    team=Team("registry", "16.04.10.1001"),
)
SEVEN = NINE - timedelta(hours=2)
QUARTER = timedelta(minutes=15)


def a_stop(letter: str, begins: datetime, hours: float = 2) -> TripStop:
    leaves = begins + timedelta(hours=hours)
    return TripStop(letter, letter.upper(), "16.04.10.2001", f"Village {letter}", begins, leaves)


A, B = a_stop("a", NINE), a_stop("b", NINE + timedelta(hours=3))


def a_trip(*, now: datetime = SEVEN, capacity: int = 50, sets: int = 2) -> Day:
    day = Day(TEAM, now)
    day.act(PlanTrip((A, B), capacity, sets))
    return day


def slots(day: Day, queue: str = "a") -> list[datetime | None]:
    return [ticket.slot for ticket in day.floor.tickets.values() if ticket.queue == queue]


def test_stops_are_queues_that_every_counter_serves() -> None:
    day = a_trip()
    assert [queue.prefix for queue in day.floor.branch.queues.values()] == ["A", "B"]
    assert day.floor.counter("2").queues == ("a", "b")
    assert day.floor.plan.queues == {}


def test_a_branch_that_stays_where_it_is_has_no_trips() -> None:
    with pytest.raises(NotAllowed, match="no team"):
        Day().act(PlanTrip((A,), 50, 1))


@pytest.mark.parametrize(
    "stops",
    [
        (),
        (A, a_stop("a", B.arrives)),
        (A, a_stop("b", A.leaves - QUARTER)),
        (a_stop("a", NINE, hours=0),),
        (a_stop("a", NINE + timedelta(days=1)),),
        tuple(a_stop(f"s{n}", SEVEN + n * QUARTER, 0.25) for n in range(27)),
    ],
)
def test_stops_that_no_team_can_make_are_refused(stops: tuple[TripStop, ...]) -> None:
    with pytest.raises(Invalid):
        Day(TEAM, SEVEN).act(PlanTrip(stops, 50, 1))


def test_people_get_the_earliest_times_at_which_a_set_is_free() -> None:
    day = a_trip(sets=2)
    events = day.act(Enlist("a", (15, 30, 15, 15)))
    assert [event.label for event in events if isinstance(event, Booked)] == ["A-001", "A-002", "A-003", "A-004"]
    assert slots(day) == [NINE, NINE, NINE + QUARTER, NINE + 2 * QUARTER]
    day.act(Delist(("A-001",)))
    assert day.act(Enlist("a", (15,)))[0].due == NINE  # type: ignore[attr-defined]


def test_all_of_a_request_are_enlisted_or_none() -> None:
    day = a_trip(sets=1)
    with pytest.raises(SlotFull):
        day.act(Enlist("a", (60, 45, 30)))
    assert not day.floor.tickets
    small = a_trip(capacity=2)
    with pytest.raises(QuotaFull):
        small.act(Enlist("a", (15, 15, 15)))
    small.act(Enlist("a", (15, 15)))
    small.act(Cancel("A-001"))
    small.act(Enlist("b", (15,)))  # whoever cancelled leaves a place of that day
    with pytest.raises(QuotaFull):
        small.act(Enlist("b", (15,)))


def test_who_did_not_come_leaves_a_place_and_a_stop_that_was_left_takes_nobody() -> None:
    day = a_trip(capacity=1)
    day.act(Enlist("a", (15,)))
    day.act(ReachStop("a"))
    day.act(CheckIn("A-001"))
    day.act(SetCounter("1", CounterState.OPEN))
    day.act(CallNext("1"))
    with pytest.raises(QuotaFull):
        day.act(Enlist("a", (15,)))
    day.act(MarkNoShow("1"))
    day.act(Enlist("a", (15,)))
    day.act(LeaveStop("a"))
    with pytest.raises(NotAllowed, match="has left"):
        day.act(Enlist("a", (15,)))


@given(st.lists(st.integers(1, 90), min_size=1, max_size=12), st.integers(1, 3), st.integers(0, 60))
def test_never_more_are_served_at_a_time_than_there_are_sets(minutes: list[int], sets: int, gap: int) -> None:
    taken = [(NINE + timedelta(minutes=gap), 20)]
    for length in minutes:
        taken.append((first_start(taken, sets, NINE, length), length))
    for moment in (start for start, _ in taken):
        assert sum(start <= moment < start + timedelta(minutes=length) for start, length in taken) <= sets


def test_only_where_the_team_is_people_are_called_and_get_numbers() -> None:
    day = a_trip()
    day.act(Enlist("a", (15,)))
    day.act(Enlist("b", (15,)))
    with pytest.raises(NotAllowed, match="when the team is there"):
        day.act(CheckIn("A-001"))
    with pytest.raises(QueueClosed):
        day.act(Issue("a"))
    day.act(HeadFor("a"))
    assert day.floor.state_of("a", day.now) is QueueState.PAUSED
    day.act(ReachStop("a"), minutes=300)  # three hours late
    day.act(CheckIn("A-001"))
    assert day.ticket("A-001").due == NINE
    day.act(SetCounter("1", CounterState.OPEN))
    day.act(SetCounter("2", CounterState.OPEN))
    assert day.issue("a") == "A-002"
    assert [event.label for event in day.act(CallNext("1"))] == ["A-001"]  # type: ignore[attr-defined]
    assert day.act(ReachStop("b")) == (StopLeft("a"), StopReached("b"))
    with pytest.raises(NobodyWaiting):
        day.act(CallNext("2"))  # A-002 is where the team is not any more
    with pytest.raises(QueueClosed):
        day.act(Issue("a"))
    assert day.floor.state_of("a", day.now) is QueueState.CLOSED
    assert day.act(LeaveStop("a")) == ()


def test_whoever_walks_up_counts_among_those_that_a_day_can_serve() -> None:
    day = a_trip(capacity=1)
    day.act(ReachStop("a"))
    day.issue("a")
    with pytest.raises(QuotaFull):
        day.issue("a")


def test_people_move_along_with_their_stop() -> None:
    day = a_trip()
    day.act(Enlist("a", (15, 15, 15)))
    later = replace(A, arrives=A.arrives + QUARTER, leaves=A.leaves + QUARTER)
    events = day.act(PlanTrip((later, B), 50, 2))
    assert events[0] == TripPlanned((later, B), 50, 2)
    assert events[1:] == tuple(
        Rescheduled(label, due) for label, due in zip(("A-001", "A-002", "A-003"), slots(day), strict=True) if due
    )
    assert slots(day) == [NINE + QUARTER, NINE + QUARTER, NINE + 2 * QUARTER]
    assert day.act(PlanTrip((later, B), 50, 2)) == ()
    with pytest.raises(NotAllowed, match="too short"):
        day.act(PlanTrip((replace(later, leaves=later.arrives + QUARTER), B), 50, 2))
    with pytest.raises(NotAllowed, match="promised a visit"):
        day.act(PlanTrip((B,), 50, 2))
    day.act(Delist(("A-001", "A-002", "A-003")))
    day.act(PlanTrip((B,), 50, 2))
    assert list(day.floor.branch.queues) == ["b"]


def test_a_cancelled_trip_tells_why_and_takes_nobody() -> None:
    day = a_trip()
    day.act(Enlist("a", (15,)))
    assert any(isinstance(event, Noticed) for event in day.act(CancelTrip("The bridge is out.")))
    assert day.act(CancelTrip("Again.")) == ()
    for action in (Enlist("a", (15,)), ReachStop("a"), PlanTrip((A, B), 9, 9), TakeToField("l", "Laptop")):
        with pytest.raises(NotAllowed, match="cancelled"):
            day.act(action)
    assert day.act(Delist(("A-001",))) == (Cancelled("A-001"),)


def test_a_result_is_noted_and_the_last_one_holds() -> None:
    day = a_trip()
    day.act(Enlist("a", (15,)))
    assert day.act(NoteResult("A-001", Result.ABSENT)) == (ResultNoted("A-001", "absent"),)
    assert day.act(NoteResult("A-001", Result.ABSENT)) == ()
    day.act(NoteResult("A-001", Result.RECORDED))
    assert day.ticket("A-001").result == "recorded"
    with pytest.raises(Invalid):
        day.act(NoteResult("A-001", "done"))


def test_a_day_to_come_is_planned_and_filled_beforehand() -> None:
    day = Day(TEAM, SEVEN - timedelta(days=9))
    day.floor.day = NINE.date()
    day.act(PlanTrip((A, B), 50, 1))
    day.act(Enlist("a", (15,)))
    with pytest.raises(NotAllowed, match="still to come"):
        day.act(ReachStop("a"))


def in_the_field() -> tuple[Day, Day]:
    """The centre's, and the one that travels."""
    centre, team = a_trip(), a_trip()
    for day in (centre, team):
        day.act(Enlist("a", (15, 15)))
        day.act(TakeToField("lease-1", "Laptop 1"))
    team.floor.held = frozenset({"lease-1"})
    return centre, team


def test_a_day_that_is_in_the_field_is_written_there_only() -> None:
    centre, team = in_the_field()
    for action in (Enlist("a", (15,)), Cancel("A-001"), ReachStop("a"), CancelTrip("No."), TakeToField("2", "Other")):
        with pytest.raises(NotAllowed, match="in the field with Laptop 1"):
            centre.act(action)
    team.act(ReachStop("a"))
    team.act(CheckIn("A-001"))
    team.act(SetCounter("1", CounterState.OPEN))
    team.act(Call("1", "A-001"))
    team.act(Complete("1"))
    assert team.ticket("A-001").status is Status.COMPLETED
    for day in (centre, team):
        with pytest.raises(NotAllowed, match="in the field"):
            day.act(CloseDay(day.floor.seq, "d", ""), minutes=24 * 60)


def test_what_came_back_goes_on_at_the_centre_and_nowhere_else() -> None:
    centre, team = in_the_field()
    with pytest.raises(NotAllowed, match="under this lease"):
        centre.act(ReturnFromField("lease-2", "d"))
    for day in (centre, team):
        day.act(ReturnFromField("lease-1", "d"), minutes=26 * 60)  # on the day after
        day.now -= timedelta(hours=26)
    centre.act(ReachStop("a"))
    with pytest.raises(NotAllowed, match="given back"):
        team.act(ReachStop("a"))


def test_a_reclaimed_day_is_the_centres_again() -> None:
    centre, _ = in_the_field()
    centre.act(ReclaimFromField("lease-1"))
    centre.act(ReachStop("a"))
    with pytest.raises(NotAllowed):
        centre.act(ReturnFromField("lease-1", "d"))
    centre.act(TakeToField("lease-2", "Laptop 2"))
    assert centre.floor.lease is not None and centre.floor.lease.id == "lease-2"


ACTIONS = st.one_of(
    st.builds(Enlist, st.sampled_from("ab"), st.lists(st.integers(1, 40), min_size=1, max_size=3).map(tuple)),
    st.builds(ReachStop, st.sampled_from("ab")),
    st.builds(LeaveStop, st.sampled_from("ab")),
    st.builds(HeadFor, st.sampled_from("ab")),
    st.builds(CheckIn, st.sampled_from(["A-001", "B-001", "A-002"])),
    st.builds(Issue, st.sampled_from("ab")),
    st.builds(CallNext, st.sampled_from("12")),
    st.builds(Complete, st.sampled_from("12")),
    st.builds(SetCounter, st.sampled_from("12"), st.just(CounterState.OPEN)),
    st.builds(TakeToField, st.just("lease"), st.just("Laptop")),
    st.builds(ReturnFromField, st.just("lease"), st.just("d")),
    st.builds(ReclaimFromField, st.just("lease")),
    st.just(PlanTrip((A, replace(B, arrives=B.arrives + QUARTER)), 6, 2)),
    st.builds(NoteResult, st.just("A-001"), st.sampled_from(list(Result))),
)


@given(st.lists(ACTIONS, max_size=25))
def test_whatever_happens_the_team_is_at_one_place_and_nobody_too_many_is_promised(actions: list[object]) -> None:
    day = a_trip(capacity=6)
    for action in actions:
        was_away, seq = day.floor.lease is not None, day.floor.seq
        try:
            events = day.act(action, minutes=1)  # type: ignore[arg-type]
        except Refusal:
            assert day.floor.seq == seq
            continue
        trip = day.floor.trip
        assert trip is not None
        assert sum(state is StopState.THERE for state in trip.states.values()) <= 1
        assert sum(ticket.status is not Status.CANCELLED for ticket in day.floor.tickets.values()) <= 6
        assert not was_away or not events or isinstance(action, (ReturnFromField, ReclaimFromField))
    assert day.folded_anew() == day.floor
    for entry in day.journal:
        assert read_event(entry.event.kind, event_fields(entry.event)) == entry.event


def test_nobody_decides_in_the_field_by_a_floor_that_is_not_leased() -> None:
    floor = Floor(TEAM, NINE.date(), held=frozenset({"lease-1"}))
    with pytest.raises(NotAllowed, match="given back"):
        decide(floor, PlanTrip((A,), 5, 1), NINE)
