"""Delivers for one connection, as long as it owns it: at least once, each lane in order, lanes side by side."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from integrations import ledger
from integrations.contract import Item, Opening, Sender, Undelivered
from integrations.health import Health
from integrations.lanes import Lane, Parked, Window, lane_of
from integrations.patience import Allowance, Breaker, is_given_up, rest_seconds
from queue_service.backlogs import first_days, read_cursors
from queue_service.database import Database, Unavailable
from queue_service.domain.events import to_ms
from queue_service.floors import wall_clock
from queue_service.journal.appends import Place
from queue_service.journal.days import ends_since
from queue_service.journal.epochs import epoch_now
from queue_service.records.deliveries import Parking

log = logging.getLogger("antrean.integrations")

PARALLEL = 16  # deliveries under way
WINDOW = 256  # entries in memory, whatever waits in the journals
READ_AT_ONCE = 32  # so that no branch has the window for itself
LOOK_SECONDS = 1.0
SEND_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Post:
    """A connection, ready to be served, and who serves it."""

    opening: Opening
    sender: Sender | None
    attempts: int
    me: str

    @property
    def name(self) -> str:
        return self.opening.connection

    @property
    def database(self) -> Database:
        return self.opening.house.database


@dataclass(frozen=True, slots=True)
class Job:
    """`parked`: from among the deliveries; else it comes from the window."""

    item: Item
    parked: Parked | None = None


Outcome = tuple[Job, Undelivered | bool]  # what went wrong, or whether the other side was told anything


def _now_ms() -> int:
    return to_ms(wall_clock())


class Courier:
    def __init__(self, post: Post, sender: Sender, health: Health, epoch: str, cursors: Mapping[Place, int]) -> None:
        self._post = post
        self._sender = sender
        self._health = health
        self._database = post.database
        self._epoch = epoch
        self._window = Window(cursors)
        self._breaker = Breaker()
        self._ends: dict[Place, int] = {}
        self._due: deque[Parked] = deque()
        self._due_lanes: set[Lane] = set()  # of the deliveries, those that were picked and not written since
        self._is_due_known = False
        self._next_due_ms: float = math.inf  # of what failed since it was last asked what is due
        self._outcomes: list[Outcome] = []
        self._retried: list[Parked | Item] = []  # to be written: what failed again, and what was taken at last
        self._sending: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._looked = 0.0
        self._turn = 0  # so that a probe comes from the window and from the deliveries by turns

    @classmethod
    async def at_work(cls, post: Post, sender: Sender, health: Health) -> Courier:
        """Raises Unavailable."""

        def read(connection: Connection) -> tuple[str, dict[Place, int]]:
            epoch, cursors = epoch_now(connection), read_cursors(connection, post.name)
            ends = ends_since(connection, first_days(cursors))
            beyond = {place: ends.get(place, 0) for place, seq in cursors.items() if seq > ends.get(place, 0)}
            if beyond:  # a restore has taken away what was delivered; what takes its place is to be delivered too
                log.warning("%s goes on from where the restored journals end: %s", post.name, sorted(beyond))
            return epoch, {**cursors, **beyond}

        return cls(post, sender, health, *await post.database.read(read))

    def hear(self, place: Place, end: int) -> None:
        """A nudge. It counts only for what is followed here."""
        if self._ends.get(place, end) < end:
            self._ends[place] = end
            self._news.set()

    def end(self) -> None:
        self._news.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until it is to stop; what is under way is finished. Raises Lost, Restored."""
        try:
            while not stopping.is_set() or self._sending or self._outcomes or self._retried:
                try:
                    await self._round(is_last=stopping.is_set())
                except Unavailable as error:
                    log.warning("%s waits for the database: %s", self._post.name, error)
                    await asyncio.sleep(LOOK_SECONDS)
                await self._rest(LOOK_SECONDS if stopping.is_set() else self._seconds_to_next())
        finally:
            for task in self._sending:
                task.cancel()
            if self._sending:
                await asyncio.wait(self._sending)

    async def _round(self, *, is_last: bool) -> None:
        self._judge()
        now = time.monotonic()
        if not is_last:
            self._start(self._breaker.allowance(now))  # what is next need not wait until this is durable
        await self._write()
        if is_last:
            return
        if now >= self._looked + LOOK_SECONDS:
            await self._look()
            self._looked, self._is_due_known = now, False
        if _now_ms() >= self._next_due_ms:
            self._is_due_known, self._next_due_ms = False, math.inf
        allowance = self._breaker.allowance(now)
        if allowance is not Allowance.NONE:
            await self._read()
            await self._pick_due(allowance)
        self._start(allowance)

    def _seconds_to_next(self) -> float:
        return min(self._looked + LOOK_SECONDS - time.monotonic(), (self._next_due_ms - _now_ms()) / 1000)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._news.wait()
        self._news.clear()

    # From the journals

    async def _look(self) -> None:
        first = first_days(self._window.cursors)
        if not {branch.id for branch in self._post.opening.branches()} <= first.keys():
            await self._take_up_branches()
            first = first_days(self._window.cursors)
        covered = {branch.id: first[branch.id] for branch in self._post.opening.branches() if branch.id in first}

        def read(connection: Connection) -> tuple[str, dict[Place, int]]:
            return epoch_now(connection), ends_since(connection, covered)

        epoch, ends = await self._database.read(read)
        if epoch != self._epoch:
            raise ledger.Restored
        self._ends = ends
        await self._forget_past()

    async def _take_up_branches(self) -> None:
        """That were set up since."""
        read = partial(read_cursors, name=self._post.name)
        known = first_days(self._window.cursors)
        for place, seq in (await self._database.read(read)).items():
            if place[0] not in known:
                self._window.begin(place, seq)

    async def _forget_past(self) -> None:
        """Journals of days that are over for good, and delivered as all before them are: the first cursor of a branch
        says where to begin, and so the last one before whatever is not delivered has to stay."""
        cursors = self._window.cursors
        unfinished = first_days({place: end for place, end in self._ends.items() if cursors.get(place, 0) < end})
        begin = {branch: day for branch, day in sorted(cursors) if day <= unfinished.get(branch, day)}
        over = {branch.id: branch.day_of(wall_clock()) - timedelta(days=1) for branch in self._post.opening.branches()}
        past = [(branch, day) for branch, day in cursors if day < min(begin[branch], over.get(branch, day))]
        if past:
            await self._as_owner(lambda connection: ledger.forget_cursors(connection, self._post.name, past))
            for place in past:
                self._window.forget(place)

    async def _read(self) -> None:
        for place, end in sorted(self._ends.items()):
            if self._window.read_to(place) < end and len(self._window) <= WINDOW - READ_AT_ONCE:
                await self._read_place(place)

    async def _read_place(self, place: Place) -> None:
        after, name = self._window.read_to(place), self._post.name

        def read(connection: Connection) -> tuple[list[Item], set[Lane]]:
            items = list(ledger.read_items(connection, self._epoch, place, after, READ_AT_ONCE))
            return items, ledger.lanes_with_deliveries(connection, name, map(lane_of, items))

        items, parked = await self._database.read(read)
        for item in items:
            if not self._sender.wants(item.kind):
                self._window.skip(item)
            elif lane_of(item) in parked | self._window.failed:
                self._window.add_behind(item)
            else:
                self._window.add(item)
        if items:
            self._news.set()  # there may be more of them

    # From the deliveries

    async def _pick_due(self, allowance: Allowance) -> None:
        if self._due or self._is_due_known:
            return
        until = None if allowance is Allowance.ONE else _now_ms()

        def read(connection: Connection) -> list[Parked]:
            return ledger.read_due(connection, self._post.name, self._epoch, until, PARALLEL)

        found = await self._database.read(read)
        self._due.extend(parked for parked in found if lane_of(parked.item) not in self._due_lanes)
        self._is_due_known = len(found) < PARALLEL or not self._due

    # Out

    def _start(self, allowance: Allowance) -> None:
        if allowance is Allowance.NONE:
            self._due.clear()
            return
        most = min(PARALLEL, self._sender.parallel) if allowance is Allowance.ALL else 1
        while len(self._sending) < most and (job := self._next_job()):
            task = asyncio.create_task(self._send(job))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _next_job(self) -> Job | None:
        self._turn += 1
        for which in (self._turn, self._turn + 1):
            if which % 2 and (item := self._window.start()) is not None:
                return Job(item)
            if not which % 2 and self._due:
                parked = self._due.popleft()
                self._due_lanes.add(lane_of(parked.item))
                return Job(parked.item, parked)
        return None

    async def _send(self, job: Job) -> None:
        outcome: Undelivered | bool
        try:
            async with asyncio.timeout(SEND_SECONDS):
                outcome = await self._sender.send(job.item)
        except Undelivered as error:
            outcome = error
        except TimeoutError:
            outcome = Undelivered(f"no answer within {SEND_SECONDS:.0f} seconds")
        except Exception as error:
            log.exception("%s: delivering failed in an unforeseen way", self._post.name)
            outcome = Undelivered(f"a fault of our own: {error!r}", is_refused=True)
        self._outcomes.append((job, outcome))
        self._news.set()

    # What became of it

    def _judge(self) -> None:
        outcomes, self._outcomes = self._outcomes, []
        for job, outcome in outcomes:
            if isinstance(outcome, bool):
                if outcome:
                    self._breaker = self._breaker.after_delivery(time.monotonic())
                    self._health.took()
                if job.parked is None:
                    self._window.deliver(job.item)
                else:
                    self._retried.append(job.item)
                continue
            parked = self._after_failure(job, outcome)
            if job.parked is None:
                self._window.fail(parked)
            else:
                self._retried.append(parked)

    def _after_failure(self, job: Job, failure: Undelivered) -> Parked:
        was_closed, now_ms, draw = self._breaker.until is None, _now_ms(), random.random()  # noqa: S311 - no secret
        if failure.is_refused:
            self._breaker = self._breaker.after_refusal(lane_of(job.item), time.monotonic(), draw)
        else:
            self._breaker = self._breaker.after_silence(time.monotonic(), draw, failure.rest_seconds)
        is_broken = self._breaker.until is not None
        if failure.is_refused:
            self._health.was_refused(failure, always=is_broken)
        else:
            self._health.is_away(failure)
        if was_closed and is_broken:
            log.warning("%s is left alone for a while: %s", self._post.name, failure)
        before = job.parked or Parked(job.item, since_ms=now_ms)
        # While nothing gets through it is not this item's fault.
        counted = was_closed and not is_broken
        failures, refusals = before.failures + counted, before.refusals + (counted and failure.is_refused)
        rest = max(rest_seconds(failures, draw), failure.rest_seconds or 0)
        is_dead = is_given_up(failures, refusals, 1 if counted and failure.is_final else self._post.attempts)
        if is_dead:
            log.error("%s: entry %s is given up: %s", self._post.name, job.item.id, failure)
        state = Parking.DEAD if is_dead else Parking.WAITING
        next_at_ms = now_ms + int(rest * 1000)
        self._next_due_ms = min(self._next_due_ms, next_at_ms)
        return replace(
            before, state=state, failures=failures, refusals=refusals, next_at_ms=next_at_ms, error=str(failure)
        )

    async def _write(self) -> None:
        """All that is known by now, in one transaction."""
        progress, retried, now_ms = list(self._window.progress()), list(self._retried), _now_ms()
        if not progress and not retried:
            return

        def work(connection: Connection) -> None:
            name = self._post.name
            for each in retried:
                if isinstance(each, Item):
                    ledger.strike_out(connection, name, each, now_ms)
                else:
                    ledger.postpone(connection, name, each)
            for step in progress:
                ledger.write_progress(connection, name, step)

        await self._as_owner(work)
        for step in progress:
            self._window.write_off(step)
        del self._retried[: len(retried)]
        for lane in self._lanes_of(retried):
            self._due_lanes.discard(lane)
        self._is_due_known = False

    def _lanes_of(self, retried: list[Parked | Item]) -> Iterator[Lane]:
        return (lane_of(each if isinstance(each, Item) else each.item) for each in retried)

    async def _as_owner(self, work: Callable[[Connection], None]) -> None:
        """Raises Lost, Restored."""
        post = self._post

        def guarded(connection: Connection) -> None:
            ledger.hold_as_owner(connection, post.name, post.me, self._epoch)
            work(connection)

        await self._database.write(guarded)
