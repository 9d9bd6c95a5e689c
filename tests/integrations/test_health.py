"""How a connection does, told by whoever serves it: here by the very process that serves the people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, select
from starlette.responses import PlainTextResponse

from integrations import health as telling
from integrations.contract import Opening, Poller, Undelivered
from integrations.health import Health
from integrations.polling import poll
from integrations.services import Watched
from queue_service import inside
from queue_service.database import open_database
from queue_service.floors import wall_clock
from queue_service.inside import are_inside, connections_inside
from queue_service.records.healths import Health as Told
from queue_service.records.healths import Part, State, read_healths, write_health
from queue_service.records.tables import connections
from queue_service.redaction import MASK, redacted
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import RSUD, Clock, a_house, issue
from tests.integrations.receiver import SECRET, Reply, a_receiver
from tests.integrations.stages import a_stage
from tests.integrations.whims import assert_none_twice
from tests.web.wired import AGENCY, a_plan, set_up_connections

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in life."""
    monkeypatch.setenv("ANTREAN_CONNECTION_AGENCY_SECRET", SECRET)
    monkeypatch.setattr(telling, "WRITE_SECONDS", 0.02)
    monkeypatch.setattr(inside, "LOOK_SECONDS", 0.02)


@asynccontextmanager
async def an_office(folder: Path, url: str = "https://agency.example/", **settings: Any) -> AsyncIterator[House]:
    async with a_house(folder, Clock(wall_clock())) as house:
        await set_up_connections(house, a_plan(AGENCY, RSUD, url=url, allow_private=True, **settings))
        yield house


async def told(house: House) -> dict[Part, Told]:
    return dict((await house.database.read(read_healths)).get(AGENCY, {}))


async def until(house: House, so: Callable[[dict[Part, Told]], bool]) -> dict[Part, Told]:
    deadline = time.monotonic() + PATIENCE
    while not so(found := await told(house)):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
    return found


def an_opening(house: House) -> Opening:
    return Opening(a_plan(AGENCY, RSUD), house, {})


async def owner(house: House) -> str | None:
    return (await house.database.read(lambda c: c.execute(select(connections.c.owner)).scalar())) or None


# Delivering


async def test_the_one_process_delivers_and_tells_how_it_does(tmp_path: Path) -> None:
    async with a_receiver() as receiver, an_office(tmp_path, receiver.url) as house:
        async with connections_inside(house):
            for _ in range(3):
                await issue(house)
            found = await until(house, lambda parts: Part.OUT in parts and parts[Part.OUT].taken == 3)
            assert (found[Part.OUT].state, found[Part.BEGINNING].state) == (State.RUNS, State.RUNS)
            assert found[Part.OUT].success_ms is not None
            assert await owner(house)
        assert len(receiver.taken) == 3
        assert receiver.unsigned == []
        assert await owner(house) is None  # given back in order


async def test_a_connection_that_is_set_up_later_is_taken_up(tmp_path: Path) -> None:
    async with a_receiver() as receiver, a_house(tmp_path, Clock(wall_clock())) as house, connections_inside(house):
        await asyncio.sleep(0.1)
        assert await told(house) == {}
        await set_up_connections(house, a_plan(AGENCY, RSUD, url=receiver.url, allow_private=True))
        await issue(house)
        await until(house, lambda parts: Part.OUT in parts and parts[Part.OUT].taken == 1)


async def test_away_and_back_again(tmp_path: Path) -> None:
    async with a_receiver() as receiver, an_office(tmp_path, receiver.url) as house, connections_inside(house):
        await receiver.close()
        await issue(house)
        found = (await until(house, lambda parts: Part.OUT in parts and parts[Part.OUT].state is State.AWAY))[Part.OUT]
        assert found.error.startswith("it cannot be reached: ")
        await receiver.open()
        back = (await until(house, lambda parts: parts[Part.OUT].state is State.RUNS))[Part.OUT]
        assert (back.taken, back.error, back.error_ms is not None) == (1, found.error, True)  # the last one is kept
        assert back.since_ms > found.since_ms


async def test_what_is_refused_is_counted_with_the_reason_and_no_number_of_a_person(tmp_path: Path) -> None:
    async with a_receiver() as receiver, an_office(tmp_path, receiver.url, attempts=2) as house:
        receiver.behave = lambda *_: Reply(422, body=b"NIK 3201994107900123 tidak dikenal")
        async with connections_inside(house):
            await issue(house)
            found = (await until(house, lambda parts: Part.OUT in parts and parts[Part.OUT].refused == 2))[Part.OUT]
        assert found.state is State.RUNS  # whoever refuses is there
        assert found.error == f"it answered 422 Said: NIK {MASK} tidak dikenal"


async def test_a_missing_secret_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTREAN_CONNECTION_AGENCY_SECRET")
    async with an_office(tmp_path) as house, connections_inside(house):
        found = (await until(house, lambda parts: Part.BEGINNING in parts))[Part.BEGINNING]
        assert (found.state, found.error) == (State.NOT_READY, "ANTREAN_CONNECTION_AGENCY_SECRET is not set.")


async def test_a_secret_is_masked_from_the_moment_at_which_it_is_read(tmp_path: Path) -> None:
    secret, other = "Kunci-Rahasia.1", "Kunci-Lama.2"
    async with an_office(tmp_path) as house:
        opening = Opening(a_plan(AGENCY), house, {"ANTREAN_CONNECTION_AGENCY_SECRET": f"{secret},{other}"})
        assert opening.secret() == f"{secret},{other}"
        assert redacted(f"said {secret} and {other}") == f"said {MASK} and {MASK}"


# How little it costs


async def test_a_delivery_writes_nothing_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def count(connection: Connection, name: str, tally: Any) -> None:
        written.append(tally.taken)
        write_health(connection, name, tally)

    monkeypatch.setattr(telling, "write_health", count)
    async with an_office(tmp_path) as house:
        async with Health(an_opening(house), Part.OUT) as health:
            for _ in range(500):
                health.took()
            assert written == []
            await until(house, lambda parts: Part.OUT in parts)
            for _ in range(20):
                health.found_well()  # nothing new but that all is well
            await asyncio.sleep(0.1)
            assert written == [500]
            health.took()
        assert written == [500, 1]  # whoever ends tells what is left
        assert (await told(house))[Part.OUT].taken == 501


class Asking(Poller):
    seconds = 0.001

    def __init__(self) -> None:
        self.is_away = True
        self.stopping = asyncio.Event()

    async def look(self) -> None:
        if self.is_away:
            raise Undelivered("the database of the hospital cannot be reached")

    async def close(self) -> None: ...


async def test_whoever_is_asked_is_away_or_there(tmp_path: Path) -> None:
    async with an_office(tmp_path) as house, Health(an_opening(house), Part.IN) as health:
        poller = Asking()
        polling = asyncio.create_task(poll("simrs", poller, poller.stopping, health))
        found = await until(house, lambda parts: Part.IN in parts and parts[Part.IN].state is State.AWAY)
        assert found[Part.IN].error == "the database of the hospital cannot be reached"
        poller.is_away = False
        await until(house, lambda parts: parts[Part.IN].state is State.RUNS)
        poller.stopping.set()
        await polling


async def test_whoever_asks_is_counted(tmp_path: Path) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("", 401 if scope["path"] == "/no" else 200)(scope, receive, send)

    async with an_office(tmp_path) as house, Health(an_opening(house), Part.ASKED) as health:
        asking = httpx2.AsyncClient(transport=httpx2.ASGITransport(Watched(answer, health)), base_url="http://antrean")
        for path in ("/yes", "/no", "/yes"):
            await asking.get(path)
        await asking.aclose()
        found = await until(house, lambda parts: Part.ASKED in parts)
        assert (found[Part.ASKED].taken, found[Part.ASKED].refused) == (2, 1)


# Where they run


@pytest.mark.parametrize(
    ("chosen", "address", "is_alone", "expected"),
    [
        (None, "sqlite:////a.db", True, True),
        (None, "sqlite:////a.db", False, False),
        (None, "postgresql://a", True, False),
        ("inside", "postgresql://a", False, True),
        ("apart", "sqlite:////a.db", True, False),
    ],
)
def test_connections_run_inside_where_there_is_one_process(
    chosen: str | None, address: str, is_alone: bool, expected: bool, tmp_path: Path
) -> None:
    assert are_inside(Settings(tmp_path, address, integrations=chosen), is_alone=is_alone) is expected


async def test_serve_delivers_by_itself_and_another_takes_over_when_it_ends(tmp_path: Path) -> None:
    async with a_stage(tmp_path, extra_env={"ANTREAN_INTEGRATIONS": ""}) as stage:
        await stage.live(2)
        await stage.until_taken(list(await stage.ids()))
        beside = stage.begin()
        await stage.live(1)
        await stage.until_taken(list(await stage.ids()))
        assert not beside.owns
        assert_none_twice(stage)
        await asyncio.to_thread(stage.server.stop)
        await stage.until(lambda: beside.owns)  # at once, since the lease was given back
        database = open_database(stage.address)
        parts = (await database.read(read_healths))["agency"]
        await database.close()
        assert parts[Part.OUT].taken == len(await stage.ids())
