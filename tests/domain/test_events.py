from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.entries import KINDS, event_fields, read_event
from queue_service.domain.events import Cancelled, Event, from_ms, to_ms
from queue_service.domain.fold import _FOLDS
from queue_service.domain.journeys import Stop
from queue_service.domain.trip_events import TripStop
from tests.domain.examples import NINE

STORED = Path(__file__).with_name("stored_entries.txt")
STAGE = (Stop("laboratory", NINE), Stop("pharmacy"))
SAMPLE = {
    "datetime": NINE,
    "datetime | None": NINE,
    "int": 3,
    "bool": True,
    "tuple[str, ...]": ("a", "b"),
    "str": "A-001",
    "str | None": None,
    "Stage": STAGE,
    "tuple[Stage, ...]": (STAGE, (Stop("doctor"),)),
    "tuple[TripStop, ...]": (TripStop("a", "A", "16.04.10.2001", "Village", NINE, NINE + timedelta(hours=1)),),
}


def a_sample(kind: type[Event]) -> Event:
    return kind(**{field.name: SAMPLE[str(field.type)] for field in fields(kind)})


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_an_event_read_from_its_json_is_the_event(kind: type[Event]) -> None:
    event = a_sample(kind)
    assert read_event(event.kind, json.loads(json.dumps(event_fields(event)))) == event


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_what_has_its_default_is_not_written(kind: type[Event]) -> None:
    needed = {field.name: SAMPLE[str(field.type)] for field in fields(kind) if field.default is MISSING}
    event = kind(**needed)
    assert event_fields(event).keys() == needed.keys()
    assert read_event(event.kind, json.loads(json.dumps(event_fields(event)))) == event


def test_what_days_were_closed_with_is_written_again_byte_for_byte() -> None:
    """Of every kind, in full and with nothing that could be left out, as it was stored when one codec came to write
    all journals: the digests of closed days are over these bytes."""
    stored = [line.split(" ", 1) for line in STORED.read_text().splitlines()]
    assert {kind for kind, _ in stored} <= KINDS.keys() and len(stored) > 80
    for kind, text in stored:
        assert json.dumps(event_fields(read_event(kind, json.loads(text))), separators=(",", ":")) == text


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_no_default_of_a_day_s_event_is_anything_but_empty(kind: type[Event]) -> None:
    """Earlier versions left out what was empty, not what had its default."""
    assert not any(field.default for field in fields(kind) if field.default is not MISSING)


def test_each_kind_has_a_name_of_its_own_and_a_fold() -> None:
    assert all(name == kind.kind for name, kind in KINDS.items())
    assert set(_FOLDS) == set(KINDS.values())


def test_fields_of_a_later_version_are_left_out() -> None:
    assert read_event("cancelled", {"label": "A-001", "colour": "red"}) == Cancelled("A-001")


@given(st.timedeltas(timedelta(0), timedelta(days=80_000)).map(lambda since: datetime(1970, 1, 1, tzinfo=UTC) + since))
def test_a_moment_in_milliseconds_comes_back(moment: datetime) -> None:
    kept = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert from_ms(to_ms(moment)) == kept
