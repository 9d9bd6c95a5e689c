"""A team in a village: its server, whose journal has the day's trip, and a gate for each tablet that can be shut."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import httpx2
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect

from queue_service.app import open_house
from queue_service.domain.actions import Action, Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.trip_actions import PlanTrip, ReachStop
from queue_service.settings import Settings
from queue_service.web.staff import COOKIE
from tests.browser.places import Place
from tests.faults.proxy import Proxy
from tests.servers import Server, running_server
from tests.teams import STOP, TEAM, all_day_long, team_set_up

TABLET = (800, 1280)


def _where_it_is_noon() -> str:
    """So that no midnight comes in between."""
    hours = datetime.now(UTC).hour - 12
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


async def _set_out(server: Server, people: int) -> None:
    """There is one stop, and the team is there, and so are the people."""
    async with open_house(Settings.from_environment(server.environment)) as house:
        branch, (_, day) = house.branches.get(TEAM), house.floors.today(TEAM)
        stop = all_day_long(branch, day)
        actions: list[Action] = [PlanTrip((stop,), people, 2), ReachStop(STOP)]
        actions += [SetCounter(tablet, CounterState.OPEN) for tablet in "12"]
        for action in (*actions, *(Issue(STOP) for _ in range(people))):
            await house.desk.act(TEAM, action, "test")


@dataclass
class Team:
    server: Server
    place: Place
    browser: Browser
    session: StorageState
    gates: dict[str, Proxy]
    contexts: dict[str, BrowserContext] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self, tablet: str, size: tuple[int, int] = TABLET) -> Page:
        """The console on a tablet of its own, or on the same one again."""
        if tablet not in self.contexts:
            url, viewport = f"http://127.0.0.1:{self.gates[tablet].port}", ViewportSize(width=size[0], height=size[1])
            self.contexts[tablet] = self.browser.new_context(
                base_url=url, viewport=viewport, locale="id-ID", storage_state=self.session
            )
            self.contexts[tablet].set_default_timeout(10_000)
        page = self.contexts[tablet].new_page()
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        page.goto(f"/counter/{TEAM}/{tablet}")
        expect(page.locator(".console #here-state")).not_to_be_empty()
        return page

    def sign_in(self, tablet: str, role: str) -> None:
        """Somebody else, on that tablet."""
        self.contexts[tablet].add_cookies([_session_of(self.server, role)])

    def cut(self, tablet: str) -> None:
        self.gates[tablet].refuse()
        for _ in range(3):  # one that is just being made is none yet
            self.gates[tablet].reset()
            sleep(0.02)

    def mend(self, tablet: str) -> None:
        self.gates[tablet].accept()

    def entries(self) -> list[tuple[str, dict[str, Any]]]:
        """All of the day's, as kind and fields."""
        database = sqlite3.connect(f"file:{self.server.data_dir}/antrean.db?mode=ro", uri=True)
        with closing(database):
            rows = database.execute("SELECT kind, fields FROM entries WHERE branch = ? ORDER BY seq", [TEAM]).fetchall()
        return [(kind, json.loads(fields)) for kind, fields in rows]


def _session_of(server: Server, role: str) -> Any:
    data = {"key": server.key(role), "next": "/"}
    answer = httpx2.post(f"{server.url}/sign-in", data=data, follow_redirects=False)
    return {"name": COOKIE, "value": answer.cookies[COOKIE], "domain": "127.0.0.1", "path": "/"}


@contextmanager
def a_team(folder: Path, browser: Browser, people: int) -> Iterator[Team]:
    setup = folder / "branches.yaml"
    setup.write_text(yaml.safe_dump(team_set_up(_where_it_is_noon())))
    server = running_server(folder / "data", setup=setup)
    server.set_up()
    with ThreadPoolExecutor(1) as thread:  # an event loop runs in this one
        thread.submit(asyncio.run, _set_out(server, people)).result()
    key = server.key("administrator")
    with ExitStack() as stack:
        server.start()
        stack.callback(server.__exit__, None, None, None)
        place = stack.enter_context(Place(server.url, TEAM, key))
        gates = {tablet: stack.enter_context(Proxy(server.port)) for tablet in "12"}
        session: Any = {"cookies": [_session_of(server, "administrator")]}
        team = Team(server, place, browser, session, gates)
        yield team
        for context in team.contexts.values():
            context.close()
