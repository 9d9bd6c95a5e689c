"""A team's console may tell later what its clerk did: what the service hands it for that, and what it takes."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml

from queue_service.domain.actions import Action, Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.trip_actions import PlanTrip, ReachStop
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup
from queue_service.web.house import House
from tests.houses import NINE, RSUD, Clock, a_house, a_visitor, open_counter
from tests.teams import STOP, TEAM, all_day_long, team_set_up


@dataclass
class Console:
    house: House
    clock: Clock
    clerk: httpx2.AsyncClient

    async def act(self, action: str, key: str = "", branch: str = TEAM, counter: str = "1", **body: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/api/v1/branches/{branch}/counters/{counter}/{action}"
        return await self.clerk.post(path, json=body, headers=headers)

    async def page(self, branch: str = TEAM, counter: str = "1") -> dict[str, Any]:
        """What the page hands its modules."""
        text = (await self.clerk.get(f"/counter/{branch}/{counter}")).text
        found = re.search(r'<script type="application/json" id="page">(.*?)</script>', text, re.DOTALL)
        assert found is not None
        handed: dict[str, Any] = json.loads(found[1])
        return handed


@asynccontextmanager
async def a_console(folder: Path, people: int = 3) -> AsyncIterator[Console]:
    clock = Clock()
    async with a_house(folder, clock) as house, a_visitor(house) as clerk:
        await house.branches.set_up(read_setup(yaml.safe_dump(team_set_up()), "a test"))
        await house.branches.refresh()
        stop = all_day_long(house.branches.get(TEAM), house.floors.today(TEAM)[1])
        actions: list[Action] = [PlanTrip((stop,), 50, 2), ReachStop(STOP), SetCounter("1", CounterState.OPEN)]
        for action in (*actions, *(Issue(STOP) for _ in range(people))):
            await house.desk.act(TEAM, action, "test")
        key = await house.keys.create(Role.ADMINISTRATOR, None, clock())
        clerk.headers |= {"Authorization": f"Bearer {key}"}
        yield Console(house, clock, clerk)


def after(minutes: float) -> str:
    return (NINE + timedelta(minutes=minutes)).isoformat()


async def test_the_moment_is_kept_and_a_repetition_is_harmless(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        console.clock.turn(hours=2)
        for _ in range(2):
            answer = await console.act("call", key="k1", label="A-001", occurred=after(3))
            assert (answer.status_code, answer.json()["state"]) == (200, "called")
        assert (await console.act("serve", key="k2", label="A-001", occurred=after(4))).status_code == 200
        floor = await console.house.floors.get_today(TEAM)
        ticket = floor.ticket("A-001")
        assert ticket.calls == 1
        assert (ticket.called_at, ticket.serving_at) == (NINE + timedelta(minutes=3), NINE + timedelta(minutes=4))


async def test_what_cannot_be_taken_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        await open_counter(console.house)
        console.clock.turn(hours=2)
        before = (await console.house.floors.get_today(TEAM)).seq
        for wrong, part in (
            (after(121), "belum tiba"),
            (after(-60 * 10), "terlalu awal"),
            ("2026-11-23T09:10:00", "waktu seperti"),
            ("soon", "occurred"),
            ("9999-12-31T23:59:59-12:00", "belum tiba"),
            ("0001-01-01T00:00:00+12:00", "terlalu awal"),
        ):
            answer = await console.act("call", label="A-001", occurred=wrong)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
            assert part in answer.json()["detail"], wrong
        answer = await console.act("recall", branch=RSUD, counter="3", occurred=after(100))
        assert (answer.status_code, answer.json()["detail"][:9]) == (422, "occurred:")
        assert (await console.house.floors.get_today(TEAM)).seq == before


async def test_the_page_of_a_team_has_what_a_console_without_a_link_needs(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        handed = await console.page()
        assert [each["label"] for each in handed["counter"]["line"]] == ["A-001", "A-002", "A-003"]
        assert (handed["away"]["pause_minutes"], handed["away"]["max_calls"]) == (5, 3)
        worker = await console.clerk.get(handed["away"]["worker"])
        assert worker.headers["Service-Worker-Allowed"] == "/counter/"
        assert "connect-src 'self'" in worker.headers["Content-Security-Policy"]
        assert "settle" in handed["words"]


async def test_other_branches_have_none_of_it(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console:
        await open_counter(console.house)
        handed = await console.page(RSUD, "3")
        assert (handed["away"], handed["counter"]["line"]) == (None, [])
        assert "settle" not in handed["words"]
