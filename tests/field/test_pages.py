"""What the centre's pages say of a day in the field, and what staff can do there."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

from queue_service.app import make_app
from queue_service.domain.actions import Issue
from queue_service.domain.trip_actions import ReachStop
from queue_service.field.returning import give_back
from queue_service.field.syncing import sync
from queue_service.records.audit import read_audit
from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.field.consoles import tokens_at
from tests.field.days import (
    DAY,
    SEVEN,
    TEAM,
    a_centre,
    a_key,
    a_line,
    at_the_desk,
    floor_of,
    in_the_field,
    plan,
    take_along,
)
from tests.field.test_trouble import NAME, keep, rename
from tests.houses import BROWSER, Clock

PAGE = f"/office/field/{TEAM}/{DAY}"


async def a_supervisor(house: House) -> httpx2.AsyncClient:
    """In the office, by a session."""
    transport = httpx2.ASGITransport(make_app(house), raise_app_exceptions=False)
    client = httpx2.AsyncClient(transport=transport, base_url="http://antrean", headers=BROWSER)
    key = await house.keys.create(Role.SUPERVISOR, TEAM, house.floors.clock())
    signed_in = await client.post("/sign-in", data={"key": key}, headers={"Origin": "http://antrean"})
    assert signed_in.status_code == 303, signed_in.text
    return client


async def send(client: httpx2.AsyncClient, address: str, page: str, **fields: str) -> httpx2.Response:
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    return await client.post(address, data={"csrf": csrf[1], **fields}, headers={"Origin": "http://antrean"})


async def test_the_office_sees_takes_back_and_reads(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        await keep(centre, "A-001", NAME)
        token = (await tokens_at(centre))["A-001"]
        office = await a_supervisor(centre)
        assert "Di lapangan sejak" not in (await office.get("/office")).text
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        for page in ("/office", f"/b/{TEAM}", f"/t/{token}"):
            assert "Di lapangan sejak 07.00" in (await office.get(page)).text, page
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            there = httpx2.ASGITransport(make_app(field), raise_app_exceptions=False)
            async with httpx2.AsyncClient(transport=there, base_url="http://laptop", headers=BROWSER) as phone:
                assert "Di lapangan sejak 07.00" not in (await phone.get(f"/t/{token}")).text
            await field.desk.act(TEAM, ReachStop("a"), "clerk:field")
            await rename(field, "By the team")
            await rename(centre, "By the office")
            await sync(desk)
            await field.desk.act(TEAM, Issue("a"), "visitor")
            shown = (await office.get(PAGE)).text
            assert "Laptop 1" in shown and "By the office" not in shown
            refused = await send(office, f"{PAGE}/reclaim", shown, lease=desk.lease, reason="x")
            assert refused.status_code == 422 and (await floor_of(centre)).lease is not None
            done = await send(office, f"{PAGE}/reclaim", shown, lease=desk.lease, reason="Jatuh ke sungai")
            assert done.status_code == 303 and (await floor_of(centre)).lease is None
            await give_back(desk)
        shown = (await office.get(PAGE)).text
        assert "Saat itu kantor sudah mengambil kembali hari ini." in shown and "A-004" in shown
        kept = re.search(rf'action="({PAGE}/kept/[0-9a-f]+)"', shown)
        assert kept is not None
        told = await send(office, kept[1], shown, reason="Membandingkan dengan KK")
        assert "By the office" in told.text
        deeds = [one.deed.what for one in await centre.database.read(read_audit)]
        assert deeds.count("person.revealed") == 1
        assert (await office.get("/office/field")).text.count(PAGE) == 2  # by its name, and by what stands beside it
        await office.aclose()


async def test_a_key_of_staff_may_take_it_back_over_the_api(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        key = await a_key(centre)
        folder, _ = await take_along(tmp_path / "laptop", line, key, clock)
        address = f"/api/v1/branches/{TEAM}/days/{DAY}/field/{folder.lease}/reclaim"
        bearer = {"Authorization": f"Bearer {key}"}
        assert (await line.post(address, json={"reason": "Lost in the river"})).status_code == 401
        assert (await line.post(address, json={"reason": "Lost in the river"}, headers=bearer)).status_code == 204
        again = await line.post(address, json={"reason": "Lost in the river"}, headers=bearer)
        assert again.status_code == 409
        with_another = f"{address.replace(folder.lease, '0' * 24)}"
        assert (await line.post(with_another, json={"reason": "By mistake"}, headers=bearer)).status_code == 409
        await take_along(tmp_path / "another", line, key, clock)
        assert (await floor_of(centre)).lease is not None
