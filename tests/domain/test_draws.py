"""A draw: promised, entered, closed, and drawn so that anybody can check it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import (
    AnnounceDraw,
    Book,
    Cancel,
    CheckIn,
    CloseDraw,
    DrawLots,
    EnterDraw,
    JoinWaitingList,
    PassOn,
    WithdrawEntry,
)
from queue_service.domain.booking import free_slots, taken
from queue_service.domain.branches import BeforeDay, Booking, Branch, DrawPlan
from queue_service.domain.calendars import Calendar
from queue_service.domain.errors import Invalid, NotAllowed, SlotFull
from queue_service.domain.events import Drawn, Event, Given
from queue_service.domain.lots import Standing, commitment_to, ranking
from tests.domain.examples import CLINIC, NINE, WORKING_HOURS, Day, clinic_with

SEED = "ab" * 32
QUOTA = 3
PLAN = DrawPlan(QUOTA, BeforeDay(2, time(8)), BeforeDay(1, time(16)), BeforeDay(1, time(17)))
TWO_DAYS_BEFORE = datetime.fromisoformat("2026-11-23T08:00+07:00")
CLOSES = datetime.fromisoformat("2026-11-24T16:00+07:00")
DRAWN_AT = CLOSES + timedelta(hours=1)
THE_DAY = NINE + timedelta(days=2)  # a Wednesday
ENTRIES = ("K1", "A7", "ZZ", "B3", "M0")


def a_branch(**changes: object) -> Branch:
    return clinic_with(**{"calendar": Calendar(WORKING_HOURS), "draw": PLAN, **changes})


def announced(branch: Branch | None = None) -> Day:
    day = Day(branch or a_branch(), THE_DAY)
    day.now = TWO_DAYS_BEFORE - timedelta(hours=20)
    day.act(AnnounceDraw(CLINIC, commitment_to(SEED)))
    return day


def closed(entries: tuple[str, ...] = ENTRIES, branch: Branch | None = None) -> Day:
    day = announced(branch)
    day.now = TWO_DAYS_BEFORE
    for entry in entries:
        day.act(EnterDraw(CLINIC, entry), minutes=1)
    day.now = CLOSES
    day.act(CloseDraw(CLINIC))
    return day


def draw(day: Day) -> tuple[Event, ...]:
    day.now = max(day.now, DRAWN_AT)
    return day.act(DrawLots(CLINIC, SEED))


def given_to(events: tuple[Event, ...]) -> dict[str, str]:
    return {event.label: event.entry for event in events if isinstance(event, Given)}


def by_hand(entries: tuple[str, ...]) -> list[str]:
    """As the published algorithm is told, and not as it is written elsewhere."""
    listed = sorted(entries)
    digest = hashlib.sha256("".join(entry + "\n" for entry in listed).encode()).hexdigest()
    lots = {hmac.new(SEED.encode(), f"{digest}:{entry}".encode(), "sha256").hexdigest(): entry for entry in listed}
    return [lots[lot] for lot in sorted(lots)]


def test_the_first_of_the_drawn_order_get_numbers_in_it_and_the_others_wait_in_it() -> None:
    day = closed()
    events = draw(day)
    order = by_hand(ENTRIES)
    assert events[0] == Drawn(CLINIC, SEED)
    assert given_to(events) == dict(zip(("A-001", "A-002", "A-003"), order, strict=False))
    assert list(day.floor.lots.waiting[CLINIC]) == order[QUOTA:]
    assert day.floor.lots.draws[CLINIC].order == tuple(order)
    assert draw(day) == ()  # once
    assert day.floor == day.folded_anew()
    day.now = day.ticket("A-001").due  # at eight on the day: the numbers are called in the drawn order
    for label in ("A-003", "A-001", "A-002"):
        day.act(CheckIn(label))
    assert day.order() == ["A-001", "A-002", "A-003"]


def test_where_appointments_are_given_those_drawn_get_the_times_in_their_order() -> None:
    booking = Booking(per_slot=2, slot_minutes=30)
    day = closed(branch=a_branch(booking=booking))
    given = given_to(draw(day))
    times = [day.ticket(label).slot for label in given]
    eight = datetime.fromisoformat("2026-11-25T08:00+07:00")
    assert times == [eight, eight, eight + timedelta(minutes=30)]
    assert list(given.values()) == by_hand(ENTRIES)[:QUOTA]


def test_entries_are_taken_in_the_window_only() -> None:
    day = announced()
    with pytest.raises(NotAllowed, match=r"from 23\.11\.2026, 08:00"):
        day.act(EnterDraw(CLINIC, "K1"))
    day.now = TWO_DAYS_BEFORE
    day.act(EnterDraw(CLINIC, "K1"))
    with pytest.raises(NotAllowed):
        day.act(EnterDraw(CLINIC, "K1"))
    with pytest.raises(NotAllowed, match="still be entered"):
        day.act(CloseDraw(CLINIC))
    day.now = CLOSES
    with pytest.raises(NotAllowed, match="closed"):
        day.act(EnterDraw(CLINIC, "B3"))  # though nobody has closed the list yet
    with pytest.raises(NotAllowed, match="too early"):
        day.act(DrawLots(CLINIC, SEED))
    day.act(CloseDraw(CLINIC))
    assert day.act(CloseDraw(CLINIC)) == ()
    with pytest.raises(NotAllowed, match="too early"):
        day.act(DrawLots(CLINIC, SEED))  # the list is published before the seed is
    day.now = DRAWN_AT
    with pytest.raises(Invalid, match="not the one that was promised"):
        day.act(DrawLots(CLINIC, "cd" * 32))


def test_what_was_announced_holds_whatever_the_setup_says_later() -> None:
    day = announced()
    branch = day.floor.branch
    clinic = replace(branch.queue(CLINIC), draw=replace(PLAN, quota=1, closes=BeforeDay(2, time(8, 30))))
    day.floor.branch = replace(branch, queues={**branch.queues, CLINIC: clinic})
    day.now = CLOSES - timedelta(minutes=1)
    for entry in ENTRIES:
        day.act(EnterDraw(CLINIC, entry))
    day.now = CLOSES
    day.act(CloseDraw(CLINIC))
    assert len(given_to(draw(day))) == QUOTA


def test_an_entry_can_be_taken_back_but_not_while_the_list_is_closed_and_not_drawn() -> None:
    day = announced()
    day.now = TWO_DAYS_BEFORE
    for entry in ENTRIES:
        day.act(EnterDraw(CLINIC, entry))
    day.act(WithdrawEntry(CLINIC, "ZZ"))
    day.now = CLOSES
    day.act(CloseDraw(CLINIC))
    with pytest.raises(NotAllowed, match="once it is drawn"):
        day.act(WithdrawEntry(CLINIC, "K1"))
    stayed = tuple(entry for entry in ENTRIES if entry != "ZZ")
    given = given_to(draw(day))
    order = by_hand(stayed)
    assert list(given.values()) == order[:QUOTA]
    with pytest.raises(NotAllowed, match="A-001"):
        day.act(WithdrawEntry(CLINIC, order[0]))
    day.act(WithdrawEntry(CLINIC, order[QUOTA]))
    assert day.floor.lots.entrants[order[QUOTA]].standing is Standing.WITHDRAWN
    assert not day.floor.lots.waiting[CLINIC]


def test_until_it_is_drawn_nobody_gets_a_place_any_other_way() -> None:
    branch = a_branch(booking=Booking(per_slot=1, slot_minutes=30))
    slot = datetime.fromisoformat("2026-11-25T08:00+07:00")
    for day in (announced(branch), closed(branch=branch)):
        with pytest.raises(NotAllowed, match="drawn by lot"):
            day.act(Book(CLINIC, slot))
        with pytest.raises(NotAllowed, match="drawn by lot"):
            day.act(JoinWaitingList(CLINIC, "Q"))
        assert not any(free for _, free in free_slots(day.floor, day.floor.branch.queue(CLINIC), day.now))
    draw(day)
    with pytest.raises(SlotFull):
        day.act(Book(CLINIC, slot + timedelta(hours=3)))  # those who were not drawn come first
    day.act(Cancel("A-002"))
    (given,) = day.act(PassOn(CLINIC))
    assert isinstance(given, Given) and given.entry == by_hand(ENTRIES)[QUOTA]
    assert given.due == slot + timedelta(minutes=30)


def test_with_fewer_entries_than_places_all_get_one_and_the_rest_can_be_booked() -> None:
    day = closed(("K1",), a_branch(booking=Booking(per_slot=1, slot_minutes=30)))
    assert list(given_to(draw(day)).values()) == ["K1"]
    ten = datetime.fromisoformat("2026-11-25T10:00+07:00")
    day.act(Book(CLINIC, ten))
    day.act(Book(CLINIC, ten + timedelta(minutes=30)))
    assert sum(taken(day.floor, CLINIC).values()) == QUOTA
    assert not any(free for _, free in free_slots(day.floor, day.floor.branch.queue(CLINIC), day.now))


IDS = st.lists(st.text("ABC012", min_size=1, max_size=6), unique=True, max_size=30)
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(IDS, SEEDS, st.randoms(use_true_random=False))
def test_the_order_depends_on_the_list_and_the_seed_and_not_on_who_came_when(
    entries: list[str], seed: str, random: st.DrawFn
) -> None:
    arrived = list(entries)
    random.shuffle(arrived)  # type: ignore[attr-defined]
    order = ranking(seed, arrived)
    assert order == ranking(seed, entries)
    assert sorted(order) == sorted(entries)


@given(IDS.filter(lambda entries: len(entries) > 1), st.randoms(use_true_random=False))
def test_two_draws_with_one_seed_and_one_list_are_equal(entries: list[str], random: st.DrawFn) -> None:
    arrived = list(entries)
    random.shuffle(arrived)  # type: ignore[attr-defined]
    first, second = closed(tuple(entries)), closed(tuple(arrived))
    assert draw(first) == draw(second)
    assert first.floor.lots.draws == second.floor.lots.draws


def test_whoever_knows_the_seed_cannot_tell_who_wins_before_the_list_is_closed() -> None:
    """One entry more, and the order of the others is another."""
    entries = [f"E{n}" for n in range(40)]
    order, with_another = ranking(SEED, entries), ranking(SEED, [*entries, "E40"])
    assert [entry for entry in with_another if entry != "E40"] != order
