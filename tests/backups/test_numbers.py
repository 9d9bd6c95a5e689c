"""No number is given out twice on a day, whatever the restored journal knows of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from queue_service.backups.numbers import Skip
from queue_service.domain.actions import SkipNumbers
from tests.backups.conftest import NewAddress, Vault, house_at
from tests.houses import CHILDREN, PHARMACY, RSUD, Clock, issue, labels_in_journal


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_numbers_given_out_after_the_backup_are_passed_over(
    tmp_path: Path, new_address: NewAddress, kind: str
) -> None:
    address = new_address(kind)
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address) as house:
        assert [await issue(house) for _ in range(3)] == ["B-001", "B-002", "B-003"]
        await vault.back_up()
        assert [await issue(house), await issue(house), await issue(house, PHARMACY)] == ["B-004", "B-005", "D-001"]
    restored = await vault.restore(discard=True)
    assert restored.is_same
    assert restored.skips == [Skip(RSUD, PHARMACY, "D", 1, 1), Skip(RSUD, CHILDREN, "B", 4, 5)]
    assert [skip.range for skip in restored.skips] == ["D-001", "B-004 to B-005"]
    async with house_at(tmp_path, address) as house:
        assert await labels_in_journal(house) == ["B-001", "B-002", "B-003"]
        assert [await issue(house), await issue(house, PHARMACY)] == ["B-006", "D-002"]


async def test_restored_twice_on_a_day_numbers_still_go_on(tmp_path: Path, new_address: NewAddress) -> None:
    address = new_address("sqlite")
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address) as house:
        await vault.back_up("early")
        await issue(house)
    await vault.restore("early", discard=True)
    async with house_at(tmp_path, address) as house:
        assert await issue(house) == "B-002"
    restored = await vault.restore("early", discard=True, further=0)
    async with house_at(tmp_path, address) as house:
        assert await issue(house) == "B-003"
    assert restored.lost is not None


async def test_where_the_old_database_is_gone_numbers_go_on_far_beyond(tmp_path: Path, new_address: NewAddress) -> None:
    """On Sunday the clinic gave out 120 numbers; of Monday the backup knows two."""
    clock, here, there = Clock(), new_address("sqlite"), new_address("postgresql")
    clock.turn(days=-1)
    async with house_at(tmp_path, here, clock) as house:
        for _ in range(120):
            await issue(house)
        clock.turn(days=1)
        assert [await issue(house), await issue(house)] == ["B-001", "B-002"]
    vault = Vault(tmp_path, here)
    await vault.back_up(at=clock)
    restored = await vault.restore(to=there, at=clock)
    assert not restored.is_same
    lasts = {skip.queue: skip.last for skip in restored.skips if skip.branch == RSUD}
    assert lasts == {CHILDREN: 300, PHARMACY: 200, "pendaftaran": 200, "poli-dalam": 200}
    async with house_at(tmp_path, there, clock) as house:
        assert await issue(house) == "B-301"
        clock.turn(days=1)
        assert await issue(house) == "B-001"  # a new day begins anew


async def test_how_many_numbers_are_passed_over_can_be_said(tmp_path: Path, new_address: NewAddress) -> None:
    here, there = new_address("sqlite"), new_address("sqlite")
    vault = Vault(tmp_path, here)
    async with house_at(tmp_path, here) as house:
        await issue(house)
        await vault.back_up()
        await issue(house)
    await vault.restore(to=there, further=10)
    async with house_at(tmp_path, there) as house:
        assert await issue(house) == "B-012"
    await vault.restore(discard=True, further=10)
    async with house_at(tmp_path, here) as house:
        assert await issue(house) == "B-013"


async def test_a_fresh_database_s_own_numbers_count_too(tmp_path: Path, new_address: NewAddress) -> None:
    """The disk was lost, people were served from an empty database, and then last night's backup is put back."""
    clock, lost, fresh = Clock(), new_address("sqlite"), new_address("sqlite")
    clock.turn(hours=-12)
    async with house_at(tmp_path, lost, clock) as house:
        await issue(house)
    vault = Vault(tmp_path, lost)
    await vault.back_up(at=clock)
    clock.turn(hours=12)
    async with house_at(tmp_path, fresh, clock) as house:
        for _ in range(5):
            await issue(house)
    restored = await vault.restore(to=fresh, at=clock, discard=True, further=0)
    assert restored.lost is not None and restored.lost.entries == 5
    assert restored.skips == [Skip(RSUD, CHILDREN, "B", 1, 5)]


async def test_a_queue_that_the_backup_does_not_know_goes_on_once_it_is_set_up_again(
    tmp_path: Path, new_address: NewAddress
) -> None:
    address = new_address("sqlite")
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address, is_set_up=False):
        await vault.back_up()
    async with house_at(tmp_path, address) as house:
        assert await issue(house) == "B-001"
    await vault.restore(discard=True)
    async with house_at(tmp_path, address) as house:  # which sets it up
        assert await issue(house) == "B-002"


async def test_numbers_of_past_days_are_left_alone(tmp_path: Path, new_address: NewAddress) -> None:
    clock, address = Clock(), new_address("sqlite")
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address, clock) as house:
        await vault.back_up(at=clock)
        await issue(house)
        place = house.floors.today(RSUD)
    clock.turn(days=1)
    restored = await vault.restore(at=clock, discard=True)
    assert restored.skips == []
    async with house_at(tmp_path, address, clock) as house:
        assert await house.journal.read(place) == []
        assert place[1] + timedelta(1) == house.floors.today(RSUD)[1]


async def test_passing_over_is_decided_by_the_rules_like_all_else(tmp_path: Path, new_address: NewAddress) -> None:
    async with house_at(tmp_path, new_address("sqlite")) as house:
        await house.desk.act(RSUD, SkipNumbers(CHILDREN, 41), "restore")
        assert await issue(house) == "B-042"
