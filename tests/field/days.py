"""A team's day at its centre and in the field: two houses on databases of their own, and a line between them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx2
from fastapi import FastAPI

from queue_service.app import make_app, open_house
from queue_service.domain.entries import event_fields
from queue_service.domain.events import Entry, to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.trip_actions import Enlist, PlanTrip
from queue_service.domain.trip_events import TripStop
from queue_service.field.centre import Centre
from queue_service.field.desks import FieldDesk, opened
from queue_service.field.folders import Folder, Keys, find_folder, new_folder, path_of
from queue_service.field.taking import ask_for, lay_down
from queue_service.records.roles import Right, Role
from queue_service.records.setup_files import read_setup
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import NINE, Clock

TEAM, OFFICE = "bola-1", "dukcapil"
DAY = date(2026, 11, 23)
PLACE = (TEAM, DAY)
SEVEN = NINE - timedelta(hours=2)
PASSPHRASE = "jangan-lupa-bawa-payung"
SET_UP = """
branches:
- id: dukcapil
  name: {id: Dukcapil, en: Civil registry}
  timezone: Asia/Jakarta
  outreach:
    regency: "16.04"
    services: [{id: ktp-rekam, name: {id: Perekaman, en: Recording}}, {id: kia, name: {id: KIA, en: Child card}}]
  queues: [{id: umum, name: {id: Umum, en: General}, prefix: A}]
  counters: [{id: "1", name: {id: Loket 1, en: Counter 1}, queues: [umum]}]
- id: bola-1
  name: {id: Tim 1, en: Team 1}
  timezone: Asia/Jakarta
  team: {office: dukcapil, base: "16.04.10.1001", capacity: 100, sets: 2}
  errands:
  - {id: lanjut, name: Di kantor, to: dukcapil, queue: umum, days_later: 0, consent: {id: Boleh, en: I agree}}
  queues: []
  counters:
  - {id: "1", name: {id: Tablet 1, en: Tablet 1}, queues: []}
  - {id: "2", name: {id: Tablet 2, en: Tablet 2}, queues: []}
"""


def a_stop(letter: str, begins: datetime, hours: float) -> TripStop:
    leaves = begins + timedelta(hours=hours)
    return TripStop(letter, letter.upper(), "16.04.10.2001", f"Desa {letter.upper()}", begins, leaves)


TABLES: Path | None = None  # of a new database, where one is made already


def lay_tables(folder: Path) -> None:
    """Quicker than to make them each time."""
    folder.mkdir(parents=True, exist_ok=True)
    if TABLES is not None and not (folder / "antrean.db").exists():
        shutil.copy(TABLES, folder / "antrean.db")


STOPS = (a_stop("a", NINE, 2.5), a_stop("b", NINE + timedelta(hours=3), 3))


@asynccontextmanager
async def a_centre(folder: Path, clock: Clock, address: str | None = None) -> AsyncIterator[House]:
    """Where the trip is planned, and people have their times."""
    lay_tables(folder)
    settings = Settings(folder, address or f"sqlite:///{folder / 'antrean.db'}", rate_limits=False)
    async with open_house(settings, clock) as house:
        await house.branches.set_up(read_setup(SET_UP, "set-up"))
        await house.branches.refresh()
        yield house


async def plan(house: House, people: int = 6) -> None:
    await house.desk.act(TEAM, PlanTrip(STOPS, 100, 2), "clerk:planner", day=DAY)
    for queue in ("a", "b"):
        await house.desk.act(TEAM, Enlist(queue, (10,) * (people // 2)), "clerk:planner", day=DAY)


Cut = Callable[[httpx2.Request], str]


@dataclass
class Line(httpx2.AsyncBaseTransport):
    """To the centre. `cut` says of each request where it breaks: before it arrives, after, or nowhere."""

    app: FastAPI
    cut: Cut = lambda request: ""
    asked: int = 0
    broken: int = 0
    _to: httpx2.ASGITransport = field(init=False)

    def __post_init__(self) -> None:
        self._to = httpx2.ASGITransport(self.app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        where = self.cut(request)
        self.broken += bool(where)
        if where == "before":
            raise httpx2.ConnectError("No route to host")
        answer = await self._to.handle_async_request(request)
        if where == "after":
            await answer.aread()
            raise httpx2.ReadError("Connection reset by peer")
        return answer


@asynccontextmanager
async def a_line(to: House | FastAPI, cut: Cut = lambda request: "") -> AsyncIterator[httpx2.AsyncClient]:
    app = make_app(to) if isinstance(to, House) else to
    async with httpx2.AsyncClient(transport=Line(app, cut), base_url="http://127.0.0.1") as client:
        yield client


async def a_key(house: House) -> str:
    scopes = [Right.TAKE_TO_FIELD]
    return await house.keys.create(Role.INTEGRATION, TEAM, house.floors.clock(), scopes=scopes)


async def take_along(root: Path, client: httpx2.AsyncClient, key: str, clock: Clock) -> tuple[Folder, Keys]:
    """As `antrean field take` does."""
    path = path_of(root, PLACE)
    folder = find_folder(path) or new_folder(path, PLACE, "http://127.0.0.1", "Laptop 1", PASSPHRASE, None)
    folder.keep()
    lay_tables(path)
    folder, keys = await ask_for(folder, folder.keys(PASSPHRASE), PASSPHRASE, Centre(client, PLACE, key), clock)
    async with opened(folder, keys, Centre(client, PLACE, keys.shown), clock) as desk:
        await lay_down(desk)
    return folder, keys


@asynccontextmanager
async def at_the_desk(taken: tuple[Folder, Keys], client: httpx2.AsyncClient, clock: Clock) -> AsyncIterator[FieldDesk]:
    folder, keys = taken
    async with opened(folder, keys, Centre(client, PLACE, keys.shown), clock) as desk:
        yield desk


@asynccontextmanager
async def in_the_field(taken: tuple[Folder, Keys], clock: Clock) -> AsyncIterator[House]:
    folder, keys = taken
    settings = replace(folder.settings(keys), rate_limits=False)  # everybody here comes from one device
    async with open_house(settings, clock) as house:
        yield house


def lines(entries: list[Entry]) -> list[tuple[object, ...]]:
    return [(e.seq, to_ms(e.at), e.by, e.event.kind, event_fields(e.event)) for e in entries]


async def journal(house: House) -> list[tuple[object, ...]]:
    return lines(await house.journal.read(PLACE))


async def floor_of(house: House) -> Floor:
    await house.floors.catch_up(PLACE)
    return await house.floors.get(PLACE)


async def again(work: Callable[[], Awaitable[object]], broken: type[Exception], most: int = 50) -> int:
    """Until it goes through; how often it did not."""
    for times in range(most):
        try:
            await work()
        except broken:
            continue
        return times
    raise AssertionError(f"It did not go through {most} times.")
