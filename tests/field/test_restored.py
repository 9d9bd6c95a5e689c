"""A centre that is restored from a backup while a laptop has a day of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from queue_service.domain.actions import Issue
from queue_service.domain.errors import NotAllowed
from queue_service.domain.trip_actions import Enlist
from queue_service.field.commands import told
from queue_service.field.returning import give_back
from queue_service.field.syncing import sync
from queue_service.leases.annex import Reason, read_annex
from queue_service.leases.standing import Standing
from queue_service.records.audit import read_audit
from queue_service.web.house import House
from tests.backups.conftest import Vault
from tests.field.days import (
    DAY,
    PLACE,
    SEVEN,
    TEAM,
    a_centre,
    a_key,
    a_line,
    at_the_desk,
    in_the_field,
    journal,
    plan,
    take_along,
)
from tests.field.test_pages import PAGE, a_supervisor
from tests.field.test_trouble import NAME, keep, kept, names, serve_some
from tests.houses import Clock


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, f"sqlite:///{tmp_path / 'centre' / 'antrean.db'}")


async def restored(vault: Vault, centre: House, clock: Clock) -> None:
    """To when the backup was taken."""
    assert (await vault.restore(at=clock, discard=True)).lost is not None
    await centre.floors.catch_up(PLACE)


@pytest.mark.parametrize("writes_on", [True, False])
async def test_it_gets_again_what_it_lost(tmp_path: Path, vault: Vault, writes_on: bool) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        await vault.back_up(at=clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await serve_some(field)
            await keep(field, "A-004", NAME)
            await sync(desk)
            await restored(vault, centre, clock)
            if writes_on:
                await field.desk.act(TEAM, Issue("a"), "visitor")
            await sync(desk)
            assert await journal(centre) == await journal(field)
            assert await names(centre) == {"A-004": NAME}
            assert (await give_back(desk)).standing is Standing.RETURNED


async def test_it_knows_again_of_a_taking_that_was_after_its_backup(tmp_path: Path, vault: Vault) -> None:
    """Where nobody has written on that day since, it is as it was, with what the office had done in between."""
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        key = await a_key(centre)
        await vault.back_up(at=clock)
        await centre.desk.act(TEAM, Enlist("a", (10,)), "clerk:planner", day=DAY)
        taken = await take_along(tmp_path / "laptop", line, key, clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await serve_some(field)
            await keep(field, "A-004", NAME)
            await sync(desk)
            before = await journal(centre)
            await restored(vault, centre, clock)
            assert len(await journal(centre)) < len(before)
            assert (await sync(desk)).standing is Standing.OUT
            assert await journal(centre) == before == await journal(field)
            with pytest.raises(NotAllowed, match="in the field with Laptop 1"):
                await centre.desk.act(TEAM, Issue("a"), "visitor")
            assert await names(centre) == {"A-004": NAME}
            assert "field.restored" in {one.deed.what for one in await centre.database.read(read_audit)}
            assert (await give_back(desk)).standing is Standing.RETURNED
            assert await journal(centre) == await journal(field)
        assert await kept(centre) == []


async def test_where_it_has_gone_on_without_the_laptop_all_that_comes_can_be_read(tmp_path: Path, vault: Vault) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        key = await a_key(centre)
        await vault.back_up(at=clock)
        taken = await take_along(tmp_path / "laptop", line, key, clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await serve_some(field)
            await keep(field, "A-004", NAME)
            await sync(desk)
            await restored(vault, centre, clock)
            await centre.desk.act(TEAM, Enlist("b", (10,)), "clerk:planner", day=DAY)
            before = await journal(centre)
            for _ in range(2):  # the same once more changes nothing
                progress = await give_back(desk)
                assert progress.standing is Standing.FORGOTTEN
            assert any("from a backup of before the taking" in line for line in told(progress))
            await field.desk.act(TEAM, Issue("a"), "visitor")  # whoever stands there is served all the same
            await sync(desk)
            assert await journal(centre) == before
            aside = (await centre.database.read(lambda connection: read_annex(connection, PLACE)))[desk.lease]
            assert [one.entry for one in aside] == (await field.journal.read(PLACE))[len(before) - 1 :]
            assert {one.reason for one in aside} == {Reason.FORGOTTEN}
            assert [(part, why) for part, why, what in await kept(centre) if NAME in what] == [("people", "forgotten")]
        office = await a_supervisor(centre)
        for page in ("/office/field", PAGE):
            assert "Tidak dikenal lagi setelah pemulihan" in (await office.get(page)).text, page
        assert "telah dipulihkan dari cadangan sebelum hari itu dibawa" in (await office.get(PAGE)).text
        await office.aclose()
