"""What a service needs and promises: before anybody travels, on the number's page, and at the counter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
import yaml

from queue_service.app import open_house
from queue_service.domain.actions import CallNext, Complete, Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import QuotaFull
from queue_service.domain.events import Issued
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import LAHAT, NINE, Clock, a_house, a_visitor

REGISTRY = "disdukcapil-lahat"
QUOTA = 5


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, Clock()) as house:
        yield house


async def take(visitor: httpx2.AsyncClient, journey: str) -> str:
    taken = await visitor.post(f"/b/{REGISTRY}/tickets", data={"journey": journey}, follow_redirects=False)
    assert taken.status_code == 303
    return taken.headers["location"]


async def test_requirements_are_shown_before_and_on_the_number(house: House) -> None:
    async with a_visitor(house) as visitor:
        branch = (await visitor.get(f"/b/{REGISTRY}")).text
        assert "Kartu Keluarga asli atau fotokopi" in branch and "selesai dalam 24 jam" in branch and "Gratis" in branch
        english = (await visitor.get(f"/b/{REGISTRY}/standards?lang=en")).text
        assert "Form F-1.02, which the counter has" in english and "expired" not in english
        assert "470/01/2026, version 1, valid from 2 Jan 2026, valid until 31 Dec 2027" in english
        visitor.cookies.clear()
        ticket = (await visitor.get(await take(visitor, "ktp-cetak"))).text
        assert "Kartu Keluarga asli atau fotokopi" in ticket and "selesai dalam 24 jam" in ticket


async def test_a_decree_that_is_over_says_so(house: House, tmp_path: Path) -> None:
    plan = yaml.safe_load(LAHAT.read_text())
    plan["branches"] = plan["branches"][1:]
    plan["branches"][0]["journeys"][0]["standard"]["decree"]["to"] = "2026-06-30"
    await set_up(house, plan, tmp_path)
    async with a_visitor(house) as visitor:
        assert "habis masa berlakunya 30 Jun 2026" in (await visitor.get(f"/b/{REGISTRY}/standards")).text


async def test_a_single_queue_publishes_its_own_also_where_a_time_is_booked(house: House, tmp_path: Path) -> None:
    hours = [{"days": ["mon", "tue"], "from": "08:00", "to": "14:00"}]
    standard = {"requirements": [{"id": "Bawa surat", "en": "Bring the letter"}], "promise": "30m"}
    queue = {
        "id": "q",
        "name": "Q",
        "prefix": "A",
        "hours": hours,
        "appointments": {"per_slot": 1},
        "standard": standard,
    }
    counters = [{"id": "1", "name": "1", "queues": ["q"]}]
    branch = {"id": "kantor", "name": "Kantor", "queues": [queue], "counters": counters}
    await set_up(house, {"branches": [branch]}, tmp_path)
    async with a_visitor(house) as visitor:
        for path in ("/b/kantor", "/b/kantor/book", "/b/kantor/standards"):
            assert "Bawa surat" in (await visitor.get(path)).text, path
        told = (await visitor.get("/api/v1/branches/kantor", headers={"Accept-Language": "en"})).json()
        assert told["queues"][0]["standard"]["requirements"] == ["Bring the letter"]
        assert told["queues"][0]["standard"]["promise"] == "30m"


async def test_staff_see_whose_promise_is_about_to_be_broken(house: House) -> None:
    clock = house.floors.clock
    assert isinstance(clock, Clock)
    for counter in ("1", "4", "8"):
        await house.desk.act(REGISTRY, SetCounter(counter, CounterState.OPEN), "clerk:test")
    await house.desk.act(REGISTRY, Issue("", journey="legalisir"), "visitor")
    await house.desk.act(REGISTRY, CallNext("4"), "clerk:test")
    await house.desk.act(REGISTRY, Complete("4"), "clerk:test")
    key = {"Authorization": f"Bearer {await house.keys.create(Role.CLERK, REGISTRY, NINE)}"}
    clock.turn(minutes=25)
    async with a_visitor(house) as visitor:
        path = f"/api/v1/branches/{REGISTRY}/counters/8"
        (near,) = (await visitor.get(path, headers=key)).json()["pressing"]
        assert (near["label"], near["queue"], near["outlook"]) == ("C-001", "penyerahan", "near")
        assert near["due_at"] == "2026-11-23T09:30:00+07:00"
        await house.desk.act(REGISTRY, CallNext("8"), "clerk:test")
        clock.turn(minutes=10)
        counter = (await visitor.get(path, headers=key)).json()
        assert counter["pressing"] == [] and counter["ticket"]["promise"]["outlook"] == "over"


async def test_of_many_who_race_by_two_processes_as_many_get_a_number_as_there_are(tmp_path: Path) -> None:
    plan = yaml.safe_load(LAHAT.read_text())
    plan["branches"] = plan["branches"][1:]
    plan["branches"][0]["journeys"][0]["quota"] = QUOTA
    async with AsyncExitStack() as stack:
        settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}")
        houses = [await stack.enter_async_context(open_house(settings, Clock())) for _ in range(2)]
        await set_up(houses[0], plan, tmp_path)
        await houses[1].branches.refresh()
        wishes = [houses[n % 2].desk.act(REGISTRY, Issue("", journey="ktp-rekam"), "visitor") for n in range(16)]
        told = await asyncio.gather(*wishes, return_exceptions=True)
        assert sum(isinstance(answer, QuotaFull) for answer in told) == 16 - QUOTA
        entries = await houses[0].journal.read(houses[0].floors.today(REGISTRY))
        assert [entry.event.label for entry in entries if isinstance(entry.event, Issued)] == [
            f"A-{number:03d}" for number in range(1, QUOTA + 1)
        ]
        async with a_visitor(houses[1]) as visitor:
            assert "Nomor hari ini sudah habis" in (await visitor.get(f"/b/{REGISTRY}")).text


async def set_up(house: House, plan: dict[str, object], folder: Path) -> None:
    file = folder / "plan.yaml"
    file.write_text(yaml.safe_dump(plan, allow_unicode=True))
    await house.branches.set_up(read_setup_file(file))
    await house.branches.refresh()
