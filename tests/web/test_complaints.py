"""Complaining at a browser without JavaScript, and answering it in the office."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from queue_service.domain.actions import CallNext
from queue_service.domain.complaints import Complaint, Doubt, Escalate, Passage, Send
from queue_service.records.audit import read_audit
from queue_service.records.complaints.complaints import Step, read_number
from queue_service.records.complaints.words import Kept
from queue_service.records.people.retention import Retention
from queue_service.records.people.rotation import keys_in_use, rotate
from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant
from queue_service.tokens import TicketName
from queue_service.web.complaints import TRIES_OF_ONE, held_complaint, token_of
from queue_service.web.house import House
from tests.houses import CHILDREN, RSUD, Clock, a_house, a_visitor, issue, open_counter
from tests.security.callers import add_member, begin
from tests.web.offices import Administrator, form_of, signed_in

OWN = {"Sec-Fetch-Site": "same-origin"}
FORM = f"/b/{RSUD}/complaint"
WORDS = "Saya menunggu tiga jam tanpa dipanggil."
NIK, PHONE = "1604994107900017", "0812-3456-7890"
PLAIN = {"category": "waiting", "words": WORDS, "anonymous": "yes", "secret": "yes"}


@dataclass
class Desk:
    house: House
    visitor: httpx2.AsyncClient
    clock: Clock

    async def send(self, path: str = FORM, **form: str) -> httpx2.Response:
        """The form as it is opened, with this in it."""
        opened = form_of((await self.visitor.get(path)).text).put(**form)
        return await self.visitor.post(path, data=dict(opened.pairs), headers=OWN)

    async def file(self, **form: str) -> Complaint:
        answer = await self.send(**{**PLAIN, **form})
        assert answer.status_code == 303, answer.text
        return await held_complaint(self.house, token_in(answer))

    async def all(self) -> list[Complaint]:
        return await self.house.complaints.open_at([RSUD])


def token_in(answer: httpx2.Response) -> str:
    return str(answer.headers["location"]).removeprefix("/c/").partition("?")[0]


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    clock = Clock()
    async with a_house(folder, clock) as house, a_visitor(house) as visitor:
        yield Desk(house, visitor, clock)


@asynccontextmanager
async def an_office(desk: Desk, role: Role = Role.SUPERVISOR) -> AsyncIterator[Administrator]:
    async with a_visitor(desk.house) as browser:
        yield await signed_in(desk.house, browser, role, RSUD)


async def do(office: Administrator, complaint: Complaint, what: str, /, **form: str) -> httpx2.Response:
    path = f"/office/complaints/{complaint.number}"
    csrf = re.findall(r'name="csrf" value="([^"]+)"', await office.open(path))[0]
    sent = {"csrf": csrf, "do": what, "seq": str(complaint.seq), **form}
    return await office.browser.post(path, data=sent, headers=OWN)


async def test_a_complaint_is_filed_answered_and_closed_before_the_eyes_of_its_writer(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, an_office(desk) as office:
        complaint = await desk.file(queue=CHILDREN)
        page = f"/c/{token_of(desk.house, complaint)}"
        shown = (await desk.visitor.get(page)).text
        assert complaint.number in shown and WORDS in shown and "25 November 2026" in shown
        desk.clock.turn(minutes=20)
        assert complaint.number in await office.open("/office/complaints")
        assert (await do(office, complaint, "close")).status_code == 409  # nobody has answered
        answered = await do(office, complaint, "answer", words="Mohon maaf, dokter terlambat.")
        assert answered.status_code == 303
        again = await do(office, complaint, "answer", words="Mohon maaf, dokter terlambat.")
        assert again.status_code == 303  # the same form, sent twice
        other = await do(office, complaint, "answer", words="Jawaban yang lain sekali.")
        assert other.status_code == 409
        (complaint,) = await desk.all()
        assert complaint.seq == 2
        added = await desk.visitor.post(page, data={"words": "Terima kasih, sudah jelas.", "seq": "2"}, headers=OWN)
        assert added.status_code == 303
        (complaint,) = await desk.all()
        assert "pengadu menulis lagi" in await office.open("/office/complaints")
        assert (await do(office, complaint, "close")).status_code == 303
        shown = (await desk.visitor.get(page)).text
        assert "Mohon maaf, dokter terlambat." in shown and "sudah jelas" in shown and "09.20" in shown
        refused = await desk.visitor.post(page, data={"words": "Masih ada lagi ini."}, headers=OWN)
        assert refused.status_code == 409
        assert await desk.all() == []


async def test_a_form_sent_twice_files_once(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        opened = form_of((await desk.visitor.get(FORM)).text).put(**PLAIN)
        sent = [await desk.visitor.post(FORM, data=dict(opened.pairs), headers=OWN) for _ in range(3)]
        assert len({answer.headers["location"] for answer in sent}) == 1
        changed = {**dict(opened.pairs), "words": "Sesuatu yang lain sama sekali."}
        assert (await desk.visitor.post(FORM, data=changed, headers=OWN)).status_code == 409
        assert len(await desk.all()) == 1


async def test_what_should_not_stand_there_is_pointed_out_and_hidden_from_staff(tmp_path: Path) -> None:
    words = f"Saya dengan NIK {NIK} dan HP {PHONE} ditolak di loket."
    async with a_desk(tmp_path) as desk, an_office(desk) as office:
        warned = await desk.send(**{**PLAIN, "words": words})
        assert warned.status_code == 200 and "[disamarkan]" in warned.text
        assert await desk.all() == []
        sure = form_of(warned.text)
        changed = dict(sure.put(words=f"{words} Alamat saya di Jl. Mawar 3.").pairs)
        assert (await desk.visitor.post(FORM, data=changed, headers=OWN)).status_code == 200  # other words
        answer = await desk.visitor.post(FORM, data=dict(sure.pairs), headers=OWN)
        assert answer.status_code == 303
        (complaint,) = await desk.all()
        seen = await office.open(f"/office/complaints/{complaint.number}")
        assert NIK not in seen and PHONE not in seen and "ditolak di loket" in seen
        assert NIK in (await desk.visitor.get(f"/c/{token_in(answer)}")).text  # its own writer's words
        refused = await do(office, complaint, "reveal", what="words", entry="1", reason="x")
        assert refused.status_code == 422 and NIK not in refused.text
        revealed = await do(office, complaint, "reveal", what="words", entry="1", reason="Mencari berkas")
        assert NIK in revealed.text
        deeds = [one.deed for one in await desk.house.database.read(read_audit)]
        (deed,) = [deed for deed in deeds if deed.what == "complaint.revealed"]
        assert (deed.subject, deed.branch) == (complaint.number, RSUD)
        assert deed.detail == {"field": "words", "entry": 1, "reason": "Mencari berkas"}


async def test_how_to_reach_somebody_is_kept_with_consent_only_encrypted_and_for_its_time(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, an_office(desk) as office:
        assert (await desk.send(**PLAIN, contact=PHONE)).status_code == 422
        complaint = await desk.file(contact=PHONE, consent="yes")
        folder = desk.house.settings.data_dir
        held = b"".join(path.read_bytes() for path in folder.glob("antrean.db*"))
        assert PHONE.encode() not in held and WORDS.encode() not in held
        assert PHONE not in await office.open(f"/office/complaints/{complaint.number}")
        assert PHONE in (await do(office, complaint, "reveal", what="contact", entry="1", reason="Bertanya")).text
        assert await desk.house.database.read(keys_in_use) == {desk.house.people.keys.newest: 2}
        assert await rotate(desk.house.database, desk.house.people.keys) == 0
        await do(office, complaint, "answer", words="Sudah diperbaiki.")
        (complaint,) = await desk.all()
        await do(office, complaint, "close")
        desk.clock.turn(days=31)
        retention = Retention(desk.house.database, desk.house.branches, desk.clock)
        run = await retention.run()
        assert run is not None
        assert {(each.field, each.rows, each.left) for each in run.erased} == {
            ("complaint contact", 1, 0),
            ("complaint words", 0, 2),
            ("complaint names", 0, 0),
        }
        desk.clock.turn(days=340)
        run = await retention.run()
        assert run is not None and {(each.field, each.rows) for each in run.erased} >= {("complaint words", 2)}
        left = await desk.visitor.get(f"/c/{token_of(desk.house, complaint)}")
        assert left.status_code == 200 and WORDS not in left.text


async def test_it_is_found_by_number_and_code_and_not_by_guessing(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        complaint = await desk.file()
        code = desk.house.complaints.code_of(complaint.number)
        typed = {"number": complaint.number.lower().replace("-", " "), "code": f"{code[:4]} {code[4:]}"}
        found = await desk.visitor.post("/c", data=typed, headers=OWN)
        assert (found.status_code, token_in(found)) == (303, token_of(desk.house, complaint))
        wrong = f"{(int(code) + 1) % 10**8:08d}"
        tries = [await desk.visitor.post("/c", data={**typed, "code": wrong}, headers=OWN) for _ in range(10)]
        assert {each.status_code for each in tries[:9]} == {404}
        assert tries[9].status_code == 429  # the first, which was right, counted as well
        nobody = await desk.visitor.post("/c", data={"number": "AD-0000-0000", "code": wrong}, headers=OWN)
        assert nobody.status_code == 404
        for address in (f"/c/{complaint.number}", "/c/x", f"/c/{token_of(desk.house, complaint)[:-1]}A"):
            assert (await desk.visitor.get(address)).status_code == 404
        assert TRIES_OF_ONE.amount == 10
    assert read_number("ad 7k3m 9qxo") == "AD-7K3M-9QX0"


async def test_who_served_at_the_counter_never_sees_what_is_said_of_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, an_office(desk) as other:
        grants = [Grant(Role.SUPERVISOR, RSUD)]
        account = await add_member(desk.house, grants)
        cookie = desk.house.sessions.cookie_of(await begin(desk.house, account))
        await open_counter(desk.house)
        taken = await desk.visitor.post(f"/b/{RSUD}/tickets", data={"queue": CHILDREN}, headers=OWN)
        await desk.house.desk.act(RSUD, CallNext("3"), f"clerk:{account}")
        token = str(taken.headers["location"]).removeprefix("/t/")
        page = (await desk.visitor.get(f"{FORM}?ticket={token}")).text
        assert f'<option value="{CHILDREN}" selected>' in page and '<option value="3" selected>' in page
        answer = await desk.send(f"{FORM}?ticket={token}", **PLAIN)
        assert answer.status_code == 303
        (complaint,) = await desk.all()
        assert complaint.is_about(f"clerk:{account}") and complaint.filed.counter == "3"
        assert "B-001" not in repr(complaint)  # the number would say who complains
        headers = {"Cookie": f"antrean_session={cookie}"}
        async with a_visitor(desk.house) as browser:
            listed = await browser.get("/office/complaints", headers=headers)
            assert listed.status_code == 200 and complaint.number not in listed.text
            assert (await browser.get(f"/office/complaints/{complaint.number}", headers=headers)).status_code == 404
        assert complaint.number in await other.open("/office/complaints")


async def test_a_clerk_writes_down_what_somebody_says_and_reads_none(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, an_office(desk, Role.CLERK) as clerk, an_office(desk, Role.HEAD) as head:
        path = f"/complaints/{RSUD}"
        assert (await desk.visitor.get(path)).status_code == 303  # to sign in
        filed = await clerk.fill_in(path, **PLAIN)
        assert filed.status_code == 303
        (complaint,) = await desk.all()
        assert complaint.entries[0].by.startswith("clerk:")
        assert (await clerk.browser.get("/office/complaints")).status_code == 403
        assert (await clerk.browser.get(f"/office/complaints/{complaint.number}")).status_code == 403
        assert (await do(head, complaint, "answer", words="Kami perbaiki besok.")).status_code == 303


async def test_it_is_passed_on_by_hand_where_nothing_is_connected(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, an_office(desk) as office:
        complaint = await desk.file(queue=CHILDREN)
        page = await office.open(f"/office/complaints/{complaint.number}")
        assert "https://www.lapor.go.id/" in page
        content = content_of(page)
        assert f"Nomor pengaduan kami: {complaint.number}" in content
        assert (await do(office, complaint, "pass-on", content=content)).status_code == 422
        assert (await do(office, complaint, "pass-on", content=content, tracking="7654321")).status_code == 303
        assert "7654321" in (await desk.visitor.get(f"/c/{token_of(desk.house, complaint)}")).text


def content_of(page: str) -> str:
    (found,) = re.findall(r'<textarea id="content"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return html.unescape(found)


async def test_staff_read_and_edit_exactly_what_leaves_and_nobody_is_known_by_it(tmp_path: Path) -> None:
    words = "Saya, Sari Dewi, dipanggil SARI tiga kali. Ibu Dewi menunggu."
    async with a_desk(tmp_path) as desk, an_office(desk) as office:
        token = await a_named_ticket(desk, "Sari Dewi")
        answer = await desk.send(f"{FORM}?ticket={token}", **{**PLAIN, "words": words})
        assert answer.status_code == 303
        (complaint,) = await desk.all()
        page = await office.open(f"/office/complaints/{complaint.number}")
        assert "<mark>[disamarkan]</mark>" in page and not re.search("sari|dewi", page, re.IGNORECASE)
        content = content_of(page)
        assert content.startswith("Saya, [disamarkan], dipanggil [disamarkan] tiga kali. Ibu [disamarkan] menunggu.")
        refused = await do(office, complaint, "pass-on", content=f"{content} Kata Dewi, {PHONE}.", tracking="7")
        assert refused.status_code == 422 and (await desk.all())[0].escalation is None
        again = content_of(refused.text)
        assert again.endswith("Kata [disamarkan], [disamarkan].")
        agreed = f"{again} Mohon ditindaklanjuti."
        assert (await do(office, complaint, "pass-on", content=agreed, tracking="7")).status_code == 303
        kept = await desk.house.complaints.words_of(complaint)
        assert kept[2, Kept.WORDS].endswith(f"\n\n{agreed}")
        assert "Sari" not in repr({what: text for what, text in kept.items() if what != (1, Kept.WORDS)})


async def a_named_ticket(desk: Desk, name: str) -> str:
    """The token of a number at a queue that asks for a name."""
    label = await issue(desk.house)
    place = desk.house.floors.today(RSUD)
    queue = desk.house.branches.get(RSUD).queue(CHILDREN)
    write = desk.house.people.write_from(queue, {"name": name}, "page", desk.clock())
    assert write is not None
    await desk.house.database.write(lambda connection: write(connection, place, label))
    return desk.house.tokens.token_of(TicketName(*place, label))


async def test_where_the_answer_was_lost_staff_say_what_they_found(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, an_office(desk) as office:
        for found in (True, False):
            complaint = await desk.file(words=f"{WORDS} Ini {found}.")
            branch = desk.house.branches.get(RSUD)
            for action in (Escalate("lapor"), Send(), Doubt()):
                step = Step(action, "system:lapor", "no answer in time" if action == Doubt() else "")
                complaint = await desk.house.complaints.act(complaint.number, step, branch, desk.clock())
            page = await office.open(f"/office/complaints/{complaint.number}")
            assert f"cari {complaint.number}" in page and "tidak ada jawaban pada waktunya" in page
            assert "periksa di sana" in (await office.open("/office/complaints"))
            assert (await do(office, complaint, "pass-on", content=WORDS, tracking="9")).status_code == 409
            if found:
                assert (await do(office, complaint, "found", tracking="")).status_code == 422
                assert (await do(office, complaint, "found", tracking="7654321")).status_code == 303
            else:
                assert (await do(office, complaint, "withhold")).status_code == 303
            complaint = await desk.house.complaints.get(complaint.number)
            assert complaint.passage is (Passage.TAKEN if found else Passage.WITHHELD)
            assert complaint.may_be_passed_on is not found


WRONG: tuple[dict[str, str], ...] = (
    {"words": "pendek"},
    {"words": "x" * 3001},
    {"category": "strange"},
    {"queue": "strange"},
    {"counter": "9999"},
)


async def test_what_cannot_be_is_said_and_nothing_is_kept(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        for wrong in WRONG:
            answer = await desk.send(**{**PLAIN, **wrong})
            assert answer.status_code in (404, 422) and 'class="problem"' in answer.text
        assert await desk.all() == []


async def test_figures_are_told_over_the_api(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.file()
        key = await desk.house.keys.create(Role.SUPERVISOR, RSUD, desk.clock())
        path = f"/api/v1/branches/{RSUD}/complaints/figures"
        asked = {"since": "2026-11-01", "until": "2026-11-30"}
        told = await desk.visitor.get(path, params=asked, headers={"Authorization": f"Bearer {key}"})
        rows = {row["category"]: row for row in told.json()["categories"]}
        assert (rows["waiting"]["filed"], rows["waiting"]["open"], rows["conduct"]["filed"]) == (1, 1, 0)
        backwards = {"since": "2026-11-30", "until": "2026-11-01"}
        refused = await desk.visitor.get(path, params=backwards, headers={"Authorization": f"Bearer {key}"})
        assert refused.status_code == 422
