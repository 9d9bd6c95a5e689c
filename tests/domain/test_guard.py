"""Precedence has an end: who has waited long enough is passed by nobody who comes later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import CallNext, Complete
from queue_service.domain.branches import Rules
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Called, Issued
from tests.domain.examples import BRANCH, Day

GUARD = 20
GUARDED = replace(BRANCH, rules=Rules(guard_minutes=GUARD))  # the aged are due half an hour before they come


@pytest.mark.parametrize(
    ("waited", "order"),
    [(19, ["A-002", "A-001"]), (20, ["A-001", "A-002"]), (25, ["A-001", "A-002"]), (31, ["A-001", "A-002"])],
)
def test_who_has_waited_long_enough_stays_ahead(waited: int, order: list[str]) -> None:
    day = Day(GUARDED)
    day.issue()
    day.issue(ticket_class="aged", minutes=waited)
    assert day.order() == order


def test_among_those_with_precedence_nobody_is_held_back() -> None:
    day = Day(GUARDED)
    day.issue(ticket_class="aged")
    day.issue(ticket_class="aged", minutes=25)
    day.issue(minutes=1)
    day.issue(ticket_class="aged", minutes=10)
    assert day.order() == ["A-001", "A-002", "A-004", "A-003"]


def test_without_a_guard_precedence_counts_for_all_of_its_minutes() -> None:
    day = Day()
    day.issue()
    day.issue(ticket_class="aged", minutes=29)
    assert day.order() == ["A-002", "A-001"]


STEPS = st.lists(st.tuples(st.sampled_from(["general", "general", "aged", "call"]), st.integers(0, 12)), max_size=60)


@given(STEPS)
def test_in_no_day_is_anybody_passed_by_who_came_after_the_guard(steps: list[tuple[str, int]]) -> None:
    day = Day(GUARDED)
    day.open("1")
    for what, minutes in steps:
        try:
            if what == "call":
                day.act(CallNext("1"), minutes=minutes)
                day.act(Complete("1"))
            else:
                day.issue(ticket_class=what, minutes=minutes)
        except Refusal:
            continue
    issued: dict[str, datetime] = {}
    ordinary: dict[str, datetime] = {}  # who still waits, and since when
    for entry in day.journal:
        if isinstance(entry.event, Issued):
            issued[entry.event.label] = entry.at
            if entry.event.ticket_class == "general":
                ordinary[entry.event.label] = entry.at
        elif isinstance(entry.event, Called):
            ordinary.pop(entry.event.label, None)
            came = issued[entry.event.label]
            assert [since for since in ordinary.values() if since + timedelta(minutes=GUARD) <= came] == []
