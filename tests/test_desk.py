from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from queue_service.database import Database, Unavailable
from queue_service.database.databases import Work
from queue_service.database.sqlite import Sqlite
from queue_service.domain.actions import Action, Call, CallNext, Complete, Issue, SetCounter, SetQueue
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import CounterBusy, NobodyWaiting, Refused
from queue_service.domain.events import Called, CounterSet
from queue_service.domain.lines import QueueState
from queue_service.journal import KeyReused, Request
from queue_service.web.house import House
from tests.houses import CHILDREN, RSUD, a_house, entries_of, issue, labels_in_journal, open_counter


async def test_what_is_answered_is_in_the_journal_and_on_the_floor(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        label = await issue(house)
        assert await labels_in_journal(house) == [label]
        floor = await house.floors.get_today(RSUD)
        assert floor.ticket(label).queue == CHILDREN


async def test_a_hundred_at_once_get_a_hundred_numbers(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        labels = await asyncio.gather(*(issue(house) for _ in range(100)))
        assert sorted(labels) == [f"B-{n:03d}" for n in range(1, 101)]
        assert [entry.seq for entry in await entries_of(house)] == list(range(1, 101))
        assert house.desk.counts.conflicts == 0


async def test_two_processes_on_one_file_never_call_anyone_twice(tmp_path: Path) -> None:
    async with a_house(tmp_path) as here, a_house(tmp_path) as there:
        await asyncio.gather(*(issue(house) for house in (here, there) for _ in range(20)))
        assert sorted(await labels_in_journal(here)) == [f"B-{n:03d}" for n in range(1, 41)]
        await open_counter(here)

        async def work(house: House) -> None:
            while True:
                try:
                    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
                    await house.desk.act(RSUD, Complete("3"), "clerk:a")
                except NobodyWaiting:
                    return
                except Refused:
                    await asyncio.sleep(0)  # the other one has a visitor at this counter, or has sent them on

        await asyncio.gather(work(here), work(there))
        entries = await entries_of(here)
        called = [entry.event.label for entry in entries if isinstance(entry.event, Called)]
        assert sorted(called) == [f"B-{n:03d}" for n in range(1, 41)]
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))


async def test_a_refusal_rests_on_what_others_have_written_too(tmp_path: Path) -> None:
    async with a_house(tmp_path) as here, a_house(tmp_path) as there:
        await open_counter(here)
        await there.floors.get_today(RSUD)
        await issue(here)
        await there.desk.act(RSUD, CallNext("3"), "clerk:b")  # it had not heard of the ticket
        with pytest.raises(CounterBusy, match="B-001"):
            await here.desk.act(RSUD, CallNext("3"), "clerk:a")


async def test_of_several_who_come_at_once_none_is_refused_for_what_is_no_longer_so(tmp_path: Path) -> None:
    """Only one of them is the first to read what others have written."""
    async with a_house(tmp_path) as here, a_house(tmp_path) as there:
        await here.desk.act(RSUD, SetQueue(CHILDREN, QueueState.CLOSED), "supervisor:a")
        await there.floors.get_today(RSUD)
        await here.desk.act(RSUD, SetQueue(CHILDREN, QueueState.OPEN), "supervisor:a")
        await asyncio.gather(*(issue(there) for _ in range(5)))
        assert sorted(await labels_in_journal(here)) == [f"B-{n:03d}" for n in range(1, 6)]


async def test_nothing_is_shown_before_it_is_durable(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        seen: list[tuple[int, int]] = []
        place = house.floors.today(RSUD)
        await house.floors.get(place)

        async def durable() -> int:
            return (await house.journal.ends([place]))[place]

        checks: list[asyncio.Task[int]] = []
        house.floors.listen(lambda floor, entries, touched: checks.append(asyncio.ensure_future(durable())))
        shown: list[int] = []
        house.floors.listen(lambda floor, entries, touched: shown.append(floor.seq))
        await asyncio.gather(*(issue(house) for _ in range(30)))
        seen = list(zip(shown, await asyncio.gather(*checks), strict=True))
        assert len(seen) >= 1
        assert all(on_disk >= on_screen for on_screen, on_disk in seen)


async def test_a_commit_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_house(tmp_path) as house:
        await issue(house)
        with monkeypatch.context() as patch:
            patch.setattr(Sqlite, "_write", _full_disk)
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await issue(house)
        assert await issue(house) == "B-002"
        assert await labels_in_journal(house) == ["B-001", "B-002"]


async def test_nobody_is_refused_for_what_did_not_become_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_house(tmp_path) as house:
        await issue(house)
        await open_counter(house)
        with pytest.raises(Unavailable):
            await twice_while_the_first_fails(house, monkeypatch, CallNext("3"))  # the counter looks busy meanwhile
        floor = await house.floors.get_today(RSUD)
        assert (floor.counter("3").ticket, floor.counter("3").by) == ("B-001", "second")


async def test_nobody_is_told_that_all_is_so_already_when_it_did_not_become_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_house(tmp_path) as house:
        with pytest.raises(Unavailable):
            await twice_while_the_first_fails(house, monkeypatch, SetCounter("3", CounterState.OPEN))
        assert [(entry.by, entry.event.kind) for entry in await entries_of(house)] == [("second", CounterSet.kind)]


async def twice_while_the_first_fails(house: House, monkeypatch: pytest.MonkeyPatch, action: Action) -> None:
    """The second is decided while the first is being written. Raises what became of the first."""
    begun, may_fail, write = asyncio.Event(), asyncio.Event(), Sqlite._write

    async def full_once(database: Database, work: Work[object]) -> None:
        monkeypatch.setattr(Sqlite, "_write", write)
        begun.set()
        await may_fail.wait()
        raise OSError("No space left on device")

    monkeypatch.setattr(Sqlite, "_write", full_once)
    first = asyncio.create_task(house.desk.act(RSUD, action, "first"))
    await begun.wait()
    second = asyncio.create_task(house.desk.act(RSUD, action, "second"))
    done, _ = await asyncio.wait([first, second], timeout=0.1)
    may_fail.set()
    await second
    assert not done
    await first


async def _full_disk(database: Database, work: object) -> None:
    raise OSError("No space left on device")


async def test_a_request_made_fifty_times_at_once_has_one_effect(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        request = Request("one-key", "the same")
        answers = await asyncio.gather(
            *(
                house.desk.act(
                    RSUD,
                    Issue(CHILDREN),
                    "visitor",
                    request=request,
                    answer=lambda floor, events, now: {"seq": floor.seq, "label": events[0].label},  # type: ignore[attr-defined]
                )
                for _ in range(50)
            )
        )
        assert answers == [{"seq": 1, "label": "B-001"}] * 50
        assert await labels_in_journal(house) == ["B-001"]
        with pytest.raises(KeyReused):
            await house.desk.act(RSUD, Issue(CHILDREN), "visitor", request=Request("one-key", "something else"))


async def test_a_request_whose_first_try_had_effect_is_answered_though_the_rules_would_refuse_it_now(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await issue(house)
        await open_counter(house)
        request = Request("call", "next")
        first = await house.desk.act(
            RSUD, CallNext("3"), "clerk:a", request=request, answer=lambda floor, events, now: {"told": floor.seq}
        )
        again = await house.desk.act(RSUD, CallNext("3"), "clerk:a", request=request)
        assert again == first == {"told": 3}


async def test_an_answer_that_cannot_be_made_changes_nothing(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await issue(house)
        await open_counter(house)

        def broken(floor: object, events: object, now: object) -> dict[str, object]:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await house.desk.act(RSUD, Call("3", "B-001"), "clerk:a", answer=broken)
        await house.desk.act(RSUD, Call("3", "B-001"), "clerk:a")
