"""How one part of a connection does, told to everybody: kept in memory and written when it changes, at most every few
seconds, so that a delivery costs nothing."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date
from typing import Self

from integrations.contract import Opening
from queue_service.database import Unavailable
from queue_service.domain.events import to_ms
from queue_service.floors import wall_clock
from queue_service.records.healths import Part, State, Tally, write_health
from queue_service.redaction import redacted

log = logging.getLogger("antrean.integrations")

WRITE_SECONDS = 3.0
QUIET_SECONDS = 60.0  # where nothing is new but that all is still well


class Health:
    def __init__(self, opening: Opening, part: Part) -> None:
        self._opening = opening
        self._part = part
        self._state: State | None = None
        self._since_ms = 0
        self._success_ms: int | None = None
        self._error, self._error_ms = "", 0
        self._taken = self._refused = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def stands(self, state: State) -> None:
        if state is not self._state:
            self._state, self._since_ms = state, to_ms(wall_clock())
            self._write_within(WRITE_SECONDS)

    def took(self) -> None:
        """The other side something from us, or we from it."""
        self._taken += 1
        self._success_ms = to_ms(wall_clock())
        self.stands(State.RUNS)
        self._write_within(WRITE_SECONDS)

    def found_well(self) -> None:
        """It was asked, and there was nothing to be told."""
        self._success_ms = to_ms(wall_clock())
        self.stands(State.RUNS)
        self._write_within(QUIET_SECONDS)

    def was_refused(self, why: object, *, always: bool = False) -> None:
        """`always`: as has been one thing after the other before."""
        self._refused += 1
        self._fail(State.REFUSES if always else State.RUNS, why)

    def is_away(self, why: object) -> None:
        self._fail(State.AWAY, why)

    def is_not_ready(self, why: object) -> None:
        self._fail(State.NOT_READY, why)

    def _fail(self, state: State, why: object) -> None:
        self._error, self._error_ms = redacted(str(why)), to_ms(wall_clock())
        self.stands(state)
        self._write_within(WRITE_SECONDS)

    def _write_within(self, seconds: float) -> None:
        if self._is_closed:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._begin_to_write)

    def _begin_to_write(self) -> None:
        self._timer = None
        self._writing = asyncio.create_task(self.write())

    async def write(self) -> None:
        """All that is new."""
        if self._state is None:
            return
        tally = Tally(
            part=self._part,
            state=self._state,
            since_ms=self._since_ms,
            day=self._day(),
            success_ms=self._success_ms,
            error=self._error,
            error_ms=self._error_ms or None,
            taken=self._taken,
            refused=self._refused,
        )
        try:
            name = self._opening.connection
            await self._opening.house.database.write(lambda connection: write_health(connection, name, tally))
        except Unavailable as error:
            log.warning("How %s does is not written: %s", self._opening.connection, error)
            self._write_within(WRITE_SECONDS)
            return
        self._taken -= tally.taken
        self._refused -= tally.refused

    def _day(self) -> date:
        now = wall_clock()
        branches = self._opening.branches()
        return branches[0].day_of(now) if branches else now.astimezone(UTC).date()

    async def close(self) -> None:
        self._is_closed = True
        if self._writing is not None:
            await self._writing
        if self._timer is not None:
            self._timer.cancel()
            await self.write()
