"""Two processes on one database: the journal's primary key is the referee between them."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.callers import Caller
from tests.service.halls import Hall
from tests.service.journals import integrity, read_journal, read_keys
from tests.service.pairs import KINDS, Pair, running_pair
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee

COUNTERS = 12
HURRIED = ("pagi", "siang", "sore")
BRANCHES = ("balai", "sama", "kenal", "lihat")
CONVERGED_SECONDS = 5  # each process looks every second; the rest is for a busy machine


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Each test has a branch of its own there."""
    plans = [a_branch(name, counters=COUNTERS, rules={"pause_minutes": 0}) for name in BRANCHES]
    plans += [a_branch(name, counters=21) for name in HURRIED]
    with running_pair(request, tmp_path_factory.mktemp("pair"), plans) as running:
        yield running


async def test_two_processes_lose_nothing_and_call_nobody_twice(pair: Pair) -> None:
    hall = Hall(pair.ports, "balai", pair.key, random.Random(7))
    phones = [Phone(port, "branch=balai") for port in pair.ports]
    async with asyncio.TaskGroup() as screens:
        watching = [screens.create_task(phone.watch()) for phone in phones]
        try:
            async with asyncio.timeout(90):
                await hall.live(visitors=40, tickets_each=4, counters=COUNTERS)
                rows = read_journal(pair.store, "balai")
                await until_told(pair, "balai", rows[-1].seq)
                while picture(phones[0]) != picture(phones[1]):  # one of them learns of the last entries by looking
                    await asyncio.sleep(0.05)
                compared = await compare(phones, "balai")
        finally:
            for task in watching:
                task.cancel()
    account = hall.ledger.against(rows)
    print(f"\n{account}; entries {len(rows)}, compared {compared}, refusals {dict(hall.ledger.refusals)}")
    assert account.is_clean(), account
    assert Referee(pause_minutes=0).read(rows) == []
    assert hall.faults + [fault for phone in phones for fault in phone.faults] == []
    assert not isinstance(pair.store, Path) or integrity(pair.store) == "ok"


async def until_told(pair: Pair, branch: str, seq: int) -> None:
    """Each process knows the journal to this seq; the one that did not write its end looks once a second."""
    async with asyncio.timeout(CONVERGED_SECONDS):
        for port in pair.ports:
            async with Caller(port, pair.key) as caller:
                while (await caller.get(f"/branches/{branch}/counters/1")).json["seq"] < seq:
                    await asyncio.sleep(0.05)


def picture(phone: Phone) -> dict[str, Any]:
    """What it shows. Which change came with which frame is each process's own."""
    return {queue: {**frame, "seq": None, "at": None, "why": None} for queue, frame in phone.queues.items()}


@pytest.mark.parametrize("branch", HURRIED)
async def test_who_is_called_at_one_process_is_not_called_again_at_the_other(pair: Pair, branch: str) -> None:
    """Twenty clerks of the first process press at once, a moment after one of the second has called out of turn."""
    first, second = pair.ports
    clerks = [Caller(first, pair.key) for _ in range(20)]
    async with Caller(second, pair.key) as other:
        for n, clerk in enumerate(clerks, 1):
            await clerk.post(f"/branches/{branch}/tickets", {"queue": "umum"})
            await clerk.post(f"/branches/{branch}/counters/{n}/open", {"queues": ["umum"]})
        await other.post(f"/branches/{branch}/counters/21/open", {"queues": ["umum"]})
        await until_equal(clerks[0], other, f"/branches/{branch}/counters/1")
        called = await other.post(f"/branches/{branch}/counters/21/call", {"label": "A-015"})
        answers = await asyncio.gather(
            *(clerk.post(f"/branches/{branch}/counters/{n}/call-next") for n, clerk in enumerate(clerks, 1))
        )
        states = [(await caller.get(f"/branches/{branch}")).status for caller in (clerks[0], other)]
    calls = Counter(row.fields["label"] for row in read_journal(pair.store, branch) if row.kind == "called")
    twice = [label for label, times in calls.items() if times > 1]
    print(f"\ncalled {calls.total()}, duplicated {len(twice)}")
    assert called.status == 200
    assert twice == []
    assert Counter(answer.status for answer in answers) == {200: 19, 204: 1}
    assert states == [200, 200]


async def test_fifty_equal_requests_at_two_processes_have_one_effect(pair: Pair) -> None:
    people = [Caller(pair.ports[n % 2]) for n in range(50)]
    answers = await asyncio.gather(
        *(one.post("/branches/sama/tickets", {"queue": "umum"}, idempotency="satu-saja") for one in people)
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert [row.kind for row in read_journal(pair.store, "sama")] == ["issued"]
    assert "satu-saja" in read_keys(pair.store)


async def test_a_ticket_of_one_process_is_known_at_the_other_at_once(pair: Pair) -> None:
    """A load balancer sends the phone's next request to whichever process it likes; a 404 would be final for it."""
    async with Caller(pair.ports[0]) as here, Caller(pair.ports[1]) as there:
        await there.get("/branches/kenal")  # its floor is in memory, and a moment old from now on
        statuses = []
        for _ in range(5):
            token = (await here.post("/branches/kenal/tickets", {"queue": "umum"})).json["token"]
            statuses.append((await there.get(f"/tickets/{token}")).status)
    assert statuses == [200] * 5


async def test_a_phone_at_one_process_sees_what_the_other_did(pair: Pair) -> None:
    phone = Phone(pair.ports[1], "branch=lihat&queue=umum")
    watching = asyncio.create_task(phone.watch())
    async with Caller(pair.ports[0]) as here:
        await phone.until_shown("umum", 0)
        await here.post("/branches/lihat/tickets", {"queue": "umum"})
        async with asyncio.timeout(CONVERGED_SECONDS):
            frame = await phone.until_shown("umum", 1)
    watching.cancel()
    assert frame["waiting"] == [["A", 1, 1]]


async def until_equal(one: Caller, other: Caller, path: str) -> None:
    async with asyncio.timeout(CONVERGED_SECONDS):
        while (await one.get(path)).json != (await other.get(path)).json:
            await asyncio.sleep(0.05)
