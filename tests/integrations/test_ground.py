"""What every system stands on: acting once, knowing a ticket by another's number, and what has happened to it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from integrations import polling
from integrations.acting import act
from integrations.contract import Item, NotReady, Opening, Poller, Undelivered
from integrations.histories import Histories
from integrations.ledger import read_items
from integrations.polling import poll
from queue_service.domain.actions import CallNext, Complete, Issue, LedServe, Serve, Undo
from queue_service.domain.events import Entry, TicketEvent, to_ms
from queue_service.journal import Beside
from queue_service.journal.appends import Place
from queue_service.journal.epochs import epoch_now
from queue_service.records.identifiers import Identifier, find_identifier, identifiers_of, keep_identifier
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from tests.houses import CHILDREN, NINE, RSUD, Clock, a_house, entries_of, issue, labels_in_journal, open_counter

VISIT = "2026/11/23/000001"


def an_opening(house: House, *branches: str) -> Opening:
    return Opening(ConnectionPlan(id="simrs", system="simrs", branches=list(branches)), house, {})


def known_as(visit: str) -> Beside:
    def write(connection: Connection, place: Place, entries: list[Entry]) -> None:
        (event,) = (entry.event for entry in entries)
        assert isinstance(event, TicketEvent)
        keep_identifier(connection, Identifier(place[0], "simrs-visit", visit, place[1], event.label, {"new": True}))

    return Beside(write)  # type: ignore[arg-type]


async def test_what_is_told_twice_happens_once_and_is_known_by_its_number(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        opening = an_opening(house)
        for _ in range(3):
            await act(opening, RSUD, Issue(CHILDREN, number=12), VISIT, beside=known_as(VISIT))
        assert await labels_in_journal(house) == ["B-012"]
        assert {entry.by for entry in await entries_of(house)} == {"system:simrs"}
        found = await house.database.read(lambda c: find_identifier(c, RSUD, "simrs-visit", VISIT))
        assert found == Identifier(RSUD, "simrs-visit", VISIT, NINE.date(), "B-012", {"new": True})
        assert await house.database.read(lambda c: identifiers_of(c, RSUD, NINE.date(), "B-012")) == [found]
        assert await house.database.read(lambda c: find_identifier(c, RSUD, "bpjs-booking", VISIT)) is None


async def test_what_really_happened_earlier_is_written_so(tmp_path: Path) -> None:
    async with a_house(tmp_path, Clock()) as house:
        label = await issue(house)
        seen = NINE - timedelta(seconds=95)
        await act(an_opening(house), RSUD, LedServe(label, "3"), "seen", occurred=seen)
        events = [entry.event for entry in await entries_of(house) if isinstance(entry.event, TicketEvent)]
        assert [(event.kind, event.occurred) for event in events[1:]] == [("called", seen), ("serving", seen)]


async def test_a_history_has_what_happened_up_to_an_entry_and_not_what_was_undone(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        first, other = await issue(house), await issue(house)
        await open_counter(house)
        for action in (CallNext("3"), Undo("3"), CallNext("3"), Serve("3"), Complete("3"), CallNext("3")):
            await house.desk.act(RSUD, action, "clerk:test")
        place = house.floors.today(RSUD)

        def read(connection: Connection) -> list[Item]:
            return list(read_items(connection, epoch_now(connection), place, 0, 100))

        items = await house.database.read(read)
        histories = Histories(house.database)
        told = {
            item.seq: [each.kind for each in await histories.of(item)]
            for item in reversed(items)  # from the last to the first: each is asked for what had been by then
            if item.fields.get("label") == first
        }
        assert next(iter(told.values())) == ["issued", "called", "serving", "completed"]
        assert told[items[0].seq] == ["issued"]
        assert [each.kind for each in await histories.of(items[-1])] == ["issued", "called"]
        assert items[-1].fields["label"] == other
        assert items[0].at_ms == to_ms(NINE)


def test_a_missing_secret_is_named_by_its_variable(tmp_path: Path) -> None:
    plan = ConnectionPlan(id="bpjs-rs", system="bpjs")
    with pytest.raises(NotReady, match="ANTREAN_CONNECTION_BPJS_RS_USER_KEY is not set"):
        Opening(plan, None, {"ANTREAN_CONNECTION_BPJS_RS_USER_KEY": " "}).secret("USER_KEY")  # type: ignore[arg-type]


async def test_a_connection_covers_the_branches_that_it_names(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        assert {branch.id for branch in an_opening(house).branches()} == set(house.branches.all)
        assert [branch.id for branch in an_opening(house, RSUD).branches()] == [RSUD]


class Flaky(Poller):
    seconds = 0.001

    def __init__(self, stopping: asyncio.Event) -> None:
        self.looks = 0
        self._stopping = stopping

    async def look(self) -> None:
        self.looks += 1
        if self.looks in (2, 3):
            raise Undelivered("it is away")
        if self.looks == 6:
            self._stopping.set()

    async def close(self) -> None: ...


async def test_who_is_away_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    stopping = asyncio.Event()
    poller = Flaky(stopping)
    await poll("simrs", poller, stopping)
    assert poller.looks == 6
    assert [record.getMessage() for record in caplog.records] == ["simrs: it is away"]  # said once, not each time


class Faulty(Flaky):
    async def look(self) -> None:
        await super().look()
        if self.looks == 1:
            raise ValueError("nobody has thought of that")


async def test_a_fault_of_a_system_s_own_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    stopping = asyncio.Event()
    poller = Faulty(stopping)
    await poll("simrs", poller, stopping)
    assert poller.looks == 6
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "simrs: looking failed in an unforeseen way"
    assert "nobody has thought of that" in told[1]


class Endless(Flaky):
    async def look(self) -> None:
        self._stopping.set()
        await asyncio.Event().wait()


async def test_whoever_stops_does_not_wait_for_a_look_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PARTING_SECONDS", 0.01)
    stopping = asyncio.Event()
    async with asyncio.timeout(20):
        await poll("simrs", Endless(stopping), stopping)
