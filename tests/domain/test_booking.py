"""Appointments: a number for a time to come, and its holder's place on the day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import (
    Book,
    Call,
    CallNext,
    Cancel,
    CheckIn,
    Complete,
    Issue,
    Reschedule,
    Serve,
    SetQueue,
    Undo,
)
from queue_service.domain.booking import days_to_book, free_slots, slots, taken
from queue_service.domain.branches import Booking
from queue_service.domain.calendars import Calendar
from queue_service.domain.errors import Invalid, NotAllowed, QueueClosed, QuotaFull, Refusal, SlotFull
from queue_service.domain.events import Booked, CheckedIn
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status
from queue_service.domain.times import stages
from tests.domain.examples import CLINIC, NINE, PHARMACY, WORKING_HOURS, Day, clinic_with

TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
BRANCH = clinic_with(calendar=Calendar(WORKING_HOURS), booking=Booking(per_slot=2, slot_minutes=30, days_ahead=7))
CLINIC_QUEUE = BRANCH.queue(CLINIC)


def a_day(now: datetime = NINE) -> Day:
    return Day(BRANCH, now)


def tomorrow() -> Day:
    """Tomorrow's floor, seen today at nine."""
    day = Day(BRANCH, NINE + timedelta(days=1))
    day.now = NINE
    return day


def book(day: Day, slot: datetime = TEN, queue: str = CLINIC) -> str:
    (event,) = day.act(Book(queue, slot))
    assert isinstance(event, Booked)
    return event.label


def test_another_system_that_leads_gives_numbers_and_times_as_it_likes() -> None:
    day = tomorrow()
    slot = NINE + timedelta(days=1, minutes=7)
    (event,) = day.act(Book(CLINIC, slot, number=9))
    assert isinstance(event, Booked) and (event.label, event.due) == ("A-009", slot)
    with pytest.raises(NotAllowed, match="A-009"):
        day.act(Book(CLINIC, slot, number=9))


def test_times_lie_within_the_opening_hours_and_end_before_a_break() -> None:
    times = [BRANCH.local(slot).strftime("%H:%M") for slot in slots(BRANCH, CLINIC_QUEUE, NINE.date())]
    assert times == [
        *("08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30"),
        *("13:00", "13:30", "14:00", "14:30"),
    ]
    assert list(slots(BRANCH, CLINIC_QUEUE, NINE.date() + timedelta(days=5))) == []  # Saturday
    assert list(slots(BRANCH, BRANCH.queue(PHARMACY), NINE.date())) == []


def test_a_time_is_given_to_as_many_as_it_has_places_and_is_free_again_after_one_cancels() -> None:
    day = tomorrow()
    slot = TEN + timedelta(days=1)
    first = book(day, slot)
    second = book(day, slot)
    assert (first, second) == ("A-001", "A-002")
    with pytest.raises(SlotFull):
        book(day, slot)
    assert dict(free_slots(day.floor, CLINIC_QUEUE, day.now))[slot] == 0
    day.act(Cancel(first))
    assert dict(free_slots(day.floor, CLINIC_QUEUE, day.now))[slot] == 1
    assert book(day, slot) == "A-003"
    assert day.order() == []  # nobody of them is here


@pytest.mark.parametrize(
    ("slot", "refusal"),
    [
        (NINE - timedelta(minutes=30), NotAllowed),  # over
        (NINE, NotAllowed),
        (TEN + timedelta(minutes=1), Invalid),
        (TEN + timedelta(days=1), Invalid),  # another day's
        (TEN + timedelta(hours=2, minutes=30), Invalid),  # in the break
    ],
)
def test_a_time_that_cannot_be_had_is_refused(slot: datetime, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        book(a_day(), slot)


def test_nobody_books_further_ahead_than_the_queue_says() -> None:
    days = list(days_to_book(BRANCH, CLINIC_QUEUE, NINE))
    assert [(day - NINE.date()).days for day in days] == [0, 1, 2, 3, 4, 7]  # from a Monday, without the weekend
    day = Day(BRANCH, NINE + timedelta(days=8))
    day.now = NINE
    with pytest.raises(NotAllowed, match="7 days ahead"):
        book(day, TEN + timedelta(days=8))


def test_a_queue_without_appointments_or_numbers_refuses() -> None:
    day = a_day()
    with pytest.raises(NotAllowed, match="no appointments"):
        book(day, TEN, PHARMACY)
    day.act(SetQueue(CLINIC, QueueState.CLOSED))
    with pytest.raises(QueueClosed):
        book(day)
    small = Day(clinic_with(calendar=Calendar(WORKING_HOURS), booking=Booking(per_slot=2), quota=1))
    book(small)
    with pytest.raises(QuotaFull):
        book(small)


def test_only_what_is_meant_for_it_may_be_done_for_a_day_to_come() -> None:
    day = tomorrow()
    label = book(day, TEN + timedelta(days=1))
    for action in (Issue(CLINIC), CallNext("1"), CheckIn(label)):
        with pytest.raises(NotAllowed, match="still to come"):
            day.act(action)


def test_who_comes_in_time_is_due_at_the_appointment_and_who_is_late_when_they_come() -> None:
    day = a_day()
    day.open("1")
    early, late = book(day, TEN), book(day, TEN)
    walk_in = day.issue(minutes=5)
    with pytest.raises(NotAllowed, match="10:00"):
        day.act(CheckIn(book(day, ELEVEN)))
    day.act(CheckIn(early), minutes=10)
    assert day.order() == [walk_in, early]  # whoever came at 9.05 is before the one of ten o'clock
    second_walk_in = day.issue(minutes=50)  # at 10.05
    day.act(CheckIn(late), minutes=11)  # until a quarter past ten it would have been in time
    assert day.order() == [walk_in, early, second_walk_in, late]
    assert day.ticket(late).due == day.now


def test_a_clerk_may_call_somebody_who_came_without_saying_so() -> None:
    day = a_day()
    day.open("1")
    label = book(day, TEN)
    day.act(Call("1", label))
    assert (day.ticket(label).status, day.ticket(label).counter) == (Status.CALLED, "1")
    day.act(Undo("1"))
    assert day.ticket(label).status is Status.BOOKED
    assert day.order() == []
    day.act(Call("1", label))
    day.act(Complete("1"), minutes=4)
    (stage,) = stages(day.journal)
    assert (stage.waiting_seconds, stage.outcome) == (0, "completed")


def test_the_later_of_arrival_and_appointment_is_where_waiting_begins() -> None:
    day = a_day()
    day.open("1")
    label = book(day, TEN)
    day.act(CheckIn(label), minutes=30)
    day.act(CallNext("1"), minutes=40)  # at 10.10
    day.act(Serve("1"), minutes=1)
    day.act(Complete("1"), minutes=5)
    absent = book(day, ELEVEN)
    (stage,) = stages(day.journal)
    assert (stage.label, stage.waiting_seconds, stage.service_seconds) == (label, 600, 300)
    assert day.ticket(absent).status is Status.BOOKED


def test_another_time_of_the_day_frees_the_first() -> None:
    day = a_day()
    label = book(day, TEN)
    day.act(Reschedule(label, ELEVEN))
    assert day.act(Reschedule(label, ELEVEN)) == ()
    assert taken(day.floor, CLINIC) == Counter({ELEVEN: 1})
    assert day.ticket(label).slot == ELEVEN
    book(day, ELEVEN)
    other = book(day, TEN)
    with pytest.raises(SlotFull):
        day.act(Reschedule(other, ELEVEN))
    day.act(CheckIn(label), minutes=75)
    with pytest.raises(NotAllowed):
        day.act(Reschedule(label, TEN + timedelta(minutes=30)))


SLOTS = st.sampled_from([TEN, TEN + timedelta(minutes=30), ELEVEN])
DEEDS = st.one_of(
    st.builds(Book, st.just(CLINIC), SLOTS),
    st.builds(lambda n, slot: Reschedule(f"A-{n:03d}", slot), st.integers(1, 8), SLOTS),
    st.builds(lambda n: Cancel(f"A-{n:03d}"), st.integers(1, 8)),
    st.builds(lambda n: CheckIn(f"A-{n:03d}"), st.integers(1, 8)),
    st.just(Issue(CLINIC)),
)


@given(st.lists(st.tuples(DEEDS, st.integers(0, 20)), max_size=40))
def test_no_time_is_ever_given_to_more_than_it_has_places(deeds: list[tuple[object, int]]) -> None:
    day = a_day()
    for deed, minutes in deeds:
        try:
            day.act(deed, minutes=minutes)  # type: ignore[arg-type]
        except Refusal:
            continue
        assert all(count <= 2 for count in taken(day.floor, CLINIC).values())
    assert day.floor == day.folded_anew()
    for entry in day.journal:
        if isinstance(entry.event, CheckedIn):
            assert entry.event.due >= entry.at - timedelta(minutes=BRANCH.queue(CLINIC).booking.late_minutes)  # type: ignore[union-attr]


def test_an_appointment_is_kept_in_one_zone() -> None:
    assert all(slot.tzinfo is UTC for slot in slots(BRANCH, CLINIC_QUEUE, NINE.date()))
