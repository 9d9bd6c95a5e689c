"""Visits with several stops: one label all the way, a fair place at each, and times that add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_service.domain.actions import (
    Action,
    Call,
    CallNext,
    Cancel,
    CheckIn,
    Complete,
    Hold,
    Issue,
    MarkNoShow,
    Requeue,
    Serve,
    StepAway,
    Transfer,
    Undo,
)
from queue_service.domain.branches import CounterPlan, PriorityClass, Queue, Rules
from queue_service.domain.errors import NotFound, Refusal
from queue_service.domain.events import Called, Completed, Issued, Transferred, Undone
from queue_service.domain.journeys import Journey, Stop
from queue_service.domain.tickets import AT_COUNTER, Status
from queue_service.domain.times import stages
from tests.domain.examples import BRANCH, Day, a_name

DESK, DOCTOR, LAB, XRAY, PHARMACY = "desk", "doctor", "lab", "xray", "pharmacy"
QUEUES = (DESK, DOCTOR, LAB, XRAY, PHARMACY)
HOSPITAL = replace(
    BRANCH,
    queues={queue: Queue(queue, a_name(queue), prefix) for queue, prefix in zip(QUEUES, "ABCDE", strict=True)},
    counters={
        **{queue: CounterPlan(queue, a_name(queue), (queue,)) for queue in QUEUES},
        "any": CounterPlan("any", a_name("any"), QUEUES),
    },
    classes={"aged": PriorityClass("aged", a_name("Aged"), 30)},
    journeys={
        "visit": Journey("visit", a_name("Visit"), ((DESK,), (DOCTOR,), (LAB, XRAY), (PHARMACY,))),
        "checks": Journey("checks", a_name("Checks"), ((LAB, XRAY), (PHARMACY,))),
    },
    rules=Rules(pause_minutes=0),
)


@pytest.fixture
def day() -> Day:
    day = Day(HOSPITAL)
    day.open(*QUEUES)
    return day


def come(day: Day, journey: str = "visit", *, minutes: float = 0) -> str:
    (event,) = day.act(Issue("", journey=journey), minutes=minutes)
    assert isinstance(event, Issued)
    return event.label


def pass_through(day: Day, counter: str, *, minutes: float = 1) -> None:
    for action in (CallNext(counter), Serve(counter), Complete(counter)):
        day.act(action, minutes=minutes)


def test_one_label_goes_all_the_way(day: Day) -> None:
    label = come(day)
    for counter in (DESK, DOCTOR, LAB, XRAY, PHARMACY):
        assert label in day.order(counter)
        pass_through(day, counter)
    ticket = day.ticket(label)
    assert (ticket.status, ticket.visited, ticket.queue) == (Status.COMPLETED, (DESK, DOCTOR, LAB, XRAY), PHARMACY)
    assert not ticket.beside and not ticket.ahead
    assert day.floor == day.folded_anew()


def test_parallel_stops_are_waited_for_at_once_and_each_place_is_kept(day: Day) -> None:
    label, other = come(day, "checks"), come(day, "checks", minutes=1)
    assert day.order(LAB) == day.order(XRAY) == [label, other]
    day.act(CallNext(XRAY), minutes=5)
    assert day.ticket(label).queue == XRAY
    assert day.order(LAB) == day.order(XRAY) == [other]
    day.act(CallNext(LAB))
    assert day.ticket(other).queue == LAB
    day.act(Complete(XRAY), minutes=5)
    assert day.order(LAB) == [label]
    third = come(day, "checks")
    assert day.order(LAB) == [label, third]
    day.act(Complete(LAB), minutes=1)
    assert day.order(XRAY) == [other, third]


def test_nobody_is_called_to_two_places(day: Day) -> None:
    label = come(day, "checks")
    day.act(CallNext(LAB))
    with pytest.raises(Refusal, match="Nobody is waiting"):
        day.act(CallNext(XRAY))
    with pytest.raises(Refusal, match="called"):
        day.act(Call(XRAY, label))


def test_a_call_that_is_undone_gives_both_places_back(day: Day) -> None:
    label, other = come(day, "checks"), come(day, "checks", minutes=1)
    before = day.ticket(label)
    day.act(CallNext(XRAY), minutes=1)
    day.act(Undo(XRAY))
    assert day.order(LAB) == day.order(XRAY) == [label, other]
    assert replace(day.ticket(label), changed=0) == replace(before, changed=0)


def test_a_stop_that_is_undone_is_still_to_come(day: Day) -> None:
    label = come(day)
    pass_through(day, DESK)
    day.act(Undo(DESK))
    assert (day.ticket(label).status, day.ticket(label).queue) == (Status.SERVING, DESK)
    assert day.order(DOCTOR) == []
    day.act(Complete(DESK))
    assert day.order(DOCTOR) == [label]


def test_who_comes_back_from_the_laboratory_passes_nobody_who_was_there_before(day: Day) -> None:
    first = come(day)
    pass_through(day, DESK)
    day.act(CallNext(DOCTOR))
    earlier = day.issue(DOCTOR, minutes=2)
    day.act(Transfer(DOCTOR, LAB, comes_back=True), minutes=3)
    later = day.issue(DOCTOR, minutes=1)
    assert [stop.queue for stage in day.ticket(first).ahead for stop in stage] == [DOCTOR, XRAY, PHARMACY]
    pass_through(day, LAB, minutes=5)
    assert day.order(DOCTOR) == [earlier, first, later]


def test_a_clerk_may_send_somebody_to_a_later_stop_or_end_the_visit(day: Day) -> None:
    label = come(day)
    day.act(CallNext(DESK))
    day.act(Transfer(DESK, PHARMACY))
    assert day.order(PHARMACY) == [label]
    day.act(CallNext(PHARMACY))
    day.act(Complete(PHARMACY, ends=True))
    assert day.ticket(label).status is Status.COMPLETED
    assert all(label not in day.order(queue) for queue in QUEUES)


def test_a_transfer_to_the_next_stop_takes_it_out_of_the_journey(day: Day) -> None:
    label = come(day)
    day.act(CallNext(DESK))
    day.act(Transfer(DESK, DOCTOR))
    assert [stop.queue for stage in day.ticket(label).ahead for stop in stage] == [LAB, XRAY, PHARMACY]


def test_a_queue_that_is_set_up_no_more_is_left_out(day: Day) -> None:
    label = come(day)
    day.floor.branch = replace(HOSPITAL, queues={k: v for k, v in HOSPITAL.queues.items() if k != DOCTOR})
    pass_through(day, DESK)
    assert day.ticket(label).queues == (LAB, XRAY)


def test_a_queue_that_goes_while_somebody_is_elsewhere_is_left_out_as_well(day: Day) -> None:
    label = come(day, "checks")
    day.act(CallNext(LAB))
    day.floor.branch = replace(HOSPITAL, queues={k: v for k, v in HOSPITAL.queues.items() if k != XRAY})
    day.act(Complete(LAB))
    assert day.ticket(label).queues == (PHARMACY,)


def test_who_gives_up_leaves_every_queue(day: Day) -> None:
    label = come(day, "checks")
    day.act(Cancel(label))
    assert day.order(LAB) == day.order(XRAY) == []


def test_who_comes_back_late_is_behind_those_present_everywhere(day: Day) -> None:
    label = come(day, "checks")
    day.act(StepAway(label))
    other = come(day, "checks", minutes=1)
    day.act(CheckIn(label), minutes=60)
    assert day.order(LAB) == day.order(XRAY) == [other, label]


def test_a_journey_that_is_not_set_up_is_refused(day: Day) -> None:
    with pytest.raises(NotFound, match="no journey"):
        day.act(Issue("", journey="tour"))


def test_the_class_counts_at_every_stop(day: Day) -> None:
    (event,) = day.act(Issue("", "aged", "checks"))
    assert isinstance(event, Issued)
    assert event.beside == (Stop(XRAY, day.now - timedelta(minutes=30)),)


COUNTERS = st.sampled_from([*QUEUES, "any"])
LABELS = st.integers(1, 6).flatmap(lambda n: st.sampled_from([f"{prefix}-{n:03d}" for prefix in "AC"]))
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Issue, st.just(DOCTOR), st.sampled_from(["general", "aged"]), st.sampled_from(["visit", "checks"])),
    st.builds(CallNext, COUNTERS),
    st.builds(CallNext, COUNTERS),
    st.builds(Call, COUNTERS, LABELS),
    st.builds(Serve, COUNTERS),
    st.builds(Complete, COUNTERS),
    st.builds(Complete, COUNTERS),
    st.builds(MarkNoShow, COUNTERS),
    st.builds(Hold, COUNTERS),
    st.builds(Requeue, COUNTERS),
    st.builds(Transfer, COUNTERS, st.sampled_from(QUEUES), st.booleans()),
    st.builds(Undo, COUNTERS),
    st.builds(Cancel, LABELS),
    st.builds(StepAway, LABELS),
    st.builds(CheckIn, LABELS),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ACTIONS, st.integers(0, 20)), max_size=60))
def test_any_day_of_journeys_holds_together(acts: list[tuple[Action, int]]) -> None:
    day = Day(HOSPITAL)
    day.open(*QUEUES, "any")
    for _ in range(2):
        come(day)
        come(day, "checks")
    for action, minutes in acts:
        shown = {queue: day.order(queue)[:1] for queue in QUEUES}
        day.now += timedelta(minutes=minutes)
        try:
            events = day.act(action)
        except Refusal:
            continue
        if isinstance(action, CallNext):
            (called,) = events
            assert isinstance(called, Called)
            assert [called.label] in shown.values()  # the first of some queue, as it was published before
        holds_together(day)
    assert day.floor == day.folded_anew()
    times_add_up(day)


def holds_together(day: Day) -> None:
    """Whoever waits stands in each of their queues once, and whoever does not wait stands in none."""
    standing = sorted((queue, label) for queue in QUEUES for label in day.order(queue))
    wanted = sorted(
        (queue, ticket.label)
        for ticket in day.floor.tickets.values()
        if ticket.status is Status.WAITING
        for queue in ticket.queues
    )
    assert standing == wanted
    at_counters = [counter.ticket for counter in day.floor.counters.values() if counter.ticket]
    assert sorted(at_counters) == sorted(
        ticket.label for ticket in day.floor.tickets.values() if ticket.status in AT_COUNTER
    )


def times_add_up(day: Day) -> None:
    """A stage begins where the one before it ended, and its stretches fill it: no minute of a visit is lost."""
    undone = {entry.event.undoes for entry in day.journal if isinstance(entry.event, Undone)}
    kept = [entry for entry in day.journal if entry.seq not in undone]
    issued = {entry.event.label: entry.at for entry in kept if isinstance(entry.event, Issued)}
    completed = {entry.event.label: entry.at for entry in kept if isinstance(entry.event, Completed)}
    until: dict[str, datetime] = dict(issued)
    spent = dict.fromkeys(issued, 0.0)
    for stage in stages(day.journal):
        assert stage.waiting_from == until[stage.label]
        if stage.ended_at is not None:
            until[stage.label] = stage.ended_at
            if stage.service_seconds is not None:
                parts = (stage.waiting_seconds, stage.way_seconds, stage.service_seconds)
                assert sum(part or 0 for part in parts) == (stage.ended_at - stage.waiting_from).total_seconds()
            spent[stage.label] += (stage.ended_at - stage.waiting_from).total_seconds()
    for label, at in completed.items():
        assert spent[label] == (at - issued[label]).total_seconds()
    moved = [entry.event.label for entry in kept if isinstance(entry.event, Transferred)]
    assert all(day.ticket(label).visited for label in moved)
