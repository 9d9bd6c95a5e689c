"""An office that draws places by lot and keeps waiting lists, and the rounds of its clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml

from queue_service.records.setup_files import read_setup
from queue_service.rounds import Rounds
from queue_service.web.house import House
from tests.houses import LAHAT, Clock, a_house, a_visitor

OFFICE, QUEUE = "kecamatan-contoh", "pelayanan"
WEDNESDAY = date(2026, 11, 25)
OPENS = datetime.fromisoformat("2026-11-23T08:00+07:00")
CLOSES = datetime.fromisoformat("2026-11-24T16:00+07:00")
DRAWN_AT = datetime.fromisoformat("2026-11-24T17:00+07:00")
DRAW = {
    "quota": 4,
    "opens": {"days_before": 2, "at": "08:00"},
    "closes": {"days_before": 1, "at": "16:00"},
    "drawn_at": {"days_before": 1, "at": "17:00"},
}
API = f"/api/v1/branches/{OFFICE}/queues/{QUEUE}"
MANUAL = Path(__file__).parents[1] / "docs" / "draw.md"

APPOINTMENTS = {"per_slot": 10, "slot_minutes": 60, "days_ahead": 7, "reminders": ["1d", "2h"], "release_late": True}
TEN = datetime.fromisoformat("2026-11-25T10:30+07:00")


def a_setup(**changes: Any) -> str:
    """The example office, its first queue changed."""
    setup = yaml.safe_load(LAHAT.with_name("office-hours.yaml").read_text())
    setup["branches"][0]["queues"][0].update(changes)
    return str(yaml.safe_dump(setup))


def rounds_of(house: House) -> Rounds:
    database = house.branches._database
    return Rounds(database, house.journal, house.desk, house.floors, house.branches, house.secrets)


@asynccontextmanager
async def an_office(
    folder: Path, clock: Clock, **changes: Any
) -> AsyncIterator[tuple[House, httpx2.AsyncClient, Rounds]]:
    async with a_house(folder, clock) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup(a_setup(**changes), "setup.yaml"))
        await house.branches.refresh()
        await house.floors.look()
        yield house, visitor, rounds_of(house)


async def submit(visitor: httpx2.AsyncClient, path: str, **form: str) -> httpx2.Response:
    return await visitor.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})


async def show(visitor: httpx2.AsyncClient, path: str) -> Any:
    answer = await visitor.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def hold_a_draw(visitor: httpx2.AsyncClient, rounds: Rounds, clock: Clock, entries: int) -> list[dict[str, Any]]:
    clock.now = OPENS - timedelta(hours=1)
    await rounds.go()
    clock.now = OPENS
    entered = []
    for _ in range(entries):
        answer = await visitor.post(f"{API}/draw/entries?day={WEDNESDAY}")
        assert answer.status_code == 201, answer.text
        entered.append(answer.json())
        clock.turn(seconds=1)
    clock.now = CLOSES
    await rounds.go()
    clock.now = DRAWN_AT
    await rounds.go()
    return entered
