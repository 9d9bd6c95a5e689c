"""A screen that has gone dark is listed before anybody in the lobby complains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from queue_service.meters import DEVICES, Readings
from queue_service.records.devices.tables import devices
from queue_service.records.roles import Role
from queue_service.shelves import Laid, sum_up
from tests.backups.conftest import everything
from tests.houses import NINE, RSUD, Clock, a_house
from tests.web.screens import HOME, Supervisor, both

REPORTED = list(devices.columns.keys()).index("reported_ms")


async def listed(supervisor: Supervisor) -> dict[str, Any]:
    answer = await supervisor.browser.get(f"/api/v1/branches/{RSUD}/devices")
    (device,) = answer.raise_for_status().json()["devices"]
    return dict(device)


async def counted(supervisor: Supervisor) -> dict[str, float]:
    told = (await supervisor.browser.get("/metrics")).text
    assert "TV" not in told
    return {
        sample.labels["state"]: sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == "antrean_devices"
    }


async def test_a_screen_without_a_word_for_ninety_seconds_is_dark(tmp_path: Path) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, both(house) as (television, supervisor):
        await supervisor.accept(await television.ask())
        assert await television.report() == 204
        clock.turn(seconds=90)
        assert (await listed(supervisor))["state"] == "live"
        assert "Baik" in (await supervisor.browser.get(HOME)).text
        clock.turn(seconds=1)
        device = await listed(supervisor)
        assert (device["state"], device["name"], device["report"]["sound"]) == ("dark", "TV lobi lantai 1", False)
        shown = (await supervisor.browser.get(HOME)).text
        assert 'data-state="dark"' in shown and "1 menit lalu" in shown and "tanpa suara" in shown
        assert await counted(supervisor) == {"dark": 1, "stale": 0, "live": 0}
        await television.report()
        assert await counted(supervisor) == {"dark": 0, "stale": 0, "live": 1}


async def test_a_screen_that_shows_old_news_is_stale(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        await supervisor.accept(await television.ask())
        bent: tuple[dict[str, Any], ...] = ({"frame_age": -1}, {"width": "wide"}, {"page": "x" * 401}, {"name": "Budi"})
        for differing in bent:
            assert await television.report(**differing) == 422
        assert (await listed(supervisor))["report"] is None
        old: tuple[dict[str, Any], ...] = ({"frame_age": 91}, {"frame_age": None}, {"visible": False})
        for differing in old:
            await television.report()
            assert (await listed(supervisor))["state"] == "live"
            await television.report(**differing)
            assert (await listed(supervisor))["state"] == "stale", differing


async def test_reports_are_written_once_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, both(house) as (television, supervisor):
        await supervisor.accept(await television.ask())
        written = []
        for _ in range(5):
            await television.report()
            written.append((await everything(house.settings.database_url))["devices"][0][REPORTED])
            clock.turn(seconds=30)
        since = [(at - written[0]) // 1000 for at in written]
        assert since == [0, 0, 60, 60, 120]


async def test_a_clerk_does_not_list_screens(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, _):
        key = await house.keys.create(Role.CLERK, RSUD, NINE)
        path = f"/api/v1/branches/{RSUD}/devices"
        answer = await television.browser.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403


def test_what_all_workers_read_alike_is_told_once() -> None:
    readings: Readings = {DEVICES.name: {("dark",): 2.0, ("live",): 5.0}}
    told = sum_up([Laid("1", True, readings), Laid("2", True, readings), Laid("3", False, readings)])
    assert told[DEVICES.name] == readings[DEVICES.name]
