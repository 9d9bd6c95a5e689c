"""A day in the field: sixty people, two consoles, six hours, a link and a laptop that fail again and again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx2

from queue_service.app import make_app
from queue_service.domain.events import Completed
from queue_service.domain.times import stages
from queue_service.domain.trip_actions import LeaveStop
from queue_service.field.centre import Away
from queue_service.field.returning import give_back
from queue_service.field.syncing import sync
from queue_service.leases.standing import Standing
from queue_service.leases.wire import digest_of
from queue_service.web.house import House
from tests.field.consoles import Laptop, People, serve_stop, tokens_at
from tests.field.days import (
    PLACE,
    SEVEN,
    TEAM,
    Cut,
    a_centre,
    a_key,
    a_line,
    again,
    at_the_desk,
    floor_of,
    journal,
    plan,
    take_along,
)
from tests.houses import Clock

DROPS, RETURNS = 20, 5


def broken(rng: random.Random, left: list[str]) -> Cut:
    """Some requests, before they arrive or after: then the centre has it, and the laptop does not know."""

    def cut(request: httpx2.Request) -> str:
        return left.pop() if left and rng.random() < 0.6 else ""

    return cut


async def test_a_field_day(tmp_path: Path) -> None:
    clock, rng = Clock(SEVEN), random.Random(7)
    async with a_centre(tmp_path / "centre", clock) as centre:
        await plan(centre, 60)
        app = make_app(centre)
        async with a_line(app) as line:
            taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        clock.turn(hours=2)
        async with Laptop(taken, clock) as laptop:
            people, drops = People(laptop, rng, deaths=4), ["before", "after"] * (DROPS // 2)

            async def on_the_way() -> None:
                """A partial sync, where there is a signal; whatever comes of it, the next one goes on."""
                if rng.random() < 0.5:
                    return
                async with (
                    a_line(app, broken(rng, drops)) as line,
                    at_the_desk(laptop.taken, line, clock) as desk,
                ):
                    with suppress(Away):
                        await sync(desk)
                there, here = await journal(centre), await journal(laptop.house)
                assert there == here[: len(there)]

            served = await serve_both_stops(people, await tokens_at(centre), on_the_way)
            assert (served, laptop.lives, people.unheard, drops) == (64, 5, 4, [])
            assert clock.now - SEVEN > timedelta(hours=8)
            await return_interrupted(centre, laptop)
            await compare(centre, laptop, served)


async def serve_both_stops(people: People, tokens: dict[str, str], between: Callable[[], Awaitable[None]]) -> int:
    served = await serve_stop(people, "a", tokens, between)
    await people.laptop.house.desk.act(TEAM, LeaveStop("a"), "clerk:field")
    people.laptop.clock.turn(minutes=30)
    return served + await serve_stop(people, "b", tokens, between)


async def return_interrupted(centre: House, laptop: Laptop) -> None:
    """Each time somewhere else, and the link stays away; then it goes through, and once more."""
    # The request with which the link goes, in each try: as it asks, and as it sends the last entry.
    breaks = [(1, "before"), (1, "after"), (2, "before"), (1, "before"), (1, "after")]
    assert len(breaks) == RETURNS

    async def return_it() -> None:
        asked, (at, where) = 0, breaks.pop(0) if breaks else (0, "")

        def cut(request: httpx2.Request) -> str:
            nonlocal asked
            asked += 1
            return "" if asked < at or not at else where if asked == at else "before"

        async with a_line(centre, cut) as line, at_the_desk(laptop.taken, line, laptop.clock) as desk:
            assert (await give_back(desk)).standing is Standing.RETURNED

    assert await again(return_it, Away) == RETURNS
    await return_it()


async def compare(centre: House, laptop: Laptop, served: int) -> None:
    """Lost: none. Twice: none. The same to whoever asks, here or there."""
    there, here = await centre.journal.read(PLACE), await laptop.house.journal.read(PLACE)
    assert there == here
    assert digest_of(PLACE, laptop.taken[0].lease, there) == digest_of(PLACE, laptop.taken[0].lease, here)
    completed = Counter(entry.event.label for entry in there if isinstance(entry.event, Completed))
    assert len(completed) == completed.total() == served
    assert stages(there) == stages(here)
    ours, theirs = await floor_of(centre), await floor_of(laptop.house)
    assert ours.tickets == theirs.tickets and ours.lines == theirs.lines and ours.counters == theirs.counters
