"""The whole way of a question: staff press a button, the process with the way out asks, and the page shows what was
said; the register away, slow or in a strange mood; and no data of anybody in what is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import yaml
from sqlalchemy import select

from integrations.contract import NotReady, Opening, Undelivered
from integrations.dukcapil.poller import IdentityPoller
from integrations.dukcapil.system import DukcapilSystem
from queue_service.records.audit import read_audit
from queue_service.records.cases.tables import identity_checks
from queue_service.records.connections import keep_connection
from queue_service.records.plans import ConnectionPlan
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.web.house import House
from tests.doubles.dukcapil.register import CUSTOMER, IP_USER, PASSWORD, USER, Register, Resident
from tests.doubles.web import WebServer
from tests.houses import NINE, Clock, a_house, a_visitor

OFFICE = "kantor"
NIK, NAME, BORN = "1604994107900017", "Contoh Warga", "1990-07-01"
ENVIRONMENT = {"ANTREAN_CONNECTION_NIK_USER_ID": USER, "ANTREAN_CONNECTION_NIK_PASSWORD": PASSWORD}
PLAN = {
    "branches": [
        {
            "id": OFFICE,
            "name": "Kantor",
            "queues": [
                {
                    "id": "ktp",
                    "name": "KTP",
                    "prefix": "A",
                    "asks": {"name": "optional", "nik": "required"},
                    "purpose": {"id": "Agar berkas dapat disiapkan.", "en": "So that files can be prepared."},
                }
            ],
            "counters": [{"id": "1", "name": "1", "queues": ["ktp"]}],
        }
    ]
}


class Desk:
    """A clerk's browser at an office, and the process that has the way out."""

    def __init__(self, house: House, browser: httpx2.AsyncClient, register: Register, url: str, mode: str) -> None:
        self.house = house
        self.browser = browser
        self.register = register
        settings = {"mode": mode, "seconds": 1}
        if mode == "official":
            settings |= {"base_url": url, "customer": CUSTOMER, "ip_user": IP_USER, "allow_private": True}
        self.plan = ConnectionPlan(id="nik", system="dukcapil", branches=[OFFICE], settings=settings)

    @property
    def opening(self) -> Opening:
        return Opening(self.plan, self.house, ENVIRONMENT)

    def poller(self) -> IdentityPoller | None:
        poller = DukcapilSystem.model_validate(self.plan.settings).poller(self.opening)
        assert poller is None or isinstance(poller, IdentityPoller)
        return poller

    async def press(self, birth_date: str = BORN, label: str = "A-001") -> httpx2.Response:
        shown = (await self.browser.get(f"/identity/{OFFICE}")).text
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', shown)
        form = {"csrf": csrf[1] if csrf else await self.csrf(), "label": label, "birth_date": birth_date}
        return await self.browser.post(f"/identity/{OFFICE}", data=form, follow_redirects=False)

    async def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.browser.get(f"/lost/{OFFICE}")).text)
        assert found
        return found[1]

    async def shown(self) -> str:
        page = (await self.browser.get(f"/identity/{OFFICE}?label=A-001")).text
        assert NIK not in page
        return page

    async def check(self, birth_date: str = BORN) -> str:
        """What the page says in the end."""
        assert (await self.press(birth_date)).status_code == 303
        assert "sedang ditanya" in await self.shown()
        poller = self.poller()
        assert poller is not None
        try:
            await poller.look()
        finally:
            await poller.close()
        return await self.shown()


@asynccontextmanager
async def at_the_desk(folder: Path, mode: str = "official") -> AsyncIterator[Desk]:
    register = Register()
    register.residents[NIK] = Resident(NAME, BORN)
    file = folder / "plan.yaml"
    file.write_text(yaml.safe_dump(PLAN))
    async with a_house(folder, Clock()) as house, WebServer(register.answer) as server, a_visitor(house) as browser:
        await house.branches.set_up(read_setup_file(file))
        await house.branches.refresh()
        visitor = {"name": NAME, "nik": NIK, "consent": True}
        taken = await browser.post(f"/api/v1/branches/{OFFICE}/tickets", json={"queue": "ktp", "visitor": visitor})
        assert taken.status_code == 201
        key = await house.keys.create(Role.CLERK, OFFICE, NINE)
        await browser.post("/sign-in", data={"key": key, "next": "/"})
        desk = Desk(house, browser, register, server.url, mode)
        await house.database.write(lambda connection: keep_connection(connection, desk.plan))
        yield desk


async def everything_kept(house: House) -> str:
    rows = await house.database.read(lambda c: [tuple(row) for row in c.execute(select(identity_checks))])
    return repr(rows) + repr(await house.database.read(read_audit))


async def test_a_clerk_asks_and_sees_that_it_agrees_and_only_the_result_is_kept(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path) as desk:
        shown = await desk.check()
        assert "Cocok dengan data kependudukan" in shown
        (asked,) = desk.register.asked
        assert (asked["NIK"], asked["NAMA_LGKP"], asked["TGL_LHR"]) == (NIK, NAME, BORN)
        kept = await everything_kept(desk.house)
        assert NIK not in kept and NAME not in kept and BORN not in kept
        (noted,) = [
            one.deed for one in await desk.house.database.read(read_audit) if one.deed.what == "identity.checked"
        ]
        assert (noted.subject, noted.detail) == ("A-001", {"day": "2026-11-23", "result": "match"})


@pytest.mark.parametrize(
    ("resident", "words"),
    [
        (Resident("Contoh Wargo", BORN), "Cocok sebagian"),
        (Resident("Orang Lain Sama Sekali", "1980-01-01"), "Tidak cocok"),
        (Resident(NAME, BORN, "deceased"), "tercatat sudah meninggal"),
        (Resident(NAME, BORN, "old_format"), "bukan bentuk NIK"),
    ],
)
async def test_what_else_the_register_may_say_is_said_in_words(tmp_path: Path, resident: Resident, words: str) -> None:
    async with at_the_desk(tmp_path) as desk:
        desk.register.residents[NIK] = resident
        assert words in await desk.check()


async def test_when_the_register_is_away_the_clerk_is_told_and_after_a_while_it_is_left_alone(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path) as desk:
        desk.register.outages.begin("500")
        poller = desk.poller()
        assert poller is not None
        for _ in range(8):
            await desk.press()
            with pytest.raises(Undelivered, match="the register answered 500"):
                await poller.look()
        assert "Tidak ada jawaban: lanjutkan tanpa itu" in await desk.shown()
        desk.register.outages.end()
        desk.house.floors.clock.turn(seconds=1)  # type: ignore[attr-defined]
        await desk.press()
        await poller.look()
        assert desk.register.asked == []  # nobody called there any more
        assert "tidak ditanya untuk sementara" in await desk.shown()
        await poller.close()


@pytest.mark.parametrize("kind", ["down", "html", "slow"])
async def test_no_trouble_of_the_register_is_an_answer_or_tells_data(tmp_path: Path, kind: str) -> None:
    async with at_the_desk(tmp_path) as desk:
        desk.register.outages.begin(kind, delay=3)
        await desk.press()
        poller = desk.poller()
        assert poller is not None
        with pytest.raises(Undelivered) as failure:
            await poller.look()
        assert NIK not in str(failure.value)
        assert "Tidak ada jawaban" in await desk.shown()
        await poller.look()  # and goes on
        await poller.close()


async def test_the_form_alone_is_looked_at_without_asking_anybody(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path, "format-only") as desk:
        shown = await desk.check(birth_date="1990-07-02")
        assert "Cocok sebagian" in shown and "hari lain" in shown
        assert desk.register.asked == []


async def test_where_it_is_off_nobody_is_offered_it_and_nothing_runs(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path, "off") as desk:
        assert desk.poller() is None
        shown = await desk.shown()
        assert "Belum ada sambungan" in shown and 'name="birth_date"' not in shown
        assert (await desk.press()).status_code == 409


async def test_a_question_that_nobody_takes_up_ends_without_an_answer(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path) as desk:
        await desk.press()
        clock = desk.house.floors.clock
        assert isinstance(clock, Clock)
        clock.turn(seconds=41)
        assert "Tidak ada jawaban" in await desk.shown()
        poller = desk.poller()
        assert poller is not None
        await poller.look()
        assert desk.register.asked == []  # too late: the visitor was served without it
        await poller.close()


async def test_only_a_number_of_today_with_a_nik_is_asked_about(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path) as desk:
        assert (await desk.press(label="A-999")).status_code == 404
        assert (await desk.press(birth_date="kemarin")).status_code == 422
        forged = await desk.browser.post(f"/identity/{OFFICE}", data={"label": "A-001"})
        assert forged.status_code == 403


async def test_trying_the_connection_asks_about_nobody(tmp_path: Path) -> None:
    async with at_the_desk(tmp_path) as desk:
        settings = DukcapilSystem.model_validate(desk.plan.settings)
        assert "No NIK was asked about." in await settings.probe(desk.opening)
        assert desk.register.asked == []
        with pytest.raises(NotReady, match="ANTREAN_CONNECTION_NIK_USER_ID is not set"):
            await settings.probe(Opening(desk.plan, desk.house, {}))
