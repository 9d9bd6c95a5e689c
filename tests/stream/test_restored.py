"""A restore beneath a running house: everyone sees what was restored, and nothing of before is built upon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from queue_service.domain.actions import CallNext
from queue_service.domain.errors import CounterClosed, NotFound
from queue_service.stream.audiences import SLICE
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.backups.conftest import Vault, house_at
from tests.houses import CHILDREN, NINE, PHARMACY, RSUD, a_house, example, issue, labels_in_journal, open_counter
from tests.stream.wires import Wire, settle


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        await house.floors.get_today(RSUD)
        yield house


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}")


def phone(house: House, label: str) -> Wire:
    return Wire(house, f"ticket={house.tokens.token_of(TicketName(RSUD, NINE.date(), label))}")


async def look(house: House) -> None:
    assert await house.floors.look()
    await settle(house)


async def test_screens_show_the_restored_state_under_a_new_epoch_though_its_seq_is_lower(
    house: House, vault: Vault
) -> None:
    await issue(house)
    await vault.back_up()
    await issue(house)
    await issue(house)
    screen = Wire(house, f"branch={RSUD}&queue={CHILDREN}")
    before = screen.last()
    await vault.restore(discard=True)
    await look(house)
    after = screen.last()
    assert (before["waiting"], before["seq"]) == ([["B", 1, 3]], 3)
    assert (after["waiting"], after["seq"]) == ([["B", 1, 1]], 2)  # the ticket, and the numbers passed over
    assert after["epoch"] != before["epoch"]
    assert await issue(house) == "B-004"
    await settle(house)
    assert (screen.last()["waiting"], screen.last()["epoch"]) == ([["B", 1, 1], ["B", 4, 4]], after["epoch"])
    assert not await house.floors.look()


async def test_a_phone_whose_number_is_gone_is_told_and_the_others_go_on(house: House, vault: Vault) -> None:
    await open_counter(house)
    kept = await issue(house)
    await vault.back_up()
    lost = await issue(house)
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    stays, goes = phone(house, kept), phone(house, lost)
    assert stays.last("ticket")["state"] == "called"
    await vault.restore(discard=True)
    await look(house)
    assert goes.last("gone") == {"type": "gone", "branch": RSUD, "day": "2026-11-23", "label": lost}
    assert goes.written.endswith(b"\x88\x02" + (1001).to_bytes(2, "big"))
    assert (stays.last("ticket")["state"], stays.last()["waiting"]) == ("waiting", [["B", 1, 1]])
    assert stays.last("ticket")["epoch"] == stays.last()["epoch"]
    back = phone(house, lost)
    while not back.written:
        await asyncio.sleep(0)
    assert back.status == 404


async def test_many_phones_are_told_in_slices(house: House, vault: Vault) -> None:
    labels = [await issue(house) for _ in range(3)]
    await vault.back_up()
    await issue(house, PHARMACY)
    wires = [phone(house, label) for label in labels for _ in range(SLICE)]
    await vault.restore(discard=True)
    await look(house)
    while {len(wire.frames()) for wire in wires} == {2}:
        await asyncio.sleep(0)
    assert {wire.last()["epoch"] for wire in wires} == {wire.last("ticket")["epoch"] for wire in wires}


async def test_a_decision_on_what_was_before_is_made_anew(house: House, vault: Vault) -> None:
    """Nobody has looked yet, and the restored journal ends where the floor in memory does."""
    await issue(house)
    await vault.back_up()
    await open_counter(house)
    place = house.floors.today(RSUD)
    floor = await house.floors.get(place)
    await vault.restore(discard=True)
    async with a_house(vault.folder) as elsewhere:
        await issue(elsewhere, PHARMACY)
    assert (await house.journal.ends([place]))[place] == floor.seq
    with pytest.raises(CounterClosed):  # it was open before
        await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    assert await issue(house, PHARMACY) == "D-002"
    assert await labels_in_journal(house) == ["B-001", "D-001", "D-002"]


async def test_nobody_is_refused_for_what_a_restore_has_taken_back(house: House, vault: Vault) -> None:
    await open_counter(house)
    label = await issue(house)
    await vault.back_up()
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")  # with which the counter would be busy
    await vault.restore(discard=True)
    await house.floors.catch_up(house.floors.today(RSUD))
    await house.desk.act(RSUD, CallNext("3"), "clerk:b")
    floor = await house.floors.get_today(RSUD)
    assert (floor.counter("3").ticket, floor.counter("3").by, floor.seq) == (label, "clerk:b", 3)


async def test_people_who_act_while_it_is_restored_get_numbers_of_their_own(house: House, vault: Vault) -> None:
    await issue(house)
    await vault.back_up()
    before = [await issue(house) for _ in range(20)]
    labels = await asyncio.gather(vault.restore(discard=True), *(issue(house) for _ in range(50)))
    later = [await issue(house) for _ in range(5)]
    told = [*before, *(label for label in labels if isinstance(label, str)), *later]
    assert len(told) == len(set(told)) == 75
    assert (await labels_in_journal(house))[-5:] == later


async def test_what_others_write_after_a_restore_is_no_continuation_of_what_was_before(
    house: House, vault: Vault
) -> None:
    await issue(house)
    await vault.back_up()
    await issue(house)
    screen = Wire(house, f"branch={RSUD}")
    await vault.restore(discard=True)
    async with a_house(vault.folder) as elsewhere:
        for _ in range(5):
            await issue(elsewhere, PHARMACY)
    await house.floors.catch_up(house.floors.today(RSUD))  # as a nudge makes it, before the next look
    await settle(house)
    shown = {frame["queue"]: frame["waiting"] for frame in screen.frames()[-4:]}
    assert (shown[CHILDREN], shown[PHARMACY]) == ([["B", 1, 1]], [["D", 1, 5]])


async def test_a_reader_of_an_old_floor_puts_nothing_old_before_anyone(house: House, vault: Vault) -> None:
    """A request may hold the floor of before, and ask for its picture after the restore was noticed."""
    await vault.back_up()
    await issue(house)
    old = await house.floors.get_today(RSUD)
    screen = Wire(house, f"branch={RSUD}&queue={CHILDREN}")
    await vault.restore(discard=True)
    await look(house)
    house.hub.snapshot(old, CHILDREN)
    await issue(house)
    await settle(house)
    assert screen.last()["waiting"] == [["B", 2, 2]]


async def test_a_slow_reader_whose_number_is_gone_does_no_harm(house: House, vault: Vault) -> None:
    await vault.back_up()
    slow = phone(house, await issue(house))
    slow.connection.pause_writing()
    await vault.restore(discard=True)
    await look(house)
    slow.connection.resume_writing()
    assert not slow.connection.is_open


async def test_a_branch_that_the_backup_does_not_know_is_empty_until_it_is_set_up_again(
    tmp_path: Path, vault: Vault
) -> None:
    async with house_at(tmp_path, vault.address, is_set_up=False):
        await vault.back_up()
    async with a_house(tmp_path) as house:
        await issue(house)
        screen = Wire(house, f"branch={RSUD}&queue={CHILDREN}")
        await vault.restore(discard=True)
        await look(house)
        await house.hub.tick()
        assert screen.last()["waiting"] == []
        with pytest.raises(NotFound):
            await issue(house)
        await house.branches.set_up(example())
        await house.floors.look()
        assert await issue(house) == "B-002"
        await settle(house)
        assert screen.last()["waiting"] == [["B", 2, 2]]
