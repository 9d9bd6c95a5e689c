"""The set-up over the API: the same checks and sentences as `antrean setup`, and nobody overwrites anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from queue_service.records.plans import SetupPlan
from queue_service.records.roles import Role
from queue_service.records.setup_files import SetupRefused, read_setup
from queue_service.web.house import House
from tests.houses import LAHAT, RSUD, a_visitor, issue
from tests.web.offices import HOURS, an_office

DISTRICT = "kecamatan-contoh"
BRANCH = f"/api/v1/branches/{DISTRICT}/setup"
CALENDAR = "/api/v1/calendars/hari-libur"
CONNECTION = "/api/v1/connections/simrs"  # which is not there: who may look is told so


@asynccontextmanager
async def an_api(
    folder: Path, role: Role = Role.ADMINISTRATOR, branch: str | None = None
) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    async with an_office(folder, HOURS, LAHAT) as at, a_visitor(at.house) as client:
        key = await at.house.keys.create(role, branch, at.house.floors.clock())
        client.headers |= {"Authorization": f"Bearer {key}", "Accept": "application/json", "Accept-Language": "en"}
        yield at.house, client


async def read(client: httpx2.AsyncClient, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What is there, and the header with which it may be changed."""
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.json(), {"If-Match": answer.headers["ETag"]}


async def test_the_whole_set_up_is_what_the_files_say(tmp_path: Path) -> None:
    async with an_api(tmp_path) as (_, client):
        whole = SetupPlan.model_validate((await client.get("/api/v1/setup")).json())
    files = [read_setup(file.read_text(), file.name) for file in (HOURS, LAHAT)]
    plans = {branch.id: branch for file in files for branch in file.branches}
    assert {branch.id: branch for branch in whole.branches} == plans
    assert whole.calendars == files[0].calendars


async def test_a_branch_is_changed_from_what_was_read_and_only_from_that(tmp_path: Path) -> None:
    async with an_api(tmp_path) as (house, client):
        branch, mark = await read(client, BRANCH)
        branch["queues"][0]["quota"] = 7
        assert (await client.put(BRANCH, json=branch)).status_code == 428
        changed = await client.put(BRANCH, json=branch, headers=mark)
        assert changed.status_code == 200 and changed.json() == branch
        assert house.branches.get(DISTRICT).queue("pelayanan").quota == 7
        branch["queues"][0]["quota"] = 8
        late = await client.put(BRANCH, json=branch, headers=mark)
        assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
        assert house.branches.get(DISTRICT).queue("pelayanan").quota == 7
        assert (await client.put(BRANCH, json=branch, headers={"If-Match": changed.headers["ETag"]})).status_code == 200


async def test_what_is_new_comes_and_what_is_not_needed_goes(tmp_path: Path) -> None:
    async with an_api(tmp_path) as (house, client):
        branch, _ = await read(client, BRANCH)
        new = {"If-None-Match": "*"}
        assert (await client.put(BRANCH, json=branch, headers=new)).status_code == 412
        assert (await client.put("/api/v1/calendars/baru", json={}, headers=new)).status_code == 200
        copy = {**branch, "id": "cabang-dua", "calendar": None, "seasons": {}}
        made = await client.put("/api/v1/branches/cabang-dua/setup", json=copy, headers=new)
        assert made.status_code == 200
        assert list(house.branches.all)[-1] == "cabang-dua"
        for path in ("/api/v1/branches/cabang-dua/setup", "/api/v1/calendars/baru"):
            _, mark = await read(client, path)
            assert (await client.delete(path)).status_code == 428
            assert (await client.delete(path, headers=mark)).status_code == 204
            assert (await client.get(path)).status_code == 404
            assert (await client.delete(path, headers=mark)).status_code == 404
        assert "cabang-dua" not in house.branches.all


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Lahat"},
        {"queues": []},
        {"queues": [{"id": "a", "name": "A", "prefix": "aa"}]},
        {"counters": [{"id": "1", "name": "1", "queues": ["nothing"]}]},
        {"hours": [{"days": ["mon"], "from": "12:00", "to": "08:00"}]},
        {"calendar": "none"},
        {"opening": 1},
        {"exceptions": [{"day": "tomorrow", "name": "X"}]},
    ],
)
async def test_a_fault_is_named_as_the_command_names_it(tmp_path: Path, change: dict[str, Any]) -> None:
    async with an_api(tmp_path) as (_, client):
        branch, mark = await read(client, BRANCH)
        answer = await client.put(BRANCH, json={**branch, **change}, headers=mark)
        assert answer.status_code == 422
        calendars = (await read(client, CALENDAR))[0]
        assert (await read(client, BRANCH))[0] == branch
    with pytest.raises(SetupRefused) as refused:
        read_setup(yaml.safe_dump({"calendars": [calendars], "branches": [{**branch, **change}]}), "file")
    told = str(refused.value).splitlines()
    for sentence in answer.json()["detail"].removesuffix(".").split("; "):
        assert any(line.endswith(f"{sentence}.") for line in told), (sentence, told)


async def test_who_waits_is_not_lost_by_the_api_either(tmp_path: Path) -> None:
    async with an_api(tmp_path) as (house, client):
        await issue(house)
        path = f"/api/v1/branches/{RSUD}/setup"
        branch, mark = await read(client, path)
        branch["queues"] = [queue for queue in branch["queues"] if queue["id"] != "poli-anak"]
        branch["counters"] = [counter for counter in branch["counters"] if counter["id"] != "3"]
        answer = await client.put(path, json=branch, headers=mark)
        assert (answer.status_code, answer.json()["code"]) == (409, "people_there")
        assert "Children's Clinic: 1 wait" in answer.json()["detail"]
        assert (await client.delete(path, headers=mark)).status_code == 409


@pytest.mark.parametrize(
    ("role", "branch", "allowed"),
    [
        (Role.ADMINISTRATOR, DISTRICT, {("GET", BRANCH), ("PUT", BRANCH), ("GET", "/api/v1/setup")}),
        (Role.SUPERVISOR, DISTRICT, {("GET", BRANCH), ("GET", "/api/v1/setup")}),
        (Role.HEAD, None, {("GET", path) for path in (BRANCH, CALENDAR, CONNECTION, "/api/v1/setup")}),
        (Role.ADMINISTRATOR, RSUD, {("GET", "/api/v1/setup")}),
        (Role.CLERK, DISTRICT, set()),
    ],
)
async def test_each_reads_and_changes_what_is_theirs(
    tmp_path: Path, role: Role, branch: str | None, allowed: set[tuple[str, str]]
) -> None:
    async with an_api(tmp_path, role, branch) as (_, client):
        for path in (BRANCH, CALENDAR, CONNECTION, "/api/v1/setup"):
            for method in ("GET", "PUT", "DELETE")[: 1 if path == "/api/v1/setup" else 3]:
                answer = await client.request(method, path, json={} if method == "PUT" else None)
                is_let_in = answer.status_code not in (401, 403)
                expected = (
                    {(method, path), ("PUT", path)} & allowed if method == "DELETE" else {(method, path)} & allowed
                )
                assert is_let_in == bool(expected), (method, path, answer.status_code)
        if ("GET", "/api/v1/setup") in allowed:
            seen = [one["id"] for one in (await client.get("/api/v1/setup")).json()["branches"]]
            assert (branch in (None, *seen)) and (branch is None or seen == [branch])
    async with an_office(tmp_path) as at, a_visitor(at.house) as stranger:
        assert (await stranger.get("/api/v1/setup")).status_code == 401


async def test_a_large_set_up_is_taken_and_one_beyond_all_measure_is_not(tmp_path: Path) -> None:
    async with an_api(tmp_path) as (_, client):
        days = {
            f"{year}-{month:02}-{day:02}": f"Libur {day}"
            for year in (2027, 2028)
            for month in range(1, 13)
            for day in range(1, 29)
        }
        _, mark = await read(client, CALENDAR)
        calendar = {
            "days_off": days,
            "seasons": [{"id": "ramadan", "name": "R", "from": "2027-02-08", "to": "2027-03-09"}],
        }
        assert (await client.put(CALENDAR, json=calendar, headers=mark)).status_code == 200
        assert (await client.put(CALENDAR, json={"days_off": {"x": "y" * 600_000}}, headers=mark)).status_code == 413
