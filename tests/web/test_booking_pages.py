"""The way from choosing a day to sitting in the waiting room, as a browser without JavaScript goes it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx2

from queue_service.records.setup_files import read_setup
from queue_service.web.house import House
from tests.houses import LAHAT, Clock, a_house, a_visitor

OFFICE = "kecamatan-contoh"
FRIDAY_EVENING = datetime.fromisoformat("2026-11-20T17:00+07:00")
SETUP = LAHAT.with_name("office-hours.yaml").read_text()


@asynccontextmanager
async def an_office(folder: Path, clock: Clock) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    async with a_house(folder, clock) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup(SETUP, "office-hours.yaml"))
        await house.branches.refresh()
        yield house, visitor


def field(name: str, page: str) -> str:
    return str(re.findall(rf'name="{name}" value="([^"]+)"', page)[0])


async def submit(visitor: httpx2.AsyncClient, path: str, **form: str) -> httpx2.Response:
    return await visitor.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})


async def test_from_a_day_to_a_place_in_the_queue(tmp_path: Path) -> None:
    clock = Clock(FRIDAY_EVENING)
    async with an_office(tmp_path, clock) as (_, visitor):
        assert f'href="/b/{OFFICE}/book"' in (await visitor.get(f"/b/{OFFICE}")).text
        page = (await visitor.get(f"/b/{OFFICE}/book")).text
        assert "Senin, 23 Nov" in page and "Sabtu" not in page
        monday = (await visitor.get(f"/b/{OFFICE}/book?queue=pelayanan&day=2026-11-23")).text
        assert field("slot", monday) == "2026-11-23T07:30:00+07:00"
        assert "3 tempat" in monday
        taken = await submit(
            visitor, f"/b/{OFFICE}/book", key=field("key", monday), queue="pelayanan", slot=field("slot", monday)
        )
        again = await submit(
            visitor, f"/b/{OFFICE}/book", key=field("key", monday), queue="pelayanan", slot=field("slot", monday)
        )
        assert taken.status_code == again.status_code == 303
        address = taken.headers["location"]
        assert again.headers["location"] == address  # a double tap
        ticket = (await visitor.get(address)).text
        assert 'data-state="booked"' in ticket
        assert "Senin, 23 November 2026" in ticket
        assert "lapor datang di sini mulai pukul 07.00" in ticket
        early = await submit(visitor, f"{address}/check-in")
        assert early.status_code == 409
        clock.now = datetime.fromisoformat("2026-11-23T07:10+07:00")
        here = await submit(visitor, f"{address}/check-in")
        assert here.status_code == 303
        assert 'data-state="waiting"' in (await visitor.get(address)).text


async def test_another_time_and_a_time_that_was_taken_meanwhile(tmp_path: Path) -> None:
    clock = Clock(FRIDAY_EVENING)
    async with an_office(tmp_path, clock) as (_, visitor):
        path, slot = f"/b/{OFFICE}/book", "2026-11-23T07:30:00+07:00"
        addresses = [
            (await submit(visitor, path, key=f"{n:032x}", queue="pelayanan", slot=slot)).headers["location"]
            for n in range(3)
        ]
        late = await submit(visitor, path, key="f" * 32, queue="pelayanan", slot=slot)
        assert late.status_code == 409
        assert "Semua tempat pada jam itu sudah terisi." in late.text
        assert "penuh" in late.text and "Senin, 23 Nov" in late.text  # and the day's other times
        token = addresses[0].removeprefix("/t/")
        change = (await visitor.get(f"{path}?ticket={token}")).text
        assert "A-001" in change
        moved = await submit(visitor, path, key="e" * 32, ticket=token, slot="2026-11-23T09:00:00+07:00")
        assert moved.headers["location"] == addresses[0]
        assert "09.00" in (await visitor.get(addresses[0])).text
        other_day = await submit(visitor, path, key="d" * 32, ticket=token, slot="2026-11-24T09:00:00+07:00")
        assert other_day.headers["location"] != addresses[0]
        assert 'data-state="cancelled"' in (await visitor.get(addresses[0])).text


async def test_what_cannot_be_booked_says_so(tmp_path: Path) -> None:
    async with an_office(tmp_path, Clock(FRIDAY_EVENING)) as (_, visitor):
        nothing = await visitor.get("/b/rsud-lahat/book")
        assert "tidak ada janji temu" in nothing.text
        bent = [
            await submit(visitor, f"/b/{OFFICE}/book", queue="pelayanan", slot=slot)
            for slot in ("", "soon", "2026-11-23T07:30", "9999-12-31T23:59-12:00")
        ]
        assert {answer.status_code for answer in bent} == {422}
        assert (await visitor.get("/b/nowhere/book")).status_code == 404
        assert (await visitor.get(f"/b/{OFFICE}/book?ticket=nobody")).status_code == 404
        foreign = await visitor.post(
            f"/b/{OFFICE}/book", data={"queue": "pelayanan"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert foreign.status_code == 403
