"""Fifty counters and two hundred visitors at once: nothing lost, nobody twice, and the screens never lie."""

import asyncio
import random
from collections.abc import Iterator

import pytest

from tests.service.callers import Caller
from tests.service.halls import Hall
from tests.service.journals import integrity, read_journal
from tests.service.offices import Office, running_office
from tests.service.phones import Phone, compare, look_aside
from tests.service.plans import a_branch
from tests.service.referees import Referee

HALL = "balai"
QUEUES = {"umum": "A", "gigi": "B", "anak": "C", "farmasi": "D"}
COUNTERS = 50
VISITORS = 200
TICKETS_EACH = 3
HOLDERS = 20  # phones with a ticket, besides the screens


@pytest.fixture(scope="module")
def big_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    plan = a_branch(HALL, queues=QUEUES, counters=COUNTERS, rules={"pause_minutes": 0})
    with running_office(tmp_path_factory.mktemp("hall"), [plan]) as office:
        yield office


async def test_fifty_counters_and_two_hundred_visitors_at_once(big_office: Office) -> None:
    rng = random.Random(20261123)
    hall = Hall([big_office.port], HALL, big_office.administrator, rng, queues=tuple(QUEUES))
    lobbies = [
        Phone(big_office.port, query) for query in (f"branch={HALL}", *(f"branch={HALL}&queue={q}" for q in QUEUES))
    ]
    holders: list[Phone] = []
    async with asyncio.TaskGroup() as screens, Caller(big_office.port) as caller:
        watching = [screens.create_task(lobby.watch()) for lobby in lobbies]
        for lobby, queue in zip(lobbies, ("umum", *QUEUES), strict=True):
            await lobby.until_shown(queue, 0)
        living = asyncio.create_task(hall.live(VISITORS, TICKETS_EACH, COUNTERS))
        pairs = 0
        while not living.done():
            if len(holders) < HOLDERS and hall.tokens:
                holders.append(Phone(big_office.port, f"ticket={list(hall.tokens.values())[-1]}"))
                watching.append(screens.create_task(holders[-1].watch()))
            changed = asyncio.create_task(lobbies[0].until_changed())
            await asyncio.wait({living, changed}, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            pairs += await look_aside(rng.sample([*lobbies, *holders], 3), caller, HALL)
        await living
        compared = await compare([*lobbies, *holders], HALL)
        await check_holders(holders, caller)
        states = {label: (await caller.get(f"/tickets/{token}")).json["state"] for label, token in hall.tokens.items()}
        for task in watching:
            task.cancel()
    rows = read_journal(big_office.folder, HALL)
    referee = Referee(pause_minutes=0)
    breaches = referee.read(rows)
    account = hall.ledger.against(rows)
    faults = hall.faults + [fault for phone in (*lobbies, *holders) for fault in phone.faults]
    print(f"\n{account}; entries {len(rows)}, tickets {len(states)}, refusals {dict(hall.ledger.refusals)}")
    print(
        f"frames {sum(p.frames for p in (*lobbies, *holders))}, compared {compared} at the end and {pairs} on the way"
    )
    assert account.is_clean(), account
    assert breaches == []
    assert faults == []
    assert states == {label: place.state for label, place in referee.tickets.items()}
    assert not {"waiting", "called", "serving"} & set(states.values())
    assert pairs > 0
    assert len(states) == VISITORS * TICKETS_EACH
    assert integrity(big_office.folder) == "ok"


async def check_holders(holders: list[Phone], caller: Caller) -> None:
    for holder in holders:
        token = holder.query.removeprefix("ticket=")
        now = (await caller.get(f"/tickets/{token}")).json
        assert holder.ticket is not None
        told = {name: holder.ticket[name] for name in ("label", "queue", "state", "counter", "steps", "calls")}
        assert told == {name: now[name] for name in told}
