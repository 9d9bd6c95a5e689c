from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from queue_service.database.databases import BUSY_SECONDS, Database, T, Work

POOLED = 10  # connections of each process
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10


class Postgresql(Database):
    """Through a pool of connections. Everything is a transaction, also what only reads: more than a transaction is not
    kept on one connection by PgBouncer in transaction mode."""

    dialect = "postgresql"

    def __init__(self, url: URL, is_patient: bool) -> None:
        self._url = url
        self._statement_seconds = None if is_patient else STATEMENT_SECONDS
        self._engine: AsyncEngine | None = None
        self._opening = asyncio.Lock()

    async def _read(self, work: Work[T]) -> T:
        return await self._write(work)

    async def _write(self, work: Work[T]) -> T:
        async with (self._engine or await self._open()).begin() as connection:
            return await connection.run_sync(work)

    async def _open(self) -> AsyncEngine:
        async with self._opening:
            if self._engine is None:
                careful = self._make_engine(**_NOTHING_PREPARED)
                if await _is_shared(careful):
                    self._engine = careful
                else:
                    await careful.dispose()
                    self._engine = self._make_engine()
            return self._engine

    def _make_engine(self, **arguments: Any) -> AsyncEngine:
        connect = {"timeout": CONNECT_SECONDS, "command_timeout": self._statement_seconds, **arguments}
        pool: dict[str, Any] = {"pool_size": POOLED, "max_overflow": 0, "pool_timeout": BUSY_SECONDS}
        engine = create_async_engine(self._url, connect_args=connect, **pool)
        event.listen(engine.sync_engine, "checkout", _replace_if_closed)
        return engine

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()


# What is prepared on one connection may be looked for on another where several clients share them.
_NOTHING_PREPARED = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: f"antrean_{uuid4().hex}",
}


async def _is_shared(engine: AsyncEngine) -> bool:
    """Whether somebody such as PgBouncer stands between: who introduced itself is not the process that answers."""
    async with engine.begin() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        answering = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        return bool(driver.get_server_pid() != answering)


def _replace_if_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """One that died while nobody used it is replaced, not complained of. The driver has heard of its end: to ask the
    server each time would cost a tenth of all that is done for an action."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
