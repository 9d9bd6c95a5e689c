"""`kill -9` at random moments under load: what was acknowledged is there, and every phone finds its way back."""

import asyncio
import random
import shutil
from pathlib import Path

import pytest

from tests.service.callers import Caller
from tests.service.halls import Hall
from tests.service.journals import DATABASE, integrity, read_journal, read_keys
from tests.service.offices import Office, running_office
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee

HALL = "balai"
COUNTERS = 10
VISITORS = 30
ENOUGH = 100_000  # numbers for each visitor: they go on until the hall closes


@pytest.mark.parametrize(
    ("cuts", "seed"), [(3, 1), pytest.param(30, 2, marks=pytest.mark.slow)], ids=["three", "thirty"]
)
async def test_nothing_acknowledged_is_lost_when_the_power_goes(tmp_path: Path, cuts: int, seed: int) -> None:
    plan = a_branch(HALL, counters=COUNTERS, rules={"pause_minutes": 0})
    with running_office(tmp_path, [plan]) as office:
        rng = random.Random(seed)
        hall = Hall([office.port], HALL, office.administrator, rng, keys=1.0)
        phones = [Phone(office.port, query) for query in (f"branch={HALL}", f"branch={HALL}&queue=umum")]
        async with asyncio.TaskGroup() as screens:
            watching = [screens.create_task(phone.watch()) for phone in phones]
            living = asyncio.create_task(hall.live(VISITORS, ENOUGH, COUNTERS))
            # Before there is a number nobody could watch one, and each look at an empty day tells another time.
            while not hall.tokens:
                await asyncio.sleep(0.01)
            for n in range(cuts):
                await asyncio.sleep(rng.uniform(0.05, 0.6))
                await cut_power(office, hall, tmp_path / f"crash-{n}")
                phones += [Phone(office.port, f"ticket={token}") for token in list(hall.tokens.values())[-1:]]
                watching.append(screens.create_task(phones[-1].watch()))
                assert not living.done(), living.exception()
            hall.close()
            await living
            compared = await compare(phones, HALL)
            for task in watching:
                task.cancel()
        repeated = await repeat(hall, office, rng)
        rows = read_journal(office.folder, HALL)
    account = hall.ledger.against(rows)
    print(f"\n{account}; kills {cuts}, entries {len(rows)}, unanswered {len(hall.unanswered)}, repeated {repeated}")
    print(f"connections {sum(phone.connections for phone in phones)} of {len(phones)} phones, compared {compared}")
    assert account.is_clean(), account
    assert Referee(pause_minutes=0).read(rows) == []
    assert hall.faults + [fault for phone in phones for fault in phone.faults] == []
    assert phones[0].connections > 1


async def cut_power(office: Office, hall: Hall, crash: Path) -> None:
    """Kills the server, looks at what lies on the disk, and starts it again."""
    told = len(hall.asked)
    await asyncio.to_thread(office.server.kill)
    acknowledged = {asked.key for asked in hall.asked[:told]}
    crash.mkdir()
    for part in office.folder.glob(f"{DATABASE}*"):
        shutil.copy(part, crash / part.name)
    assert integrity(crash) == "ok"
    on_disk = read_keys(crash)
    lost = acknowledged - on_disk
    assert lost == set()
    hall.ledger.recovered += len(on_disk - {asked.key for asked in hall.asked})
    await asyncio.to_thread(office.server.start)
    rows = read_journal(office.folder, HALL)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))


async def repeat(hall: Hall, office: Office, rng: random.Random, most: int = 300) -> int:
    """Asks again what was asked: nothing may happen, and the answers must be those of then."""
    before = len(read_journal(office.folder, HALL))
    asked = rng.sample(hall.asked, min(most, len(hall.asked)))
    async with Caller(office.port, office.administrator) as caller:
        for one in asked:
            again = await caller.post(one.path, one.body, idempotency=one.key)
            assert (again.status, again.json) == (one.answer.status, one.answer.json)
    assert len(read_journal(office.folder, HALL)) == before
    return len(asked)
