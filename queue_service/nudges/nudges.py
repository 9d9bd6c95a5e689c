from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from queue_service.journal.appends import Place

if TYPE_CHECKING:
    from queue_service.nudges.lines import Line, Lines

log = logging.getLogger("antrean.nudges")

CHANNEL = "antrean:nudges:{branch}"
CANARY_SECONDS = 1.0  # between two words to ourselves
GATHER_SECONDS = 0.01  # many changes of a busy branch become one nudge
LONGEST_REST_SECONDS = 5.0  # between two tries to reach Redis


Hear = Callable[[Place, int], None]


class Hearing(StrEnum):
    OFF = "off"  # there is no Redis
    GOOD = "good"
    DEAF = "deaf"  # there is one, and nothing is heard from it


@dataclass(slots=True)
class Counts:
    sent: int = 0
    heard: int = 0  # from other processes
    sessions: int = 0  # ever begun; each after the first follows a fault


class Nudges:
    """Between this process and the others. `hear` is called with what they say; it may not wait, nor fail."""

    def __init__(self, address: str | None, hear: Hear) -> None:
        self.hearing = Hearing.OFF if address is None else Hearing.DEAF
        self.counts = Counts()
        self._address = address
        self._hearers = [hear]
        self._tellers: list[Hear] = []
        self._me = secrets.token_hex(4)
        self._branches: set[str] = set()  # that we want to hear of
        self._untold: dict[Place, int] = {}
        self._news = asyncio.Event()  # something is untold, or somebody not followed yet
        self._tries = 0  # since anything was last heard
        self._is_over = False

    def tell(self, place: Place, seq: int) -> None:
        """The others, that this journal has come so far. Takes no time, and cannot fail."""
        for hear in self._tellers:
            hear(place, seq)
        if self._address is not None:
            self._untold[place] = seq
            self._news.set()

    def listen(self, hear: Hear) -> None:
        """To be told as well, also of what this process tells the others. It may not wait, nor fail."""
        self._hearers.append(hear)
        self._tellers.append(hear)

    def follow(self, branch: str) -> None:
        """From now on `hear` is told of it."""
        self._branches.add(branch)
        self._news.set()

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """While this lasts, nudges come and go."""
        talking = asyncio.create_task(self._talk(self._address)) if self._address is not None else None
        try:
            yield
        finally:
            self._is_over = True
            self._news.set()
            while talking is not None and not talking.done():
                talking.cancel()
                await asyncio.wait([talking], timeout=0.1)

    # A connection that is being made or spoken to may swallow a cancellation, and a task group whose members fail just
    # then forgets that it was cancelled: so each loop looks for itself whether all is over.

    async def _talk(self, address: str) -> None:
        # Loaded where there is a Redis, and only there: it takes as long as a quarter of all the rest.
        from redis.exceptions import RedisError

        from queue_service.nudges.lines import Deaf

        while not self._is_over:
            try:
                await self._converse(address)
            except* (RedisError, OSError, Deaf) as faults:
                if self._tries == 0 and not self._is_over:
                    log.warning("Redis is not heard; the journal is looked at instead: %r", faults.exceptions)
            self.hearing = Hearing.DEAF
            self._tries += 1
            # Drawn: not all workers are to come back to a Redis that has just begun again in the same moment.
            longest = min(LONGEST_REST_SECONDS, 0.1 * 2 ** min(self._tries, 10))
            await self._rest(random.uniform(0, longest))  # noqa: S311 - no secret

    async def _rest(self, seconds: float) -> None:
        if not self._is_over:
            await asyncio.sleep(seconds)

    async def _converse(self, address: str) -> None:
        from queue_service.nudges.lines import open_lines

        async with open_lines(address, f"antrean:canary:{self._me}") as lines, asyncio.TaskGroup() as group:
            self.counts.sessions += 1
            for line in lines.all:
                await line.subscribe([line.canary])
                group.create_task(self._listen(line, lines))
                group.create_task(self._sing(line))
            group.create_task(self._speak(lines))

    async def _listen(self, line: Line, lines: Lines) -> None:
        async for message in line.messages():
            if self._is_over:
                return
            if self.hearing is Hearing.DEAF and all(one.is_heard for one in lines.all):
                self.hearing, self._tries = Hearing.GOOD, 0
                log.info("Redis carries nudges.")
            if message["data"]:
                self._take(message["data"])

    def _take(self, said: bytes) -> None:
        try:
            sender, day, seq, branch = said.decode().split(" ", 3)
            place, end = (branch, date.fromisoformat(day)), int(seq)
        except ValueError:
            return  # none of ours
        if sender != self._me:
            self.counts.heard += 1
            for hear in self._hearers:
                hear(place, end)

    async def _speak(self, lines: Lines) -> None:
        followed: set[str] = set()
        while not self._is_over:
            self._news.clear()
            for branch in self._branches - followed:
                channel = CHANNEL.format(branch=branch)
                await lines.of(channel).subscribe([channel])
                followed.add(branch)
            untold, self._untold = self._untold, {}
            by_line: dict[Line, list[tuple[str, str]]] = {}
            for (branch, day), seq in untold.items():
                channel = CHANNEL.format(branch=branch)
                said = f"{self._me} {day.isoformat()} {seq} {branch}"
                by_line.setdefault(lines.of(channel), []).append((channel, said))
            for line, messages in by_line.items():
                await line.say(messages)
            self.counts.sent += len(untold)
            await self._rest(GATHER_SECONDS)
            await self._news.wait()

    async def _sing(self, line: Line) -> None:
        """As a canary does: while we hear ourselves we would hear the others."""
        while not self._is_over:
            await line.say([(line.canary, "")])
            await self._rest(CANARY_SECONDS)
