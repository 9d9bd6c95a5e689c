"""What is decided without any database."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.simrs.compare import FEW, GONE_AFTER, Known, compare
from integrations.simrs.moments import doubt, doubt_of_clock, read_day_and_time, read_moment
from integrations.simrs.rights import Rights, read_rights
from integrations.simrs.snapshot import Picture, Stage, Unreadable, read_booking, read_drawn, read_visit
from integrations.simrs.translate import free_number, masked
from tests.integrations.simrs.wards import LAHAT
from tests.servers import ROOT

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PAPUA = ZoneInfo("Asia/Jayapura")
pictures = st.lists(st.dictionaries(st.sampled_from([f"v{n}" for n in range(12)]), st.integers(0, 2)), max_size=12)


@settings(max_examples=50)
@given(pictures)
def test_nobody_is_gone_who_was_not_missed_twice_in_a_row(seen: list[dict[str, int]]) -> None:
    known, believed = Known(), list[set[str]]()
    for rows in seen:
        before = known.picture.visits
        compared = compare(known, Picture({visit: (status,) for visit, status in rows.items()}))
        known = compared.known
        if compared.alarm:
            assert known.picture.visits is before and compared.visits == ()
            continue
        believed.append(set(rows))
        gone = {change.key for change in compared.visits if change.after is None}
        assert all(visit not in looked for visit in gone for looked in believed[-GONE_AFTER:])
        assert len(gone) <= max(FEW, len(before) // 4)
        assert {visit: row[0] for visit, row in known.picture.visits.items() if visit in rows} == rows
        changed = {change.key for change in compared.visits if change.after is not None}
        assert changed == {visit for visit, status in rows.items() if before.get(visit) != (status,)}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (datetime(2026, 11, 23, 9, 0), NOW),  # noqa: DTZ001
        ("2026-11-23 09:00:00", NOW),
        ("0000-00-00 00:00:00", None),
        ("", None),
        (None, None),
        (20261123, None),
    ],
)
def test_a_moment_is_read_as_the_hospital_keeps_it(value: object, moment: datetime | None) -> None:
    assert read_moment(value, LAHAT) == moment


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        (date(2026, 11, 23), timedelta(hours=9), NOW),
        (date(2026, 11, 23), time(9), NOW),
        ("2026-11-23", "09:00:00", NOW),
        ("0000-00-00", timedelta(0), None),
        (date(2026, 11, 23), timedelta(hours=26), None),
        (date(2026, 11, 23), None, None),
        (None, timedelta(hours=9), None),
    ],
)
def test_a_day_and_a_time_make_a_moment(day: object, at: object, moment: datetime | None) -> None:
    assert read_day_and_time(day, at, LAHAT) == moment


def test_the_same_clock_shows_another_moment_in_another_zone() -> None:
    assert read_moment("2026-11-23 11:00:00", PAPUA) == NOW


@pytest.mark.parametrize(
    ("minutes", "why"),
    [
        (0, None),
        (60, "1 whole hour off"),
        (30, "it is still to come"),
        (-90, None),
        (-180, "1 whole hour off"),
        (-150, "it is before the registration"),
    ],
)
def test_a_moment_that_cannot_be_true_is_doubted(minutes: int, why: str | None) -> None:
    """Of somebody who was registered two hours ago."""
    assert doubt(NOW + timedelta(minutes=minutes), NOW - timedelta(hours=2), NOW) == why


def test_a_moment_of_another_day_is_doubted() -> None:
    assert doubt(NOW, NOW - timedelta(hours=25), NOW) == "it is more than a day after the registration"


def test_a_clock_is_doubted_where_whole_hours_lie_between() -> None:
    assert doubt_of_clock(NOW - timedelta(minutes=20), NOW) is None
    assert doubt_of_clock(NOW + timedelta(hours=1), NOW) is not None
    assert "7 whole hours off behind" in (doubt_of_clock(NOW - timedelta(hours=7, seconds=3), NOW) or "")


@pytest.mark.parametrize(
    ("grant", "beyond"),
    [
        ("GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*1'", ()),
        ("GRANT SELECT ON `sik`.`reg_periksa` TO `a`@`%`", ()),
        ("GRANT SELECT (`no_ktp`, `insert`) ON `sik`.`pasien` TO `a`@`%`", ()),
        ("GRANT SELECT, SHOW VIEW ON `sik`.* TO `a`@`%`", ()),
        ("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `a`@`%`", ()),
        ("GRANT SELECT, UPDATE (`stts`) ON `sik`.`reg_periksa` TO `a`@`%`", ("UPDATE",)),
        ("GRANT ALL PRIVILEGES ON `sik`.* TO `a`@`%` WITH GRANT OPTION", ("ALL PRIVILEGES", "GRANT OPTION")),
        ("GRANT EXECUTE ON PROCEDURE `sik`.`p` TO `a`@`%`", ("EXECUTE",)),
        ("GRANT `petugas` TO `a`@`%`", ("a role",)),
    ],
)
def test_rights_are_read_as_the_server_writes_them(grant: str, beyond: tuple[str, ...]) -> None:
    assert read_rights([grant]).beyond == beyond


def test_reading_more_than_named_tables_is_told() -> None:
    assert read_rights(["GRANT SELECT ON `sik`.* TO `a`@`%`"]) == Rights((), is_wide=True)
    assert read_rights(["GRANT SELECT ON `sik`.`dokter` TO `a`@`%`"]) == Rights((), is_wide=False)


def test_a_row_is_read_with_its_blanks_and_dashes() -> None:
    row = (
        "2026/11/23/000001",
        " 007 ",
        date(2026, 11, 23),
        timedelta(hours=9),
        "D01 ",
        "-",
        "ANA",
        "belum ",
        "Ralan",
        "Lama",
    )
    visit = read_visit((*row, "0000-00-00 00:00:00", None, None, "-", None, None), LAHAT)
    assert visit is not None
    assert (visit.number, visit.doctor, visit.record, visit.stage, visit.code) == (7, "D01", "", Stage.WAITING, "")
    assert (visit.registered_at, visit.sent_at) == (NOW, None)
    assert read_visit((*row[:1], "12A", *row[2:], *[None] * 6), LAHAT).number is None  # type: ignore[union-attr]
    with pytest.raises(Unreadable, match="which is not known"):
        read_visit((*row[:7], "", *row[8:], *[None] * 6), LAHAT)


def test_a_number_whose_call_is_at_midnight_is_not_called_yet() -> None:
    row = ("12", "Loket", date(2026, 11, 23), timedelta(hours=9), timedelta(0), "0", "0", None)
    assert read_drawn(row, LAHAT).called_at is None
    with pytest.raises(Unreadable):
        read_drawn(("-", *row[1:]), LAHAT)


def test_a_booking_of_an_absent_doctor_is_withdrawn() -> None:
    booking = read_booking(("1", "ANA", "D01", "003", "2026-11-24 08:00:00", "Dokter Berhalangan", None), LAHAT)
    assert (booking.is_open, booking.is_withdrawn, booking.number) == (False, True, 3)


def test_the_second_with_a_number_gets_another_that_ends_like_it() -> None:
    assert free_number("B", 3, {"B-003", "B-1003", "C-2003"}) == 2003


def test_only_the_binary_log_needs_more_than_antrean_brings() -> None:
    """In a process of its own, in which what only tests install is not there."""
    told = """if True:
        import sys
        sys.modules.update(dict.fromkeys(("pymysql", "pymysqlreplication")))
        from integrations.simrs import appointments, client, poller, probing, settings
        plain = dict(host="h", database="d", user="u", preset="khanza", leads="simrs")
        plain["clinics"] = [dict(clinic="A", queue="q")]
        client.SimrsClient(settings.SimrsSettings.model_validate(plain), "")
        try:
            poller.follow_log(None, settings.SimrsSettings.model_validate(plain | {"follows": "binlog"}))
        except poller.NotReady as fault:
            print(fault)
    """
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "“follows: binlog” needs the Python package mysql-replication, which is not here.\n"


def test_a_masked_name_says_no_more_than_how_it_begins() -> None:
    assert masked("BUDI  santoso, TN") == "B*** s*** T***"
    assert masked("- 12") == ""
