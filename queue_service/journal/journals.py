"""`append` and `read`. What `append` has returned from is on the disk, whatever happens next."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from queue_service.database import Database, Unavailable
from queue_service.domain.entries import read_event
from queue_service.domain.events import Entry, from_ms, to_ms
from queue_service.journal.appends import Append, Basis, Beside, Change, Conflict, KnownAnswer, Place, Request, judge
from queue_service.journal.claims import Claim, Key, Ticket, forget_claims, held_claims, write_claims
from queue_service.journal.ends import ends_of, ends_to_write_at, wait_for
from queue_service.journal.epochs import EPOCH, begin_first_epoch, epoch_now, insert_in_epoch
from queue_service.journal.tables import entries, idempotency_keys
from queue_service.meters import commit
from queue_service.traces import batch_span

log = logging.getLogger("antrean.journal")

LARGEST_COMMIT = 200  # appends
KEYS_KEPT = timedelta(hours=24)
_TRIES = 5
_ROUNDS = 2  # of the event loop: what has arrived by now is read in one and decided in the next, and shares the commit

_COLUMNS = (entries.c.seq, entries.c.at_ms, entries.c.by, entries.c.kind, entries.c.fields)
_OF_PLACE = (entries.c.branch == bindparam("branch"), entries.c.day == bindparam("day"))
# Kept, so that nothing has to be compiled again: these are asked for every commit.
_NOW = EPOCH.subquery()
_READ = (
    select(_NOW.c.epoch, *_COLUMNS)
    .select_from(_NOW.outerjoin(entries, and_(*_OF_PLACE, entries.c.seq > bindparam("after"))))
    .order_by(entries.c.seq)
)
_ANSWERS = select(idempotency_keys).where(idempotency_keys.c.key.in_(bindparam("keys", expanding=True)))

# From what has been missed, the answers that are known, and who has the claims that are wanted.
Decide = Callable[[Sequence[Entry], Mapping[str, KnownAnswer], Mapping[Key, Ticket]], Sequence[Change]]


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database
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
        beside: Beside | None = None,
    ) -> asyncio.Future[None]:
        """Takes its place in line at once, before anything is awaited; the future is done when it is durable.

        Fails with Conflict, Claimed, Replayed, KeyReused or Unavailable; then nothing of it was written (Unavailable:
        nothing, unless the connection broke during the commit itself).
        """
        append = Append(Change(place, new, at, request, answer, beside), after, basis)
        self._waiting.append(append)
        basis.newest = append.done
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_waiting())
        return append.done

    async def take_turn(
        self,
        place: Place,
        after: int,
        keys: Sequence[str],
        decide: Decide,
        epoch: str = "",
        claims: Sequence[Claim] = (),
    ) -> None:
        """Whoever wants to write here takes turns in the order in which they came.

        `decide` is given what has been written since `after`, and which of the keys and of the claims are known; what
        it makes of them is durable once this returns. Raises Conflict (one of them was used elsewhere meanwhile, or
        `after` is of another epoch) or Unavailable; then nothing was written.
        """

        def work(connection: Connection) -> None:
            wait_for(connection, place)
            found, missed = read_entries(connection, place, after)
            if found != epoch:
                raise Conflict
            known = _answers(connection, keys) if keys else {}
            made.extend(decide(missed, known, held_claims(connection, claims)))
            _insert(connection, made, epoch)

        made: list[Change] = []
        try:
            with commit(made), batch_span("turn", ()):
                await self._database.write(work)
        except IntegrityError as error:
            raise Conflict from error

    async def read(self, place: Place, after: int = 0) -> list[Entry]:
        return (await self.read_with_epoch(place, after))[1]

    async def read_with_epoch(self, place: Place, after: int = 0) -> tuple[str, list[Entry]]:
        """In another epoch than that of the entries before them, these are no continuation."""
        return await self._database.read(lambda connection: read_entries(connection, place, after))

    async def ends(self, places: Collection[Place]) -> dict[Place, int]:
        """The last seq of each journal; 0 for one without entries."""
        return await self._database.read(lambda connection: ends_of(connection, places))

    async def days_from(self, branch: str, day: date) -> list[date]:
        """Of this branch, on which something was written, this one or later ones."""
        days = select(entries.c.day).where(entries.c.branch == branch, entries.c.day >= day).distinct()
        return await self._database.read(lambda connection: sorted(connection.execute(days).scalars()))

    async def find_answer(self, request: Request) -> Exception | None:
        """Replayed or KeyReused when the key was used in the last 24 hours."""
        known = await self._database.read(lambda connection: _answers(connection, [request.key]))
        return known[request.key].verdict_on(request) if known else None

    async def forget_keys(self, now: datetime) -> None:
        statement = delete(idempotency_keys).where(idempotency_keys.c.at_ms < to_ms(now - KEYS_KEPT))
        await self._database.write(lambda connection: connection.execute(statement))

    async def forget_claims(self, before: date) -> None:
        await self._database.write(lambda connection: forget_claims(connection, before))

    async def epoch(self) -> str:
        """A word that changes when this journal is replaced by an older copy of itself."""
        if known := await self._database.read(epoch_now):
            return known
        try:
            return await self._database.write(_epoch)
        except IntegrityError:  # another worker has begun in the same moment, and its word counts
            return await self._database.write(_epoch)

    async def close(self) -> None:
        """Waits for what is being written."""
        if self._writer is not None:
            await self._writer

    async def _write_waiting(self) -> None:
        while self._waiting:
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting[:LARGEST_COMMIT], self._waiting[LARGEST_COMMIT:]
            with commit(batch), batch_span("commit", [append.cause for append in batch], appends=len(batch)):
                await self._write(batch)
            for append in batch:
                append.settle()

    async def _write(self, batch: Sequence[Append]) -> None:
        try:
            for _ in range(_TRIES):
                try:
                    return await self._database.write(lambda connection: _commit(connection, batch))
                except IntegrityError:  # another worker was quicker; who lost is found by looking again
                    continue
            raise Unavailable("Too many others write to this journal.")
        except Exception as error:  # nobody may be left waiting for an answer
            if not isinstance(error, Unavailable):
                log.exception("A commit failed in an unforeseen way")
            for append in batch:
                append.basis.is_broken = True
                append.verdict = Unavailable(str(error))


def _commit(connection: Connection, batch: Sequence[Append]) -> None:
    keys = [append.change.request.key for append in batch if append.change.request is not None]
    known = _answers(connection, keys) if keys else {}
    held = held_claims(connection, [claim for append in batch if (claim := append.change.claim) is not None])
    epoch, ends = ends_to_write_at(connection, sorted({append.change.place for append in batch}))
    _insert(connection, [append.change for append in judge(batch, epoch, ends, known, held)], epoch)


def _insert(connection: Connection, changes: Iterable[Change], epoch: str) -> None:
    # In one order everywhere, so that of two workers with the same rows one waits for the other, and never both.
    changes = sorted(changes, key=_place_and_start)
    if rows := [row for change in changes for row in change.rows]:
        insert_in_epoch(connection, entries, rows, epoch)
    if key_rows := [change.key_row for change in changes if change.request is not None]:
        insert_in_epoch(connection, idempotency_keys, sorted(key_rows, key=itemgetter("key")), epoch)
    _write_beside(connection, [change for change in changes if change.beside is not None and change.entries])


def _write_beside(connection: Connection, changes: Iterable[Change]) -> None:
    write_claims(connection, [(claim, change.ticket) for change in changes if (claim := change.claim) is not None])
    for change in changes:
        assert change.beside is not None
        change.beside.write(connection, change.place, change.entries)


def _place_and_start(change: Change) -> tuple[Place, int]:
    return change.place, change.entries[0].seq if change.entries else 0


def read_entries(connection: Connection, place: Place, after: int = 0) -> tuple[str, list[Entry]]:
    """With the epoch that they are of."""
    rows = connection.execute(_READ, {"branch": place[0], "day": place[1], "after": after}).all()
    return rows[0].epoch, [
        Entry(seq, from_ms(at), by, read_event(kind, json.loads(text)))
        for _, seq, at, by, kind, text in rows
        if seq is not None  # after the end the epoch stands alone
    ]


def _answers(connection: Connection, keys: Sequence[str]) -> dict[str, KnownAnswer]:
    rows = connection.execute(_ANSWERS, {"keys": keys}).all()
    return {row.key: KnownAnswer(row.fingerprint, row.answer) for row in rows}


def _epoch(connection: Connection) -> str:
    return epoch_now(connection) or begin_first_epoch(connection)
