from __future__ import annotations

from datetime import timedelta

from queue_service.domain.actions import (
    Book,
    Call,
    CallNext,
    CheckIn,
    Complete,
    Hold,
    MarkNoShow,
    Move,
    Postpone,
    Reclassify,
    Requeue,
    Serve,
    Suspend,
    Transfer,
    Undo,
)
from queue_service.domain.branches import Booking
from queue_service.domain.calendars import Calendar
from queue_service.domain.tickets import Status
from queue_service.domain.times import stages
from tests.domain.examples import CLINIC, NINE, PHARMACY, WORKING_HOURS, Day, clinic_with


def test_each_stage_of_a_visit_has_its_three_times() -> None:
    day = Day()
    day.issue()
    day.open("1", "3")
    day.act(CallNext("1"), minutes=10)
    day.act(Serve("1"), minutes=1)
    day.act(Transfer("1", PHARMACY), minutes=5)
    day.act(CallNext("3"), minutes=20)
    day.act(Serve("3"), minutes=2)
    day.act(Complete("3"), minutes=3)
    clinic, pharmacy = stages(day.journal)
    assert (clinic.queue, pharmacy.queue) == (CLINIC, PHARMACY)
    assert (clinic.waiting_seconds, clinic.way_seconds, clinic.service_seconds) == (600, 60, 300)
    assert (pharmacy.waiting_seconds, pharmacy.way_seconds, pharmacy.service_seconds) == (1200, 120, 180)
    assert (clinic.outcome, pharmacy.outcome) == ("transferred", "completed")


def test_what_was_undone_never_happened() -> None:
    day = Day()
    day.issue()
    day.open("1")
    day.act(CallNext("1"), minutes=1)
    day.act(Undo("1"), minutes=1)
    (stage,) = stages(day.journal)
    assert stage.called_at is None
    day.act(CallNext("1"), minutes=3)
    (stage,) = stages(day.journal)
    assert stage.waiting_seconds == 300


def test_the_wait_of_a_missed_visitor_ends_with_the_call_that_was_answered() -> None:
    day = Day()
    label = day.issue()
    day.open("1")
    day.act(CallNext("1"), minutes=5)
    day.act(MarkNoShow("1"), minutes=1)
    day.act(CheckIn(label), minutes=1)
    day.act(CallNext("1"), minutes=8)
    day.act(Complete("1"), minutes=2)
    (stage,) = stages(day.journal)
    assert (stage.waiting_seconds, stage.way_seconds, stage.service_seconds) == (900, None, None)


def test_a_held_visitor_goes_on_in_the_same_stage_and_a_requeued_one_in_a_new() -> None:
    day = Day()
    label = day.issue()
    day.open("1")
    day.act(CallNext("1"), minutes=5)
    day.act(Hold("1"), minutes=1)
    day.act(Call("1", label), minutes=10)
    assert [stage.waiting_seconds for stage in stages(day.journal)] == [960]
    day.act(Requeue("1", 10), minutes=1)
    day.act(CallNext("1"), minutes=10)
    assert [stage.waiting_seconds for stage in stages(day.journal)] == [960, 600]


def test_who_has_booked_waits_from_when_they_come_whatever_happened_before() -> None:
    ten = NINE + timedelta(hours=1)
    day = Day(clinic_with(calendar=Calendar(WORKING_HOURS), booking=Booking(3), alternatives=(PHARMACY,)))
    day.open("3")
    comes, kept, stays = (day.act(Book(CLINIC, ten))[0].label for _ in range(3))  # type: ignore[attr-defined]
    day.act(Suspend(CLINIC, None, "The doctor is ill."))
    day.act(Move(comes, PHARMACY), minutes=1)
    day.act(Reclassify(comes, "aged", "seen"), minutes=1)
    day.act(Postpone(kept, "2026-11-24", "A-001"))
    assert stages(day.journal) == []
    day.act(CheckIn(comes), minutes=28)
    day.act(CallNext("3"), minutes=40)
    (stage,) = stages(day.journal)
    assert (stage.label, stage.queue, stage.waiting_seconds) == (comes, PHARMACY, 600)
    assert day.ticket(stays).status is Status.BOOKED
