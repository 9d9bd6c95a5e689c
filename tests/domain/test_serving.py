from __future__ import annotations

import pytest

from queue_service.domain.actions import (
    Call,
    CallNext,
    Cancel,
    CheckIn,
    Complete,
    Hold,
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
from queue_service.domain.errors import (
    CounterBusy,
    CounterClosed,
    Invalid,
    NobodyAtCounter,
    NobodyWaiting,
    NotAllowed,
    NotFound,
    NothingToUndo,
    QueueClosed,
)
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status
from tests.domain.examples import CLINIC, PHARMACY, Day


def a_day_with(*queues: str, counters: tuple[str, ...] = ("1", "2", "3")) -> Day:
    """One ticket in each queue named, a minute apart; all counters open."""
    day = Day()
    for queue in queues:
        day.issue(queue, minutes=1)
    day.open(*counters)
    return day


def test_a_counter_takes_the_earliest_due_of_all_its_queues() -> None:
    day = a_day_with(PHARMACY, CLINIC)
    day.act(CallNext("2"))
    assert day.floor.counter("2").ticket == "B-001"


def test_nobody_is_called_twice() -> None:
    day = a_day_with(CLINIC, CLINIC)
    day.act(CallNext("1"))
    day.act(CallNext("2"))
    assert {day.floor.counter("1").ticket, day.floor.counter("2").ticket} == {"A-001", "A-002"}
    day.act(Complete("1"))
    with pytest.raises(NobodyWaiting):
        day.act(CallNext("1"))


def test_a_busy_or_closed_counter_calls_nobody() -> None:
    day = a_day_with(CLINIC, CLINIC, counters=("1",))
    with pytest.raises(CounterClosed):
        day.act(CallNext("2"))
    day.act(CallNext("1"))
    with pytest.raises(CounterBusy, match="A-001"):
        day.act(CallNext("1"))
    with pytest.raises(CounterBusy):
        day.act(Call("1", "A-002"))
    with pytest.raises(CounterBusy):
        day.act(SetCounter("1", CounterState.CLOSED))
    day.act(SetCounter("1", CounterState.PAUSED))
    day.act(Complete("1"))
    with pytest.raises(CounterClosed):
        day.act(CallNext("1"))


def test_an_unknown_counter_is_not_found() -> None:
    with pytest.raises(NotFound, match="9"):
        Day().act(CallNext("9"))


def test_a_paused_queue_is_passed_over_and_a_closed_one_is_served_to_its_end() -> None:
    day = a_day_with(CLINIC, PHARMACY)
    day.act(SetQueue(CLINIC, QueueState.PAUSED))
    day.act(CallNext("2"))
    assert day.floor.counter("2").ticket == "B-001"
    day.act(SetQueue(CLINIC, QueueState.CLOSED))
    day.act(CallNext("1"))
    assert day.floor.counter("1").ticket == "A-001"


def test_a_ticket_is_called_out_of_turn_only_where_its_queue_is_served() -> None:
    day = a_day_with(CLINIC, CLINIC, PHARMACY)
    day.act(Call("1", "A-002"))
    assert day.ticket("A-002").counter == "1"
    with pytest.raises(NotAllowed, match="does not serve"):
        day.act(Call("3", "A-001"))
    with pytest.raises(NotFound, match="A-777"):
        day.act(Call("3", "A-777"))


def test_an_open_counter_may_be_given_other_queues() -> None:
    day = a_day_with(CLINIC)
    day.act(SetCounter("3", CounterState.OPEN, (CLINIC,)))
    day.act(CallNext("3"))
    assert day.ticket("A-001").counter == "3"
    with pytest.raises(Invalid, match="nowhere"):
        day.act(SetCounter("1", CounterState.OPEN, ("nowhere",)))


def test_opening_what_is_open_is_no_event() -> None:
    day = a_day_with(counters=("1",))
    assert day.act(SetCounter("1", CounterState.OPEN)) == ()
    assert day.act(SetQueue(CLINIC, QueueState.OPEN)) == ()


def test_actions_at_an_empty_counter_are_refused() -> None:
    day = a_day_with(counters=("1",))
    for action in (Recall, Serve, Complete, MarkNoShow, Hold, Requeue):
        with pytest.raises(NobodyAtCounter):
            day.act(action("1"))
    with pytest.raises(NobodyAtCounter):
        day.act(Transfer("1", PHARMACY))


def test_a_missed_ticket_is_called_again_after_the_pause_and_three_times_at_most() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(MarkNoShow("1"), minutes=1)
    with pytest.raises(NotAllowed, match=r"09\.06"):
        day.act(Call("1", "A-001"), minutes=3)
    day.act(Call("1", "A-001"), minutes=1)
    day.act(MarkNoShow("1"))
    day.act(Call("1", "A-001"), minutes=5)
    day.act(MarkNoShow("1"))
    with pytest.raises(NotAllowed, match="3 times"):
        day.act(Call("1", "A-001"), minutes=60)
    with pytest.raises(NotAllowed, match="3 times"):
        day.act(Requeue("1", label="A-001"))


def test_the_rules_pass_over_a_missed_ticket_in_its_pause() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(MarkNoShow("1"))
    day.act(CheckIn("A-001"), minutes=1)
    with pytest.raises(NobodyWaiting):
        day.act(CallNext("1"))
    later = day.issue(minutes=1)
    day.act(CallNext("1"))
    assert day.floor.counter("1").ticket == later
    day.act(Complete("1"))
    day.act(CallNext("1"), minutes=3)
    assert day.floor.counter("1").ticket == "A-001"


def test_a_recall_announces_again_and_changes_nothing_else() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    before = day.ticket("A-001")
    day.act(Recall("1"), minutes=2)
    after = day.ticket("A-001")
    assert after.announced_at == day.now
    assert (after.called_at, after.calls, after.changed) == (before.called_at, before.calls, before.changed)


def test_a_held_ticket_is_brought_back_by_a_call() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(Serve("1"))
    day.act(Hold("1"))
    assert day.floor.counter("1").ticket is None
    day.act(Call("2", "A-001"))
    assert day.ticket("A-001").status is Status.CALLED


def test_requeued_is_due_after_the_agreed_minutes() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(Requeue("1", after_minutes=7))
    before, after = day.issue(minutes=6), day.issue(minutes=2)
    assert day.order() == [before, "A-001", after]


def test_a_ticket_at_another_counter_is_not_taken_away() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    with pytest.raises(NotAllowed, match="counter 1"):
        day.act(Requeue("2", label="A-001"))


def test_a_transfer_keeps_the_number_and_joins_the_other_queue_now() -> None:
    day = a_day_with(CLINIC, PHARMACY)
    day.act(CallNext("1"))
    day.act(Transfer("1", PHARMACY), minutes=3)
    assert day.order(PHARMACY) == ["B-001", "A-001"]
    assert day.ticket("A-001").visited == (CLINIC,)
    day.act(CallNext("3"))
    day.act(Complete("3"))
    day.act(CallNext("3"))
    assert day.floor.counter("3").ticket == "A-001"


def test_a_transfer_goes_nowhere_else_than_to_another_open_queue() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    with pytest.raises(NotAllowed):
        day.act(Transfer("1", CLINIC))
    with pytest.raises(Invalid, match="nowhere"):
        day.act(Transfer("1", "nowhere"))
    day.act(SetQueue(PHARMACY, QueueState.CLOSED))
    with pytest.raises(QueueClosed):
        day.act(Transfer("1", PHARMACY))


@pytest.mark.parametrize(
    "action",
    [Serve("1"), Complete("1"), MarkNoShow("1"), Hold("1"), Requeue("1"), Transfer("1", PHARMACY)],
    ids=lambda action: type(action).__name__,
)
def test_undo_takes_back_any_action_with_a_ticket(action: Serve) -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    before = day.ticket("A-001")
    day.act(action, minutes=1)
    day.act(Undo("1"), minutes=1)
    after = day.ticket("A-001")
    assert (after.status, after.queue, after.due, after.calls) == (
        before.status,
        before.queue,
        before.due,
        before.calls,
    )
    assert day.floor.counter("1").ticket == "A-001"
    assert day.order(CLINIC) == day.order(PHARMACY) == []


def test_undoing_a_call_gives_the_place_back() -> None:
    day = a_day_with(CLINIC, CLINIC)
    day.act(CallNext("1"))
    day.act(Undo("1"))
    assert day.order() == ["A-001", "A-002"]
    assert day.ticket("A-001").calls == 0
    with pytest.raises(NothingToUndo):
        day.act(Undo("1"))


def test_a_recall_does_not_stand_between_a_call_and_its_undo() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(Recall("1"))
    day.act(Undo("1"))
    assert day.order() == ["A-001"]


def test_undo_is_refused_once_something_has_followed() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(Transfer("1", PHARMACY))
    day.act(CallNext("3"))
    with pytest.raises(NothingToUndo):
        day.act(Undo("1"))


def test_undo_is_refused_once_the_visitor_has_acted() -> None:
    day = a_day_with(CLINIC)
    day.act(CallNext("1"))
    day.act(MarkNoShow("1"))
    day.act(CheckIn("A-001"))
    with pytest.raises(NothingToUndo):
        day.act(Undo("1"))
    day.act(Cancel("A-001"))
    assert day.ticket("A-001").status is Status.CANCELLED


def test_undo_takes_back_the_pause_of_a_counter() -> None:
    day = a_day_with(counters=("1",))
    day.act(SetCounter("1", CounterState.PAUSED))
    day.act(Undo("1"))
    assert day.floor.counter("1").state is CounterState.OPEN


def test_who_stepped_away_can_be_called_by_name() -> None:
    day = a_day_with(CLINIC)
    day.act(StepAway("A-001"))
    with pytest.raises(NobodyWaiting):
        day.act(CallNext("1"))
    day.act(Call("1", "A-001"))
    assert day.ticket("A-001").away_until is None
