"""Who sees how far a paper is: its owner by a page or a number, staff by their rights, and nobody by trying."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from queue_service.app import open_house
from queue_service.domain.cases import Stage
from queue_service.records.cases.cases import Opening
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.settings import Settings
from queue_service.tokens import TicketName
from queue_service.web.cases import token_of
from queue_service.web.house import House
from tests.cases.offices import FRONT, REGISTRY, a_case, a_registry, casework, key_of, pass_through, sign_in
from tests.houses import LAHAT, NINE, Clock, a_visitor

API = f"/api/v1/branches/{REGISTRY}/cases"
HEAD = "request_no; service; stage; updated_at"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_registry(tmp_path, Clock()) as house:
        yield house


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with a_visitor(house) as visitor:
        yield visitor


async def test_a_number_leads_from_its_own_page_to_that_of_its_paper(house: House, visitor: httpx2.AsyncClient) -> None:
    taken = await visitor.post(f"/b/{REGISTRY}/tickets", data={"journey": "ktp-cetak"}, follow_redirects=False)
    ticket = taken.headers["location"]
    assert (await visitor.get(f"{ticket}/progress")).json() == {"promised": "", "paper": None}
    assert 'id="paper" data-address' in (await visitor.get(ticket)).text
    await pass_through(house, FRONT)
    await casework(house).follow()
    told = (await visitor.get(f"{ticket}/progress")).json()
    assert told["promised"] == "Dijanjikan selesai paling lambat Selasa, 24 November 2026, 09.00"
    assert re.fullmatch(r"261123-A001-[0-9A-Z]{8}", told["paper"]["number"])
    assert told["paper"]["number"] in (await visitor.get(ticket)).text
    shown = (await visitor.get(told["paper"]["url"])).text
    assert "Cetak ulang KTP-el" in shown and "Permohonan dicatat" in shown and told["paper"]["number"] in shown
    assert (await visitor.get(f"{told['paper']['url']}/progress")).json() == {"steps": 1}


async def test_whoever_watches_sees_that_it_can_be_picked_up(house: House, visitor: httpx2.AsyncClient) -> None:
    case = await a_case(house)
    page, ticket = f"/p/{token_of(house, case)}", house.tokens.token_of(TicketName(REGISTRY, case.day, case.label))
    told = await visitor.post(
        f"{API}/stage", json={"number": case.number, "stage": "ready"}, headers=await key_of(house)
    )
    assert told.json()["ready"] is True
    assert (await visitor.get(f"{page}/progress")).json() == {"steps": 2}
    assert "Dapat diambil di Disdukcapil Lahat" in (await visitor.get(page)).text
    assert (await visitor.get(f"/t/{ticket}/progress")).json()["paper"]["ready"] is True
    assert "data-ready><h2>Berkas Anda" in (await visitor.get(f"/t/{ticket}")).text


async def test_a_number_is_typed_and_stands_in_no_address(house: House, visitor: httpx2.AsyncClient) -> None:
    case = await a_case(house)
    found = await visitor.post("/case", data={"number": case.number.lower().replace("-", " ")}, follow_redirects=False)
    assert found.status_code == 303
    assert case.number[-8:] not in found.headers["location"]
    assert (await visitor.get(found.headers["location"])).status_code == 200


async def test_trying_numbers_tells_nothing_and_is_soon_over(tmp_path: Path) -> None:
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}", rate_limits=True)
    async with open_house(settings, Clock()) as house:
        await house.branches.set_up(read_setup_file(LAHAT))
        await house.branches.refresh()
        case = await house.cases.open(Opening(REGISTRY, "kk", NINE.date(), "", NINE), "clerk:test")
        async with a_visitor(house) as visitor:
            wrong = [case.number[:-8] + "00000000", "261123-A999-00000000", "1604990101900017", "x"]
            answers = [await visitor.post("/case", data={"number": number}) for number in wrong]
            assert len({(answer.status_code, answer.text) for answer in answers}) == 1
            assert answers[0].status_code == 404
            for _ in range(30):
                last = await visitor.post("/case", data={"number": wrong[0]})
            assert last.status_code == 429
            assert (await visitor.post("/case", data={"number": case.number})).status_code == 429


async def test_another_kind_of_token_opens_no_paper(house: House, visitor: httpx2.AsyncClient) -> None:
    case = await a_case(house)
    name = TicketName(REGISTRY, case.day, case.number)
    for token in (house.tokens.token_of(name), house.entry_tokens.token_of(name), "x", case.number):
        assert (await visitor.get(f"/p/{token}")).status_code == 404
        assert (await visitor.get(f"/api/v1/cases/{token}")).status_code == 404


async def test_staff_set_a_stage_by_hand_and_a_problem_has_its_reason(
    house: House, visitor: httpx2.AsyncClient
) -> None:
    case = await a_case(house)
    await sign_in(visitor, house)
    listed = (await visitor.get(f"/cases/{REGISTRY}")).text
    assert case.number in listed and "dijanjikan paling lambat Selasa, 24 November 2026, 09.00" in listed
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', listed)
    assert csrf
    wish = {"csrf": csrf[1], "do": "set", "number": case.number, "stage": "problem", "reason": ""}
    assert (await visitor.post(f"/cases/{REGISTRY}", data=wish)).status_code == 422
    assert (await visitor.post(f"/cases/{REGISTRY}", data={**wish, "csrf": "0"})).status_code == 403
    done = await visitor.post(f"/cases/{REGISTRY}", data={**wish, "reason": "Blangko habis"})
    assert done.status_code == 200 and "Blangko habis" in done.text
    assert "Blangko habis" in (await visitor.get(f"/p/{token_of(house, case)}")).text
    found = await visitor.post(f"/cases/{REGISTRY}", data={"csrf": csrf[1], "do": "find", "number": "a-001"})
    assert found.status_code == 200 and case.number in found.text
    lost = await visitor.post(f"/cases/{REGISTRY}", data={"csrf": csrf[1], "do": "find", "number": "A-999"})
    assert lost.status_code == 404


async def test_a_file_is_taken_by_the_page_and_its_bad_rows_are_named(
    house: House, visitor: httpx2.AsyncClient
) -> None:
    case = await a_case(house)
    await sign_in(visitor, house)
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', (await visitor.get(f"/cases/{REGISTRY}")).text)
    assert csrf
    row = f"{case.number};ktp-cetak;siap diambil;2026-11-23 09:05"

    async def send(*rows: str, **more: str) -> httpx2.Response:
        content = "\r\n".join((HEAD, *rows)).encode("utf-8-sig")
        files = {"file": ("ekspor.csv", content, "text/csv")}
        return await visitor.post(f"/cases/{REGISTRY}/import", data={"csrf": csrf[1], **more}, files=files)

    refused = await send(row, "1604990101900017;ktp-cetak;ready;2026-11-23")
    assert refused.status_code == 422
    assert "Baris 3: NIK berada di tempat nomor permohonan: tidak dibaca" in refused.text
    assert "1604990101900017" not in refused.text
    assert (await house.cases.get(case.number)).stage is Stage.RECORDED
    assert (
        "Pilih berkas dahulu"
        in (await visitor.post(f"/cases/{REGISTRY}/import", data={"csrf": csrf[1]}, files={"other": ("", b"")})).text
    )
    forged = await visitor.post(f"/cases/{REGISTRY}/import", files={"file": ("x.csv", b"x")})
    assert forged.status_code == 403
    house.floors.clock.turn(minutes=10)  # type: ignore[attr-defined]
    assert "Diterima: 1." in (await send(row)).text
    assert (await house.cases.get(case.number)).stage is Stage.READY


async def test_a_paper_without_a_number_is_begun_once_however_often_it_is_asked(
    house: House, visitor: httpx2.AsyncClient
) -> None:
    headers = {**await key_of(house), "Idempotency-Key": "one-wish"}
    first, again = [await visitor.post(API, json={"service": "kk"}, headers=headers) for _ in range(2)]
    assert first.status_code == 201 and first.json()["number"] == again.json()["number"]
    other = await visitor.post(API, json={"service": "kk"}, headers={**headers, "Idempotency-Key": "another"})
    assert other.json()["number"] != first.json()["number"]
    assert first.json()["due_at"] == "2026-11-24T09:00:00+07:00"
    unfollowed = await visitor.post(API, json={"service": "ikd"}, headers=headers)
    assert unfollowed.status_code == 409
    listed = await visitor.get(API, headers=headers)
    assert {case["number"] for case in listed.json()["cases"]} == {first.json()["number"], other.json()["number"]}


async def test_a_program_brings_an_export_and_hears_of_each_bad_row(house: House, visitor: httpx2.AsyncClient) -> None:
    case = await a_case(house)
    headers = {**await key_of(house, Role.CLERK), "Content-Type": "text/csv", "Accept-Language": "en"}
    content = f"{HEAD}\n{case.number};;ready;2026-11-23 09:05\nx;;ready;2026-11-23"
    told = (await visitor.post(f"{API}/import", content=content.encode(), headers=headers)).json()
    assert told["done"] is False and told["bad"] == [
        {"line": 3, "why": "number", "words": "the first column holds no request number of ours"}
    ]
    kept = await visitor.post(f"{API}/import?keep_good=true", content=content.encode(), headers=headers)
    assert (kept.json()["done"], kept.json()["taken"]) == (True, 1)
    for bad in (b"PK\x03\x04\0", b"a;b"):
        assert (await visitor.post(f"{API}/import", content=bad, headers=headers)).status_code == 422
    elsewhere = await visitor.get("/api/v1/branches/rsud-lahat/cases", headers=headers)
    assert elsewhere.status_code == 403
