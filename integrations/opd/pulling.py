"""Records that are asked for: what is new of them is done here, and how far that has come is kept."""

from __future__ import annotations

import hashlib
import json
import logging
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from integrations.contract import Looked, Opening, Poller
from integrations.opd.here import Here
from integrations.opd.mapping import FieldMap, Wanted, read_record
from integrations.opd.settling import settle
from integrations.opd.sources import Record, Unmapped, read_text, told
from integrations.opd.steps import is_over
from queue_service.database import Database
from queue_service.domain.errors import Refusal, Refused
from queue_service.records.tables import positions

log = logging.getLogger("antrean.integrations.opd")

MOST_SEEN = 50_000  # records that are known to be dealt with; one that is forgotten is dealt with again, to no effect
TRY_AGAIN = timedelta(seconds=20)  # what our own rules have refused, such as before a queue opens
LONGEST = timedelta(minutes=5)  # from one try to the next

Position = dict[str, Any]  # JSON, and the source's own


@dataclass(frozen=True, slots=True)
class Batch:
    """`position`: from where to go on once it is dealt with; None: not before the next batch is."""

    records: Sequence[Record]
    position: Position | None = None


class RecordSource(ABC):
    """The other side, asked."""

    @abstractmethod
    def pull(self, position: Position) -> AsyncIterator[Batch]:
        """All that is new since; with an empty position, all that there is. Raises Undelivered."""

    @abstractmethod
    async def sample(self, most: int) -> Sequence[Record]:
        """Some that there are, to be shown. Raises Undelivered."""

    @abstractmethod
    async def close(self) -> None: ...


@dataclass(slots=True)
class Again:
    """A record that was refused by our rules, on this day. `since`: whence it would be read again; the earliest of
    several stands first."""

    wanted: Wanted
    mark: str
    since: Position
    said: str
    day: date
    at: datetime  # of the next try
    tries: int = 1  # so far


class RecordPoller(Poller):
    def __init__(self, opening: Opening, mapping: FieldMap, source: RecordSource, seconds: float) -> None:
        """Raises NotReady."""
        self.seconds = seconds
        self._opening = opening
        self._mapping = mapping
        self._source = source
        self._here = Here(opening)
        self._position: Position | None = None
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._again: dict[str, Again] = {}  # by their id, in the order in which they were refused
        self._kept: Position = {}

    async def look(self) -> Looked:
        """Raises Undelivered, Unavailable: what was not dealt with is asked for again."""
        looked = Looked()
        if self._position is None:
            self._position = self._kept = await read_position(self._opening.house.database, self._opening.connection)
        await self._try_again(looked)
        since = self._position
        async for batch in self._source.pull(since):
            for record in batch.records:
                await self._take(record, since, looked)
            if batch.position is not None:
                self._position = since = batch.position
                await self._keep_position()
        return looked

    async def close(self) -> None:
        await self._source.close()

    async def _take(self, record: Record, since: Position, looked: Looked) -> None:
        digest = digest_of(record)
        if digest in self._seen:
            self._seen.move_to_end(digest)
            return
        try:
            wanted = read_record(self._mapping, record, {one.id: one for one in self._opening.branches()})
        except Unmapped as error:
            self._refuse(looked, f"{_name_of(self._mapping, record)}: {error}")
        else:
            self._again.pop(wanted.id, None)  # this one says it anew
            await self._settle(wanted, f"{wanted.id}:{digest}", since, looked)
        self._seen[digest] = None
        if len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)

    async def _settle(self, wanted: Wanted, mark: str, since: Position, looked: Looked) -> None:
        before = self._again.get(wanted.id)
        try:
            outcome = await settle(wanted, self._here, mark)
        except (Unmapped, Refusal) as refusal:
            said = f"{wanted.id}: {refusal}"
            if before is None or before.said != said:
                self._refuse(looked, said)
            if isinstance(refusal, Refused):
                self._again[wanted.id] = self._later(
                    before or Again(wanted, mark, since, said, *self._now(wanted)), said
                )
                return
        else:
            looked.taken += bool(outcome.done)
        self._again.pop(wanted.id, None)

    def _now(self, wanted: Wanted) -> tuple[date, datetime]:
        return self._here.today(wanted.branch), self._opening.house.floors.clock()

    def _later(self, again: Again, said: str) -> Again:
        """More and more seldom."""
        wait = min(TRY_AGAIN * 2 ** min(again.tries - 1, 10), LONGEST)
        return replace(again, said=said, at=self._opening.house.floors.clock() + wait, tries=again.tries + 1)

    async def _try_again(self, looked: Looked) -> None:
        now = self._opening.house.floors.clock()
        for again in [each for each in self._again.values() if each.at <= now]:
            if is_over(again.wanted, again.day, self._here.today(again.wanted.branch)):
                del self._again[again.wanted.id]
                continue
            await self._settle(again.wanted, again.mark, again.since, looked)
        await self._keep_position()

    def _refuse(self, looked: Looked, said: str) -> None:
        log.warning("%s: %s", self._opening.connection, said)
        looked.refused.append(said)

    async def _keep_position(self) -> None:
        """What waits for another try is read again by whoever begins at it."""
        assert self._position is not None
        wanted = next((each.since for each in self._again.values()), self._position)
        if wanted != self._kept:
            await write_position(self._opening.house.database, self._opening.connection, wanted)
            self._kept = wanted


def digest_of(record: Record) -> str:
    """The same for the same content."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=repr).encode()).hexdigest()[:32]


def _name_of(mapping: FieldMap, record: Record) -> str:
    """By which somebody finds it again."""
    try:
        return told(read_text(mapping.id, record, "id")) or "?"
    except Unmapped:
        return "?"


async def read_position(database: Database, name: str) -> Position:
    """Raises Unavailable."""
    mine = select(positions.c.position).where(positions.c.connection == name)
    found = await database.read(lambda connection: connection.execute(mine).scalar())
    return json.loads(found) if found else {}


async def write_position(database: Database, name: str, position: Position) -> None:
    """Raises Unavailable."""
    text = json.dumps(position)

    def work(connection: Connection) -> None:
        mine = update(positions).where(positions.c.connection == name)
        if connection.execute(mine.values(position=text)).rowcount == 0:
            connection.execute(insert(positions).values(connection=name, position=text))

    await database.write(work)
