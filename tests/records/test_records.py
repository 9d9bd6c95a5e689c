from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from queue_service.database import Database, migrate, open_database
from queue_service.domain.errors import NotFound
from queue_service.records.branches import Branches
from queue_service.records.connections import SetConnections, read_connections
from queue_service.records.keys import Keys
from queue_service.records.plans import SetupPlan
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup
from queue_service.records.staff.grants import Grant
from queue_service.records.tables import cursors
from queue_service.secrets import Secrets, load_secrets
from queue_service.setting_up import set_up
from tests.records.test_setup_files import GOOD

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OLD, NEW = "an old secret of some length", "a new secret of some length"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    await migrate(database)
    yield database
    await database.close()


async def test_setting_up_twice_changes_nothing_the_second_time(database: Database) -> None:
    branches, plan = Branches(database), read_setup(GOOD, "setup.yaml")
    assert await branches.set_up(plan) == ["clinic"]
    assert await branches.set_up(plan) == []


async def test_a_change_by_another_process_is_noticed(database: Database) -> None:
    mine, other = Branches(database), Branches(database)
    await other.set_up(read_setup(GOOD, "setup.yaml"))
    assert await mine.refresh()
    assert not await mine.refresh()
    await other.set_up(read_setup(GOOD.replace("quota: 30", "quota: 5"), "setup.yaml"))
    assert await mine.refresh()
    assert mine.get("clinic").queue("general").quota == 5
    with pytest.raises(NotFound, match="nowhere"):
        mine.get("nowhere")


async def test_of_two_who_look_at_once_one_hears_of_the_change(database: Database) -> None:
    branches = Branches(database)
    await branches.set_up(read_setup(GOOD, "setup.yaml"))
    assert list(await asyncio.gather(branches.refresh(), branches.refresh())) == [True, False]


async def test_a_key_is_shown_once_and_known_afterwards_by_its_hash(database: Database) -> None:
    keys = Keys(database, Secrets([OLD]))
    key = await keys.create(Role.CLERK, "clinic", NINE)
    known = await keys.find(key, NINE)
    assert known is not None
    assert known.staff.grants == (Grant(Role.CLERK, "clinic"),)
    rows = await database.read(lambda connection: str(connection.exec_driver_sql("SELECT * FROM keys").all()))
    assert key.split("_", 2)[2] not in rows


@pytest.mark.parametrize(
    "wrong", ["", "antrean", "antrean_", "antrean_x_y", "antrean__", "x_y_z", "antrean_ü_ü", "_" * 500]
)
async def test_what_is_no_key_is_nobodys(database: Database, wrong: str) -> None:
    assert await Keys(database, Secrets([OLD])).find(wrong, NINE) is None


async def test_a_key_with_another_secret_part_is_nobodys(database: Database) -> None:
    keys = Keys(database, Secrets([OLD]))
    key = await keys.create(Role.CLERK, "clinic", NINE)
    assert await keys.find(key[:-1] + ("A" if key[-1] != "A" else "B"), NINE) is None


async def test_a_revoked_key_is_nobodys(database: Database) -> None:
    keys = Keys(database, Secrets([OLD]))
    key = await keys.create(Role.CLERK, "clinic", NINE)
    assert await keys.revoke(key.split("_")[1], NINE)
    await keys.refresh()
    assert await keys.find(key, NINE) is None
    assert not await keys.revoke("12345678", NINE)


async def test_keys_outlive_the_change_of_the_secret(database: Database) -> None:
    key = await Keys(database, Secrets([OLD])).create(Role.CLERK, "clinic", NINE)
    assert await Keys(database, Secrets([NEW, OLD])).find(key, NINE) is not None
    assert await Keys(database, Secrets([NEW])).find(key, NINE) is None


def test_the_first_start_makes_a_secret_that_stays_and_only_its_owner_reads(tmp_path: Path) -> None:
    made = load_secrets(None, tmp_path / "data")
    assert load_secrets(None, tmp_path / "data").digest("token", b"x") == made.digest("token", b"x")
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o077 == 0


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="ANTREAN_SECRET"):
        load_secrets("short", Path())


def a_plan(*connections: dict[str, object]) -> SetupPlan:
    settings = {"url": "https://agency.example/"}
    listed = [{"system": "webhook", "settings": settings, **connection} for connection in connections]
    return read_setup(f"{GOOD}connections: {json.dumps(listed)}\n", "setup.yaml")


async def test_a_connection_that_the_file_no_longer_names_is_gone(database: Database) -> None:
    async def set_up_with(plan: SetupPlan) -> SetConnections:
        return (await database.write(lambda connection: set_up(connection, plan)))[1]

    both = a_plan({"id": "one"}, {"id": "two", "branches": ["clinic"]})
    assert await set_up_with(both) == SetConnections(["one", "two"], [])
    assert await set_up_with(both) == SetConnections([], [])
    begun = await database.read(
        lambda connection: connection.execute(select(cursors.c.connection, cursors.c.seq)).all()
    )
    assert sorted(map(tuple, begun)) == [("one", 0), ("two", 0)]
    changed = a_plan({"id": "two", "settings": {"url": "https://other.example/"}})
    assert await set_up_with(changed) == SetConnections(["two"], ["one"])
    (known,) = await database.read(read_connections)
    assert (known.plan.settings, known.version) == ({"url": "https://other.example/"}, 2)
    left = await database.read(lambda connection: connection.execute(select(cursors.c.connection)).scalars().all())
    assert left == ["two"]
