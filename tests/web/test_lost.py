"""A number that was lost: found again by a clerk, and opened on the visitor's phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queue_service.records.audit import read_audit
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup
from tests.houses import LAHAT
from tests.web.clinics import CLINIC, Clinic, a_clinic

PAGE = f"/lost/{CLINIC}"
OWN = {"Sec-Fetch-Site": "same-origin"}
PERSON = {"name": "Seseorang Contoh", "phone": "081200000099"}
SETUP = LAHAT.with_name("journeys.yaml").read_text()
ASKS = "prefix: C, asks: {name: required, phone: required}, purpose: {id: Untuk memanggil Anda, en: To call you}"


async def search(clinic: Clinic, **form: str) -> tuple[int, str]:
    token = re.findall(r'name="csrf" value="([^"]+)"', (await clinic.visitor.get(PAGE)).text)[0]
    answer = await clinic.visitor.post(PAGE, data={"csrf": token, **form}, headers=OWN)
    return answer.status_code, answer.text


async def sign_in(clinic: Clinic, role: Role = Role.CLERK) -> None:
    form = {"key": clinic.keys[role], "next": PAGE}
    assert (await clinic.visitor.post("/sign-in", data=form, headers=OWN)).status_code == 303


@pytest.mark.parametrize("sought", [{"name": "seseorang"}, {"phone": "0812-0000-0099"}, {"label": "c-001"}])
async def test_a_number_is_found_by_who_has_it_and_its_page_is_shown_again(
    tmp_path: Path, sought: dict[str, str]
) -> None:
    async with a_clinic(tmp_path) as clinic:
        await clinic.house.branches.set_up(read_setup(SETUP.replace("prefix: C", ASKS, 1), "setup.yaml"))
        await clinic.house.floors.look()
        body = {"queue": "dokter-b", "visitor": PERSON}
        taken = await clinic.visitor.post(f"/api/v1/branches/{CLINIC}/tickets", json=body)
        assert taken.status_code == 201, taken.text
        await sign_in(clinic)
        status, page = await search(clinic, **sought)
        assert status == 200
        assert "C-001" in page and "Dokter B" in page
        assert "Seseorang" not in page or "name" in sought  # only what was typed comes back
        status, page = await search(clinic, show="C-001")
        assert status == 200 and 'class="qr shown"' in page
        deeds = await clinic.house.database.read(read_audit)
        assert ("ticket.shown_again", "C-001") in [(one.deed.what, one.deed.subject) for one in deeds]


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        await sign_in(clinic)
        assert (await search(clinic, label="A-999"))[0] == 404
        assert (await search(clinic, name="siapa"))[0] == 404
        assert (await search(clinic))[0] == 422
        assert (await search(clinic, show="A-999"))[0] == 404


async def test_strangers_are_sent_to_sign_in(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        answer = await clinic.visitor.get(PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=%2Flost%2F{CLINIC}")
