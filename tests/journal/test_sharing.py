"""Whether somebody stands between us and PostgreSQL decides what may be kept prepared there."""

from __future__ import annotations

import pytest

from queue_service.database import open_database
from tests.postgres import Postgres

COUNT = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%of our own%'"


@pytest.mark.parametrize("is_shared", [False, True], ids=["alone", "behind PgBouncer"])
async def test_statements_are_kept_prepared_only_where_nobody_stands_between(
    postgres: Postgres, pgbouncer: int, is_shared: bool
) -> None:
    address = postgres.address(postgres.new_database(), pgbouncer if is_shared else None)
    database = open_database(address)
    asked = "SELECT 7 -- of our own"
    for _ in range(2):
        assert await database.read(lambda connection: connection.exec_driver_sql(asked).scalar_one()) == 7
    kept = await database.read(lambda connection: connection.exec_driver_sql(COUNT).scalar_one())
    await database.close()
    assert kept - 1 == (0 if is_shared else 1)  # the question itself is being asked
