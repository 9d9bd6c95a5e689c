"""Waiting for a place on a full day, the places that become free, and the limit that experience sets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queue_service.domain.actions import (
    Book,
    Call,
    CallNext,
    Cancel,
    CheckIn,
    Complete,
    Issue,
    JoinWaitingList,
    PassOn,
    Remind,
    Reschedule,
    Serve,
    SetLimit,
    SetQueue,
    Undo,
    WithdrawEntry,
)
from queue_service.domain.booking import free_slots, limit, taken
from queue_service.domain.branches import Booking, Branch
from queue_service.domain.calendars import Calendar
from queue_service.domain.errors import NotAllowed, NotFound, QueueClosed, Refusal, SlotFull
from queue_service.domain.events import Booked, Event, Given, Lapsed, ReminderDue
from queue_service.domain.lines import QueueState
from queue_service.domain.lots import Standing
from queue_service.domain.showing import PRIOR, Attendance, attendance, overbooked_to
from queue_service.domain.tickets import Status
from tests.domain.examples import CLINIC, NINE, PHARMACY, WORKING_HOURS, Day, clinic_with

HALF = timedelta(minutes=30)
SLOTS = [NINE + (n + 1) * HALF for n in range(5)] + [NINE + timedelta(hours=4) + n * HALF for n in range(4)]
BOOKING = Booking(per_slot=1, slot_minutes=30, notice_minutes=60)


def a_branch(**changes: object) -> Branch:
    return clinic_with(calendar=Calendar(WORKING_HOURS), booking=replace(BOOKING, **changes))  # type: ignore[arg-type]


def a_full_day(**changes: object) -> Day:
    """Today from half past nine; A-001 has the first time, A-009 the last."""
    day = Day(a_branch(**changes), NINE)
    for slot in SLOTS:
        day.act(Book(CLINIC, slot))
    return day


def given_by(events: tuple[Event, ...]) -> list[tuple[str, object]]:
    return [(event.entry, event.due) for event in events if isinstance(event, Given)]


def test_what_becomes_free_goes_to_those_who_wait_in_the_order_in_which_they_came() -> None:
    day = a_full_day()
    for entry in ("X", "Y", "Z"):
        day.act(JoinWaitingList(CLINIC, entry))
    assert day.act(PassOn(CLINIC)) == ()
    day.act(Cancel("A-008"))
    day.act(Cancel("A-005"))
    with pytest.raises(SlotFull, match="Others wait"):
        day.act(Book(CLINIC, SLOTS[4]))  # in between, nobody slips in
    with pytest.raises(SlotFull):
        day.act(Reschedule("A-001", SLOTS[4]))
    assert given_by(day.act(PassOn(CLINIC))) == [("X", SLOTS[4]), ("Y", SLOTS[7])]
    assert day.act(PassOn(CLINIC)) == ()
    assert (day.floor.lots.entrants["X"].label, day.ticket("A-010").status) == ("A-010", Status.BOOKED)
    assert day.floor.lots.place_of(day.floor.lots.entrants["Z"]) == 0
    day.act(WithdrawEntry(CLINIC, "Z"))
    day.act(Cancel("A-009"))
    assert day.act(PassOn(CLINIC)) == ()
    day.act(Book(CLINIC, SLOTS[8]))  # nobody waits any more
    assert day.floor == day.folded_anew()


def test_a_list_is_joined_only_where_no_time_is_free() -> None:
    day = Day(a_branch(), NINE)
    with pytest.raises(NotAllowed, match="free places"):
        day.act(JoinWaitingList(CLINIC, "X"))
    with pytest.raises(NotAllowed, match="no waiting list"):
        day.act(JoinWaitingList(PHARMACY, "X"))
    full = a_full_day()
    full.act(JoinWaitingList(CLINIC, "X"))
    with pytest.raises(NotAllowed):
        full.act(JoinWaitingList(CLINIC, "X"))
    with pytest.raises(NotFound):
        full.act(WithdrawEntry(CLINIC, "nobody"))
    full.act(SetQueue(CLINIC, QueueState.CLOSED))
    with pytest.raises(QueueClosed):
        full.act(JoinWaitingList(CLINIC, "Y"))
    full.act(Cancel("A-009"))
    assert full.act(PassOn(CLINIC)) == ()  # nothing is given out by a closed queue
    evening = a_full_day()
    evening.now = NINE + timedelta(hours=7)
    with pytest.raises(NotAllowed, match="no waiting list"):
        evening.act(JoinWaitingList(CLINIC, "X"))


def test_a_day_is_also_full_by_its_quota_and_one_who_leaves_makes_room_within_it() -> None:
    branch = clinic_with(calendar=Calendar(WORKING_HOURS), booking=BOOKING, quota=2)
    day = Day(branch, NINE)
    day.act(Book(CLINIC, SLOTS[3]))
    day.issue()
    day.act(JoinWaitingList(CLINIC, "X"))
    assert day.act(PassOn(CLINIC)) == ()
    day.act(Cancel("A-001"))
    assert given_by(day.act(PassOn(CLINIC))) == [("X", SLOTS[1])]


def test_a_place_comes_with_enough_notice_or_else_for_whoever_can_come_at_once() -> None:
    day = a_full_day()
    day.act(JoinWaitingList(CLINIC, "X"))
    day.act(JoinWaitingList(CLINIC, "Y"))
    day.act(Cancel("A-001"))  # in half an hour
    day.act(Cancel("A-006"))
    assert given_by(day.act(PassOn(CLINIC))) == [("X", SLOTS[5]), ("Y", SLOTS[0])]
    late = a_full_day()
    late.act(JoinWaitingList(CLINIC, "X"))
    late.act(Cancel("A-001"), minutes=31)  # its time has begun, and nobody else can come for it
    assert late.act(PassOn(CLINIC)) == ()


def test_whoever_has_not_come_by_the_late_limit_gives_the_place_up_where_the_setup_says_so() -> None:
    kept = a_full_day()
    kept.now = SLOTS[0] + timedelta(minutes=16)
    assert kept.act(PassOn(CLINIC)) == ()
    day = a_full_day(release_late=True)
    for entry in ("X", "Y"):
        day.act(JoinWaitingList(CLINIC, entry))
    day.now = SLOTS[0] + timedelta(minutes=15)
    assert day.act(PassOn(CLINIC)) == ()  # until then they are in time
    day.now += timedelta(seconds=1)
    assert day.act(PassOn(CLINIC)) == (Lapsed("A-001"), Given("A-010", CLINIC, SLOTS[0], "general", "X"))
    assert (day.ticket("A-001").status, day.ticket("A-001").has_lapsed) == (Status.CANCELLED, True)
    with pytest.raises(NotAllowed):
        day.act(CheckIn("A-001"))
    assert day.act(PassOn(CLINIC), minutes=10) == ()  # who was given it just now has an hour to come
    day.act(CheckIn("A-010"))
    assert day.ticket("A-010").due == day.now  # the time itself is over
    assert day.floor == day.folded_anew()


DEEDS = st.one_of(
    st.builds(Book, st.just(CLINIC), st.sampled_from(SLOTS)),
    st.builds(lambda n, slot: Reschedule(f"A-{n:03d}", slot), st.integers(1, 12), st.sampled_from(SLOTS)),
    st.builds(lambda n: Cancel(f"A-{n:03d}"), st.integers(1, 14)),
    st.builds(lambda n: CheckIn(f"A-{n:03d}"), st.integers(1, 14)),
    st.just(JoinWaitingList(CLINIC, "")),
    st.builds(lambda n: WithdrawEntry(CLINIC, f"W{n}"), st.integers(0, 8)),
    st.builds(lambda most: SetLimit(CLINIC, most, 90), st.integers(1, 3)),
    st.just(PassOn(CLINIC)),
    st.just(Issue(CLINIC)),
)


@given(st.lists(st.tuples(DEEDS, st.integers(0, 12)), max_size=60), st.booleans())
def test_no_time_is_given_beyond_its_limit_and_the_list_is_served_in_order(
    deeds: list[tuple[object, int]], release_late: bool
) -> None:
    day, ids = a_full_day(release_late=release_late, overbook_percent=100), count()
    joined: list[str] = []
    for deed, minutes in deeds:
        if isinstance(deed, JoinWaitingList):
            deed = JoinWaitingList(CLINIC, f"W{next(ids)}")
        before = taken(day.floor, CLINIC)
        try:
            events = day.act(deed, minutes=minutes)  # type: ignore[arg-type]
        except Refusal:
            continue
        if isinstance(deed, JoinWaitingList):
            joined.append(deed.entry)
        most = limit(day.floor, CLINIC, day.floor.branch.queue(CLINIC).booking or BOOKING)
        for slot, held in taken(day.floor, CLINIC).items():
            assert held <= max(most, before[slot]) and held <= 2  # a lower limit takes nothing away
        if isinstance(deed, WithdrawEntry):
            joined.remove(deed.entry) if deed.entry in joined else None
        for event in events:
            if isinstance(event, Given):
                assert event.entry == joined.pop(0)
    assert list(day.floor.lots.waiting.get(CLINIC, ())) == joined
    assert day.floor == day.folded_anew()


def test_who_came_is_counted_from_the_journal_of_a_day() -> None:
    day = a_full_day(release_late=True)
    day.open("1")
    day.act(CheckIn("A-001"))  # and waits
    day.act(Cancel("A-002"))  # no sign of anything
    day.act(Call("1", "A-003"))  # without having said so
    day.act(Serve("1"))
    day.act(Complete("1"))
    day.act(Call("1", "A-004"))
    day.act(Undo("1"))
    day.now = SLOTS[3] + timedelta(minutes=16)
    assert Lapsed("A-004") in day.act(PassOn(CLINIC))
    assert attendance(day.journal) == {CLINIC: Attendance(booked=8, came=2)}
    assert attendance([]) == {}


@pytest.mark.parametrize(
    ("per_slot", "percent", "booked", "came", "most"),
    [
        (10, 10, 0, 0, 10),  # nothing is known yet
        (10, 10, 270, 240, 11),  # nine of ten come
        (10, 10, 270, 0, 11),  # never beyond what is published
        (20, 50, 270, 210, 25),  # four of five
        (3, 10, 1000, 500, 3),  # a tenth of three is no place
        (10, 0, 1000, 500, 10),
        (10, 50, 20, 0, 15),
        (10, 50, 3, 0, 11),  # three who did not come say little
    ],
)
def test_the_limit_follows_from_those_who_came(per_slot: int, percent: int, booked: int, came: int, most: int) -> None:
    booking = Booking(per_slot=per_slot, overbook_percent=percent)
    seen = Attendance(booked, came)
    assert overbooked_to(booking, seen) == most
    assert 0 < seen.show_percent <= 100 and Attendance().show_percent == 100 and PRIOR > 0


@given(st.integers(1, 200), st.integers(0, 50), st.integers(0, 10_000), st.integers(0, 10_000))
@example(75, 36, 10_000, 10_000)  # 102 places, where 75 × 1.36 comes out below them
def test_as_many_come_as_there_are_places_but_never_more_than_published(
    per_slot: int, percent: int, booked: int, stayed_away: int
) -> None:
    came = max(0, booked - stayed_away)
    booking = Booking(per_slot=per_slot, overbook_percent=percent)
    most = overbooked_to(booking, Attendance(booked, came))
    assert 100 * per_slot <= 100 * most <= per_slot * (100 + percent)
    assert most * (came + PRIOR) <= per_slot * (booked + PRIOR)  # so many of them are expected at most


def test_a_limit_of_the_day_lets_more_book_and_nobody_beyond_it() -> None:
    day = a_full_day(overbook_percent=100)
    with pytest.raises(SlotFull):
        day.act(Book(CLINIC, SLOTS[3]))
    day.act(SetLimit(CLINIC, 2, 60))
    assert day.act(SetLimit(CLINIC, 2, 60)) == ()
    assert dict(free_slots(day.floor, day.floor.branch.queue(CLINIC), day.now))[SLOTS[3]] == 1
    day.act(Book(CLINIC, SLOTS[3]))
    with pytest.raises(SlotFull):
        day.act(Book(CLINIC, SLOTS[3]))
    with pytest.raises(NotAllowed):
        day.act(SetLimit(CLINIC, 3, 40))  # more than the set-up publishes
    day.act(SetLimit(CLINIC, 1, 100))
    assert taken(day.floor, CLINIC)[SLOTS[3]] == 2  # nobody loses what they have


def test_each_is_reminded_once_for_each_time_and_not_of_what_they_have_just_chosen() -> None:
    day = Day(a_branch(reminders=(24 * 60, 120, 30)), NINE + timedelta(days=2))
    day.now = NINE
    slot = NINE + timedelta(days=2, hours=1)
    (booked,) = day.act(Book(CLINIC, slot))
    assert isinstance(booked, Booked)

    def reminded_at(hours: float) -> list[int]:
        day.now = slot - timedelta(hours=hours)
        return [event.minutes for event in day.act(Remind(CLINIC)) if isinstance(event, ReminderDue)]

    assert [reminded_at(hours) for hours in (25, 24, 23, 2.1, 2)] == [[], [1440], [], [], [120]]
    assert reminded_at(1) == []
    (last_minute,) = day.act(Book(CLINIC, slot + HALF))
    assert isinstance(last_minute, Booked)
    assert reminded_at(0.9) == []  # half an hour before comes next
    assert reminded_at(0.4) == [30]
    day.act(CheckIn(booked.label))
    assert reminded_at(0) == [30]  # the one of half past ten
    assert Counter(e.event.label for e in day.journal if isinstance(e.event, ReminderDue)) == {
        booked.label: 3,
        last_minute.label: 1,
    }
    assert day.floor == day.folded_anew()


def test_another_time_is_reminded_of_anew_and_what_was_missed_only_once() -> None:
    day = Day(a_branch(reminders=(1440, 120)), NINE + timedelta(days=2))
    day.now = NINE
    slot = NINE + timedelta(days=2, hours=1)
    day.act(Book(CLINIC, slot))
    day.now = slot - timedelta(hours=1)  # the service was away for a day
    assert day.act(Remind(CLINIC)) == (ReminderDue("A-001", 120),)
    day.now = slot - timedelta(minutes=50)
    day.act(Reschedule("A-001", slot + timedelta(hours=4)))
    assert day.act(Remind(CLINIC)) == ()
    day.now = slot + timedelta(hours=2)
    assert day.act(Remind(CLINIC)) == (ReminderDue("A-001", 120),)
    assert day.ticket("A-001").reminded == 120


def test_the_order_of_what_is_called_is_that_of_the_times() -> None:
    day = a_full_day()
    day.open("1")
    day.act(JoinWaitingList(CLINIC, "X"))
    day.act(Cancel("A-004"))
    day.act(PassOn(CLINIC))
    assert day.floor.lots.entrants["X"].standing is Standing.GIVEN
    day.now = SLOTS[3]
    for label in ("A-005", "A-010", "A-003"):
        day.act(CheckIn(label))
    day.act(CallNext("1"))
    assert day.order() == ["A-010", "A-005"]
