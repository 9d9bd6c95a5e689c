"""What a simulated clerk does next, on floors made by the rules themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from queue_service.demo.draws import Ending, Visit
from queue_service.demo.opening import LAHAT
from queue_service.demo.steps import CALLED_LEAST, COMFORTABLE, PERSON_LEAST, Step, next_step, pace
from queue_service.domain.actions import (
    Action,
    Call,
    CallNext,
    Complete,
    Hold,
    Issue,
    MarkNoShow,
    Recall,
    Requeue,
    Serve,
    SetCounter,
    StepAway,
    Transfer,
)
from queue_service.domain.counters import CounterState
from queue_service.domain.decisions import decide
from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.records.setup_files import read_setup_file

NINE = datetime(2026, 11, 23, 2, tzinfo=UTC)
BRANCH = read_setup_file(LAHAT).branches[0].branch()
OPEN = SetCounter("1", CounterState.OPEN)
VISIT = Visit("A-001", recalls=0, way_seconds=20, service_seconds=100, ending=Ending.COMPLETE)


class NoBreak(Random):
    """Neither takes breaks nor calls back, unless told what to draw."""

    def __init__(self, drawn: float = 0.99) -> None:
        super().__init__(1)
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


def floor_after(*actions: Action) -> Floor:
    floor = Floor(BRANCH, BRANCH.day_of(NINE))
    for action in actions:
        for event in decide(floor, action, NINE):
            apply(floor, Entry(floor.seq + 1, NINE, "demo:counter-1", event))
    return floor


def step_of(floor: Floor, visit: Visit | None = None, recalls: int = 0, chance: Random | None = None) -> Step:
    return next_step(chance or NoBreak(), floor, floor.counter("1"), NINE + timedelta(minutes=9), visit, recalls)


def test_a_closed_counter_is_opened() -> None:
    assert step_of(floor_after()).action == SetCounter("1", CounterState.OPEN)


def test_a_break_ends_after_some_minutes() -> None:
    step = step_of(floor_after(OPEN, SetCounter("1", CounterState.PAUSED)), chance=Random(1))
    assert step.action == SetCounter("1", CounterState.OPEN)
    assert step.seconds >= 120


def test_now_and_then_a_clerk_takes_a_break() -> None:
    assert step_of(floor_after(OPEN), chance=NoBreak(0.001)).action == SetCounter("1", CounterState.PAUSED)


def test_the_next_is_called_when_somebody_waits() -> None:
    assert step_of(floor_after(OPEN, Issue("pendaftaran"))).action == CallNext("1")


def test_with_nobody_there_the_clerk_looks_again_later() -> None:
    assert step_of(floor_after(OPEN, Issue("farmasi"))) == Step(20.0)


def test_who_was_set_aside_is_called_back_sometimes() -> None:
    floor = floor_after(OPEN, Issue("pendaftaran"), CallNext("1"), Hold("1"))
    assert step_of(floor, chance=NoBreak(0.1)).action == Call("1", "A-001")
    assert step_of(floor).action is None


def test_who_stepped_away_comes_back_by_themselves() -> None:
    floor = floor_after(OPEN, Issue("pendaftaran"), StepAway("A-001"))
    assert step_of(floor, chance=NoBreak(0.1)).action is None


def test_who_was_missed_is_not_called_back_before_the_pause_is_over() -> None:
    floor = floor_after(OPEN, Issue("pendaftaran"), CallNext("1"), MarkNoShow("1"))
    early = next_step(NoBreak(0.1), floor, floor.counter("1"), NINE + timedelta(minutes=4), None, 0)
    assert early.action is None
    assert step_of(floor, chance=NoBreak(0.1)).action == Call("1", "A-001")


CALLED = (OPEN, Issue("pendaftaran"), CallNext("1"))


def test_who_is_called_walks_up_and_is_served() -> None:
    assert step_of(floor_after(*CALLED), VISIT) == Step(20, Serve("1"), CALLED_LEAST)


def test_who_does_not_hear_is_called_again_first() -> None:
    visit = replace(VISIT, recalls=1)
    assert step_of(floor_after(*CALLED), visit).action == Recall("1")
    assert step_of(floor_after(*CALLED), visit, recalls=1).action == Serve("1")


def test_who_never_comes_is_marked() -> None:
    visit = replace(VISIT, recalls=1, ending=Ending.NEVER_CAME)
    assert step_of(floor_after(*CALLED), visit, recalls=1).action == MarkNoShow("1")


@pytest.mark.parametrize(
    ("ending", "action"),
    [
        (Ending.COMPLETE, Complete("1")),
        (Ending.HOLD, Hold("1")),
        (Ending.REQUEUE, Requeue("1", 2)),
        (Ending.TRANSFER, Transfer("1", "poli-anak")),
    ],
)
def test_a_service_ends_as_it_was_drawn(ending: Ending, action: Action) -> None:
    visit = replace(VISIT, ending=ending, onward="poli-anak")
    assert step_of(floor_after(*CALLED, Serve("1")), visit).action == action


def test_a_real_person_has_time_to_walk_up_and_to_see_themselves_served() -> None:
    visit = replace(VISIT, is_person=True)
    assert step_of(floor_after(*CALLED), visit).patience == PERSON_LEAST
    assert step_of(floor_after(*CALLED, Serve("1")), visit).patience == PERSON_LEAST


def test_a_clerk_hurries_in_a_full_hall_and_takes_time_in_an_empty_one() -> None:
    assert pace(COMFORTABLE) == 1
    assert pace(4 * COMFORTABLE) == 0.5
    assert pace(0) == 2
    assert pace(5) > pace(10) > pace(20)
