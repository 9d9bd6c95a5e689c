"""Parts of a queue's places that are counted apart, and a way to one's own queue that leads by another."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import BookWithin, CallNext, Cancel, CheckIn, Complete, KeepPlace, SetQueue
from queue_service.domain.booking import of_share
from queue_service.domain.branches import Booking
from queue_service.domain.calendars import Calendar
from queue_service.domain.entries import event_fields, read_event
from queue_service.domain.errors import NotAllowed, NotFound, QueueClosed, QuotaFull, Refused, SlotFull
from queue_service.domain.events import Booked
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status
from queue_service.domain.times import stages
from tests.domain.examples import CLINIC, NINE, PHARMACY, WORKING_HOURS, Day, clinic_with

TEN, NOON = NINE + timedelta(hours=1), NINE + timedelta(hours=3)
BRANCH = clinic_with(calendar=Calendar(WORKING_HOURS), booking=Booking(per_slot=2, slot_minutes=30, early_minutes=90))
QUEUE = BRANCH.queue(CLINIC)


def within(most: int = 100, share: str = "insured") -> BookWithin:
    return BookWithin(CLINIC, TEN, NOON, share, most)


def book(day: Day, action: BookWithin | None = None) -> Booked:
    (event,) = day.act(action or within())
    assert isinstance(event, Booked)
    return event


def test_the_first_time_that_is_free_between_the_two_is_given() -> None:
    day = Day(BRANCH)
    assert [book(day).due for _ in range(3)] == [TEN, TEN, TEN + timedelta(minutes=30)]
    for _ in range(5):
        book(day)
    with pytest.raises(SlotFull):  # though there are times in the afternoon
        book(day)


def test_a_share_is_full_when_its_own_places_are_given() -> None:
    day = Day(BRANCH)
    first = book(day, within(most=1))
    with pytest.raises(QuotaFull):
        book(day, within(most=1))
    assert book(day, within(most=1, share="others")).label == "A-002"
    day.act(Cancel(first.label))
    assert book(day, within(most=1)).label == "A-003"


def test_a_place_of_a_share_is_held_wherever_the_visit_has_come_to() -> None:
    day = Day(BRANCH)
    label = book(day).label
    day.act(CheckIn(label, first=PHARMACY))
    assert of_share(day.floor, QUEUE, "insured") == 1
    (kept,) = day.act(KeepPlace(CLINIC, TEN, "general", "insured"))
    assert isinstance(kept, Booked) and kept.share == "insured"
    assert of_share(day.floor, QUEUE, "insured") == 2


def test_nobody_is_booked_into_a_queue_that_is_closed_or_takes_no_appointments() -> None:
    day = Day(BRANCH)
    with pytest.raises(NotAllowed):
        day.act(BookWithin(PHARMACY, TEN, NOON, "insured", 5))
    day.act(SetQueue(CLINIC, QueueState.CLOSED))
    with pytest.raises(QueueClosed):
        book(day)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 9))))
def test_never_more_of_a_share_are_alive_than_there_are(steps: list[tuple[bool, int, int]]) -> None:
    day = Day(BRANCH)
    for cancels, most, number in steps:
        with suppress(Refused, NotFound):
            if cancels:
                day.act(Cancel(f"A-{number:03d}"))
            else:
                book(day, within(most))
                assert of_share(day.floor, QUEUE, "insured") <= most


def test_whoever_goes_elsewhere_first_comes_from_there_to_their_own_time() -> None:
    day = Day(BRANCH)
    label = book(day).label
    day.act(CheckIn(label, first=PHARMACY))
    there = day.floor.ticket(label)
    assert (there.queue, there.status, there.due) == (PHARMACY, Status.WAITING, NINE)
    assert (day.order(PHARMACY), day.order(CLINIC)) == ([label], [])
    day.open("3")
    day.act(CallNext("3"))
    day.act(Complete("3"))
    here = day.floor.ticket(label)
    assert (here.queue, here.status, here.due) == (CLINIC, Status.WAITING, TEN)
    assert [stage.queue for stage in stages(day.journal) if stage.label == label] == [PHARMACY, CLINIC]


def test_to_go_to_ones_own_queue_first_is_no_way_round() -> None:
    day = Day(BRANCH)
    label = book(day).label
    day.act(CheckIn(label, first=CLINIC))
    assert not day.floor.ticket(label).ahead
    with pytest.raises(NotFound):
        day.act(CheckIn(book(day).label, first="nowhere"))


def test_who_has_no_share_has_no_field_for_it_in_the_journal() -> None:
    plain = Booked("A-001", CLINIC, TEN, "general")
    assert "share" not in event_fields(plain)
    shared = Booked("A-001", CLINIC, TEN, "general", share="insured")
    assert read_event("booked", event_fields(shared)) == shared
