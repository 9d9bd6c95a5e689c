"""What BPJS's register says of clinics, doctors and schedules, kept for a while: it changes by the day, and every
booking asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from integrations.bpjs.calls import Calls, Clinic, Slot
from integrations.bpjs.client import Away

FRESH_SECONDS = 6 * 3600
FRESH_SCHEDULE_SECONDS = 900  # a doctor's day off is told on that very day
MOST_KEPT = 500  # clinics and days, mostly
RETRY_SECONDS = 60  # while BPJS is away; whoever asks meanwhile does not wait for it


@dataclass(slots=True)
class _Kept:
    value: Any = None
    at: float | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class References:
    """`clock`: any that goes on evenly. What is older is told as long as BPJS is away. All raise what Calls raise."""

    def __init__(self, calls: Calls, clock: Callable[[], float]) -> None:
        self._calls = calls
        self._clock = clock
        self._kept: dict[Hashable, _Kept] = {}

    async def clinics(self) -> list[Clinic]:
        found: list[Clinic] = await self._fresh("clinics", FRESH_SECONDS, self._calls.clinics)
        return found

    async def doctors(self) -> dict[int, str]:
        found: dict[int, str] = await self._fresh("doctors", FRESH_SECONDS, self._calls.doctors)
        return found

    async def schedule(self, subspecialty: str, day: date) -> list[Slot]:
        found: list[Slot] = await self._fresh(
            (subspecialty, day), FRESH_SCHEDULE_SECONDS, lambda: self._calls.schedule(subspecialty, day)
        )
        return found

    def forget(self) -> None:
        """Somebody wants to see it as it is now."""
        self._kept.clear()

    async def _fresh(self, what: Hashable, seconds: float, ask: Callable[[], Awaitable[Any]]) -> Any:
        kept = self._kept.setdefault(what, _Kept())
        async with kept.asking:  # those who come meanwhile get the same answer
            if kept.at is None or self._clock() - kept.at >= seconds:
                try:
                    kept.value, kept.at = await ask(), self._clock()
                except Away:
                    if kept.at is None:
                        raise
                    kept.at = self._clock() - seconds + RETRY_SECONDS
        self._drop_oldest()
        return kept.value

    def _drop_oldest(self) -> None:
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
