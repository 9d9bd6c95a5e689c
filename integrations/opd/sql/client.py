"""Talks to an agency's PostgreSQL or MariaDB. It only ever reads, and nothing but the view."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Select,
    String,
    and_,
    column,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from integrations.contract import NotReady, Undelivered
from integrations.opd.pulling import Batch, Position, RecordSource
from integrations.opd.sources import Record
from integrations.opd.sql.rights import read_postgresql_rights
from integrations.simrs.client import said
from integrations.simrs.rights import Rights, read_rights

if TYPE_CHECKING:
    from integrations.opd.sql.settings import SqlSettings

log = logging.getLogger("antrean.integrations.opd")

CONNECT_SECONDS = 5
LONGEST_SECONDS = 15  # that one statement may take
AT_ONCE = 500  # rows
MOST_AGAIN = 5000  # rows that are looked at a second time, since they may have been written late

_DRIVERS = {"postgresql": "postgresql+asyncpg", "mariadb": "mysql+asyncmy"}


class SqlSource(RecordSource):
    """With one connection, made when it is needed and again once it is lost."""

    def __init__(self, settings: SqlSettings, password: str) -> None:
        """Raises NotReady."""
        self._settings = settings
        schema, _, name = settings.view.rpartition(".")
        self._columns: dict[str, ColumnClause[Any]] = {each: column(each) for each in settings.columns}
        self._view = table(name, *self._columns.values(), schema=schema or None)
        self._is_checked = False
        is_postgresql = settings.kind == "postgresql"
        address = URL.create(
            _DRIVERS[settings.kind],
            username=settings.user,
            password=password,
            host=settings.host,
            port=settings.its_port,
            database=settings.database,
            query={} if is_postgresql else {"charset": "utf8mb4"},
        )
        self._engine = create_async_engine(
            address,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"timeout" if is_postgresql else "connect_timeout": CONNECT_SECONDS, **_tls(settings)},
            execution_options={"postgresql_readonly": True} if is_postgresql else {},
        )

    async def pull(self, position: Position) -> AsyncIterator[Batch]:
        """In the order of their changes. First those once more that may have been written late: a transaction that
        began before others may end after them."""
        await self._check_rights()
        if position:
            yield Batch(await self._rows(self._late(position).limit(MOST_AGAIN)))
        while True:
            rows = await self._rows(self._after(position).limit(AT_ONCE))
            if not rows:
                return
            position = self._place_of(rows[-1])
            yield Batch(rows, position)
            if len(rows) < AT_ONCE:
                return

    async def sample(self, most: int) -> Sequence[Record]:
        """The newest."""
        await self._check_rights()
        key, changed = self._order()
        return await self._rows(self._all().order_by(changed.desc(), key.desc()).limit(most))

    async def probe(self) -> str:
        """Raises Undelivered."""
        settings = self._settings
        rights = await self._rights()
        _check(rights, settings)
        rows = await self.sample(1)
        told = f"Connected to {settings.database} on {settings.host}; {_of_rights(rights)}"
        if not rows:
            return f"{told}; {settings.view} can be read, and is empty."
        self._place_of(rows[0])
        return f"{told}; {settings.view} can be read, its newest row is of {rows[0][settings.changed]}."

    async def close(self) -> None:
        await self._engine.dispose()

    # What is asked

    def _order(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        return self._columns[self._settings.key], self._columns[self._settings.changed]

    def _all(self) -> Select[Any]:
        return select(*self._columns.values()).select_from(self._view)

    def _after(self, position: Position) -> Select[Any]:
        key, changed = self._order()
        asked = self._all().where(changed.is_not(None)).order_by(changed, key)
        if not position:
            return asked
        at, last = _decoded(position["changed"]), _decoded(position["key"])
        return asked.where(or_(changed > at, and_(changed == at, key > last)))

    def _late(self, position: Position) -> Select[Any]:
        key, changed = self._order()
        at, moment = _decoded(position["changed"]), position["changed"].get("at")
        begins = at
        if moment:
            overlap = timedelta(seconds=self._settings.overlap_seconds)
            begins = _decoded({"at": (datetime.fromisoformat(moment) - overlap).isoformat()})
        return self._all().where(changed >= begins, changed <= at).order_by(changed.desc(), key.desc())

    def _place_of(self, row: Record) -> Position:
        """Raises Undelivered."""
        settings = self._settings
        return {
            "changed": _encoded(row[settings.changed], settings.changed),
            "key": _encoded(row[settings.key], settings.key),
        }

    # How it is asked

    async def _rows(self, asked: Select[Any]) -> list[Record]:
        async with self._connected() as connection:
            return [dict(row) for row in (await connection.execute(asked)).mappings()]

    async def _check_rights(self) -> None:
        """Again after each time that it was away: another server may answer, or the rights be others."""
        if not self._is_checked:
            _check(await self._rights(), self._settings)
            self._is_checked = True

    async def _rights(self) -> Rights:
        async with self._connected() as connection:
            if self._settings.kind == "postgresql":
                return await read_postgresql_rights(connection)
            rows = await connection.exec_driver_sql("SHOW GRANTS")
            return read_rights(row[0] for row in rows)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(LONGEST_SECONDS), self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            self._is_checked = False
            raise Undelivered(f"The agency's database does not answer: {said(error)}") from error


def _tls(settings: SqlSettings) -> dict[str, Any]:
    if settings.ca_file is None:
        return {}
    try:
        return {"ssl": ssl.create_default_context(cafile=settings.ca_file)}
    except (OSError, ssl.SSLError) as error:
        raise NotReady(f"ca_file {settings.ca_file} cannot be used: {error}.") from error


def _check(rights: Rights, settings: SqlSettings) -> None:
    if rights.beyond and settings.rights == "refuse":
        raise Undelivered(
            f"The database user {settings.user} may do more than read ({', '.join(rights.beyond)}): nothing is read as"
            " long as that is so. Give it SELECT on the view only."
        )
    if rights.beyond:
        log.warning("The database user %s may do more than read: %s.", settings.user, ", ".join(rights.beyond))


def _of_rights(rights: Rights) -> str:
    if rights.beyond:
        return f"its user may do more than read ({', '.join(rights.beyond)})"
    return "its user may only read, but more than the view" if rights.is_wide else "its user may only read"


def _encoded(value: object, name: str) -> dict[str, Any]:
    """As JSON, with its type. Raises Undelivered."""
    match value:
        case bool() | None:
            pass
        case int():
            return {"int": value}
        case str():
            return {"text": value}
        case datetime():
            return {"at": value.isoformat()}
        case date():
            return {"on": value.isoformat()}
    raise Undelivered(f"the column {name} is neither a number, a text nor a moment, so nobody can go on behind it")


def _decoded(known: dict[str, Any]) -> ColumnElement[Any]:
    ((kind, value),) = known.items()
    match kind:
        case "int":
            return literal(value, BigInteger)
        case "at":
            moment = datetime.fromisoformat(value)
            return literal(moment, DateTime(timezone=moment.tzinfo is not None))
        case "on":
            return literal(date.fromisoformat(value), Date)
    return literal(value, String)
