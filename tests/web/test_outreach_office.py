"""What the office does with requests for visits, as a clerk and a supervisor without JavaScript."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from queue_service.domain.requests import Check, State
from queue_service.records.audit import read_audit
from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.houses import a_visitor
from tests.records.outreach.cast import (
    MONDAY_EIGHT,
    NAME,
    NIK,
    OFFICE,
    PHONE,
    PLACE,
    VILLAGE,
    an_outreach_house,
    received,
)

AT = f"/office/outreach/{OFFICE}"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with an_outreach_house(tmp_path) as house:
        yield house


class Desk:
    """Somebody signed in."""

    def __init__(self, browser: httpx2.AsyncClient) -> None:
        self.browser = browser

    async def open(self, path: str) -> str:
        answer = await self.browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    async def send(self, page: str, path: str, **form: object) -> httpx2.Response:
        mark = re.search(r'name="csrf" value="([0-9a-f]+)"', await self.open(page))
        assert mark is not None
        return await self.browser.post(path, data={"csrf": mark[1], **form}, headers=OWN)

    async def send_list(self, content: bytes, **form: str) -> httpx2.Response:
        mark = re.search(r'name="csrf" value="([0-9a-f]+)"', await self.open(f"{AT}/import"))
        assert mark is not None
        files = {"list": ("daftar.csv", content)}
        sent = {"csrf": mark[1], "service": "ktp-rekam", **form}
        return await self.browser.post(f"{AT}/import", data=sent, files=files, headers=OWN)


async def a_desk(house: House, role: Role, branch: str | None = OFFICE) -> AsyncIterator[Desk]:
    key = await house.keys.create(role, branch, MONDAY_EIGHT)
    async with a_visitor(house) as browser:
        await browser.post("/sign-in", data={"key": key, "next": "/office"})
        yield Desk(browser)


@pytest.fixture
async def clerk(house: House) -> AsyncIterator[Desk]:
    async for desk in a_desk(house, Role.CLERK):
        yield desk


@pytest.fixture
async def supervisor(house: House) -> AsyncIterator[Desk]:
    async for desk in a_desk(house, Role.SUPERVISOR):
        yield desk


async def test_a_letter_is_entered_and_checked_by_a_clerk(house: House, clerk: Desk) -> None:
    assert "Belum ada permohonan" in await clerk.open("/office/outreach")  # the only office there is
    found = await clerk.open(f"{AT}/new?name=tanjung+alam")
    assert found.count("?village=16.04.") == 2
    assert "Kembang Ayun, Tanjungsakti Pumu" in await clerk.open(f"{AT}/new?name=kembang+ayun")
    form = {
        "village": VILLAGE,
        "rows": "1",
        "asker": "village",
        "body": "Desa Kembang Ayun",
        "letter": "470/12",
        "name": "Kades Uji",
        "phone": "0812 9900 4477",
        "name1": NAME,
        "service1": "kia",
        "key": "1" * 32,
    }
    refused = await clerk.send(f"{AT}/new?village={VILLAGE}", f"{AT}/new", **{**form, "phone": "1"})
    assert refused.status_code == 422 and "470/12" in refused.text
    made = await clerk.send(f"{AT}/new?village={VILLAGE}", f"{AT}/new", **form)
    assert made.headers["location"].startswith(f"{AT}/JB-26-00001")
    page = await clerk.open(made.headers["location"])
    assert "470/12" in page and NAME in page and PHONE in page
    assert "/question" not in page  # that is for supervisors
    checked = await clerk.send(f"{AT}/JB-26-00001", f"{AT}/JB-26-00001/check", check1="papers")
    assert checked.status_code == 303
    request = await house.requests.get("JB-26-00001")
    assert (request.people[0].check, request.state) == (Check.PAPERS, State.PRE_CHECK)
    assert (await house.requests.history(request.id))[0].by.startswith("clerk:")
    answer = await clerk.send(f"{AT}/JB-26-00001", f"{AT}/JB-26-00001/decline", reason="Tidak bisa.")
    assert answer.status_code == 403
    assert (await clerk.send(f"{AT}/JB-26-00001", f"{AT}/JB-26-00001/check", check1="maybe")).status_code == 422


async def test_a_supervisor_asks_back_merges_and_declines(house: House, supervisor: Desk) -> None:
    one, other, third = [(await received(house)).id for _ in range(3)]
    asked = await supervisor.send(f"{AT}/{one}", f"{AT}/{one}/question", question=f"Apakah NIK {NIK} benar?")
    assert asked.status_code == 303
    assert NIK not in (await house.requests.get(one)).question  # which stands on a page without names
    listed = await supervisor.open(f"{AT}?state=need_info")
    assert one in listed and other not in listed
    assert third in await supervisor.open(f"{AT}?district=16.04.01")
    assert third not in await supervisor.open(f"{AT}?district=16.04.10")
    merged = await supervisor.send(f"{AT}/{other}", f"{AT}/{other}/merge", into=third.lower())
    assert merged.status_code == 303 and len((await house.requests.get(third)).people) == 4
    assert (await supervisor.send(f"{AT}/{third}", f"{AT}/{third}/merge", into=third)).status_code == 409
    short = await supervisor.send(f"{AT}/{third}", f"{AT}/{third}/decline", reason="no")
    assert short.status_code == 422 and 'role="alert"' in short.text
    await supervisor.send(f"{AT}/{third}", f"{AT}/{third}/decline", reason="Di luar wilayah.")
    assert "Di luar wilayah." in await supervisor.open(f"{AT}/{third}")
    await supervisor.send(f"{AT}/{one}", f"{AT}/{one}/contact", name="Adik Uji", phone="081299004478")
    assert (await supervisor.send(f"{AT}/{one}", f"{AT}/{one}/withdraw")).status_code == 303
    assert (await house.requests.get(one)).state is State.WITHDRAWN


async def test_a_nik_is_shown_with_a_reason_that_is_kept(house: House, supervisor: Desk) -> None:
    id_ = (await received(house)).id
    page = await supervisor.open(f"{AT}/{id_}")
    assert NIK not in page and f"…{NIK[-4:]}" in page and PLACE in page
    assert (await supervisor.send(f"{AT}/{id_}", f"{AT}/{id_}/reveal", person="1", reason="x")).status_code == 422
    shown = await supervisor.send(f"{AT}/{id_}", f"{AT}/{id_}/reveal", person="1", reason="cek di SIAK")
    assert NIK in shown.text and shown.headers["cache-control"] == "no-store"
    trail = await house.database.read(read_audit)
    assert [one.deed.what for one in trail if one.deed.branch == OFFICE].count("person.revealed") == 1
    assert any(one.deed.what == "request.opened" and one.deed.subject == id_ for one in trail)
    assert NIK not in str(trail)


async def test_a_list_is_taken_by_file(house: House, clerk: Desk) -> None:
    head = b"desa_kode,nama,tahun_lahir,kebutuhan,kontak_pj\n"
    good, bad = f"{VILLAGE},Warga Uji,1950,lansia,Pak Uji {PHONE}\n".encode(), b"1,2,3,4,5\n"
    assert (await clerk.send_list(b"")).status_code == 422
    formula = await clerk.send_list(head + b"=1,2,3,4,5\n")
    assert formula.status_code == 422 and "rumus" in formula.text
    mixed = await clerk.send_list(head + good + bad)
    assert mixed.status_code == 422 and "bukan desa di kabupaten ini" in mixed.text
    assert await house.requests.counts(OFFICE) == {}
    kept = await clerk.send_list(head + good + bad, keep="good")
    assert kept.status_code == 201 and "bukan desa di kabupaten ini" in kept.text
    assert await house.requests.counts(OFFICE) == {"received": 1}
    large = await clerk.send_list(b"x" * (4 * 1024 * 1024))
    assert large.status_code == 413
    without_mark = await clerk.browser.post(f"{AT}/import", files={"list": ("a.csv", head + good)}, headers=OWN)
    assert without_mark.status_code == 403


async def test_the_api_lets_an_office_s_own_system_see_to_requests(house: House) -> None:
    id_ = (await received(house)).id
    key = await house.keys.create(Role.SUPERVISOR, OFFICE, MONDAY_EIGHT)
    url, headers = f"/api/v1/branches/{OFFICE}/requests", {"Authorization": f"Bearer {key}"}
    async with a_visitor(house) as system:
        listed = (await system.get(url, params={"state": "received"}, headers=headers)).json()
        assert [one["id"] for one in listed["requests"]] == [id_] and listed["next"] is None
        assert (await system.get(url, params={"state": "lost"}, headers=headers)).status_code == 422
        checked = await system.post(f"{url}/{id_}/check", json={"person": "1", "check": "ready"}, headers=headers)
        assert checked.json()["people"][0]["check"] == "ready"
        asked = await system.post(f"{url}/{id_}/question", json={"question": "Nomor KK?"}, headers=headers)
        assert asked.json()["state"] == "need_info"
        missing = await system.post(f"{url}/{id_}/merge", json={"into": "JB-26-00009"}, headers=headers)
        assert missing.status_code == 404
        declined = await system.post(f"{url}/{id_}/decline", json={"reason": "Di luar wilayah."}, headers=headers)
        assert declined.json()["reason"] == "Di luar wilayah."
        again = await system.post(f"{url}/{id_}/check", json={"person": "1", "check": "open"}, headers=headers)
        assert again.status_code == 409
        assert (await system.get(f"{url}/JB-26-99999", headers=headers)).status_code == 404
        assert (await system.get(f"/api/v1/branches/bola-1/requests/{id_}", headers=headers)).status_code == 403
