"""Setting up by pages: nothing that a file can say is out of their reach, and nothing is lost on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from queue_service.domain.actions import Call, Complete, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.records.audit import read_audit
from queue_service.records.calendar_plans import NamePlan
from queue_service.records.plans import BranchPlan, JourneyPlan, QueuePlan
from queue_service.records.roles import Role
from queue_service.records.set_ups import Pieces, as_json, etag_of
from queue_service.records.setup_files import read_setup
from queue_service.web.pages.office.fields import PARTS, fields_of
from queue_service.web.pages.office.filled import fill
from tests.houses import LAHAT, RSUD, a_visitor, issue
from tests.web.offices import HOURS, SETUP, Administrator, Form, an_office, form_of, pieces_of
from tests.web.test_office_fields import sent_of

DISTRICT = "kecamatan-contoh"
QUEUE = f"{SETUP}/branches/{DISTRICT}/parts/queues/pelayanan"


def sheets(pieces: Pieces) -> list[str]:
    """The address of every form of a set-up."""
    addresses = [f"{SETUP}/shared/{kind}/{id_}" for kind in ("calendars", "connections") for id_ in pieces[kind]]
    for id_, branch in pieces["branches"].items():
        addresses.append(f"{SETUP}/branches/{id_}/edit")
        for part in ("queues", "counters", "classes", "journeys"):
            addresses += [f"{SETUP}/branches/{id_}/parts/{part}/{item['id']}" for item in branch[part]]
    return addresses


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """A file that says whatever a file can say."""
    content = yaml.safe_load(HOURS.read_text())
    branch = content["branches"][0]
    branch["agency"] = {"id": "Pemerintah Kabupaten", "en": "The Regency"}
    branch["exceptions"].append({"day": "2026-12-28", "name": "Pindahan", "queues": ["rekam-ktp"]})
    branch["queues"][0] |= {"on_days_off": "open", "hours": [], "seasons": {"ramadan": []}}
    branch["journeys"] = [{"id": "ktp", "name": "KTP", "stops": ["pelayanan", ["rekam-ktp", "pelayanan"]]}]
    branch["queues"][1]["alternatives"] = ["pelayanan"]
    settings = {"url": "https://agency.example/antrean", "events": ["ticket.issued"], "allow_private": True}
    content["connections"] = [{"id": "simrs", "system": "webhook", "branches": [DISTRICT], "settings": settings}]
    content["branches"] += yaml.safe_load(LAHAT.read_text())["branches"]
    file = tmp_path / "everything.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return file


async def test_from_a_file_through_every_form_and_back_nothing_is_lost(tmp_path: Path, everything: Path) -> None:
    async with an_office(tmp_path, everything) as at:
        before = await pieces_of(at.house)
        audited = len(await at.house.database.read(read_audit))
        for address in sheets(before):
            answer = await at.send(address, form_of(await at.open(address)))
            assert answer.status_code == 303, f"{address}: {answer.text}"
        assert await pieces_of(at.house) == before
        assert len(await at.house.database.read(read_audit)) == audited  # what changes nothing is no deed
        downloaded = (await at.browser.get(f"{SETUP}/setup.yaml")).text
        written, read = read_setup(everything.read_text(), "file"), read_setup(downloaded, "page")
        assert read.branches == written.branches
        assert (read.calendars, read.connections) == (written.calendars, written.connections)


async def test_an_agency_from_nothing_equals_the_file(tmp_path: Path) -> None:
    """The example of a hospital and a registry, typed into the pages."""
    plan = read_setup(LAHAT.read_text(), "lahat")
    async with an_office(tmp_path) as at:
        assert "Buat cabang pertama" in await at.open("/office")
        for branch in plan.branches:
            first = {"counters__0__name__id": branch.counters[0].id, **_first_of(branch)}
            # Of the first queue and counter only the names are asked for, and their ids are made from these.
            answer = await at.fill_in(f"{SETUP}/new/branches", id=branch.id, **_named(branch.name), **first)
            assert answer.headers["location"] == f"{SETUP}/branches/{branch.id}?done=new", answer.text
            await _add_the_rest(at, branch)
        assert (await pieces_of(at.house))["branches"] == {branch.id: as_json(branch) for branch in plan.branches}


def _named(name: NamePlan) -> dict[str, str]:
    return {"name__id": name.id, "name__en": name.en}


def _first_of(branch: BranchPlan) -> dict[str, str]:
    """Its first queue; a team has none."""
    if branch.team is None:
        return {"queues__0__name__id": branch.queues[0].id}
    team = next(one for one in fields_of(BranchPlan, is_document=True) if one.name == "team")
    filled = fill((team,), {"team": branch.team.model_dump(mode="json", by_alias=True)})
    return {name.replace(".", "__"): value for name, value in sent_of((team,), filled)}


async def _add_the_rest(at: Administrator, branch: BranchPlan) -> None:
    root = f"{SETUP}/branches/{branch.id}"
    for queue in branch.queues[:1]:
        await at.save(f"{root}/parts/queues/{queue.id}", **_named(queue.name))
    for queue in branch.queues[1:]:
        await _fill_in(at, f"{root}/new/queues", queue)
    for item in branch.classes:
        await at.save(f"{root}/new/classes", id=item.id, minutes=str(item.minutes), **_named(item.name))
    for counter in branch.counters[1:]:
        await at.save(f"{root}/new/counters", id=counter.id, queues=counter.queues, **_named(counter.name))
    first = branch.counters[0]
    await at.save(f"{root}/parts/counters/{first.id}", queues=first.queues, **_named(first.name))
    for journey in branch.journeys:
        await _fill_in(at, f"{root}/new/journeys", journey)
    await _fill_in_the_branch(at, branch)


async def _fill_in(at: Administrator, address: str, part: QueuePlan | JourneyPlan) -> None:
    """Every field of a part's sheet."""
    fields = fields_of(type(part))
    hidden = [(name, value) for name, value in form_of(await at.open(address)).pairs if name in ("csrf", "etag")]
    filled = fill(fields, part.model_dump(mode="json", by_alias=True))
    answer = await at.send(address, Form(address, [*hidden, *sent_of(fields, filled)]))
    assert answer.status_code == 303, answer.text


async def _fill_in_the_branch(at: Administrator, branch: BranchPlan) -> None:
    """All that stands on its own sheet."""
    address = f"{SETUP}/branches/{branch.id}/edit"
    fields = tuple(one for one in fields_of(BranchPlan, is_document=True) if one.kind != PARTS)
    hidden = [(name, value) for name, value in form_of(await at.open(address)).pairs if name in ("csrf", "etag")]
    filled = fill(fields, branch.model_dump(mode="json", by_alias=True))
    answer = await at.send(address, Form(address, [*hidden, *sent_of(fields, filled)]))
    assert answer.status_code == 303, answer.text


async def test_what_is_wrong_stands_beside_its_field_and_what_was_entered_stays(tmp_path: Path) -> None:
    async with an_office(tmp_path, HOURS) as at:
        before = await pieces_of(at.house)
        answer = await at.fill_in(QUEUE, quota="banyak", prefix="a9", appointments__0__per_slot="0")
        assert answer.status_code == 422
        assert await pieces_of(at.house) == before
        for name, words in {
            "quota": "seharusnya bilangan bulat",
            "prefix": "seharusnya satu sampai tiga huruf besar, seperti A, bukan “A9”",
            "appointments.0.per_slot": "paling sedikit 1",
        }.items():
            assert f'<span class="error" id="e-{name}">{words}</span>' in answer.text
            assert f'aria-describedby=" e-{name}" aria-invalid' in answer.text or f" e-{name}" in answer.text
        assert ("quota", "banyak") in form_of(answer.text).pairs
        again = await at.send(QUEUE, form_of(answer.text).put(quota="70", prefix="A", appointments__0__per_slot="4"))
        assert again.status_code == 303
        queue = at.house.branches.get(DISTRICT).queue("pelayanan")
        assert queue.quota == 70 and queue.booking is not None and queue.booking.per_slot == 4


async def test_rows_come_and_go_by_round_trips(tmp_path: Path) -> None:
    async with an_office(tmp_path, HOURS) as at:
        address = f"{SETUP}/shared/calendars/hari-libur"
        more = await at.send(address, form_of(await at.open(address)), add="days_off")
        assert "autofocus" in more.text
        filled = form_of(more.text).put(days_off__2__key="2026-12-26", days_off__2__value__id="Cuti bersama")
        fewer = await at.send(address, filled, remove="days_off.0")
        assert (await at.send(address, form_of(fewer.text))).status_code == 303
        days = (await pieces_of(at.house))["calendars"]["hari-libur"]["days_off"]
        assert {day: name["en"] for day, name in days.items()} == {
            "2027-01-01": "New Year's Day",
            "2026-12-26": "Cuti bersama",
        }
        twice = form_of((await at.send(address, form_of(await at.open(address)), add="days_off")).text)
        refused = await at.send(address, twice.put(days_off__2__key="2027-01-01", days_off__2__value__id="Lagi"))
        assert refused.status_code == 422 and "ada dua kali" in refused.text


async def test_two_administrators_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with an_office(tmp_path, HOURS) as at:
        mine = form_of(await at.open(QUEUE))
        await at.save(QUEUE, quota="90")
        answer = await at.send(QUEUE, mine.put(quota="30"))
        assert answer.status_code == 412
        assert "Dua orang mengubah ini pada waktu yang sama" in answer.text
        assert ("quota", "30") in form_of(answer.text).pairs
        assert at.house.branches.get(DISTRICT).queue("pelayanan").quota == 90
        etag = etag_of((await pieces_of(at.house))["branches"][DISTRICT])
        over = await at.send(QUEUE, form_of(answer.text), over=etag)
        assert over.status_code == 303
        assert at.house.branches.get(DISTRICT).queue("pelayanan").quota == 30


async def test_nobody_who_waits_is_lost(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        async with a_visitor(at.house) as phone:
            issued = await phone.post(f"/b/{RSUD}/tickets", data={"queue": "poli-anak"})
        label, visitor = "B-001", issued.headers["location"]
        address = f"{SETUP}/branches/{RSUD}/parts/queues/poli-anak"
        assert "melayani “poli-anak”" in (await at.browser.get(f"{address}/delete")).text
        await at.save(f"{SETUP}/branches/{RSUD}/parts/counters/3", queues=["pendaftaran"])
        asked = await at.browser.get(f"{address}/delete")
        assert asked.status_code == 409
        assert "Poli Anak: 1 orang sedang menunggu" in asked.text
        branch = await at.browser.get(f"{SETUP}/branches/{RSUD}/delete")
        assert branch.status_code == 409 and "Poli Anak" in branch.text
        await at.house.desk.act(RSUD, SetCounter("3", CounterState.OPEN, ("poli-anak",)), "clerk:test")
        await at.house.desk.act(RSUD, Call("3", label), "clerk:test")
        counter = await at.browser.get(f"{SETUP}/branches/{RSUD}/parts/counters/3/delete")
        assert counter.status_code == 409 and "Ruang 3: sedang ada yang dilayani" in counter.text
        await at.house.desk.act(RSUD, Complete("3"), "clerk:test")
        page = form_of(await at.open(f"{address}/delete"))
        assert (await at.send(f"{address}/delete", page)).status_code == 303
        assert "poli-anak" not in at.house.branches.get(RSUD).queues
        floor = await at.house.floors.get_today(RSUD)
        assert floor.ticket(label).status == "completed"
        assert 'data-state="completed"' in await at.open(visitor)


async def test_a_queue_that_somebody_enters_meanwhile_stays(tmp_path: Path) -> None:
    """It is closed in the journal first, so that whoever came before is seen, and nobody comes after."""
    async with an_office(tmp_path, LAHAT) as at:
        root = f"{SETUP}/branches/{RSUD}"
        await at.save(f"{root}/parts/counters/3", queues=["poli-dalam"])
        page = form_of(await at.open(f"{root}/parts/queues/poli-anak/delete"))
        await issue(at.house)
        answer = await at.send(f"{root}/parts/queues/poli-anak/delete", page)
        assert answer.status_code == 409
        floor = await at.house.floors.get_today(RSUD)
        assert floor.state_of("poli-anak", at.house.floors.clock()) == "open"


async def test_what_a_change_does_to_those_who_wait_is_said_before(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await issue(at.house)
        address = f"{SETUP}/branches/{RSUD}/parts/queues/poli-anak"
        asked = await at.fill_in(address, quota="1")
        assert asked.status_code == 200
        assert "Poli Anak sudah memberikan 1 nomor hari ini" in asked.text
        assert at.house.branches.get(RSUD).queue("poli-anak").quota is None
        mark = re.findall(r'name="sure" value="([0-9a-f]+)"', asked.text)[0]
        assert (await at.send(address, form_of(asked.text), sure=mark)).status_code == 303
        assert at.house.branches.get(RSUD).queue("poli-anak").quota == 1
        swapped = await at.fill_in(f"{SETUP}/branches/{RSUD}/parts/queues/farmasi", prefix="BB")
        assert swapped.status_code == 303
        taken = await at.fill_in(address, prefix="D")
        assert taken.status_code == 303  # nobody has a number with D
        back = await at.fill_in(f"{SETUP}/branches/{RSUD}/parts/queues/farmasi", prefix="B")
        assert back.status_code == 409
        assert "dua orang bisa mendapat nomor yang sama" in back.text


async def test_a_change_holds_at_once_and_in_the_other_processes(tmp_path: Path) -> None:
    async with an_office(tmp_path, HOURS) as at, an_office(tmp_path) as other:
        await at.save(QUEUE, quota="12")
        await other.house.floors.look()  # as each does every second
        for house in (at.house, other.house):
            assert house.branches.get(DISTRICT).queue("pelayanan").quota == 12
        deeds = [one.deed for one in await at.house.database.read(read_audit)]
        (deed,) = [deed for deed in deeds if deed.what == "branch.changed"]
        assert deed.branch == DISTRICT
        assert deed.by.startswith("administrator:")
        assert deed.detail == {"queues.pelayanan.quota": "80 → 12"}


async def test_order_is_changed_and_a_branch_and_a_calendar_go(tmp_path: Path) -> None:
    async with an_office(tmp_path, HOURS) as at:
        root = f"{SETUP}/branches/{DISTRICT}"
        etag = etag_of((await pieces_of(at.house))["branches"][DISTRICT])
        page = Form(f"{root}/parts/queues/rekam-ktp/up", [("csrf", at.csrf(await at.open(root))), ("etag", etag)])
        assert (await at.send("", page)).status_code == 303
        assert list(at.house.branches.get(DISTRICT).queues) == ["rekam-ktp", "pelayanan"]
        calendar = f"{SETUP}/shared/calendars/hari-libur/delete"
        assert "memakai “hari-libur”" in (await at.browser.get(calendar)).text
        for address in (f"{root}/delete", calendar):
            assert (await at.send(address, form_of(await at.open(address)))).status_code == 303
        assert await pieces_of(at.house) == {"branches": {}, "calendars": {}, "connections": {}}
        assert (await at.browser.get(root)).status_code == 404
        deeds = {one.deed.what for one in await at.house.database.read(read_audit)}
        assert {"calendar.deleted", "branch.deleted", "branch.changed", "branch.created"} <= deeds


async def test_only_administrators_set_up_and_those_of_a_branch_only_that(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT, HOURS, role=Role.ADMINISTRATOR, branch=RSUD) as at:
        page = await at.open(SETUP)
        assert "RSUD Lahat" in page and "Kantor Camat" not in page and "Cabang baru" not in page
        await at.save(f"{SETUP}/branches/{RSUD}/parts/queues/poli-anak", quota="50")
        for address in (QUEUE, f"{SETUP}/new/branches", f"{SETUP}/shared/calendars/hari-libur", f"{SETUP}/setup.yaml"):
            assert (await at.browser.get(address)).status_code == 403
        form = form_of(await at.open(f"{SETUP}/branches/{RSUD}/edit"))
        assert (await at.send(QUEUE, Form(QUEUE, form.pairs))).status_code == 403
        unmarked = Form(form.action, [(name, value) for name, value in form.pairs if name != "csrf"])
        for sent in (unmarked, unmarked.put(csrf="0" * 64)):
            assert (await at.send("", sent)).status_code == 403
    for role in (Role.CLERK, Role.SUPERVISOR, Role.HEAD):
        async with an_office(tmp_path, role=role, branch=RSUD) as at:
            assert (await at.browser.get(SETUP)).status_code == 403
