"""The insurer and the SIMRS of the demo's hospital: they come, go away, come back, and leave nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, func, select

from integrations.demo import outside_systems
from queue_service.app import open_house
from queue_service.demo.outside import Outside
from queue_service.demo.outside import outside as shown
from queue_service.domain.actions import CallNext, Cancel, Serve, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.records.connections import keep_connection, read_connections
from queue_service.records.healths import State, read_healths
from queue_service.records.plans import ConnectionPlan
from queue_service.records.tables import connections, cursors, deliveries, healths
from queue_service.settings import Settings
from queue_service.web.house import House
from tests import mariadb
from tests.doubles import outages
from tests.houses import RSUD, example
from tests.mariadb import NoMariadb, program
from tests.outside import arrivals, systems
from tests.outside.arrivals import LINE

PATIENCE = 60.0  # seconds; a system that was away is asked more and more seldom
ROOM = "4"  # of the clinic's


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With a clock that goes on: the systems beside it have one of their own."""
    async with open_house(Settings(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}")) as house:
        await house.branches.set_up(example())
        await house.branches.refresh()
        yield house


@pytest.fixture
def no_mariadb(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot() -> None:
        raise NoMariadb("there is none")

    monkeypatch.setattr(systems, "running_mariadb", cannot)


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves the line is replaced at once, and nobody's demo on this machine is in the way."""
    monkeypatch.setattr(arrivals, "FEWEST_SECONDS", 0.05)
    monkeypatch.setattr(arrivals, "MOST_SECONDS", 0.05)
    for name in outages.PORTS:
        monkeypatch.setitem(outages.PORTS, name, 0)


def rows_left(connection: Connection) -> int:
    """Of connections, in all that is kept of them."""
    tables = (connections, cursors, deliveries, healths)
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


class Insurer:
    """The double, as somebody in another process comes to it."""

    def __init__(self, outside: Outside) -> None:
        (self.url,) = (what for name, what in outside.lines if name.startswith("Insurer"))

    async def ask(self, path: str, body: object = None) -> Any:
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False) as client:
            answer = await client.request("GET" if body is None else "POST", path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def told(self) -> Any:
        return await self.ask("/_told")

    async def tasks(self) -> dict[str, list[str]]:
        """By the number in the queue."""
        return {each["nomorantrean"]: list(each["tasks"]) for each in (await self.told())["bookings"].values()}

    async def until(self, number: str, *tasks: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while not set(tasks) <= set((await self.tasks()).get(number, ())):
                await asyncio.sleep(0.05)


async def serve_next(house: House, counter: str = ROOM) -> str:
    """Its number."""
    await house.desk.act(RSUD, SetCounter(counter, CounterState.OPEN), "clerk:1")
    await house.desk.act(RSUD, CallNext(counter), "clerk:1")
    label = (await house.floors.get_today(RSUD)).counter(counter).ticket
    assert label is not None
    await house.desk.act(RSUD, Serve(counter), "clerk:1")
    return label


async def waiting(house: House) -> int:
    return await house.database.read(lambda c: c.execute(select(func.count()).select_from(deliveries)).scalar_one())


async def test_without_a_mariadb_the_insurer_is_told_all_the_same(house: House, no_mariadb: None) -> None:
    async with outside_systems(house) as outside:
        assert ("SIMRS", "none, since there is no MariaDB here") in outside.lines
        assert outside.fed == {(RSUD, systems.CLINIC)}
        floor = await house.floors.get_today(RSUD)
        assert len(floor.line(systems.CLINIC)) == LINE
        insurer = Insurer(outside)
        await insurer.until(f"C-{LINE:03d}", "3")
        assert {each["code"] for each in (await insurer.told())["calls"]} == {200}  # nothing is refused
    assert await house.database.read(rows_left) == 0
    async with outside_systems(house) as again:  # the day goes on, with an insurer who knows nothing of it
        label = await serve_next(house)
        await Insurer(again).until(label, "3", "4")


async def test_a_backlog_forms_while_they_are_away_and_drains_once_they_are_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        program("mariadbd")
    except NoMariadb as lacking:
        pytest.skip(str(lacking))
    started = a_recorder(monkeypatch)
    async with outside_systems(house) as outside:
        insurer, floor = Insurer(outside), await house.floors.get_today(RSUD)
        assert "goes away by" in outside.lines[4][0] and outside.is_connected
        assert len(floor.line(systems.CLINIC)) == LINE
        for number in range(1, LINE + 1):
            await insurer.until(f"C-{number:03d}", "3")
        await insurer.ask("/_outage", {"kind": "down"})
        label = await serve_next(house)
        async with asyncio.timeout(PATIENCE):
            while not await waiting(house):
                await asyncio.sleep(0.02)
        assert (await insurer.tasks())[label] == ["3"]
        await insurer.ask("/_outage", {"kind": "none"})
        await insurer.until(label, "3", "4")
        async with asyncio.timeout(PATIENCE):
            while await waiting(house):
                await asyncio.sleep(0.02)
        await simrs_goes_and_comes(house, outside)
        (server,) = started
    assert server.process.poll() is not None
    assert await house.database.read(rows_left) == 0


async def simrs_goes_and_comes(house: House, outside: Outside) -> None:
    """Who is registered meanwhile has a number as soon as it is back."""
    (line,) = (what for _, what in outside.lines if what.endswith("simrs down"))
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{line.split()[3]}", trust_env=False) as switch:
        assert (await switch.post("/_outage", json={"kind": "down"})).json() == {"kind": "down"}
        async with asyncio.timeout(PATIENCE):
            while not await is_away(house, systems.SIMRS):
                await asyncio.sleep(0.05)
        seen = len((await house.floors.get_today(RSUD)).tickets)
        await house.desk.act(RSUD, Cancel(f"C-{LINE:03d}"), "clerk:1")  # there is room for another
        assert (await switch.post("/_outage", json={"kind": "none"})).json() == {"kind": None}
    async with asyncio.timeout(PATIENCE):
        while len((await house.floors.get_today(RSUD)).tickets) == seen:
            await asyncio.sleep(0.05)


async def is_away(house: House, connection: str) -> bool:
    known = await house.database.read(read_healths)
    return any(health.state is State.AWAY for health in known.get(connection, {}).values())


def a_recorder(monkeypatch: pytest.MonkeyPatch) -> list[mariadb.Mariadb]:
    """Of the MariaDBs that are started."""
    started: list[mariadb.Mariadb] = []

    def start(server: mariadb.Mariadb) -> None:
        started.append(server)
        usual(server)

    usual = mariadb.Mariadb.start
    monkeypatch.setattr(mariadb.Mariadb, "start", start)
    return started


async def test_no_play_speaks_to_a_connection_that_somebody_has_set_up(house: House) -> None:
    own = ConnectionPlan(id="agency", system="webhook", settings={"url": "https://agency.example/"})
    await house.database.write(lambda connection: keep_connection(connection, own))
    async with outside_systems(house) as outside:
        assert [name for name, _ in outside.lines] == ["Insurer and SIMRS"]
        assert "(agency)" in outside.lines[0][1]
        assert not outside.fed and not outside.is_connected
    assert [each.plan for each in await house.database.read(read_connections)] == [own]


async def test_one_demo_leaves_what_another_has_set_up(house: House, no_mariadb: None) -> None:
    async with outside_systems(house) as _:
        (first,) = await house.database.read(read_connections)
        other = first.plan.model_copy(update={"settings": {**first.plan.settings, "admission": []}})
        await house.database.write(lambda connection: keep_connection(connection, other))
    assert [each.plan for each in await house.database.read(read_connections)] == [other]


async def test_where_a_port_is_taken_the_commands_name_another(
    house: House, no_mariadb: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with taken:
        port = taken.sockets[0].getsockname()[1]
        monkeypatch.setitem(outages.PORTS, "bpjs", port)
        async with outside_systems(house) as outside:
            url = Insurer(outside).url
            assert not url.endswith(f":{port}")
            free = url.rpartition(":")[2]
            assert ("  goes away by", f".venv/bin/antrean-double outage --port {free} bpjs down") in outside.lines


async def test_alone_there_is_nothing(house: House) -> None:
    async with shown(house, is_alone=True) as nothing:
        assert nothing == Outside()
        assert await house.database.read(rows_left) == 0
