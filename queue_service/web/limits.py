"""How often one address may do what costs something. Generous: a whole waiting room can stand behind one."""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from queue_service.web.errors import TooMany

NUMBERS = RateLimitItemPerMinute(120)
SIGN_INS = RateLimitItemPerMinute(20)


class RateLimits:
    """In this process only; `is_on` False lets everything pass."""

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, limit: RateLimitItem, what: str, address: str) -> None:
        """Raises TooMany."""
        if not self._is_on or self._windows.hit(limit, what, address):
            return
        reset = self._windows.get_window_stats(limit, what, address).reset_time
        raise TooMany(
            "Too many requests from this device. Please wait {seconds} seconds.",
            seconds=max(1, round(reset - time.time())),
        )
