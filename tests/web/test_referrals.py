"""An errand across agencies, on the pages of those who have it and of those who see to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from queue_service.domain.referrals import Reason, Referral, Standing
from queue_service.records.roles import Role
from queue_service.referring import Referring
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.births import ERRAND, MOTHER, NIK, REGISTRY, RSUD, a_mother, a_regency, referred
from tests.houses import Clock, a_visitor

OWN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Scene:
    house: House
    clock: Clock
    mother: TicketName
    visitor: httpx2.AsyncClient
    staff: dict[str, httpx2.AsyncClient]

    @property
    def page(self) -> str:
        return f"/t/{self.house.tokens.token_of(self.mother)}"

    async def see(self, path: str = "") -> str:
        answer = await self.visitor.get(path or self.page)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(self, referral: str, **form: str) -> httpx2.Response:
        return await self.visitor.post(f"{self.page}/errand/{referral}", data=form, headers=OWN)

    async def by_staff(self, branch: str, **form: str) -> httpx2.Response:
        path = f"/referrals/{branch}"
        token = re.findall(r'name="csrf" value="([^"]+)"', (await self.staff[branch].get(f"{path}?label=K-001")).text)
        csrf = {"csrf": token[0]} if token else {}
        return await self.staff[branch].post(path, data={**csrf, **form}, headers=OWN)

    async def list_of(self, branch: str) -> str:
        return (await self.staff[branch].get(f"/referrals/{branch}")).text

    async def everywhere(self) -> list[str]:
        """The visitor's page, and the lists of both agencies."""
        return [await self.see(), await self.list_of(RSUD), await self.list_of(REGISTRY)]

    async def referral(self) -> tuple[str, Standing | None]:
        (found,) = await self.house.referring.of_ticket(self.mother)
        return found.id, found.standing


@asynccontextmanager
async def a_scene(folder: Path) -> AsyncIterator[Scene]:
    clock = Clock()
    async with (
        a_regency(folder, clock) as house,
        a_visitor(house) as visitor,
        a_visitor(house) as hospital,
        a_visitor(house) as registry,
    ):
        staff = {RSUD: hospital, REGISTRY: registry}
        for branch, client in staff.items():
            key = await house.keys.create(Role.CLERK, branch, clock.now)
            form = {"key": key, "next": f"/referrals/{branch}"}
            assert (await client.post("/sign-in", data=form, headers=OWN)).status_code == 303
        yield Scene(house, clock, await a_mother(house), visitor, staff)


async def test_a_visitor_agrees_to_what_stands_there_and_to_nothing_unasked(tmp_path: Path) -> None:
    async with a_scene(tmp_path) as scene:
        assert 'class="errand"' not in await scene.see()
        assert (await scene.by_staff(RSUD, do="offer", label="K-001", errand=ERRAND)).status_code == 303
        id_, standing = await scene.referral()
        assert standing is Standing.OFFERED
        page = await scene.see()
        assert "Lahir, pulang bawa akta" in page and "Disdukcapil menerima ini untuk akta kelahiran." in page
        assert re.findall(r"<li>(.*?)</li>", page.split('class="consent"')[1].split("</ul>")[0]) == [
            "Nama lengkap",
            "NIK (16 angka pada KTP)",
        ]
        (box,) = re.findall(r"<input[^>]*name=\"consent\"[^>]*>", page)
        assert "checked" not in box
        assert NIK not in page and MOTHER["name"] not in page
        refused = await scene.send(id_, do="agree")
        assert refused.status_code == 422 and "Tidak ada yang diteruskan tanpa persetujuan" in refused.text
        assert (await scene.send(id_, do="agree", consent="yes")).status_code == 303
        assert (await scene.referral())[1] is Standing.ACCEPTED
        entry = (await scene.house.journal.read(scene.house.floors.today(RSUD)))[2]
        assert (entry.event.kind, entry.by) == ("referred", "visitor")


async def test_the_pages_of_an_errand_name_each_other_to_their_holder_only(tmp_path: Path) -> None:
    async with a_scene(tmp_path) as scene:
        referral = await referred(scene.house, scene.mother)
        place = await scene.house.referring.place_of(referral)
        assert place is not None
        other = scene.house.tokens.token_of(place)
        page, there = await scene.see(), await scene.see(f"/t/{other}")
        assert f'href="/t/{other}"' in page and "Surat keterangan lahir" in page and "Akta kelahiran" in page
        assert f'href="{scene.page}"' in there
        stranger = await a_mother(scene.house, {})
        theirs = f"/t/{scene.house.tokens.token_of(stranger)}"
        assert other not in await scene.see(theirs)
        for path in (theirs, f"/t/{other}"):
            form = {"do": "withdraw"}
            answer = await scene.visitor.post(f"{path}/errand/{referral.id}", data=form, headers=OWN)
            assert answer.status_code == 404
        scene.clock.turn(days=1)  # the hospital's day is over, and its page still knows
        assert other in await scene.see()


async def test_a_clerk_refers_at_the_visitors_word_and_the_other_agency_answers(tmp_path: Path) -> None:
    async with a_scene(tmp_path) as scene:
        without = await scene.by_staff(RSUD, do="refer", label="k-001", errand=ERRAND)
        assert without.status_code == 422 and "tanpa persetujuan" in without.text
        told = await scene.by_staff(RSUD, do="refer", label="K-001", errand=ERRAND, consent="yes")
        assert told.status_code == 303
        id_, standing = await scene.referral()
        assert standing is Standing.ACCEPTED
        entry = (await scene.house.journal.read(scene.house.floors.today(RSUD)))[1]
        assert entry.event.kind == "referred" and entry.by.startswith("clerk:")
        again = await scene.by_staff(RSUD, do="refer", label="K-001", errand=ERRAND, consent="yes")
        assert again.status_code == 409
        assert "C-001" in await scene.list_of(REGISTRY)
        foreign = await scene.by_staff(RSUD, do="refuse", referral=id_, reason="other_agency")
        assert foreign.status_code == 404  # the hospital does not answer for the registry
        assert (await scene.by_staff(REGISTRY, do="refuse", referral=id_, reason="so")).status_code == 422
        refused = await scene.by_staff(REGISTRY, do="refuse", referral=id_, reason=Reason.OTHER_AGENCY.value)
        assert refused.status_code == 303
        assert "Kantor lain yang berwenang" in await scene.see()
        assert "ditolak" in await scene.list_of(RSUD)


async def test_who_finds_all_days_full_chooses_another_and_hears_when_the_papers_are_ready(tmp_path: Path) -> None:
    async with a_scene(tmp_path) as scene:
        referral = await referred(scene.house, scene.mother)
        await scene.house.referring.refuse(referral, Reason.FULL, "clerk:registry")
        assert "Tidak ada tempat kosong pada hari-hari itu." in await scene.see()
        path = f"{scene.page}/errand/{referral.id}"
        days = re.findall(r'href="\?day=([0-9-]+)"', await scene.see(path))
        assert days[0] == "2026-11-25"  # not before the errand has it
        (slot,) = re.findall(r'name="slot" value="([^"]+)"', await scene.see(f"{path}?day={days[1]}"))
        assert (await scene.send(referral.id, slot=slot, consent="yes")).status_code == 303
        id_, standing = await scene.referral()
        assert standing is Standing.ACCEPTED
        assert (await scene.by_staff(REGISTRY, do="ready", referral=id_)).status_code == 303
        assert "Dokumen Anda siap diambil" in await scene.see()


async def test_nobodys_answer_is_said_to_the_visitor_and_to_both_agencies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path) as scene:

        async def do_nothing(self: Referring, referral: Referral) -> None:
            """As long as no process sees to it."""

        monkeypatch.setattr(Referring, "see_to", do_nothing)
        await referred(scene.house, scene.mother)
        late = "Belum ada jawaban sampai pukul 10.00"
        assert [late in page for page in await scene.everywhere()] == [False, False, False]
        scene.clock.turn(minutes=61)
        assert [late in page for page in await scene.everywhere()] == [True, True, True]
        id_, _ = await scene.referral()
        assert (await scene.send(id_, do="withdraw")).status_code == 303
        assert (await scene.referral())[1] is Standing.WITHDRAWN


async def test_what_cannot_be_referred_is_said(tmp_path: Path) -> None:
    async with a_scene(tmp_path) as scene:
        dentist = await a_mother(scene.house, {}, queue="gigi")
        form = {"do": "offer", "errand": ERRAND}
        assert (await scene.by_staff(RSUD, **form, label=dentist.label)).status_code == 422
        assert (await scene.by_staff(RSUD, **form, label="K-999")).status_code == 404
        assert (await scene.by_staff(RSUD, do="offer", errand="x", label="K-001")).status_code == 404
        assert (await scene.by_staff(RSUD, do="ready", referral="x")).status_code == 404
        shown = (await scene.staff[RSUD].get(f"/referrals/{RSUD}?label={dentist.label}")).text
        assert "tidak punya urusan di instansi lain" in shown
