"""Empties an outbox for as long as the connection is ours: one thing after the other, again and again what was not
taken, and aloud what is not wanted."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass, replace
from datetime import date

from integrations.contract import Outbox, Undelivered
from integrations.courier import SEND_SECONDS
from integrations.health import Health
from integrations.patience import Allowance, Breaker, is_given_up, rest_seconds
from integrations.polling import pause
from queue_service.database import Unavailable

log = logging.getLogger("antrean.integrations")

LOOK_SECONDS = 2.0
_NO_DAY = date.min  # what waits here is of no branch's day


@dataclass(frozen=True, slots=True)
class Try:
    failures: int = 0
    refusals: int = 0
    next_at: float = 0.0


class Messenger:
    def __init__(self, name: str, outbox: Outbox, attempts: int, health: Health) -> None:
        self._name = name
        self._outbox = outbox
        self._attempts = attempts
        self._health = health
        self._breaker = Breaker()
        self._tries: dict[str, Try] = {}  # of what waits; after a restart each is tried at once

    async def run(self, stopping: asyncio.Event) -> None:
        """Until it is to stop; what is under way is finished."""
        while not stopping.is_set():
            try:
                await self._round(stopping)
            except Unavailable as error:
                log.warning("%s waits for the database: %s", self._name, error)
            await pause(LOOK_SECONDS, stopping)

    async def _round(self, stopping: asyncio.Event) -> None:
        waiting = await self._outbox.waiting()
        self._tries = {id_: self._tries.get(id_, Try()) for id_ in waiting}
        for id_ in waiting:
            now = time.monotonic()
            if stopping.is_set() or self._breaker.allowance(now) is Allowance.NONE:
                return
            if self._tries[id_].next_at <= now:
                await self._send(id_)

    async def _send(self, id_: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._outbox.send(id_)
        except Undelivered as error:
            await self._fail(id_, error)
        except TimeoutError:
            await self._fail(id_, Undelivered(f"no answer within {SEND_SECONDS:.0f} seconds"))
        except Unavailable:
            raise
        except Exception as error:
            log.exception("%s: %s failed in an unforeseen way", self._name, id_)
            await self._fail(id_, Undelivered(f"a fault of our own: {error!r}"))
        else:
            self._breaker = self._breaker.after_delivery(time.monotonic())
            self._health.took()

    async def _fail(self, id_: str, why: Undelivered) -> None:
        now, draw, before = time.monotonic(), random.random(), self._tries[id_]  # noqa: S311 - no secret
        if why.is_refused:
            self._health.was_refused(why)
            self._breaker = self._breaker.after_refusal((("", _NO_DAY), id_), now, draw)
        else:
            self._health.is_away(why)
            self._breaker = self._breaker.after_silence(now, draw, why.rest_seconds)
        failures, refusals = before.failures + 1, before.refusals + why.is_refused
        # While it is away it is nobody's fault here: only what it refuses is given up.
        if refusals and is_given_up(0, refusals, 1 if why.is_final else self._attempts):
            log.error("%s: %s is given up: %s", self._name, id_, why)
            await self._outbox.give_up(id_, why)
            return
        rest = max(rest_seconds(failures, draw), why.rest_seconds or 0)
        self._tries[id_] = replace(before, failures=failures, refusals=refusals, next_at=now + rest)
