"""The page by which a supervisor cancels a doctor's day."""

from __future__ import annotations

import re
from pathlib import Path

from queue_service.records.roles import Role
from tests.web.clinics import CLINIC, Clinic, a_clinic

PAGE = f"/office/absence/{CLINIC}"
OWN = {"Sec-Fetch-Site": "same-origin"}


async def sign_in(clinic: Clinic, role: Role) -> None:
    form = {"key": clinic.keys[role], "next": PAGE}
    assert (await clinic.visitor.post("/sign-in", data=form, headers=OWN)).status_code == 303


async def submit(clinic: Clinic, **form: str) -> int:
    token = re.findall(r'name="csrf" value="([^"]+)"', (await clinic.visitor.get(PAGE)).text)[0]
    answer = await clinic.visitor.post(PAGE, data={"csrf": token, "day": "2026-11-23", **form}, headers=OWN)
    return answer.status_code


async def test_a_supervisor_cancels_a_day_and_takes_it_back(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        taken = await clinic.take(queue="dokter-b")
        await sign_in(clinic, Role.SUPERVISOR)
        assert "1 orang menunggu atau punya janji" in (await clinic.visitor.get(PAGE)).text
        assert await submit(clinic, queue="dokter-b", text="Dokter B sakit.") == 303
        assert "Dokter B sakit." in (await clinic.visitor.get(taken["url"])).text
        assert await submit(clinic, queue="dokter-b", **{"is": "over"}) == 303
        assert (await clinic.ticket(taken["token"]))["suspended_until"] is None


async def test_what_cannot_be_read_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        await sign_in(clinic, Role.SUPERVISOR)
        for wrong in ({"until": "25:99"}, {"until": "08:00"}, {"day": "soon"}, {"text": ""}, {"day": "2026-11-22"}):
            assert await submit(clinic, queue="dokter-b", **{"text": "Nanti.", **wrong}) in (409, 422)
        assert not (await clinic.house.floors.get_today(CLINIC)).notices
        forged = await clinic.visitor.post(PAGE, data={"queue": "dokter-b", "text": "Nanti."}, headers=OWN)
        assert forged.status_code == 403


async def test_a_clerk_may_not(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        await sign_in(clinic, Role.CLERK)
        assert (await clinic.visitor.get(PAGE)).status_code == 403
