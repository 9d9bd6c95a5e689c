"""A whole house inside a test: a real database, and a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx2

from queue_service.app import make_app, open_house
from queue_service.domain.actions import Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.events import Entry, Issued
from queue_service.domain.floors import Floor
from queue_service.records.plans import SetupPlan
from queue_service.records.setup_files import read_setup_file
from queue_service.settings import Settings
from queue_service.web.house import House

LAHAT = Path(__file__).parents[1] / "examples" / "lahat.yaml"
RSUD, CHILDREN, PHARMACY = "rsud-lahat", "poli-anak", "farmasi"
NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine in the morning in Lahat

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "id"}


@cache
def example() -> SetupPlan:
    """Read once: hundreds of tests begin with it."""
    return read_setup_file(LAHAT)


@dataclass
class Clock:
    now: datetime = NINE

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@asynccontextmanager
async def a_house(folder: Path, clock: Clock | None = None) -> AsyncIterator[House]:
    async with open_house(Settings(folder, f"sqlite:///{folder / 'antrean.db'}"), clock or Clock()) as house:
        await house.branches.set_up(example())
        await house.branches.refresh()
        yield house


@asynccontextmanager
async def a_visitor(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(make_app(house), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://antrean", headers=BROWSER) as visitor:
        yield visitor


async def issue(house: House, queue: str = CHILDREN) -> str:
    """The new ticket's label."""
    labels: list[str] = []

    def note(floor: Floor, events: object, now: datetime) -> dict[str, object]:
        line = floor.line(queue)
        labels.append(f"{floor.branch.queue(queue).prefix}-{line.issued:03d}")
        return {}

    await house.desk.act(RSUD, Issue(queue), "visitor", answer=note)
    return labels[-1]


async def open_counter(house: House, counter: str = "3") -> None:
    await house.desk.act(RSUD, SetCounter(counter, CounterState.OPEN), "clerk:test")


async def entries_of(house: House) -> list[Entry]:
    return await house.journal.read(house.floors.today(RSUD))


async def labels_in_journal(house: House) -> list[str]:
    return [entry.event.label for entry in await entries_of(house) if isinstance(entry.event, Issued)]
