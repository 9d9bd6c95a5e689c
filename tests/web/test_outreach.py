from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from queue_service.domain.requesting import AskInfo, Decline
from queue_service.domain.requests import Asker, Check, Dates, Need, State
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import Enlist, HeadFor
from queue_service.journal import Beside
from queue_service.web.house import House
from tests.houses import Clock, a_visitor
from tests.records.outreach.cast import (
    MONDAY_EIGHT,
    NAME,
    NIK,
    OFFICE,
    PHONE,
    PLACE,
    TEAM,
    TRIP_DAY,
    VILLAGE,
    an_outreach_house,
    plan_trip,
    received,
)

AT = f"/b/{OFFICE}/outreach"
FORM = {
    "village": VILLAGE,
    "key": "0" * 32,
    "rows": "2",
    "asker": "family",
    "name": "Kakak Uji",
    "phone": "0812 9900 4477",
    "place": PLACE,
    "first": "2026-12-01",
    "last": "2026-12-04",
    "name1": NAME,
    "year1": "1946",
    "service1": "ktp-rekam",
    "need1": ["lying", "older"],
    "nik1": NIK,
    "name2": "",
    "service2": "kia",
    "consent": "yes",
}


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_EIGHT)


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with an_outreach_house(tmp_path, clock) as house:
        yield house


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with a_visitor(house) as visitor:
        yield visitor


async def post(visitor: httpx2.AsyncClient, path: str, form: object) -> httpx2.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await visitor.post(path, content=urlencode(form, doseq=True), headers=headers)  # type: ignore[arg-type]


async def test_the_village_is_chosen_by_its_district_or_its_name(visitor: httpx2.AsyncClient) -> None:
    begin = await visitor.get(AT)
    assert "Salinan Kartu Keluarga." in begin.text  # before anything is asked
    assert begin.text.count("<option value=") == 24 + 378
    district = await visitor.get(AT, params={"district": "16.04.28"})
    assert district.text.count("?village=16.04.28.") == 7
    typed = await visitor.get(AT, params={"name": "kembangayun"})
    assert f"?village={VILLAGE}" in typed.text
    assert 'role="alert"' in (await visitor.get(AT, params={"name": "Atlantis"})).text
    form = await visitor.get(AT, params={"village": VILLAGE})
    assert "Kembang Ayun, Tanjungsakti Pumu" in form.text
    assert (await visitor.get(AT, params={"village": "16.05.01.2001"})).status_code == 422
    assert (await visitor.get(f"/b/{TEAM}/outreach")).status_code == 404


async def test_a_request_is_made_once_and_followed_by_its_own_page(house: House, visitor: httpx2.AsyncClient) -> None:
    made = await post(visitor, AT, FORM)
    assert made.status_code == 303
    assert (await post(visitor, AT, FORM)).headers["location"] == made.headers["location"]
    request = await house.requests.get("JB-26-00001")
    assert (request.kind, request.village, request.state) == (Asker.FAMILY, VILLAGE, State.RECEIVED)
    assert [(one.service, one.needs, one.birth_year) for one in request.people] == [
        ("ktp-rekam", (Need.LYING, Need.OLDER), 1946)
    ]
    assert request.dates == Dates(TRIP_DAY, TRIP_DAY + timedelta(days=3))
    page = await visitor.get(made.headers["location"])
    assert page.headers["x-robots-tag"] == "noindex" and 'content="noindex"' in page.text
    assert "JB-26-00001" in page.text and "21 Desember 2026" in page.text
    for personal in (NAME, NIK, "4477", PLACE, "Kakak Uji"):
        assert personal not in page.text and personal not in made.headers["location"]
    assert (await visitor.get("/r/" + "x" * 40)).status_code == 404
    assert (await visitor.get(made.headers["location"].replace("/r/", "/t/"))).status_code == 404


WRONG: tuple[dict[str, object], ...] = (
    {"phone": "12"},
    {"name": " "},
    {"name1": ""},
    {"nik1": "123"},
    {"consent": ""},
    {"service1": "paspor"},
    {"year1": "2090"},
    {"first": "2026-11-01"},
    {"asker": "king"},
    {"need1": ["royal"]},
    {"place": "x" * 201},
)


async def test_what_does_not_fit_is_said_and_nothing_is_lost(house: House, visitor: httpx2.AsyncClient) -> None:
    for wrong in WRONG:
        answer = await post(visitor, AT, {**FORM, **wrong})
        assert answer.status_code == 422 and 'role="alert"' in answer.text, wrong
        assert "0812 9900 4477" in answer.text or "phone" in wrong
    assert await house.requests.counts(OFFICE) == {}


async def test_more_rows_come_with_what_was_typed(visitor: httpx2.AsyncClient) -> None:
    more = await post(visitor, AT, {**FORM, "more": "1"})
    assert more.status_code == 200 and more.text.count("<legend>Orang") == 7
    assert NAME in more.text and re.search(r'name="need1" value="lying" checked', more.text)
    assert (await post(visitor, AT, {**FORM, "rows": "19", "more": "1"})).text.count("<legend>Orang") == 20


async def its_page(house: House, visitor: httpx2.AsyncClient) -> str:
    return str((await post(visitor, AT, FORM)).headers["location"])


async def test_whoever_asked_answers_and_changes_it(house: House, visitor: httpx2.AsyncClient) -> None:
    page, id_ = await its_page(house, visitor), "JB-26-00001"
    await house.requests.act(id_, AskInfo("Berapa nomor KK-nya?"), "staff", MONDAY_EIGHT)
    assert "Berapa nomor KK-nya?" in (await visitor.get(page)).text
    assert (await post(visitor, f"{page}/answer", {"answer": " "})).status_code == 422
    assert (await post(visitor, f"{page}/answer", {"answer": "Ada di map biru."})).status_code == 303
    assert (await house.requests.get(id_)).state is State.PRE_CHECK
    assert (await post(visitor, f"{page}/contact", {"name": "Adik Uji", "phone": "081299004478"})).status_code == 303
    known = (await house.requests.people_of(id_))["contact"].contact
    assert (known.name, known.answer, known.place) == ("Adik Uji", "Ada di map biru.", PLACE)
    assert (await post(visitor, f"{page}/dates", {"first": "2026-12-09", "last": ""})).status_code == 303
    assert (await post(visitor, f"{page}/dates", {"first": "2026-11-09"})).status_code == 422
    assert (await house.requests.get(id_)).dates == Dates(TRIP_DAY + timedelta(8), TRIP_DAY + timedelta(8))
    assert (await post(visitor, f"{page}/fly", {})).status_code == 404
    await house.requests.act(id_, Decline("Di luar wilayah kami."), "staff", MONDAY_EIGHT)
    assert "Di luar wilayah kami." in (await visitor.get(page)).text
    assert (await post(visitor, f"{page}/withdraw", {})).status_code == 409


async def test_the_visit_is_on_the_page_and_a_withdrawal_gives_its_places_back(
    house: House, visitor: httpx2.AsyncClient, clock: Clock
) -> None:
    page, id_ = await its_page(house, visitor), "JB-26-00001"
    await plan_trip(house)
    beside = Beside(house.requests.scheduling(id_, ["1"], "a"))
    await house.desk.act(TEAM, Enlist("a", (15,)), "staff", day=TRIP_DAY, beside=beside)
    shown = (await visitor.get(page)).text
    assert "Tim datang antara Senin, 30 November 2026" in shown and "A-001" in shown
    ticket = re.search(r'href="(/t/[^"]+)"', shown)
    assert ticket is not None and (await visitor.get(ticket[1])).status_code == 200
    assert f'data-tickets="{ticket[1].removeprefix("/t/")}"' in shown and "Anda meminta" not in shown
    await post(visitor, f"{page}/dates", {"first": "2026-12-09", "last": ""})
    assert "Anda meminta Rabu, 09 Desember 2026" in (await visitor.get(page)).text
    clock.now = MONDAY_EIGHT + timedelta(days=8)
    await house.desk.act(TEAM, HeadFor("a"), "staff", day=TRIP_DAY)
    assert "Dalam perjalanan" in (await visitor.get(page)).text
    assert (await post(visitor, f"{page}/withdraw", {})).status_code == 303
    assert (await house.requests.get(id_)).state is State.WITHDRAWN
    assert 'data-tickets=""' in (await visitor.get(page)).text
    floor = await house.floors.get((TEAM, TRIP_DAY))
    assert floor.tickets["A-001"].status is Status.CANCELLED
    assert (await post(visitor, f"{page}/withdraw", {})).status_code == 303  # so it is already


async def test_a_merged_request_shows_how_the_other_goes(house: House, visitor: httpx2.AsyncClient) -> None:
    page = await its_page(house, visitor)
    other = await received(house)
    await house.requests.merge("JB-26-00001", other.id, "staff", MONDAY_EIGHT)
    shown = (await visitor.get(page)).text
    assert other.id in shown and "/withdraw" not in shown
    assert (await post(visitor, f"{page}/withdraw", {})).status_code == 409


async def test_the_api_says_the_same(house: House, visitor: httpx2.AsyncClient) -> None:
    villages = (await visitor.get("/api/v1/regions/16.04")).json()["villages"]
    assert len(villages) == 378 and villages[0]["code"] == VILLAGE
    body = {
        "asker": "school",
        "village": VILLAGE,
        "people": [{"name": NAME, "service": "kia", "needs": ["deaf"], "nik": NIK}],
        "contact": {"name": "Kepala Sekolah Uji", "phone": PHONE, "letter": "421/12/2026"},
        "consent": True,
    }
    url, key = f"/api/v1/branches/{OFFICE}/requests", {"Idempotency-Key": "one"}
    made = await visitor.post(url, json=body, headers=key)
    assert made.status_code == 201
    told = made.json()
    assert (told["id"], told["state"], told["promised_by"]) == ("JB-26-00001", "received", "2026-12-21")
    assert NAME not in made.text and NIK not in made.text
    assert (await visitor.post(url, json=body, headers=key)).json()["token"] == told["token"]
    assert (await visitor.post(url, json={**body, "asker": "prison"}, headers=key)).status_code == 422
    assert (await visitor.post(url, json={**body, "consent": False})).status_code == 422
    mine = f"/api/v1/requests/{told['token']}"
    dates = await visitor.post(f"{mine}/dates", json={"first": "2026-12-09", "last": "2026-12-10"})
    assert dates.json()["dates"] == {"first": "2026-12-09", "last": "2026-12-10"}
    assert (await visitor.get(mine)).json() == dates.json()
    assert (await visitor.get(url)).status_code == 401
    assert (await visitor.post(f"{mine}/withdraw")).json()["state"] == "withdrawn"
    assert (await house.requests.get(told["id"])).people[0].check is Check.OPEN
