"""How often one address may do what costs something. Generous: a whole waiting room can stand behind one."""

from __future__ import annotations

import asyncio
import logging
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from queue_service.web.errors import TooMany

log = logging.getLogger("antrean.limits")

NUMBERS = RateLimitItemPerMinute(120)
SIGN_INS = RateLimitItemPerMinute(60)  # a hospital's clerks come all at once, by one address
SIGN_INS_TO_ONE = RateLimitItemPerMinute(10, 5)  # account, from one address: so nobody elsewhere can lock it
CODES = RateLimitItemPerMinute(30)  # for screens: as many as may stand in one house and start after a power cut
REQUEST_NUMBERS = RateLimitItemPerMinute(20)  # typed to see how far a paper is: 40 bits of each cannot be guessed
ACCEPTS = RateLimitItemPerMinute(10)  # codes that one of the staff types

ANSWER_SECONDS = 0.25  # for Redis; nobody's number waits longer for that
REST_SECONDS = 5.0  # after Redis did not answer, without asking again


class RateLimits:
    """All processes count together where there is a Redis; while it does not answer, each counts for itself.

    `is_on` False lets everything pass.
    """

    def __init__(self, is_on: bool, redis_url: str | None) -> None:
        self._is_on = is_on
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis(redis_url)) if is_on and redis_url else None
        self._shared_from = 0.0  # the loop's clock: until then Redis is not asked
        self._is_alone = False

    async def check(self, limit: RateLimitItem, what: str, address: str) -> None:
        """Raises TooMany."""
        if not self._is_on:
            return
        seconds = await self._ask_shared(limit, what, address)
        if seconds is None:
            seconds = await _seconds_to_wait(self._own, limit, what, address)
        if seconds:
            raise TooMany("Too many requests from this device. Please wait {seconds} seconds.", seconds=seconds)

    async def _ask_shared(self, limit: RateLimitItem, what: str, address: str) -> int | None:
        """None where nobody answers."""
        now = asyncio.get_running_loop().time()
        if self._shared is None or now < self._shared_from:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                seconds = await _seconds_to_wait(self._shared, limit, what, address)
        except (StorageError, OSError, TimeoutError) as error:
            self._shared_from = now + REST_SECONDS
            if not self._is_alone:
                log.warning("Redis does not answer; this process counts requests for itself: %r", error)
            self._is_alone = True
            return None
        self._is_alone = False
        return seconds


async def _seconds_to_wait(
    windows: SlidingWindowCounterRateLimiter, limit: RateLimitItem, what: str, address: str
) -> int:
    """0: it is let through, and counted."""
    if await windows.hit(limit, what, address):
        return 0
    reset = (await windows.get_window_stats(limit, what, address)).reset_time
    return max(1, round(reset - time.time()))


def _redis(address: str) -> RedisStorage:
    """With connections of the client's own making: this storage reads no address without a port, nor of a socket."""
    from redis.asyncio import ConnectionPool

    pool = ConnectionPool.from_url(address)
    return RedisStorage(
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="antrean:limits",
        connection_pool=pool,  # type: ignore[arg-type]
    )
