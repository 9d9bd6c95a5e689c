"""The chain of days: what was closed and altered afterwards is found."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.events import Cancelled, DayClosed, Entry, Issued
from queue_service.journal.chains import Broken, check_day, digest_of

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MONDAY = ("hospital", date(2026, 11, 23))
BEFORE = "ab" * 32


def a_day(numbers: int = 4) -> list[Entry]:
    entries = [
        Entry(n, NINE + timedelta(minutes=n), "visitor", Issued(f"A-{n:03d}", "clinic", NINE, "general"))
        for n in range(1, numbers + 1)
    ]
    return closed(entries)


def closed(entries: list[Entry]) -> list[Entry]:
    digest = digest_of(MONDAY, BEFORE, entries)
    return [*entries, Entry(len(entries) + 1, NINE + timedelta(days=1), "clock", DayClosed(digest, BEFORE))]


def test_a_day_is_as_it_was_closed() -> None:
    entries = a_day()
    assert check_day(MONDAY, BEFORE, entries) == digest_of(MONDAY, BEFORE, entries[:-1])


def test_the_digest_is_the_same_on_every_machine() -> None:
    """What a newspaper printed must hold after an update, and anybody can work it out."""
    lines = (
        f'["hospital","2026-11-23","{BEFORE}"]\n'
        '[1,1795399260000,"visitor","issued",'
        '{"due":1795399200000,"label":"A-001","queue":"clinic","ticket_class":"general"}]\n'
    )
    assert digest_of(MONDAY, BEFORE, a_day(1)) == hashlib.sha256(lines.encode()).hexdigest()


CHANGES = {
    "another person": lambda entry: replace(entry, by="clerk:1"),
    "another time": lambda entry: replace(entry, at=entry.at + timedelta(milliseconds=1)),
    "another event": lambda entry: replace(entry, event=Cancelled(entry.event.label)),
    "another class": lambda entry: replace(entry, event=replace(entry.event, ticket_class="aged")),
}


@given(st.integers(0, 3), st.sampled_from(sorted(CHANGES)))
def test_whatever_is_altered_is_found(place: int, change: str) -> None:
    entries = a_day()
    entries[place] = CHANGES[change](entries[place])
    found = check_day(MONDAY, BEFORE, entries)
    assert isinstance(found, Broken) and "not those" in found.why


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (a_day()[:2] + a_day()[3:], "entry 3 is missing"),
        (a_day()[:-1], "never closed"),
        ([], "never closed"),
        ([*a_day(), replace(a_day()[0], seq=6)], "never closed"),  # something after the end
    ],
)
def test_what_is_left_out_or_put_behind_is_found(entries: list[Entry], why: str) -> None:
    found = check_day(MONDAY, BEFORE, entries)
    assert isinstance(found, Broken) and why in found.why


def test_a_day_belongs_to_its_branch_its_date_and_the_day_before() -> None:
    entries = a_day()
    for place, before in ((("clinic", MONDAY[1]), BEFORE), ((MONDAY[0], date(2026, 11, 24)), BEFORE), (MONDAY, "cd")):
        assert isinstance(check_day(place, before, entries), Broken)
