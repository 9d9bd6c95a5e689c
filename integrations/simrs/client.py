"""Talks to a SIMRS's MariaDB. It only ever reads, one statement at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from integrations.contract import Undelivered
from integrations.simrs.rights import Rights, read_rights
from integrations.simrs.snapshot import Picture, Row
from integrations.simrs.statements import Columns, Statements

if TYPE_CHECKING:
    from integrations.simrs.settings import SimrsSettings

CONNECT_SECONDS = 5
LONGEST_SECONDS = 10  # that one statement may take
DAYS_AHEAD = 8


class SimrsClient:
    """With one connection, made when it is needed and again once it is lost."""

    def __init__(self, settings: SimrsSettings, password: str) -> None:
        self.statements = Statements(settings.names)
        address = URL.create(
            "mysql+asyncmy",
            username=settings.user,
            password=password,
            host=settings.host,
            port=settings.port,
            database=settings.database,
            query={"charset": "utf8mb4"},  # whatever the tables hold, the server makes this of it
        )
        with_tls = {"ssl": ssl.create_default_context(cafile=settings.ca_file)} if settings.ca_file else {}
        self._engine = create_async_engine(
            address,
            # Each statement sees what is committed by then: in one long transaction the picture would stand still.
            isolation_level="AUTOCOMMIT",
            pool_size=1,
            max_overflow=0,
            pool_reset_on_return=None,  # nothing was begun that could be taken back
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, **with_tls},
        )

    async def picture(self, day: date) -> Picture:
        """Of the day's outpatients, and whoever is called just now. Raises Undelivered."""
        asked, range_, today = self.statements, visits_of(day), _days(day, 1)
        async with self._connected() as connection:
            visits = await _ask(connection, asked.visits, range_)
            prescriptions = await _ask(connection, asked.prescriptions, range_)
            calls = await _ask(connection, asked.calls, {})
            pharmacy = await _ask(connection, asked.pharmacy_calls, {})
            compounded = await _ask(connection, asked.compounded_calls, {})
            numbers = await _ask(connection, asked.numbers, today)
            desks = await _ask(connection, asked.desks, {})
        return Picture(
            {row[0]: row for row in visits},
            {row[0]: row for row in prescriptions},
            {(row[0], row[1]): row for row in calls},
            {(row[0],): row for row in (*pharmacy, *compounded)},
            _numbers(numbers, desks),
        )

    async def bookings(self, day: date) -> Sequence[Row]:
        """Of the days after this one. Raises Undelivered."""
        async with self._connected() as connection:
            return await _ask(connection, self.statements.bookings, _days(day, DAYS_AHEAD + 1))

    async def births(self, first: date, last: date) -> Sequence[Row]:
        """Of the days between, both included. Raises Undelivered."""
        values = {"first": visits_of(first)["first"], "beyond": visits_of(last)["beyond"]}
        async with self._connected() as connection:
            return await _ask(connection, self.statements.births, values)

    async def patients(self, fields: Sequence[str], records: Iterable[str]) -> dict[str, dict[str, str]]:
        """By record number. Raises Undelivered."""
        wanted = sorted(set(records))
        if not fields or not wanted:
            return {}
        async with self._connected() as connection:
            rows = await _ask(connection, self.statements.patients(fields, wanted), {})
        return {row[0]: dict(zip(fields, (str(value or "") for value in row[1:]), strict=True)) for row in rows}

    async def rights(self) -> Rights:
        """Raises Undelivered."""
        async with self._connected() as connection:
            rows = await connection.exec_driver_sql("SHOW GRANTS")
            return read_rights(row[0] for row in rows)

    async def missing(self) -> dict[str, str]:
        """Tables that cannot be read as they are named, with what the server says. Raises Undelivered."""
        found: dict[str, str] = {}
        async with self._connected() as connection:
            for name, statement in self.statements.everything().items():
                try:
                    await connection.execute(statement)
                except SQLAlchemyError as error:
                    if connection.invalidated:
                        raise
                    found[name] = said(error)
        return found

    async def today(self, day: date) -> tuple[int, object]:
        """How many were registered, and when the last of them. Raises Undelivered."""
        async with self._connected() as connection:
            ((count, newest),) = await _ask(connection, self.statements.newest(), visits_of(day))
        return count, newest

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(LONGEST_SECONDS), self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise Undelivered(f"The SIMRS's database does not answer: {said(error)}") from error


async def _ask(connection: AsyncConnection, statement: Columns | None, values: Mapping[str, Any]) -> Sequence[Row]:
    """Nothing, where this hospital has no such table."""
    if statement is None:
        return ()
    return [tuple(row) for row in await connection.execute(statement, values)]


def _numbers(rows: Iterable[Row], desks: Iterable[Row]) -> dict[tuple[str, ...], Row]:
    """Where numbers do not say which desk calls them, the desks say which number."""
    called = {str(number): str(desk) for desk, number in desks}
    found: dict[tuple[str, ...], Row] = {}
    for number, kind, day, drawn, at, status, desk, visit in rows:
        by = desk or called.get("".join(c for c in str(number) if c.isdigit()).lstrip("0"))
        found[str(kind or ""), str(number)] = (number, kind, day, drawn, at, status, by, visit)
    return found


def visits_of(day: date) -> dict[str, str]:
    """The range of keys that begin with this day."""
    return {"first": f"{day:%Y/%m/%d}/", "beyond": f"{day + timedelta(days=1):%Y/%m/%d}/"}


def _days(first: date, count: int) -> dict[str, date]:
    return {"begins": first, "ends": first + timedelta(days=count)}


def said(error: BaseException) -> str:
    """The server's own words, without the statement and what stood in it."""
    origin = getattr(error, "orig", None) or error
    words = origin.args[1] if len(origin.args) > 1 else (str(origin) or type(origin).__name__)
    return f"{words}".rstrip(".") + "."
