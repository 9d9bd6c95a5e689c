"""Being asked who one is, on the phone's page, at the kiosk and when booking; and what the staff are shown."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import httpx2
import pytest

from queue_service.domain.asking import Field
from queue_service.domain.errors import NotFound
from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.houses import BROWSER
from tests.records.people.cast import (
    MONDAY_EIGHT,
    NAME,
    NIK,
    OFFICE,
    PHONE,
    PURPOSE,
    VISITOR,
    an_office_and_a_visitor,
    take_number,
)

TODAY = date(2026, 11, 23)
GIVEN = {"name": NAME, "phone": PHONE, "nik": NIK, "consent": "yes"}
SLOT = "2026-11-23T09:00:00+07:00"
WAYS = {"/b/{}/tickets": {}, "/kiosk/{}": {"lang": "id"}, "/b/{}/book": {"slot": SLOT}}


def hidden(page: str) -> dict[str, str]:
    """What the form that asks carries along, and its button."""
    (form,) = re.findall(r'<form[^>]* method="post"[^>]*>(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    (button,) = re.findall(r'<button[^>]* name="queue" value="([^"]+)"', form)
    return {**fields, "queue": button}


async def submit(visitor: httpx2.AsyncClient, path: str, form: dict[str, str]) -> httpx2.Response:
    return await visitor.post(path.format(OFFICE), data=form, headers={"Sec-Fetch-Site": "same-origin", **BROWSER})


def is_taken(answer: httpx2.Response) -> bool:
    return answer.status_code == 303 or "got-label" in answer.text


@pytest.mark.parametrize("path", WAYS)
async def test_who_chose_a_queue_that_asks_is_told_why_and_asked_before_the_number(tmp_path: Path, path: str) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        chosen = {"key": "0" * 32, "queue": "ktp", **WAYS[path]}
        asked = await submit(visitor, path, chosen)
        assert asked.status_code == 200
        assert PURPOSE["id"] in asked.text and "Dihapus 30 hari setelah kunjungan Anda." in asked.text
        assert hidden(asked.text) == {**chosen, "asked": "1"}
        with pytest.raises(NotFound):
            await house.people.get((OFFICE, TODAY, "A-001"))
        answers = [await submit(visitor, path, {**hidden(asked.text), **GIVEN}) for _ in range(2)]  # a double tap
        assert all(is_taken(answer) for answer in answers)
        person = await house.people.get((OFFICE, TODAY, "A-001"))
        assert person.values[Field.NIK] == NIK
        assert person.source == ("kiosk" if "kiosk" in path else "visitor")
        assert list((await house.floors.get_today(OFFICE)).tickets) == ["A-001"]


@pytest.mark.parametrize("path", WAYS)
async def test_what_is_missing_is_asked_again_and_nothing_that_was_typed_comes_back(tmp_path: Path, path: str) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        form = {"key": "0" * 32, "queue": "ktp", "asked": "1", **WAYS[path], **GIVEN}
        for wrong, told in (
            ({"nik": ""}, "NIK: diperlukan oleh"),
            ({"nik": "123"}, "diharapkan 16 angka"),
            ({"consent": ""}, "persetujuan"),
        ):
            again = await submit(visitor, path, {**form, **wrong})
            assert again.status_code == 422
            assert told in again.text
            assert not any(value in again.text for value in (NAME, PHONE, NIK))
            assert hidden(again.text)["asked"] == "1"
        assert not (await house.floors.get_today(OFFICE)).tickets


@pytest.mark.parametrize("path", WAYS)
async def test_an_odd_nik_is_asked_for_once_more_and_then_taken(tmp_path: Path, path: str) -> None:
    odd = "1604997202900017"  # the 32nd of February
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        form = {"key": "0" * 32, "queue": "ktp", "asked": "1", **WAYS[path], **GIVEN, "nik": odd}
        doubted = await submit(visitor, path, form)
        assert "bukan tanggal" in doubted.text and odd not in doubted.text
        assert not (await house.floors.get_today(OFFICE)).tickets
        assert is_taken(await submit(visitor, path, {**form, **hidden(doubted.text)}))


async def test_what_need_not_be_given_need_not(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        form = {"queue": "ktp", "asked": "1", "name": NAME, "phone": "", "nik": NIK}
        assert is_taken(await submit(visitor, "/b/{}/tickets", form))
        person = await house.people.get((OFFICE, TODAY, "A-001"))
        assert (sorted(person.values), person.agreed) == (["name", "nik"], ())


async def test_a_queue_that_asks_nothing_gives_its_number_at_once(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (_, visitor):
        for n, (path, extra) in enumerate(WAYS.items()):
            assert is_taken(await submit(visitor, path, {"key": f"{n}" * 32, "queue": "umum", **extra}))


async def test_the_api_says_what_a_queue_asks_and_why(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (_, visitor):
        ktp, umum = (await visitor.get(f"/api/v1/branches/{OFFICE}")).json()["queues"]
        assert ktp["asks"] == {"name": "required", "phone": "optional", "nik": "required"}
        assert (ktp["purpose"], ktp["one_claim_per_person"]) == (PURPOSE["id"], True)
        assert (umum["asks"], umum["purpose"], umum["one_claim_per_person"]) == ({}, None, False)


async def keys_of(house: House) -> dict[str, dict[str, str]]:
    wanted = {"clerk": (Role.CLERK, OFFICE), "supervisor": (Role.SUPERVISOR, OFFICE)}
    made = {who: await house.keys.create(role, branch, MONDAY_EIGHT) for who, (role, branch) in wanted.items()}
    return {"nobody": {}, **{who: {"Authorization": f"Bearer {key}"} for who, key in made.items()}}


async def test_who_may_see_what(tmp_path: Path) -> None:
    at = f"/api/v1/branches/{OFFICE}/days/2026-11-23/tickets/A-001/person"
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        await take_number(visitor, VISITOR)
        keys = await keys_of(house)
        seen, revealed, found, pages = {}, {}, {}, {}
        for who, key in keys.items():
            seen[who] = await visitor.get(at, headers=key)
            asked = {"field": "nik", "reason": "berkas tertukar"}
            revealed[who] = await visitor.post(f"{at}/reveal", json=asked, headers=key)
            found[who] = await visitor.post(f"/api/v1/branches/{OFFICE}/people/find", json={"nik": NIK}, headers=key)
            pages[who] = await visitor.get(f"/people/{OFFICE}?label=a-001", headers={**BROWSER, **key})
        assert [seen[who].status_code for who in keys] == [401, 200, 200]
        assert [found[who].status_code for who in keys] == [401, 200, 200]
        assert [revealed[who].status_code for who in keys] == [401, 403, 200]
        assert [pages[who].status_code for who in keys] == [303, 403, 200]
        assert revealed["supervisor"].json() == {"field": "nik", "value": NIK}
        masked = {"name": NAME, "phone": "…4477", "nik": "…0017"}
        assert seen["clerk"].json()["data"] == masked
        assert found["clerk"].json()["found"] == [{"label": "A-001", "queue": "ktp", "data": masked}]
        assert "…0017" in pages["supervisor"].text
        assert {told.headers["cache-control"] for told in (seen["clerk"], pages["supervisor"])} == {"no-store"}
        assert not any(NIK in answers[who].text for answers in (seen, found, pages) for who in keys)
        assert (await visitor.get(at.replace("001", "002"), headers=keys["clerk"])).status_code == 404
        assert "Tidak ada data" in (await visitor.get(f"/people/{OFFICE}?label=X", headers=keys["supervisor"])).text
