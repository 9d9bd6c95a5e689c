"""The published order is the order of the calls, and time alone changes nothing in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import Book, CallNext, Cancel, CheckIn, Complete, Issue, MarkNoShow, StepAway
from queue_service.domain.branches import Booking, Rules
from queue_service.domain.calendars import Calendar
from queue_service.domain.errors import NobodyWaiting, Refusal
from queue_service.domain.order import Reason, places
from tests.domain.examples import CLINIC, NINE, WORKING_HOURS, Day, clinic_with

TEN = NINE + timedelta(hours=1)
BRANCH = replace(
    clinic_with(calendar=Calendar(WORKING_HOURS), booking=Booking(per_slot=3, slot_minutes=30, early_minutes=240)),
    rules=Rules(pause_minutes=0),  # whoever missed a call is back at once, and nobody is passed over
)
LABELS = st.builds("A-{:03d}".format, st.integers(1, 9))
DEEDS = st.one_of(
    st.builds(Issue, st.just(CLINIC), st.sampled_from(["general", "general", "aged"])),
    st.builds(Book, st.just(CLINIC), st.sampled_from([TEN, TEN + timedelta(minutes=30)])),
    st.builds(CheckIn, LABELS),
    st.builds(StepAway, LABELS),
    st.builds(Cancel, LABELS),
    st.sampled_from([CallNext("1"), Complete("1"), MarkNoShow("1")]),
)


def a_morning(deeds: list[tuple[object, int]]) -> Day:
    day = Day(BRANCH)
    day.open("1")
    for deed, minutes in deeds:
        try:
            day.act(deed, minutes=minutes)  # type: ignore[arg-type]
        except Refusal:
            continue
    return day


@given(st.lists(st.tuples(DEEDS, st.integers(0, 15)), max_size=30), st.integers(0, 120))
def test_the_published_order_is_that_of_the_calls_when_nothing_else_happens(
    deeds: list[tuple[object, int]], minutes: int
) -> None:
    day = a_morning(deeds)
    published = [place.label for place in places(day.floor, CLINIC)]
    day.now += timedelta(minutes=minutes)
    assert [place.label for place in places(day.floor, CLINIC)] == published
    called: list[str] = []
    if day.floor.counter("1").ticket:
        day.act(Complete("1"))
    while True:
        try:
            (event,) = day.act(CallNext("1"), minutes=1)
        except NobodyWaiting:
            break
        called.append(event.label)  # type: ignore[attr-defined]
        day.act(Complete("1"), minutes=1)
    passed_over = {label for label in published if day.floor.is_called_out(day.ticket(label)) and label not in called}
    assert called == [label for label in published if label not in passed_over]


def test_each_place_has_its_reason_and_rights_are_not_told_apart() -> None:
    day = Day(BRANCH)
    day.open("1")
    (booked,) = day.act(Book(CLINIC, TEN))
    day.act(Issue(CLINIC, "aged"))
    day.issue(minutes=1)
    day.act(CheckIn(booked.label), minutes=1)  # type: ignore[attr-defined]
    back = day.issue(minutes=1)
    day.act(StepAway(back))
    day.act(CheckIn(back), minutes=30)  # too late for the old place
    reasons = {place.label: place.reason for place in places(day.floor, CLINIC)}
    assert reasons == {
        "A-002": Reason.RIGHT,
        "A-003": Reason.CAME,
        "A-001": Reason.RIGHT,
        back: Reason.RETURNED,
    }
