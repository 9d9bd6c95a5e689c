"""What once opened a door opens none any more, at whichever of them it is tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from queue_service.app import make_app
from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.houses import RSUD, Clock
from tests.security.asking import ask
from tests.security.callers import headers_of, pair
from tests.security.doors import Door, doors_of
from tests.security.matrix import a_busy_house, places
from tests.security.rows import ROWS


def guarded(house: House) -> list[Door]:
    """The doors at which an administrator is let in and nobody is not."""
    return [door for door in doors_of(make_app(house)) if "a" in ROWS[door].may and "n" not in ROWS[door].may]


async def refused_at(house: House, headers: Mapping[str, str]) -> dict[Door, int]:
    """Where they were not sent away as nobody."""
    app, found = make_app(house), {}
    for method, path in guarded(house):
        address = path.format_map(await places(house, path, holds_ticket=False))
        answer = await ask(app, method, address, headers, ROWS[method, path].body)
        is_nobody = answer.status == 401 or answer.headers.get("location", "").startswith("/sign-in?")
        if not is_nobody:
            found[method, path] = answer.status
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_key_that_was_revoked_or_is_over(tmp_path: Path, clock: Clock) -> None:
    async with a_busy_house(tmp_path, clock) as house:
        later = clock() + timedelta(hours=1)
        keys = [await house.keys.create(Role.ADMINISTRATOR, None, clock(), expires_at=at) for at in (None, later)]
        headers = [{"Authorization": f"Bearer {key}"} for key in keys]
        assert (await ask(make_app(house), "GET", f"/api/v1/branches/{RSUD}/devices", headers[0])).status == 200
        assert await house.keys.revoke(keys[0].split("_")[1], clock())
        clock.turn(hours=1)
        assert len(guarded(house)) > 25
        for stale in headers:
            assert await refused_at(house, stale) == {}


async def test_a_session_that_is_over(tmp_path: Path, clock: Clock) -> None:
    async with a_busy_house(tmp_path, clock) as house:
        headers = await headers_of(house, "a")
        assert (await ask(make_app(house), "GET", "/office/devices", headers)).status == 200
        clock.turn(hours=13)
        assert await refused_at(house, headers) == {}


async def test_a_screen_that_was_sent_away(tmp_path: Path, clock: Clock) -> None:
    async with a_busy_house(tmp_path, clock) as house:
        device, cookie = await pair(house)
        headers = {"Cookie": f"antrean_device={cookie}"}
        await house.devices.revoke(device, "test", clock())
        app = make_app(house)
        doors = [door for door, row in ROWS.items() if "d" in row.may and "n" not in row.may]
        assert doors == [("POST", "/screen/health")]
        for method, path in doors:
            assert (await ask(app, method, path, headers, ROWS[method, path].body)).status == 403
        assert (await ask(app, "GET", "/screen", headers)).status == 200  # and is shown a code
        assert await refused_at(house, headers) == {}
