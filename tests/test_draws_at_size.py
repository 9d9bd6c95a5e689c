"""Twelve thousand enter for three hundred places, on each kind of database."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from queue_service.app import open_house
from queue_service.domain.actions import EnterDraw
from queue_service.draw_check import check
from queue_service.records.setup_files import read_setup
from queue_service.settings import Settings
from queue_service.web.api.draws import new_entry, new_id
from queue_service.web.errands import VISITOR, Errand
from tests.drawing import API, CLOSES, DRAW, DRAWN_AT, OFFICE, OPENS, QUEUE, WEDNESDAY, a_setup, rounds_of, show
from tests.houses import Clock, a_visitor
from tests.postgres import Postgres
from tests.service.journals import InPostgres

ENTRIES, PLACES, AT_ONCE = 12_000, 300, 100


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_twelve_thousand_enter_for_three_hundred_places(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = f"sqlite:///{tmp_path / 'antrean.db'}"
    if kind == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        address = InPostgres(server, server.new_database()).address
    clock = Clock(OPENS - timedelta(hours=1))
    setup = a_setup(draw={**DRAW, "quota": PLACES}, quota=None, appointments=None)
    async with open_house(Settings(tmp_path, address), clock) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup(setup, "setup.yaml"))
        await house.branches.refresh()
        rounds = rounds_of(house)
        await rounds.go()
        clock.now = OPENS
        begun, burnt = time.perf_counter(), time.process_time()

        async def enter(count: int) -> None:
            for _ in range(count):
                await new_entry(Errand(house, VISITOR, None), OFFICE, EnterDraw(QUEUE, new_id()), WEDNESDAY)

        await asyncio.gather(*(enter(ENTRIES // AT_ONCE) for _ in range(AT_ONCE)))
        entered, cpu = time.perf_counter() - begun, time.process_time() - burnt
        clock.now = CLOSES
        begun = time.perf_counter()
        await rounds.go()
        closed = time.perf_counter() - begun
        clock.now = DRAWN_AT
        begun = time.perf_counter()
        await rounds.go()
        drawn = time.perf_counter() - begun
        record = await show(visitor, f"{API}/draw/record?day={WEDNESDAY}")
        published = time.perf_counter() - begun
    print(
        f"\n{kind}: {ENTRIES} entries in {entered:.1f} s ({1e6 * cpu / ENTRIES:.0f} µs of CPU each), closed in "
        f"{closed:.2f} s, drawn in {drawn:.2f} s, drawn and read by somebody in {published:.2f} s"
    )
    assert len(record["entries"]) == ENTRIES
    assert [place["label"] for place in record["given"]] == [f"A-{n:03d}" for n in range(1, PLACES + 1)]
    assert list(check(record)) == []
