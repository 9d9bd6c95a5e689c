"""What becomes of those who still wait as their queue closes: the branch chooses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

import httpx2
import pytest

from queue_service.closing import ClosingTime
from queue_service.domain.actions import Book, CallNext, CheckIn, Hold, Issue, Requeue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.tickets import Status
from queue_service.records.setup_files import read_setup
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.houses import LAHAT, Clock, a_house, a_visitor

OFFICE, QUEUE = "kecamatan-contoh", "pelayanan"
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
SETUP = LAHAT.with_name("office-hours.yaml").read_text()


@asynccontextmanager
async def an_office(folder: Path, at_closing: str, clock: Clock) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    """At half past three on a Friday it closes; three have taken a number, one of them is at the counter."""
    clock.now = datetime.fromisoformat("2026-11-20T15:00+07:00")
    text = SETUP.replace("at_closing: keep", f"at_closing: {at_closing}")
    async with a_house(folder, clock) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup(text, "setup.yaml"))
        await house.branches.refresh()
        for _ in range(3):
            await house.desk.act(OFFICE, Issue(QUEUE), "visitor")
            clock.turn(minutes=1)
        await house.desk.act(OFFICE, SetCounter("1", CounterState.OPEN), "clerk:1")
        await house.desk.act(OFFICE, CallNext("1"), "clerk:1")
        yield house, visitor


async def close(house: House) -> None:
    await ClosingTime(house.desk, house.floors, house.branches).send_home()


async def statuses(house: House, day: date = FRIDAY) -> dict[str, Status]:
    floor = await house.floors.get((OFFICE, day))
    return {label: ticket.status for label, ticket in floor.tickets.items()}


async def page_of(house: House, visitor: httpx2.AsyncClient, label: str, day: date = FRIDAY) -> str:
    return (await visitor.get(f"/t/{house.tokens.token_of(TicketName(OFFICE, day, label))}")).text


@pytest.mark.parametrize("at_closing", ["serve", "keep", "release"])
async def test_nobody_is_sent_home_before_the_queue_closes(tmp_path: Path, at_closing: str) -> None:
    clock = Clock()
    async with an_office(tmp_path, at_closing, clock) as (house, _):
        clock.now = datetime.fromisoformat("2026-11-20T15:29:59+07:00")
        await close(house)
        assert list((await statuses(house)).values()) == [Status.CALLED, Status.WAITING, Status.WAITING]


async def test_all_are_served_where_nothing_else_is_chosen(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, "serve", clock) as (house, _):
        clock.turn(hours=1)
        await close(house)
        assert list((await statuses(house)).values()) == [Status.CALLED, Status.WAITING, Status.WAITING]


async def test_those_who_are_released_are_told(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, "release", clock) as (house, visitor):
        clock.turn(hours=1)
        await close(house)
        assert list((await statuses(house)).values()) == [Status.CALLED, Status.CANCELLED, Status.CANCELLED]
        page = await page_of(house, visitor, "A-002")
        assert "Layanan tutup sebelum giliran Anda tiba" in page and "datang lagi di hari lain" in page
        assert await statuses(house, MONDAY) == {}


async def test_who_is_being_looked_after_when_it_closes_is_not_sent_home(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, "release", clock) as (house, _):
        clock.turn(hours=1)  # the clerk goes on: one comes back later, one waits for a paper
        await house.desk.act(OFFICE, Requeue("1", after_minutes=0), "clerk:1")
        await house.desk.act(OFFICE, CallNext("1"), "clerk:1")
        await house.desk.act(OFFICE, Hold("1"), "clerk:1")
        await close(house)
        assert list((await statuses(house)).values()) == [Status.WAITING, Status.HELD, Status.CANCELLED]


async def test_a_place_is_kept_for_the_next_day_of_service_and_in_its_order(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, "keep", clock) as (house, visitor):
        monday = datetime.fromisoformat("2026-11-23T07:30+07:00")
        await house.desk.act(OFFICE, Book(QUEUE, monday), "visitor", day=MONDAY)  # somebody has an appointment then
        clock.turn(hours=1)
        await close(house)
        await close(house)
        assert list((await statuses(house)).values()) == [Status.CALLED, Status.CANCELLED, Status.CANCELLED]
        assert list(await statuses(house, MONDAY)) == ["A-001", "A-002", "A-003"]
        page = await page_of(house, visitor, "A-003")
        assert "Tempat Anda disimpan untuk Senin, 23 November 2026, dengan nomor A-003." in page
        kept = await page_of(house, visitor, "A-002", MONDAY)
        assert 'data-state="booked"' in kept
        assert f'href="/t/{house.tokens.token_of(TicketName(OFFICE, MONDAY, "A-003"))}"' in page
        clock.now = datetime.fromisoformat("2026-11-23T07:30+07:00")
        await house.desk.act(OFFICE, Issue(QUEUE), "visitor")
        for label in ("A-003", "A-002"):
            await house.desk.act(OFFICE, CheckIn(label), "visitor")
        floor = await house.floors.get_today(OFFICE)
        assert [ticket.label for ticket in floor.waiting(QUEUE)] == ["A-002", "A-003", "A-004"]


async def test_two_processes_keep_each_place_once(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, "keep", clock) as (house, _), a_house(tmp_path, clock) as other:
        clock.turn(hours=1)
        await asyncio.gather(close(house), close(other))
        await house.floors.look()  # at what the other did
        assert list(await statuses(house, MONDAY)) == ["A-001", "A-002"]
        released = [ticket for ticket in (await house.floors.get((OFFICE, FRIDAY))).tickets.values() if ticket.kept]
        assert sorted(ticket.kept[1] for ticket in released if ticket.kept) == ["A-001", "A-002"]
