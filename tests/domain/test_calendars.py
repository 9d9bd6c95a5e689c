"""Opening hours over a year: weeks, breaks, Ramadan, holidays, exceptions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.calendars import ALWAYS, Calendar, Hours, Season, Span, SpecialDay
from queue_service.domain.names import Name

MONDAY_TO_THURSDAY, FRIDAY = frozenset({1, 2, 3, 4}), frozenset({5})
WEEK = (  # the working hours of a regency's offices
    Hours(MONDAY_TO_THURSDAY, time(7, 30), time(12)),
    Hours(MONDAY_TO_THURSDAY, time(13), time(16)),
    Hours(FRIDAY, time(7, 30), time(11, 30)),
    Hours(FRIDAY, time(13), time(16, 30)),
)
RAMADAN = Season(
    Name("Ramadan", "Ramadan"),
    date(2027, 2, 8),
    date(2027, 3, 9),
    (Hours(MONDAY_TO_THURSDAY, time(8), time(15)), Hours(FRIDAY, time(8), time(15, 30))),
)
CHRISTMAS = date(2026, 12, 25)  # a Friday
SHORT_DAY = date(2026, 12, 24)
OFFICE = Calendar(
    WEEK,
    (RAMADAN,),
    {
        CHRISTMAS: SpecialDay(Name("Hari Natal", "Christmas Day")),
        SHORT_DAY: SpecialDay(Name("Persiapan", "Preparation"), (Span(time(9), time(10)), Span(time(7), time(8)))),
    },
)


def at(day: str, moment: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{moment}")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at("2026-11-23", "07:29"), False),
        (at("2026-11-23", "07:30"), True),
        (at("2026-11-23", "11:59"), True),
        (at("2026-11-23", "12:00"), False),  # the break
        (at("2026-11-23", "13:00"), True),
        (at("2026-11-23", "16:00"), False),
        (at("2026-11-27", "11:45"), False),  # Friday's break is longer
        (at("2026-11-27", "16:15"), True),
        (at("2026-11-28", "09:00"), False),  # Saturday
        (at("2027-02-08", "07:45"), False),  # Ramadan begins later
        (at("2027-03-09", "12:30"), True),  # its last day, without a break
        (at("2027-03-10", "12:30"), False),
        (at("2026-12-25", "09:00"), False),
        (at("2026-12-24", "07:30"), True),
        (at("2026-12-24", "10:00"), False),
    ],
)
def test_each_day_has_its_hours(moment: datetime, is_open: bool) -> None:
    assert OFFICE.is_open_at(moment) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at("2026-11-23", "06:00"), at("2026-11-23", "07:30")),
        (at("2026-11-23", "12:10"), at("2026-11-23", "13:00")),
        (at("2026-11-27", "17:00"), at("2026-11-30", "07:30")),  # over the weekend
        (at("2026-12-24", "11:00"), at("2026-12-28", "07:30")),  # over the holiday and the weekend
        (at("2027-02-05", "18:00"), at("2027-02-08", "08:00")),
    ],
)
def test_it_says_when_service_begins_again(moment: datetime, opens: datetime) -> None:
    assert OFFICE.opens_next(moment) == opens


def test_a_day_says_what_makes_it_different() -> None:
    names = [OFFICE.name_of(day) for day in (CHRISTMAS, RAMADAN.first, RAMADAN.last + timedelta(days=1))]
    assert [name and name.en for name in names] == ["Christmas Day", "Ramadan", None]
    assert [OFFICE.closes_on(day) for day in (date(2026, 11, 27), SHORT_DAY, CHRISTMAS)] == [
        time(16, 30),
        time(10),
        None,
    ]


def test_without_hours_it_is_open_day_and_night_but_for_days_off() -> None:
    assert ALWAYS.is_always_open
    assert ALWAYS.is_open_at(at("2026-12-25", "03:00"))
    assert ALWAYS.opens_next(at("2026-12-25", "03:00")) is None
    hospital = Calendar(special=OFFICE.special)
    assert not hospital.is_open_at(at("2026-12-25", "03:00"))
    assert hospital.opens_next(at("2026-12-25", "03:00")) == at("2026-12-26", "00:00")
    assert hospital.closes_on(date(2026, 12, 26)) is None


def test_what_never_opens_again_says_so() -> None:
    assert Calendar(seasons=(Season(Name("", ""), date(2026, 1, 1), date(2099, 1, 1), WEEK[:1]),)).opens_next(
        at("2026-11-27", "09:00")
    ) == at("2026-11-30", "07:30")
    gone = Calendar((Hours(frozenset(), time(8), time(9)),))
    assert gone.opens_next(at("2026-11-27", "09:00")) is None


moments = st.datetimes(at("2026-11-01", "00:00"), at("2027-06-01", "00:00"))


@given(moments)
def test_it_opens_at_the_first_open_minute_to_come(moment: datetime) -> None:
    """Against a search of every minute."""
    opens = OFFICE.opens_next(moment)
    assert opens is not None and opens > moment
    assert OFFICE.is_open_at(opens)
    assert not OFFICE.is_open_at(opens - timedelta(minutes=1))
    minute = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while OFFICE.is_open_at(minute) and minute < opens:  # the rest of the span that it is in
        minute += timedelta(minutes=1)
    while minute < opens:
        assert not OFFICE.is_open_at(minute)
        minute += timedelta(minutes=1)


@given(moments)
def test_nobody_is_served_after_the_day_has_closed(moment: datetime) -> None:
    closes = OFFICE.closes_on(moment.date())
    if closes is None or moment.time() >= closes:
        assert not OFFICE.is_open_at(moment)
