from __future__ import annotations

from collections.abc import Iterator

import pytest

from queue_service.web.errors import TooMany
from queue_service.web.limits import NUMBERS, RateLimits
from tests.redis import Redis, running_redis


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with running_redis() as running:
        yield running


@pytest.mark.parametrize("address", ["redis://redis", "rediss://:secret@redis/2", "unix:///run/redis.sock", "redis://"])
def test_every_address_that_the_settings_take_is_understood(address: str) -> None:
    RateLimits(True, address)


async def test_two_count_together(redis: Redis) -> None:
    one, other = (RateLimits(True, redis.address) for _ in range(2))
    for limits in [one, other] * (NUMBERS.amount // 2):
        await limits.check(NUMBERS, "test", "192.0.2.1")
    with pytest.raises(TooMany):
        await other.check(NUMBERS, "test", "192.0.2.1")
