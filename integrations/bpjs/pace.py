"""How often the insurer is asked: never more often than was agreed, however much waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """One may go each `gap` seconds; what was not used is not saved up. No clock: `now` is given."""

    gap: float
    free_at: float = 0.0

    def wait_seconds(self, now: float) -> float:
        return max(0.0, self.free_at - now)

    def after(self, now: float) -> Pace:
        return Pace(self.gap, now + self.gap)


def at_once(per_second: float) -> int:
    """So many visits may be told of side by side that none waits long enough to be taken for lost."""
    return max(1, min(16, int(2 * per_second)))


class Turnstile:
    """Lets callers through one by one, first come, first served."""

    def __init__(self, per_second: float) -> None:
        self._pace = Pace(1 / per_second)
        self._lock = asyncio.Lock()

    async def pass_through(self) -> None:
        now = asyncio.get_running_loop().time
        async with self._lock:
            await asyncio.sleep(self._pace.wait_seconds(now()))
            self._pace = self._pace.after(now())  # of when it really goes, so that no two ever go together
