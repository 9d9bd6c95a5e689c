"""At the kiosk with an appointment: by a code that is scanned or typed, and that nobody guesses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

import httpx2
import pytest

from queue_service.domain.actions import Book
from queue_service.domain.tickets import Status
from queue_service.records.setup_files import read_setup
from queue_service.tokens import TicketName
from queue_service.web.house import House
from queue_service.web.pages.codes import code_of
from tests.houses import LAHAT, Clock, a_house, a_visitor

OFFICE, QUEUE = "kecamatan-contoh", "pelayanan"
MONDAY = date(2026, 11, 23)
SLOT = datetime.fromisoformat("2026-11-23T10:00+07:00")
SETUP = LAHAT.with_name("office-hours.yaml").read_text()
KIOSK = f"/kiosk/{OFFICE}/check-in"


@asynccontextmanager
async def an_office(folder: Path, clock: Clock) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    """Two have an appointment at ten."""
    async with a_house(folder, clock) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup(SETUP, "office-hours.yaml"))
        await house.branches.refresh()
        for _ in range(2):
            await house.desk.act(OFFICE, Book(QUEUE, SLOT), "visitor", day=MONDAY)
        yield house, visitor


async def show_code(visitor: httpx2.AsyncClient, code: str) -> httpx2.Response:
    return await visitor.post(KIOSK, data={"code": code, "lang": "id"}, headers={"Sec-Fetch-Site": "same-origin"})


def named(label: str) -> TicketName:
    return TicketName(OFFICE, MONDAY, label)


async def test_the_ticket_shows_its_codes_and_both_check_in(tmp_path: Path) -> None:
    clock = Clock(datetime.fromisoformat("2026-11-23T09:40+07:00"))
    async with an_office(tmp_path, clock) as (house, visitor):
        assert f'href="{KIOSK}?lang=id"' in (await visitor.get(f"/kiosk/{OFFICE}")).text
        token = house.tokens.token_of(named("A-001"))
        page = (await visitor.get(f"/t/{token}")).text
        code = re.findall(r"<b class=\"digits\">(A-001-[0-9]{6})</b>", page)[0]
        assert "<svg" in page and code == code_of(house.secrets, named("A-001"))
        typed = await show_code(visitor, code.lower().replace("-", " "))
        assert typed.status_code == 200
        assert "Anda sudah tercatat datang" in typed.text and "menurut jam 10.00" in typed.text
        assert token not in typed.text
        scanned = await show_code(visitor, f"http://antrean/t/{house.tokens.token_of(named('A-002'))}")
        assert scanned.status_code == 200 and "A-002" in scanned.text
        floor = await house.floors.get_today(OFFICE)
        assert {ticket.status for ticket in floor.tickets.values()} == {Status.WAITING}
        again = await show_code(visitor, code)
        assert again.status_code == 409


async def test_who_is_too_early_or_too_late_is_told_so(tmp_path: Path) -> None:
    clock = Clock(datetime.fromisoformat("2026-11-23T09:00+07:00"))
    async with an_office(tmp_path, clock) as (house, visitor):
        code = code_of(house.secrets, named("A-001"))
        early = await show_code(visitor, code)
        assert early.status_code == 409 and "09:30" in early.text
        clock.now = datetime.fromisoformat("2026-11-23T10:16+07:00")
        late = await show_code(visitor, code)
        assert late.status_code == 200 and "Anda terlambat" in late.text
        clock.now = datetime.fromisoformat("2026-11-24T09:00+07:00")
        over = await show_code(visitor, f"/t/{house.tokens.token_of(named('A-002'))}")
        assert over.status_code == 409


@pytest.mark.parametrize(
    "code", ["", "A", "A-001", "A-001-12345", "A-001-1234567", "B-001-123456", "/t/nobody", "☃" * 500]
)
async def test_what_is_no_code_of_today_is_refused(tmp_path: Path, code: str) -> None:
    clock = Clock(datetime.fromisoformat("2026-11-23T09:40+07:00"))
    async with an_office(tmp_path, clock) as (_, visitor):
        assert (await show_code(visitor, code)).status_code == 404


async def test_an_appointment_at_another_branch_is_sent_there(tmp_path: Path) -> None:
    clock = Clock(datetime.fromisoformat("2026-11-23T09:40+07:00"))
    async with an_office(tmp_path, clock) as (house, visitor):
        code = f"/t/{house.tokens.token_of(named('A-001'))}"
        elsewhere = await visitor.post("/kiosk/rsud-lahat/check-in", data={"code": code})
        assert elsewhere.status_code == 404 and "Kantor Camat Contoh" in elsewhere.text
        typed = await visitor.post("/kiosk/rsud-lahat/check-in", data={"code": code_of(house.secrets, named("A-001"))})
        assert typed.status_code == 404


async def test_codes_cannot_be_tried_one_after_the_other(tmp_path: Path) -> None:
    clock = Clock(datetime.fromisoformat("2026-11-23T09:40+07:00"))
    async with an_office(tmp_path, clock) as (house, visitor):
        good = code_of(house.secrets, named("A-001"))
        wrong = [f"A-001-{n:06d}" for n in range(11) if f"A-001-{n:06d}" != good]
        statuses = [(await show_code(visitor, code)).status_code for code in wrong[:10]]
        assert statuses == [404] * 10
        assert (await show_code(visitor, good)).status_code == 429  # now not even the right one
        others = [(await show_code(visitor, f"A-{n:03d}-000000")).status_code for n in range(100, 125)]
        assert 429 in others  # nor one number after the other, from one device
        assert (await house.floors.get_today(OFFICE)).ticket("A-001").status is Status.BOOKED


async def test_a_code_is_of_its_day_branch_and_number(tmp_path: Path) -> None:
    async with an_office(tmp_path, Clock(datetime.fromisoformat("2026-11-23T09:40+07:00"))) as (house, _):
        names = [named("A-001"), named("A-002"), TicketName(OFFICE, date(2026, 11, 24), "A-001")]
        names.append(TicketName("rsud-lahat", MONDAY, "A-001"))
        assert len({code_of(house.secrets, name)[-6:] for name in names}) == 4
