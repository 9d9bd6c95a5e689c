"""Days close after midnight, one after the other, and `antrean verify` tells when one was altered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from queue_service.closing import Closing
from queue_service.database import Database, open_database
from queue_service.domain.actions import CloseDay, Issue
from queue_service.domain.errors import NotAllowed
from queue_service.domain.events import DayClosed, Entry
from queue_service.journal import Journal
from queue_service.journal.appends import Place
from queue_service.journal.chains import Broken
from queue_service.verify import print_verification, verify
from queue_service.web.house import House
from tests.houses import CHILDREN, RSUD, Clock, a_house, issue

MONDAY = date(2026, 11, 23)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'antrean.db'}")
    yield opened
    await opened.close()


async def close_days(house: House, database: Database) -> None:
    await Closing(database, house.journal, house.desk, house.floors, house.branches).close_days()


async def live_days(house: House, clock: Clock, days: int) -> None:
    for _ in range(days):
        await issue(house)
        clock.turn(days=1)


async def verified(house: House, database: Database) -> list[str | Broken]:
    return [found async for _, found in verify(database, RSUD, house.floors.today(RSUD)[1])]


async def test_days_that_are_over_are_closed_in_their_order(tmp_path: Path, database: Database) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house:
        await live_days(house, clock, 3)
        await close_days(house, database)
        await close_days(house, database)  # another worker's
        days = [await house.journal.read((RSUD, MONDAY + timedelta(days=n))) for n in range(4)]
        found = await verified(house, database)
    assert [[entry.event.kind for entry in day] for day in days] == [["issued", "day_closed"]] * 3 + [[]]
    closings = [event for event in (day[-1].event for day in days[:3]) if isinstance(event, DayClosed)]
    assert [closing.before for closing in closings] == ["", *(closing.digest for closing in closings[:-1])]
    assert found == [closing.digest for closing in closings]


async def test_today_stays_open_and_for_ten_minutes_so_does_yesterday(tmp_path: Path, database: Database) -> None:
    clock = Clock(datetime(2026, 11, 23, 16, 59, tzinfo=UTC))  # a minute before midnight in Lahat
    async with a_house(tmp_path, clock) as house:
        await issue(house)
        for minutes, entries in ((0, 1), (5, 1), (5, 1), (1, 2)):
            clock.turn(minutes=minutes)
            await close_days(house, database)
            assert len(await house.journal.read((RSUD, MONDAY))) == entries


async def test_nothing_is_written_after_the_end(tmp_path: Path, database: Database) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house:
        await live_days(house, clock, 1)
        with pytest.raises(NotAllowed, match="meanwhile"):
            await house.desk.act(RSUD, CloseDay(0, "", ""), "clock", day=MONDAY)
        await close_days(house, database)
        clock.turn(days=-1)  # a machine whose clock is wrong
        with pytest.raises(NotAllowed, match="over"):
            await house.desk.act(RSUD, Issue(CHILDREN), "visitor", day=MONDAY)


async def test_a_day_that_cannot_be_closed_now_holds_up_the_days_after_it(tmp_path: Path, database: Database) -> None:
    """Else they would name no digest of it."""
    clock = Clock()
    async with a_house(tmp_path, clock) as house:
        await live_days(house, clock, 2)
        hasty = Hasty(database)
        closing = Closing(database, hasty, house.desk, house.floors, house.branches)
        await closing.close_days()
        assert [isinstance(found, Broken) for found in await verified(house, database)] == [True, True]
        hasty.misses = 0
        await closing.close_days()
        assert all(isinstance(found, str) for found in await verified(house, database))


class Hasty(Journal):
    """Has read a day before its last entry was written."""

    misses = 1

    async def read(self, place: Place, after: int = 0) -> list[Entry]:
        entries = await super().read(place, after)
        return entries[: len(entries) - self.misses] if place[1] == MONDAY else entries


async def test_two_workers_close_a_day_once(tmp_path: Path, database: Database) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, a_house(tmp_path, clock) as other:
        await live_days(house, clock, 2)
        await asyncio.gather(close_days(house, database), close_days(other, database))
        await close_days(house, database)
        assert all(isinstance(found, str) for found in await verified(house, database))


@pytest.mark.parametrize(
    ("crime", "told"),
    [
        ("UPDATE entries SET \"by\" = 'clerk:1' WHERE day = '2026-11-24' AND seq = 1", "2026-11-24: its entries"),
        ("DELETE FROM entries WHERE day = '2026-11-24' AND seq = 2", "2026-11-24: it was never closed"),
        ("DELETE FROM entries WHERE day = '2026-11-24'", "2026-11-25: it follows another day"),
        ("UPDATE entries SET day = '2026-11-20' WHERE day = '2026-11-23'", "2026-11-20: its entries"),
    ],
)
async def test_what_somebody_altered_is_told(
    tmp_path: Path,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    crime: str,
    told: str,
) -> None:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path))
    clock = Clock()
    async with a_house(tmp_path, clock) as house:
        await live_days(house, clock, 3)
        await close_days(house, database)
        assert await print_verification(clock.now)
        assert f"ok      {RSUD}: 3 days, up to 2026-11-25: " in capsys.readouterr().out
        await database.write(lambda connection: connection.execute(text(crime)))
        assert not await print_verification(clock.now)
    assert f"BROKEN  {RSUD}, {told}" in capsys.readouterr().out
