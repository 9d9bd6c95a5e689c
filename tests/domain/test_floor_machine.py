"""Every action in random order, against the naive floor; and what must hold whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

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
    Recall,
    Requeue,
    Serve,
    SetCounter,
    SetQueue,
    StepAway,
    Transfer,
    Undo,
)
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import Refusal
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import AT_COUNTER
from tests.domain.examples import BRANCH, CLINIC, PHARMACY, Day
from tests.domain.naive import NaiveFloor

COUNTERS = st.sampled_from(sorted(BRANCH.counters))
QUEUES = st.sampled_from([CLINIC, PHARMACY])
LABELS = st.builds("{}-{:03d}".format, st.sampled_from("AB"), st.integers(1, 3))


class FloorMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.day = Day()
        counters = {
            plan.id: {"state": "closed", "ticket": None, "queues": plan.queues} for plan in BRANCH.counters.values()
        }
        self.naive = NaiveFloor(counters, {queue.id: queue.prefix for queue in BRANCH.queues.values()})

    @initialize(opened=st.booleans())
    def people_are_here(self, opened: bool) -> None:
        """Else most of what is tried meets closed counters and numbers that nobody has."""
        for counter in BRANCH.counters if opened else ():
            self.set_counter(counter, CounterState.OPEN)
        for queue in (CLINIC, CLINIC, PHARMACY):
            self.issue(queue, "general")

    def both(self, action: Action, naively: Callable[[], bool]) -> None:
        """The same action here and there: both do it or both refuse, and a refusal changes nothing."""
        before = self.day.floor.copy()
        expected = naively()
        try:
            self.day.act(action)
            done = True
        except Refusal:
            done = False
            assert self.day.floor == before
        assert done is expected, action

    @rule(minutes=st.sampled_from([1, 5, 15]))
    def time_passes(self, minutes: int) -> None:
        before = [self.day.order(queue) for queue in BRANCH.queues]
        self.day.now += timedelta(minutes=minutes)
        assert [self.day.order(queue) for queue in BRANCH.queues] == before

    @rule(queue=QUEUES, ticket_class=st.sampled_from(["general", "general", "aged"]))
    def issue(self, queue: str, ticket_class: str) -> None:
        minutes = 30 if ticket_class == "aged" else 0
        self.both(Issue(queue, ticket_class), lambda: self.naive.issue(queue, minutes, self.day.now))

    @rule(counter=COUNTERS, state=st.sampled_from([CounterState.OPEN, *CounterState]))
    def set_counter(self, counter: str, state: CounterState) -> None:
        self.both(SetCounter(counter, state), lambda: self.naive.set_counter(counter, state))

    @rule(queue=QUEUES, state=st.sampled_from([QueueState.OPEN, *QueueState]))
    def set_queue(self, queue: str, state: QueueState) -> None:
        def naively() -> bool:
            self.naive.queues[queue] = state
            return True

        self.both(SetQueue(queue, state), naively)

    @rule(counter=COUNTERS)
    def call_next(self, counter: str) -> None:
        now = self.day.now
        self.both(CallNext(counter), lambda: self.naive.call(counter, self.naive.next_for(counter, now), now))

    @rule(counter=COUNTERS, label=LABELS)
    def call(self, counter: str, label: str) -> None:
        self.both(Call(counter, label), lambda: self.naive.call(counter, label, self.day.now))

    @rule(counter=COUNTERS)
    def recall(self, counter: str) -> None:
        def naively() -> bool:
            ticket = self.naive.ticket(self.naive.counters[counter]["ticket"])
            return ticket is not None and ticket["status"] == "called"

        self.both(Recall(counter), naively)

    @rule(counter=COUNTERS)
    def serve(self, counter: str) -> None:
        self.both(Serve(counter), lambda: self.naive.serve(counter))

    @rule(counter=COUNTERS)
    def complete(self, counter: str) -> None:
        self.both(Complete(counter), lambda: self.naive.leave(counter, ("called", "serving"), status="completed"))

    @rule(counter=COUNTERS)
    def mark_no_show(self, counter: str) -> None:
        self.both(MarkNoShow(counter), lambda: self.naive.leave(counter, ("called",), status="no_show", counter=None))

    @rule(counter=COUNTERS)
    def hold(self, counter: str) -> None:
        changes: dict[str, Any] = {"status": "held", "calls": 0, "counter": None}
        self.both(Hold(counter), lambda: self.naive.leave(counter, ("called", "serving"), **changes))

    @rule(counter=COUNTERS, minutes=st.sampled_from([0, 7]))
    def requeue(self, counter: str, minutes: int) -> None:
        due = self.day.now + timedelta(minutes=minutes)
        changes: dict[str, Any] = {"status": "waiting", "calls": 0, "due": due, "counter": None}
        self.both(Requeue(counter, minutes), lambda: self.naive.leave(counter, ("called", "serving"), **changes))

    @rule(counter=COUNTERS, label=LABELS)
    def requeue_from_aside(self, counter: str, label: str) -> None:
        if label in {here["ticket"] for here in self.naive.counters.values()}:
            return  # that is `requeue`
        due = self.day.now + timedelta(minutes=7)
        self.both(Requeue(counter, 7, label), lambda: self.naive.requeue_aside(counter, label, due))

    @rule(counter=COUNTERS, queue=QUEUES)
    def transfer(self, counter: str, queue: str) -> None:
        def naively() -> bool:
            ticket = self.naive.ticket(self.naive.counters[counter]["ticket"])
            if ticket is None or ticket["queue"] == queue or self.naive.queues.get(queue) == "closed":
                return False
            is_aged = self.day.ticket(ticket["label"]).ticket_class == "aged"
            due = self.day.now - timedelta(minutes=30 if is_aged else 0)
            changes: dict[str, Any] = {"status": "waiting", "queue": queue, "due": due, "calls": 0, "counter": None}
            return self.naive.leave(counter, ("called", "serving"), **changes)

        self.both(Transfer(counter, queue), naively)

    @rule(counter=COUNTERS)
    def undo(self, counter: str) -> None:
        self.both(Undo(counter), lambda: self.naive.undo(counter))

    @rule(label=LABELS)
    def cancel(self, label: str) -> None:
        self.both(Cancel(label), lambda: self.naive.cancel(label))

    @rule(label=LABELS)
    def step_away(self, label: str) -> None:
        self.both(StepAway(label), lambda: self.naive.step_away(label, self.day.now))

    @rule(label=LABELS)
    def check_in(self, label: str) -> None:
        self.both(CheckIn(label), lambda: self.naive.check_in(label, self.day.now))

    @invariant()
    def both_show_the_same(self) -> None:
        floor = self.day.floor
        for queue in BRANCH.queues:
            assert self.day.order(queue) == self.naive.order(queue)
        assert {t["label"]: t["status"] for t in self.naive.tickets} == {
            label: ticket.status for label, ticket in floor.tickets.items()
        }
        for counter in BRANCH.counters:
            assert floor.counter(counter).ticket == self.naive.counters[counter]["ticket"]

    @invariant()
    def nobody_is_at_two_counters(self) -> None:
        floor = self.day.floor
        here = [counter.ticket for counter in floor.counters.values() if counter.ticket]
        assert len(here) == len(set(here))
        assert {label for label, ticket in floor.tickets.items() if ticket.status in AT_COUNTER} == set(here)

    def teardown(self) -> None:
        """The journal tells the whole story: a floor folded from it is the floor that was."""
        assert self.day.folded_anew() == self.day.floor
        assert [entry.seq for entry in self.day.journal] == list(range(1, len(self.day.journal) + 1))


USUAL = settings(stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


TestFloorMachine = FloorMachine.TestCase
TestFloorMachine.settings = settings(USUAL, max_examples=200)


@pytest.mark.slow
def test_the_floor_against_the_naive_model_at_length() -> None:
    run_state_machine_as_test(FloorMachine, settings=settings(USUAL, max_examples=8000))
