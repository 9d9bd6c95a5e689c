"""`append` and `read`. What `append` has returned from is on the disk, whatever happens next."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, delete, func, insert, literal, select, union_all
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from queue_service.database import Unavailable
from queue_service.domain.events import Entry, from_ms, read_event, to_ms
from queue_service.journal.appends import Append, Basis, KnownAnswer, Place, Request, judge
from queue_service.journal.tables import entries, epochs, idempotency_keys

log = logging.getLogger("antrean.journal")

MOST_PLACES = 200  # looked at by one query: SQLite takes no more than 500 parts
LARGEST_COMMIT = MOST_PLACES  # appends
KEYS_KEPT = timedelta(hours=24)
_TRIES = 5


class JournalUnavailable(Unavailable):
    """Whether what was asked has been written is not known; the journal will tell."""


class Journal:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: list[Append] = []
        self._writer: asyncio.Task[None] | None = None

    def append(
        self,
        place: Place,
        after: int,
        new: Sequence[Entry],
        basis: Basis,
        at: datetime,
        request: Request | None = None,
        answer: Any = None,
    ) -> asyncio.Future[None]:
        """Takes its place in line at once, before anything is awaited; the future is done when it is durable.

        Fails with Conflict, Replayed, KeyReused or JournalUnavailable; then nothing of it was written
        (JournalUnavailable: nothing, unless the connection broke during the commit itself).
        """
        append = Append(place, after, new, basis, at, request, answer)
        self._waiting.append(append)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_waiting())
        return append.done

    async def read(self, place: Place, after: int = 0) -> list[Entry]:
        query = select(entries.c.seq, entries.c.at_ms, entries.c.by, entries.c.kind, entries.c.fields).where(
            entries.c.branch == place[0], entries.c.day == place[1], entries.c.seq > after
        )
        rows = await self._fetch(query.order_by(entries.c.seq))
        return [Entry(seq, from_ms(at), by, read_event(kind, json.loads(text))) for seq, at, by, kind, text in rows]

    async def ends(self, places: Collection[Place]) -> dict[Place, int]:
        """The last seq of each journal; 0 for one without entries."""
        wanted = list(places)
        found: list[Any] = []
        for start in range(0, len(wanted), MOST_PLACES):
            found += await self._fetch(_ends(wanted[start : start + MOST_PLACES]))
        return {(branch, day): seq for branch, day, seq in found}

    async def find_answer(self, request: Request) -> Exception | None:
        """Replayed or KeyReused when the key was used in the last 24 hours."""
        rows = await self._fetch(_answers([request.key]))
        return KnownAnswer(rows[0].fingerprint, rows[0].answer).verdict_on(request) if rows else None

    async def forget_keys(self, now: datetime) -> None:
        statement = delete(idempotency_keys).where(idempotency_keys.c.at_ms < to_ms(now - KEYS_KEPT))
        try:
            async with self._engine.begin() as connection:
                await connection.execute(statement)
        except (SQLAlchemyError, OSError) as error:
            raise JournalUnavailable(str(error)) from error

    async def epoch(self) -> str:
        """A word that changes when this journal is replaced by an older copy of itself."""
        query = select(epochs.c.epoch).where(epochs.c.name == "journal")
        async with self._engine.begin() as connection:
            epoch = (await connection.execute(query)).scalar()
            if epoch is None:
                epoch = secrets.token_hex(4)
                await connection.execute(insert(epochs).values(name="journal", epoch=epoch))
        return str(epoch)

    async def close(self) -> None:
        """Waits for what is being written."""
        if self._writer is not None:
            await self._writer

    async def _fetch(self, query: Any) -> Sequence[Any]:
        try:
            async with self._reading.connect() as connection:
                return (await connection.execute(query)).all()
        except (SQLAlchemyError, OSError) as error:
            raise JournalUnavailable(str(error)) from error

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_COMMIT], self._waiting[LARGEST_COMMIT:]
            await self._write(batch)
            for append in batch:
                append.settle()

    async def _write(self, batch: Sequence[Append]) -> None:
        try:
            for _ in range(_TRIES):
                try:
                    return await self._commit(batch)
                except IntegrityError:  # another worker was quicker; who lost is found by looking again
                    continue
            raise JournalUnavailable("Too many others write to this journal.")
        except Exception as error:  # nobody may be left waiting for an answer
            if not isinstance(error, (DBAPIError, OSError, Unavailable)):
                log.exception("A commit failed in an unforeseen way")
            for append in batch:
                append.basis.is_broken = True
                append.verdict = JournalUnavailable(str(error))

    async def _commit(self, batch: Sequence[Append]) -> None:
        async with self._engine.begin() as connection:
            accepted = judge(batch, *await _what_is_there(connection, batch))
            if rows := [row for append in accepted for row in append.rows]:
                await connection.execute(insert(entries), rows)
            if keys := [append.key_row for append in accepted if append.request is not None]:
                await connection.execute(insert(idempotency_keys), keys)


async def _what_is_there(
    connection: AsyncConnection, batch: Sequence[Append]
) -> tuple[dict[Place, int], dict[str, KnownAnswer]]:
    ends = (await connection.execute(_ends({append.place for append in batch}))).all()
    keys = [append.request.key for append in batch if append.request is not None]
    answers = (await connection.execute(_answers(keys))).all() if keys else []
    return (
        {(branch, day): seq for branch, day, seq in ends},
        {row.key: KnownAnswer(row.fingerprint, row.answer) for row in answers},
    )


def _ends(places: Collection[Place]) -> Any:
    """One look at the end of an index for each place, however long its journal is."""
    return union_all(*(select(literal(branch), literal(day, Date), _end(branch, day)) for branch, day in places))


def _end(branch: str, day: date) -> Any:
    seqs = select(func.max(entries.c.seq)).where(entries.c.branch == branch, entries.c.day == day)
    return func.coalesce(seqs.scalar_subquery(), 0)


def _answers(keys: Sequence[str]) -> Any:
    return select(idempotency_keys).where(idempotency_keys.c.key.in_(keys))
