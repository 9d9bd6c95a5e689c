"""`antrean integrations`: a courier for each connection that this process owns, and waiting for the others."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integrations.contract import NotReady, Opening, Outbox, Poller, Sender, system_for
from integrations.courier import LOOK_SECONDS, Courier, Post
from integrations.health import Health
from integrations.ledger import LEASE_SECONDS, Lost, Restored, give_back_lease, take_lease
from integrations.outbox import Messenger
from integrations.polling import pause, poll
from integrations.trying import answer_question, try_out
from queue_service.app import open_house
from queue_service.chores import Chore, doing
from queue_service.database import Unavailable
from queue_service.journal.appends import Place
from queue_service.logs import write_logs
from queue_service.records.connections import KnownConnection, read_connections
from queue_service.records.healths import Part, State, read_tests
from queue_service.records.plans import ConnectionPlan
from queue_service.records.questions import read_asked
from queue_service.settings import Settings
from queue_service.web.house import House

log = logging.getLogger("antrean.integrations")

RENEW_SECONDS = 10
LOOKED = "integrations.looked"  # in the data folder; touched each time that the database was looked at


@dataclass(eq=False)
class Tended:
    """A connection that this process serves, or would serve if nobody else did."""

    version: int
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    courier: Courier | None = None
    task: asyncio.Task[None] | None = None

    def end(self) -> None:
        self.stopping.set()
        if self.courier:
            self.courier.end()


class Office:
    """`looked`: touched each time that the database was looked at."""

    def __init__(self, house: House, environment: Mapping[str, str], looked: Path | None = None) -> None:
        self._house = house
        self._environment = environment
        self._looked = looked
        self._followed: set[str] = set()
        self._tended: dict[str, Tended] = {}
        self._ending: set[Tended] = set()
        self._trying: set[asyncio.Task[None]] = set()
        self._me = f"{socket.gethostname()[:40]}:{os.getpid()}"
        house.nudges.listen(self._hear)

    async def look(self) -> None:
        """To be done every second: what is set up, and by that who is to be tended. Raises Unavailable."""
        for branch in self._house.branches.all.keys() - self._followed:
            self._house.nudges.follow(branch)
            self._followed.add(branch)
        known = {each.plan.id: each for each in await self._house.database.read(read_connections)}
        for name, tended in list(self._tended.items()):
            if name not in known or known[name].version != tended.version:
                self._stop(name)
        for name, each in known.items():
            if name not in self._tended:
                self._begin(each)
        await self._try_what_is_wanted(known)
        if self._looked:
            self._looked.touch()

    async def _try_what_is_wanted(self, known: Mapping[str, KnownConnection]) -> None:
        """By people, who wait for it."""
        tests, asked = await self._house.database.read(lambda c: (read_tests(c), read_asked(c)))
        for name in tests:
            if name in known:
                self._try(try_out(known[name].plan, self._house, self._environment))
        for name, day in asked:
            if name in known:
                self._try(answer_question(known[name].plan, self._house, self._environment, day))

    def _try(self, what: Coroutine[Any, Any, None]) -> None:
        trying = asyncio.create_task(what)
        self._trying.add(trying)
        trying.add_done_callback(self._trying.discard)

    async def close(self) -> None:
        for name in list(self._tended):
            self._stop(name)
        await asyncio.gather(*(tended.task for tended in self._ending if tended.task))
        for trying in self._trying:
            trying.cancel()
        await asyncio.gather(*self._trying, return_exceptions=True)

    def _begin(self, known: KnownConnection) -> None:
        tended = self._tended[known.plan.id] = Tended(known.version)
        tended.task = asyncio.create_task(self._tend(known.plan, tended))

    def _stop(self, name: str) -> None:
        tended = self._tended.pop(name)
        tended.end()
        self._ending.add(tended)
        if tended.task:
            tended.task.add_done_callback(lambda _: self._ending.discard(tended))

    def _hear(self, place: Place, end: int) -> None:
        for tended in self._tended.values():
            if tended.courier:
                tended.courier.hear(place, end)

    async def _tend(self, plan: ConnectionPlan, tended: Tended) -> None:
        opening = Opening(plan, self._house, self._environment)
        async with Health(opening, Part.BEGINNING) as beginning:
            try:
                system = system_for(plan)
                sender, outbox, poller = system.sender(opening), system.outbox(opening), system.poller(opening)
            except NotReady as fault:
                log.error("The connection %s does not run: %s", plan.id, fault)
                beginning.is_not_ready(fault)
                return
            beginning.stands(State.RUNS if sender or outbox or poller else State.IDLE)
        # A name of its own: when the plan changes, the next of this process waits as any other would.
        me = f"{self._me}:{secrets.token_hex(4)}"
        post = Post(opening, sender, system.attempts, me)
        try:
            while not tended.stopping.is_set() and (sender or outbox or poller):
                await self._serve_if_ours(post, outbox, poller, tended)
                await pause(LOOK_SECONDS, tended.stopping)
        finally:
            for each in (sender, outbox, poller):
                if each:
                    await each.close()

    async def _serve_if_ours(self, post: Post, outbox: Outbox | None, poller: Poller | None, tended: Tended) -> None:
        try:
            async with leased(post) as is_ours:
                if is_ours:
                    log.info("This process delivers for %s.", post.name)
                    async with asyncio.TaskGroup() as ways:
                        if post.sender:
                            ways.create_task(self._deliver(post, post.sender, tended))
                        if outbox:
                            ways.create_task(self._empty(post, outbox, tended))
                        if poller:
                            ways.create_task(self._poll(post, poller, tended))
        except* (Lost, TimeoutError):
            log.warning("This process no longer delivers for %s: another may, or it is gone.", post.name)
        except* Restored:
            log.warning("A backup was restored: %s goes on from there.", post.name)
        except* Unavailable as errors:
            log.warning("%s waits for the database: %s", post.name, errors.exceptions[0])
        except* Exception:  # a fault in one connection must not end the others
            log.exception("Delivering for %s failed", post.name)
        finally:
            tended.courier = None

    async def _deliver(self, post: Post, sender: Sender, tended: Tended) -> None:
        async with Health(post.opening, Part.OUT) as health:
            health.stands(State.RUNS)
            tended.courier = await Courier.at_work(post, sender, health)
            await tended.courier.run(tended.stopping)

    async def _empty(self, post: Post, outbox: Outbox, tended: Tended) -> None:
        async with Health(post.opening, Part.BOX) as health:
            health.stands(State.RUNS)
            await Messenger(post.name, outbox, post.attempts, health).run(tended.stopping)

    async def _poll(self, post: Post, poller: Poller, tended: Tended) -> None:
        async with Health(post.opening, Part.IN) as health:
            health.stands(State.RUNS)
            await poll(post.name, poller, tended.stopping, health)


@asynccontextmanager
async def leased(post: Post) -> AsyncIterator[bool]:
    """Whether the connection is ours; while it is, this keeps it so. Raises TimeoutError once it may be another's."""
    async with asyncio.timeout(LEASE_SECONDS) as limit:
        if not await post.database.write(lambda connection: take_lease(connection, post.name, post.me)):
            limit.reschedule(None)
            yield False
            return
        renewing = asyncio.create_task(_renew(post, limit))
        try:
            yield True
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])
            with suppress(Unavailable):
                await post.database.write(lambda connection: give_back_lease(connection, post.name, post.me))


async def _renew(post: Post, limit: asyncio.Timeout) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        asked = asyncio.get_running_loop().time()
        try:
            is_ours = await post.database.write(lambda connection: take_lease(connection, post.name, post.me))
        except Unavailable as error:
            log.warning("The lease of %s is not renewed: %s", post.name, error)
        else:
            with suppress(RuntimeError):  # too late: it has ended meanwhile
                limit.reschedule(asked + LEASE_SECONDS if is_ours else asked)


@asynccontextmanager
async def tending(
    house: House, looked: Path | None = None, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[None]:
    """While this lasts, the connections of this installation are served, as far as nobody else does."""
    office = Office(house, environment, looked)
    try:
        async with doing(Chore("Looking at the connections", office.look, lambda: LOOK_SECONDS)):
            yield
    finally:
        await office.close()


async def run_integrations() -> None:
    """Until a signal comes."""
    settings = Settings.from_environment()
    write_logs(settings.logs)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with open_house(settings) as house, tending(house, settings.data_dir / LOOKED):
        log.info("Antrean delivers to other systems.")
        await stopping.wait()
