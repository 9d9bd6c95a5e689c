"""The same day with real processes: the laptop's service is killed, its link is cut in the middle."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from queue_service.app import open_house
from queue_service.domain.events import Completed, Entry
from queue_service.domain.trip_actions import Enlist, PlanTrip, ReachStop
from queue_service.domain.trip_events import TripStop
from queue_service.field.folders import Folder, find_folder, path_of
from queue_service.records.roles import Role
from queue_service.settings import Settings
from tests.faults.proxy import Proxy
from tests.field.days import PASSPHRASE, SET_UP, TEAM
from tests.servers import ANTREAN, ROOT, Server, free_port

PEOPLE, KILLS, DROPS, RETURNS = 60, 10, 20, 5
API = f"/api/v1/branches/{TEAM}"


class Laptop:
    """`antrean field`, as people call it."""

    def __init__(self, root: Path, trip: str, environment: dict[str, str]) -> None:
        self.root, self.trip = root, trip
        self.port = free_port()
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.lives = 0

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [ANTREAN, "field", *words, "--folder", str(self.root)]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)

    def start(self) -> None:
        ports = ["--host", "127.0.0.1", "--port", str(self.port), "--secure-port", "0"]
        command = [ANTREAN, "field", "serve", self.trip, *ports, "--folder", str(self.root)]
        with (self.root / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.lives += 1
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError((self.root / "serve.log").read_text())

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def ask(laptop: Laptop, key: str, path: str, name: str) -> httpx2.Response:
    """Again and again under the same key, whatever happens to the laptop meanwhile."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": name}
    for _ in range(600):
        with suppress(httpx2.HTTPError):
            answer = httpx2.post(f"http://127.0.0.1:{laptop.port}{path}", json={}, headers=headers, timeout=10)
            if answer.status_code < 500:
                return answer
        time.sleep(0.1)
    raise AssertionError(f"{path} was never answered.")


async def plan(settings: Settings) -> date:
    """A trip of today, with everybody's time on it."""
    async with open_house(settings) as house:
        now = datetime.now(UTC)
        day = house.branches.get(TEAM).day_of(now)
        stop = TripStop("a", "A", "16.04.10.2001", "Desa A", now + timedelta(minutes=1), now + timedelta(minutes=40))
        await house.desk.act(TEAM, PlanTrip((stop,), 100, 2), "clerk:planner", day=day)
        await house.desk.act(TEAM, Enlist("a", (1,) * PEOPLE), "clerk:planner", day=day)
        return day


async def arrive(folder: Folder) -> tuple[str, list[str]]:
    """A clerk's key, and everybody's link."""
    from queue_service.tokens import TicketName

    async with open_house(folder.settings(folder.keys(PASSPHRASE))) as house:
        await house.desk.act(TEAM, ReachStop("a"), "clerk:field")
        key = await house.keys.create(Role.CLERK, TEAM, datetime.now(UTC))
        floor = await house.floors.get(folder.place)
        return key, [house.tokens.token_of(TicketName(*folder.place, label)) for label in floor.tickets]


async def entries_at(settings: Settings, place: tuple[str, date]) -> list[Entry]:
    async with open_house(settings) as house:
        return await house.journal.read(place)


@contextmanager
def killed_now_and_then(laptop: Laptop, rng: random.Random) -> Iterator[None]:
    over = threading.Event()

    def kill() -> None:
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.3, 1.5))
            laptop.kill()
            laptop.start()
        over.set()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        thread.join(300)
    assert over.is_set()


def cut(proxy: Proxy, rng: random.Random) -> None:
    """After so many bytes, one way or the other."""
    way = rng.choice((proxy.up, proxy.down))
    way.cut_after = rng.randrange(1, 900)


@pytest.mark.slow
def test_a_day_with_real_processes(tmp_path: Path) -> None:
    rng = random.Random(11)
    (tmp_path / "setup.yaml").write_text(SET_UP)
    (tmp_path / "centre").mkdir()
    centre = Server(tmp_path / "centre", setup=tmp_path / "setup.yaml")
    with centre, Proxy(centre.port) as proxy:
        settings = Settings.from_environment(centre.environment)
        day = asyncio.run(plan(settings))
        trip, root = f"{TEAM}/{day}", tmp_path / "laptop"
        root.mkdir()
        key = centre.key("supervisor", TEAM)
        known = {name: value for name, value in os.environ.items() if not name.startswith("ANTREAN_")}
        laptop = Laptop(root, trip, {**known, "ANTREAN_FIELD_PASSPHRASE": PASSPHRASE, "ANTREAN_KEY": key})
        taken = []
        for n in range(6):  # broken off again and again, it goes on
            if n < 5:
                cut(proxy, rng)
            taken.append(laptop.run("take", trip, "--from", f"http://127.0.0.1:{proxy.port}"))
            if taken[-1].returncode == 0:
                break
        assert taken[-1].returncode == 0, taken[-1].stderr
        folder = find_folder(path_of(root, (TEAM, day)))
        assert folder is not None
        clerk, tokens = asyncio.run(arrive(folder))
        laptop.start()
        try:
            with killed_now_and_then(laptop, rng), ThreadPoolExecutor(1) as thread:
                broken = thread.submit(sync_over_a_bad_link, laptop, proxy, random.Random(12))
                serve_everybody(laptop, clerk, tokens)
            assert laptop.lives == KILLS + 1
            assert broken.result() == DROPS
            for _ in range(RETURNS):
                cut(proxy, rng)
                laptop.run("return", trip)
                proxy.up.cut_after = proxy.down.cut_after = None
            done = laptop.run("return", trip)
            assert done.returncode == 0, done.stdout + done.stderr
        finally:
            laptop.stop()
        there = asyncio.run(entries_at(settings, folder.place))
        here = asyncio.run(entries_at(folder.settings(folder.keys(PASSPHRASE)), folder.place))
    assert there == here
    served = [entry.event.label for entry in there if isinstance(entry.event, Completed)]
    assert len(served) == len(set(served)) == PEOPLE


def serve_everybody(laptop: Laptop, clerk: str, tokens: list[str]) -> None:
    for n, token in enumerate(tokens):
        assert ask(laptop, clerk, f"/api/v1/tickets/{token}/check-in", f"in-{n}").status_code == 200

    def console(counter: str) -> None:
        assert ask(laptop, clerk, f"{API}/counters/{counter}/open", f"open-{counter}").status_code == 200
        for n in range(PEOPLE):
            called = ask(laptop, clerk, f"{API}/counters/{counter}/call-next", f"call-{counter}-{n}")
            if called.status_code == 204:
                return
            for action in ("serve", "complete"):
                answer = ask(laptop, clerk, f"{API}/counters/{counter}/{action}", f"{action}-{counter}-{n}")
                assert answer.status_code == 200, answer.text
                time.sleep(0.05)

    consoles = [threading.Thread(target=console, args=(counter,)) for counter in ("1", "2")]
    for thread in consoles:
        thread.start()
    for thread in consoles:
        thread.join(300)


def sync_over_a_bad_link(laptop: Laptop, proxy: Proxy, rng: random.Random) -> int:
    """How often it broke; what had come through by then stays, and the next one goes on."""
    broken = 0
    while broken < DROPS:
        cut(proxy, rng)
        laptop.run("sync", laptop.trip)
        broken += proxy.up.cut_after is proxy.down.cut_after is None
        proxy.up.cut_after = proxy.down.cut_after = None
    return broken
