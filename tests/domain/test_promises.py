"""What was promised of a service, how long is left, and whether it was kept; and how many numbers it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_service.domain.actions import (
    Book,
    CallNext,
    Cancel,
    CheckIn,
    Complete,
    Issue,
    MarkNoShow,
    Requeue,
    Serve,
    Undo,
)
from queue_service.domain.branches import Booking
from queue_service.domain.calendars import ALWAYS, Calendar, SpecialDay
from queue_service.domain.entries import event_fields, read_event
from queue_service.domain.errors import QuotaFull, Refusal
from queue_service.domain.events import Entry, Issued
from queue_service.domain.journeys import Journey
from queue_service.domain.promises import Kept, Outlook, due_of, kept_promises, outlook, pressing
from queue_service.domain.standards import Decree, Standard, read_promise
from tests.domain.examples import BRANCH, CLINIC, NINE, PHARMACY, WORKING_HOURS, Day, a_name, clinic_with

WEEK = Calendar(WORKING_HOURS, special={date(2026, 11, 25): SpecialDay(a_name("Holiday"))})
CARD = Journey(
    "card", a_name("Card"), ((CLINIC,), (PHARMACY,)), quota=3, standard=Standard(promise=read_promise("30m"))
)
OFFICE = replace(BRANCH, journeys={CARD.id: CARD, "free": replace(CARD, id="free", quota=None, standard=None)})


@pytest.mark.parametrize(
    ("promise", "calendar", "due"),
    [
        ("30m", WEEK, NINE + timedelta(minutes=30)),
        ("24h", WEEK, NINE + timedelta(hours=24)),
        ("1d", WEEK, datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),  # three in the afternoon on Tuesday
        ("2d", WEEK, datetime(2026, 11, 26, 8, 0, tzinfo=UTC)),  # Wednesday is a holiday
        ("4d", WEEK, datetime(2026, 11, 30, 8, 0, tzinfo=UTC)),  # and then comes a weekend
        ("1d", ALWAYS, datetime(2026, 11, 24, 16, 59, tzinfo=UTC)),  # before midnight, where there is no closing
    ],
)
def test_a_promise_counts_minutes_hours_or_days_of_service(promise: str, calendar: Calendar, due: datetime) -> None:
    assert read_promise(promise).due(NINE, ZoneInfo("Asia/Jakarta"), calendar) == due
    assert str(read_promise(promise)) == promise


def test_a_decree_holds_from_its_first_day_to_its_last() -> None:
    decree = Decree("470/1", "2", date(2026, 1, 2), date(2027, 12, 31))
    assert decree.holds_on(date(2026, 1, 2)) and decree.holds_on(date(2027, 12, 31))
    assert not decree.holds_on(date(2026, 1, 1)) and not decree.holds_on(date(2028, 1, 1))
    assert Decree("470/1").holds_on(date(1999, 1, 1))


@pytest.fixture
def day() -> Day:
    day = Day(OFFICE)
    day.open("1", "3")
    return day


def come(day: Day, journey: str = CARD.id) -> str:
    (event,) = day.act(Issue("", journey=journey))
    assert isinstance(event, Issued)
    return event.label


def test_the_time_runs_from_the_first_counter_and_not_while_one_waits_for_it(day: Day) -> None:
    label = come(day)
    assert day.ticket(label).promise == "30m" and due_of(OFFICE, day.ticket(label)) is None
    day.act(CallNext("1"), minutes=50)
    assert due_of(OFFICE, day.ticket(label)) is None
    day.act(Serve("1"), minutes=1)
    began = day.now
    day.act(Complete("1"), minutes=5)
    assert due_of(OFFICE, day.ticket(label)) == began + timedelta(minutes=30)
    day.act(Undo("1"))
    assert due_of(OFFICE, day.ticket(label)) == began + timedelta(minutes=30)


def test_a_call_that_nobody_answers_begins_nothing(day: Day) -> None:
    label = come(day)
    day.act(CallNext("1"))
    day.act(MarkNoShow("1"), minutes=1)
    day.act(Requeue("1", 0, label), minutes=1)
    assert day.ticket(label).begun_at is None
    day.act(CallNext("1"), minutes=6)
    called = day.now
    day.act(Complete("1"), minutes=2)  # without a word that somebody is being served
    assert day.ticket(label).begun_at == called


def test_who_is_about_to_be_kept_too_long_is_named_the_most_urgent_first(day: Day) -> None:
    first, second = come(day), come(day)
    for _ in range(2):
        day.act(CallNext("1"))
        day.act(Complete("1"), minutes=2)
    assert [*pressing(day.floor, [PHARMACY], day.now)] == []
    late = [ticket.label for ticket, _ in pressing(day.floor, [PHARMACY], day.now + timedelta(minutes=22))]
    assert late == [first, second]
    assert [*pressing(day.floor, [CLINIC], day.now + timedelta(minutes=22))] == []


def test_an_outlook_turns_from_open_to_near_to_over() -> None:
    due = NINE + timedelta(minutes=100)
    after = {minutes: outlook(NINE, due, NINE + timedelta(minutes=minutes)) for minutes in (79, 80, 100, 101)}
    assert [*after.values()] == [Outlook.OPEN, Outlook.NEAR, Outlook.NEAR, Outlook.OVER]


def test_the_journal_tells_whether_promises_were_kept(day: Day) -> None:
    for minutes in (10, 31):
        come(day)
        day.act(CallNext("1"))
        day.act(Serve("1"))
        day.act(Complete("1"))
        day.act(CallNext("3"))
        day.act(Complete("3"), minutes=minutes)
    unfinished, nobody = come(day), come(day, "free")
    day.act(CallNext("1"))
    day.act(Complete("1"), minutes=1)
    day.act(CallNext("1"))
    day.act(Complete("1"), minutes=1)
    # What is promised today changes nothing of what was promised then.
    now = replace(OFFICE, journeys={})
    read = [Entry(e.seq, e.at, e.by, read_event(e.event.kind, event_fields(e.event))) for e in day.journal]
    found: dict[str, Kept] = {kept.label: kept for kept in kept_promises(now, read)}
    assert [kept.is_kept for kept in found.values()] == [True, False, None]
    assert unfinished in found and nobody not in found
    assert {kept.journey for kept in found.values()} == {CARD.id}


def test_who_comes_for_an_appointment_is_promised_the_same() -> None:
    standard = Standard(promise=read_promise("2h"))
    branch = clinic_with(standard=standard, calendar=Calendar(WORKING_HOURS), booking=Booking(per_slot=1))
    day = Day(branch)
    slot = NINE + timedelta(minutes=30)
    (booked,) = day.act(Book(CLINIC, slot))
    label = booked.label  # type: ignore[attr-defined]
    day.act(CheckIn(label))
    assert day.ticket(label).promise == "2h" and day.folded_anew().ticket(label).promise == "2h"


def test_a_day_without_promises_is_written_as_before(day: Day) -> None:
    come(day, "free")
    (issued,) = [entry.event for entry in day.journal if isinstance(entry.event, Issued)]
    assert "promise" not in event_fields(issued)


def test_a_service_gives_as_many_numbers_as_its_quota_also_where_some_are_given_up(day: Day) -> None:
    labels = [come(day) for _ in range(3)]
    day.act(Cancel(labels[0]))
    with pytest.raises(QuotaFull, match="All 3 numbers"):
        come(day)
    come(day, "free")
    day.issue(CLINIC)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["card", "free", ""]), st.integers(0, 3)), max_size=25), st.integers(1, 6))
def test_no_order_of_events_gives_more_than_the_quota(steps: list[tuple[str, int]], quota: int) -> None:
    day = Day(replace(OFFICE, journeys={**OFFICE.journeys, "card": replace(CARD, quota=quota)}))
    day.open("1", "3")
    refused = given_out = 0
    for journey, then in steps:
        try:
            day.act(Issue("" if journey else CLINIC, journey=journey))
            given_out += journey == "card"
        except QuotaFull:
            refused += 1
        for action in (CallNext("1"), Complete("1"), CallNext("3"))[:then]:
            try:
                day.act(action)
            except Refusal:
                break
    asked = sum(journey == "card" for journey, _ in steps)
    assert given_out == min(asked, quota) and refused == asked - given_out
    held = sum(ticket.journey == "card" for ticket in day.folded_anew().tickets.values())
    assert held == given_out
