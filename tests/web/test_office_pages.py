"""Today at a glance, staff, keys and the audit trail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queue_service.domain.actions import Call, CallNext, Complete, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.entries import KINDS
from queue_service.records.audit import read_audit
from queue_service.records.roles import RIGHTS, Right, Role
from queue_service.web.languages import sentence
from queue_service.web.pages.office.entries import EVENT_WORDS
from queue_service.web.pages.office.roles import SCOPES
from tests.houses import LAHAT, RSUD, Clock, a_visitor, issue
from tests.web.offices import HOURS, SETUP, Administrator, Form, an_office, form_of, signed_in

OTHER = "disdukcapil-lahat"


def lines(page: str) -> list[tuple[str, list[str]]]:
    """Each queue's name, and what stands in its cells."""
    found = []
    for row in re.findall(r'<div class="line rank.*?</div>', page, flags=re.DOTALL):
        name = re.findall(r'role="rowheader"><b>(.*?)</b>', row)[0]
        cells = re.findall(r'role="cell"[^>]*>(.*?)</span>(?=\s*(?:<span role|</div))', row, flags=re.DOTALL)
        found.append((name, [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]))
    return found


async def test_what_needs_attention_stands_first(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, HOURS, LAHAT, clock=clock) as at:
        for _ in range(3):
            await issue(at.house, "farmasi")
        clock.turn(minutes=20)
        await issue(at.house, "pendaftaran")
        await at.house.desk.act(RSUD, SetCounter("5", CounterState.OPEN), "clerk:test")
        await at.house.desk.act(RSUD, CallNext("5"), "clerk:test")
        await at.house.desk.act(RSUD, Complete("5"), "clerk:test")
        await at.house.desk.act(RSUD, CallNext("5"), "clerk:test")
        page = await at.open("/office")
        assert page.index("RSUD Lahat") < page.index("Disdukcapil Lahat")  # though it is the second in the file
        assert lines(page)[:2] == [
            ("Pendaftaran", ["1", "0 mnt", "0", "0", "–", "–"]),
            ("Farmasi", ["1", "20 mnt", "1", "1", "–", "D-002"]),
        ]
        assert "Ada yang menunggu, tetapi tidak ada loket yang buka" in page
        assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page
        clock.turn(minutes=60)
        await at.sign_in()  # who did nothing for so long is signed out
        later = await at.open("/office")
        assert "Ada yang menunggu lebih dari satu jam" in later
        clock.turn(hours=9)  # the example office closes at 15:00
        await at.sign_in()
        assert "Tutup · Buka lagi" in await at.open("/office")


async def test_branches_of_an_agency_stand_together_and_each_sees_their_own(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT, HOURS) as at:
        for branch, agency in ((OTHER, "Pemkab"), ("kecamatan-contoh", "Pemkab"), (RSUD, "Dinas Kesehatan")):
            await at.save(f"{SETUP}/branches/{branch}/edit", agency__id=agency)
        await issue(at.house)
        page = await at.open("/office")
        headings = re.findall(r'<h2 class="agency">(.*?)</h2>', page)
        assert headings == ["Dinas Kesehatan", "Pemkab", "Tanpa instansi"]
        assert page.index("Pemkab") < page.index("Disdukcapil Lahat") and page.index("Pemkab") < page.index(
            "Kantor Camat"
        )
        async with a_visitor(at.house) as browser:
            head = await signed_in(at.house, browser, Role.HEAD, OTHER)
            own = await head.open("/office")
            assert "Disdukcapil Lahat" in own and "RSUD Lahat" not in own
            assert "/office/setup" not in own and "/office/audit" in own
        async with a_visitor(at.house) as browser:
            clerk = await signed_in(at.house, browser, Role.CLERK, RSUD)
            assert (await clerk.browser.get("/office")).status_code == 403
        async with a_visitor(at.house) as stranger:
            answer = await stranger.get("/office")
            assert answer.headers["location"] == "/sign-in?next=%2Foffice"


async def test_a_key_is_shown_once_and_ends_when_it_is_revoked(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        made = await at.fill_in("/office/keys", role="clerk", branch=RSUD, name="Loket 3")
        assert made.status_code == 201
        key = re.findall(r"antrean_[0-9a-f]{8}_[\w-]+", made.text)[0]
        id_ = key.split("_")[1]
        listed = await at.open("/office/keys")
        assert key not in listed and f"<code>{id_}</code> Loket 3" in listed
        async with a_visitor(at.house) as api:
            headers = {"Authorization": f"Bearer {key}"}
            opened = f"/api/v1/branches/{RSUD}/counters/3/open"
            assert (await api.post(opened, headers=headers)).status_code == 200
            asked = await at.open(f"/office/keys/{id_}/revoke")
            assert (await at.send(f"/office/keys/{id_}/revoke", form_of(asked))).status_code == 303
            assert (await api.post(opened, headers=headers)).status_code == 401
        deeds = {one.deed.what: one.deed for one in await at.house.database.read(read_audit)}
        assert deeds["key.revoked"].subject == id_
        assert deeds["key.revoked"].by.startswith("administrator:")
        assert (await at.fill_in("/office/keys", role="root", branch=RSUD)).status_code == 422
        assert (await at.fill_in("/office/keys", role="clerk", branch=RSUD, days="x")).status_code == 422


async def test_a_program_s_key_may_do_what_is_ticked(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        form = form_of(await at.open("/office/keys")).put(role="integration", branch=RSUD, name="SIMRS")
        without = await at.send("/office/keys", form)
        assert without.status_code == 422 and "queues:read" in without.text
        assert '<option value="integration" selected>' in without.text and 'value="SIMRS"' in without.text
        ticked = Form(form.action, [*form.pairs, ("scopes", "queues:read"), ("scopes", "reports:read")])
        assert (await at.send("/office/keys", ticked)).status_code == 201
        # Ticks that were hidden when another role was chosen are none.
        assert (await at.send("/office/keys", ticked.put(role="clerk", name="Loket 3"))).status_code == 201
        await at.house.keys.refresh()
        scopes = {key.name: key.staff.scopes for key in at.house.keys.all}
        assert scopes["SIMRS"] == frozenset({Right.READ_QUEUES, Right.READ_REPORTS}) and scopes["Loket 3"] is None
        assert "<code>reports:read</code></li>" in await at.open("/office/keys")


def test_every_scope_of_a_program_has_its_words() -> None:
    assert SCOPES.keys() == RIGHTS[Role.INTEGRATION]


async def test_nobody_gives_a_key_for_more_than_their_own_branch(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT, role=Role.ADMINISTRATOR, branch=RSUD) as at:
        assert (await at.fill_in("/office/keys", role="administrator", branch=RSUD)).status_code == 201
        for branch in (OTHER, "*"):
            assert (await at.fill_in("/office/keys", role="clerk", branch=branch)).status_code == 403
        foreign = (await at.house.keys.create(Role.CLERK, OTHER, at.house.floors.clock())).split("_")[1]
        assert foreign not in await at.open("/office/keys")
        assert (await at.browser.get(f"/office/keys/{foreign}/revoke")).status_code == 404


async def new_account(at: Administrator, login: str, **values: str) -> tuple[str, str]:
    """The id and the first password."""
    answer = await at.fill_in("/office/staff", login=login, name=login.title(), **values)
    assert answer.status_code == 201, answer.text
    return re.findall(r"/office/staff/(\w+)/", answer.text)[0], re.findall(
        r"<code>((?:\w{5}-){3}\w{5})</code>", answer.text
    )[0]


async def test_an_account_from_its_first_password_to_its_end(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        id_, password = await new_account(at, "petugas", role="clerk", branch=RSUD, queues=f"{RSUD}/farmasi")
        assert password not in await at.open(f"/office/staff/{id_}")
        assert (
            await at.fill_in("/office/staff", login="petugas", name="R", role="clerk", branch=RSUD)
        ).status_code == 409
        assert "Petugas · RSUD Lahat · Farmasi" in await at.open("/office/staff")
        async with a_visitor(at.house) as browser:
            answer = await browser.post("/sign-in", data={"login": "petugas", "password": password, "next": "/counter"})
            assert answer.status_code == 303
            page = await at.open(f"/office/staff/{id_}")
            assert 'name="session"' in page
            ended = await at.send("", Form(f"/office/staff/{id_}/sessions", [("csrf", at.csrf(page))]))
            assert ended.status_code == 303
            assert (await browser.get(f"/counter/{RSUD}")).headers["location"].startswith("/sign-in")
        mark = ("csrf", at.csrf(page))
        more = Form(f"/office/staff/{id_}/grant", [mark, ("role", "head"), ("branch", "*")])
        assert (await at.send("", more)).status_code == 303
        assert "Pimpinan · Semua cabang" in await at.open(f"/office/staff/{id_}")
        less = Form(f"/office/staff/{id_}/take", [mark, ("role", "head"), ("branch", "*")])
        assert (await at.send("", less)).status_code == 303
        again = await at.send("", Form(f"/office/staff/{id_}/password", [mark]))
        assert again.status_code == 200 and "Kata sandi awal petugas" in again.text and password not in again.text
        asked = form_of(await at.open(f"/office/staff/{id_}/disable"))
        assert (await at.send(f"/office/staff/{id_}/disable", asked)).status_code == 303
        assert at.house.sessions.accounts[id_].is_disabled
        assert (await at.send("", Form(f"/office/staff/{id_}/enable", [mark]))).status_code == 303
        assert not at.house.sessions.accounts[id_].is_disabled
        assert "Tidak ada akun yang cocok" in await at.open("/office/staff?q=nobody")


async def test_an_administrator_of_a_branch_has_no_hold_on_others(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as above:
        chief, _ = await new_account(above, "kepala", role="administrator", branch="*")
        clerk, _ = await new_account(above, "petugas", role="clerk", branch=RSUD)
        elsewhere, _ = await new_account(above, "budi", role="clerk", branch=OTHER)
        both = Form(f"/office/staff/{clerk}/grant", [("role", "clerk"), ("branch", OTHER)])
        assert (await above.send("", both, csrf=above.csrf(await above.open("/office/staff")))).status_code == 303
        async with a_visitor(above.house) as browser:
            at = await signed_in(above.house, browser, Role.ADMINISTRATOR, RSUD)
            page = await at.open("/office/staff")
            assert "petugas" in page and "budi" not in page and "kepala" not in page
            mark = ("csrf", at.csrf(page))
            for account in (chief, elsewhere):
                assert (await at.browser.get(f"/office/staff/{account}")).status_code == 404
                for action in ("password", "sessions", "enable", "name"):
                    assert (await at.send("", Form(f"/office/staff/{account}/{action}", [mark]))).status_code == 404
            # She works elsewhere too: what concerns all of her account is not this administrator's.
            assert (await at.send("", Form(f"/office/staff/{clerk}/password", [mark]))).status_code == 403
            for role, branch in (("clerk", OTHER), ("head", "*")):
                sent = Form(f"/office/staff/{clerk}/grant", [mark, ("role", role), ("branch", branch)])
                assert (await at.send("", sent)).status_code == 403
            own = Form(f"/office/staff/{clerk}/grant", [mark, ("role", "supervisor"), ("branch", RSUD)])
            assert (await at.send("", own)).status_code == 303


async def test_a_branch_for_which_somebody_has_rights_stays(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await new_account(at, "petugas", role="clerk", branch=RSUD, queues=f"{RSUD}/farmasi")
        asked = await at.browser.get(f"{SETUP}/branches/{RSUD}/delete")
        assert asked.status_code == 409 and "petugas punya hak di sana" in asked.text
        key = await at.fill_in("/office/keys", role="clerk", branch="bola-2")
        assert key.status_code == 201
        assert "1 kunci berlaku untuk cabang ini" in (await at.browser.get(f"{SETUP}/branches/bola-2/delete")).text


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("", ["Cabang diubah", "Kunci dibuat"], []),
        ("what=branch.changed", ["queues.poli-anak.quota", "– → 9"], ["<code>lain</code>"]),
        (f"branch={RSUD}", ["Cabang diubah"], ["<b>Kalender dibuat</b>"]),
        ("day=2026-11-23", ["Cabang diubah"], []),
        ("day=2026-11-24", ["Tidak ada yang cocok."], ["<b>Cabang diubah</b>"]),
        ("by=nobody", ["Tidak ada yang cocok."], ["<b>Cabang diubah</b>"]),
        ("by=%25", ["Tidak ada yang cocok."], []),
        ("day=yesterday&before=x&skip=y", ["Cabang diubah"], []),
    ],
)
async def test_the_trail_says_who_did_what(tmp_path: Path, query: str, there: list[str], gone: list[str]) -> None:
    async with an_office(tmp_path, HOURS, LAHAT) as at:
        await at.save(f"{SETUP}/branches/{RSUD}/parts/queues/poli-anak", quota="9")
        await at.save(f"{SETUP}/shared/calendars/hari-libur/edit".removesuffix("/edit"), seasons__0__name__id="Puasa")
        page = await at.open(f"/office/audit?{query}")
        assert all(words in page for words in there)
        assert not any(words in page for words in gone)


def test_each_kind_of_entry_in_a_journal_has_words_of_its_own() -> None:
    assert EVENT_WORDS.keys() == KINDS.keys()
    for language in ("id", "en"):
        assert len({sentence(language, words) for words in EVENT_WORDS.values()}) == len(KINDS)


async def test_beside_it_stands_the_journal_of_a_day(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        label, (id_, _) = await issue(at.house), await new_account(at, "petugas", role="clerk", branch=RSUD)
        await at.house.desk.act(RSUD, SetCounter("3", CounterState.OPEN), f"clerk:{id_}")
        await at.house.desk.act(RSUD, Call("3", label), f"clerk:{id_}")
        page = await at.open(f"/office/audit?branch={RSUD}&day=2026-11-23")
        assert page.index("Dipanggil") < page.index("Nomor diberikan")  # the newest first
        assert "<code>petugas</code>" in page and label in page
        hers = await at.open(f"/office/audit?branch={RSUD}&day=2026-11-23&by=petugas")
        assert "Dipanggil" in hers and "Nomor diberikan" not in hers
        for _ in range(60):
            await issue(at.house, "farmasi")
        long = await at.open(f"/office/audit?branch={RSUD}&day=2026-11-23")
        assert "Lebih awal hari itu" in long and "D-060" in long and label not in long
        rest = await at.open(f"/office/audit?branch={RSUD}&day=2026-11-23&skip=50")
        assert label in rest and "D-060" not in rest
        async with a_visitor(at.house) as browser:
            head = await signed_in(at.house, browser, Role.HEAD, OTHER)
            assert (await head.browser.get(f"/office/audit?branch={RSUD}")).status_code == 403
            assert RSUD not in await head.open("/office/audit")


@pytest.mark.parametrize(("page", "title"), [("/office/trips", "Perjalanan"), ("/office/outreach", "Jemput bola")])
async def test_where_no_branch_takes_requests_that_is_said(tmp_path: Path, page: str, title: str) -> None:
    async with an_office(tmp_path, HOURS) as at:
        shown = await at.open(page)
        assert f"<h1>{title}</h1>" in shown
        assert '<p class="empty">' in shown
