"""Follows a MariaDB's binary log, where the hospital allows it: it says at once that something has changed, and holds
each call, also those that the next has replaced before anybody looks.

What a row says is still read from its table: whoever is cancelled and not any more by then was a slip of the hand.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pymysql
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent
from sqlalchemy import Connection, insert, select, update

from integrations.contract import Opening, Undelivered
from integrations.simrs.client import CONNECT_SECONDS, LONGEST_SECONDS
from integrations.simrs.presets import Names
from integrations.simrs.snapshot import word
from queue_service.records.tables import positions

if TYPE_CHECKING:
    from integrations.simrs.settings import SimrsSettings

WANTED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_metadata": "FULL"}
LOST = 1236  # the server has thrown away what lies behind this place


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the log something ends."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Heard:
    """`calls`: the visits that were called into a clinic since, in order. `place`: up to where that is so."""

    place: Place
    calls: tuple[str, ...] = ()
    has_changed: bool = True
    is_whole: bool = True  # otherwise it begins here, and what was before is not known


class BinlogFollower:
    def __init__(self, opening: Opening, settings: SimrsSettings) -> None:
        self._opening = opening
        self._connection = {
            "host": settings.host,
            "port": settings.port,
            "user": settings.user,
            "password": opening.secret("PASSWORD"),
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": LONGEST_SECONDS,
            **({"ssl": {"ca": str(settings.ca_file)}} if settings.ca_file else {}),
        }
        self._database = settings.database
        self._calls = settings.names.get("calls")
        self._tables = [names.table for names in settings.names.values()]
        self._place: Place | None = None

    async def listen(self) -> Heard:
        """What was written since the place that was kept. Raises Undelivered, Unavailable."""
        if self._place is None:
            self._place = await self._opening.house.database.read(self._read_place)
        try:
            return await asyncio.to_thread(self._listen, self._place)
        except (pymysql.err.MySQLError, OSError) as error:
            if error.args[:1] == (LOST,):
                self._place = None
                return Heard(await asyncio.to_thread(self._end), is_whole=False)
            raise Undelivered(f"The SIMRS's binary log cannot be followed: {error.args[-1]}") from error

    async def keep(self, place: Place) -> None:
        """Once what follows from it is written here. Raises Unavailable."""
        if place != self._place:
            await self._opening.house.database.write(lambda connection: self._write_place(connection, place))
            self._place = place

    async def check(self) -> None:
        """Whether the server keeps its log as is needed. Raises Undelivered."""
        try:
            await asyncio.to_thread(self._end)
        except (pymysql.err.MySQLError, OSError) as error:
            raise Undelivered(f"The SIMRS's binary log cannot be followed: {error.args[-1]}") from error

    def _listen(self, since: Place | None) -> Heard:
        if since is None:
            return Heard(self._end(), is_whole=False)
        stream = BinLogStreamReader(
            connection_settings=self._connection,
            server_id=0x41000000 | zlib.crc32(self._opening.connection.encode()) & 0xFFFFFF,
            resume_stream=True,
            log_file=since.file,
            log_pos=since.offset,
            blocking=False,
            only_events=[DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent],
            only_schemas=[self._database],
            only_tables=self._tables,
        )
        calls: list[str] = []
        has_changed = False
        try:
            for event in stream:
                has_changed = True
                if self._calls and event.table == self._calls.table:
                    calls += [visit for row in event.rows if (visit := called_by(row, self._calls))]
            return Heard(Place(stream.log_file, stream.log_pos), tuple(calls), has_changed)
        finally:
            stream.close()

    def _end(self) -> Place:
        """Of the log, now. Raises Undelivered where the server does not write it as is needed."""
        with pymysql.connect(**self._connection) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL VARIABLES WHERE Variable_name IN %s", (list(WANTED),))
            found = dict(cursor.fetchall())
            if lacking := [f"{name}={value}" for name, value in WANTED.items() if found.get(name) != value]:
                raise Undelivered(f"The SIMRS's server does not keep its log as is needed: {', '.join(lacking)}.")
            cursor.execute("SHOW MASTER STATUS")
            file, offset, *_ = cursor.fetchone()
        return Place(file, offset)

    def _read_place(self, connection: Connection) -> Place | None:
        mine = select(positions.c.position).where(positions.c.connection == self._opening.connection)
        found = connection.execute(mine).scalar()
        return Place(*json.loads(found)) if found else None

    def _write_place(self, connection: Connection, place: Place) -> None:
        mine = update(positions).where(positions.c.connection == self._opening.connection)
        told = json.dumps([place.file, place.offset])
        if connection.execute(mine.values(position=told)).rowcount == 0:
            connection.execute(insert(positions).values(connection=self._opening.connection, position=told))


def called_by(row: Mapping[str, Any], names: Names) -> str:
    """The visit that this change calls; nothing, where it only says that the call was heard."""
    after, before = row.get("values") or row.get("after_values"), row.get("before_values")
    if after is None or word(after[names.columns["status"]]) == "0":
        return ""
    visit = word(after[names.columns["visit"]])
    is_same = before is not None and word(before[names.columns["visit"]]) == visit
    was_heard = before is None or word(before[names.columns["status"]]) == "0"
    return visit if was_heard or not is_same else ""
