"""An agency's system with REST and JSON: asked for what is new, and told what happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from integrations.contract import Undelivered
from integrations.opd.rest.sender import RestSender
from integrations.run import tending
from queue_service.domain.actions import Cancel, Issue
from queue_service.domain.tickets import Status
from queue_service.records.healths import Health, Part
from queue_service.web.connections import connections_now
from tests.doubles.opd import AgencySystem
from tests.doubles.web import Answer
from tests.houses import Clock
from tests.integrations.opd.agencies import ENVIRONMENT, MAPPING, OFFICE, TOKEN, Agency, an_agency, items_of, record

PULL = {
    "records": "hasil.data",
    "since": {"parameter": "sejak", "changed": "diubah", "overlap_seconds": 0},
    "pages": {"parameter": "hal"},
    "success": {"from": "sukses", "is": True},
}
FIELDS = {
    "peristiwa": {"from": "event", "values": {"ticket.called": "PANGGIL"}, "otherwise": "LAIN"},
    "nomor.kami": "ticket_id",
    "nomor.mereka": "their_id",
    "layanan": "queue",
    "loket": "counter",
    "pada": {"from": "at", "format": "%d-%m-%Y %H:%M:%S"},
    "sumber": {"is": "antrean"},
}


@asynccontextmanager
async def connected(
    folder: Path, system: AgencySystem, clock: Clock | None = None, **more: Any
) -> AsyncIterator[Agency]:
    """By what `more` says: `pull`, `push`, or both."""
    async with system.server() as server:
        settings: dict[str, Any] = {"allow_private": True, **more}
        for part in ("pull", "push"):
            if part in settings:
                settings[part] = {"url": f"{server.url}/kunjungan?kantor=1", **settings[part]}
        if "pull" in settings:
            settings["mapping"] = MAPPING
        async with an_agency(folder, "opd-rest", settings, clock) as agency:
            yield agency


def a_system(*visits: dict[str, Any]) -> AgencySystem:
    return AgencySystem(f"Bearer {TOKEN}", visits=list(visits))


def visit(nomor: str, second: int, status: str = "DAFTAR", **more: Any) -> dict[str, Any]:
    return record(nomor, status, diubah=f"2026-11-23T09:00:{second:02d}+07:00", **more)


async def test_what_is_new_is_asked_for_by_pages_and_from_where_the_last_look_ended(tmp_path: Path) -> None:
    system = a_system(*(visit(f"R-{n}", n) for n in range(5)))
    async with connected(tmp_path, system, pull=PULL) as agency:
        poller = agency.poller()
        assert (await poller.look()).taken == 5
        assert [query.count("hal=") for query in system.asked] == [1, 1, 1, 1]  # the last is empty
        system.visits.append(visit("R-9", 30, nama="Warga", hp="0812-3456-7890"))
        system.visits[0] = visit("R-0", 31, "BATAL")
        assert (await poller.look()).taken == 2
        assert (await agency.ticket("R-0")).status is Status.CANCELLED
        person = await agency.house.people.get((OFFICE, agency.house.floors.today(OFFICE)[1], "A-006"))
        assert sorted(person.values.values()) == ["+6281234567890", "Warga"]
        await poller.close()
    system.asked.clear()
    async with connected(tmp_path, system, pull=PULL) as agency:
        poller = agency.poller()
        assert (await poller.look()).taken == 0
        assert "sejak=2026-11-23T09%3A00%3A31%2B07%3A00" in system.asked[0]
        assert (await agency.kinds()).count("issued") == 6
        await poller.close()


async def test_an_answer_that_is_still_the_same_is_not_sent_again(tmp_path: Path) -> None:
    system = a_system(visit("R-1", 1))
    pull = {key: value for key, value in PULL.items() if key not in ("pages", "since")}
    async with connected(tmp_path, system, pull=pull) as agency:
        poller = agency.poller()
        assert [(await poller.look()).taken for _ in range(2)] == [1, 0]
        system.visits.append(visit("R-2", 2))
        assert (await poller.look()).taken == 1
        assert system.statuses == [200, 304, 200]
        await poller.close()


async def test_what_our_rules_refuse_is_tried_again_also_by_whoever_comes_after(tmp_path: Path) -> None:
    clock = Clock()
    clock.turn(hours=-2)
    system = a_system(visit("R-1", 1), visit("R-2", 2, layanan="99"))
    async with connected(tmp_path, system, clock, pull=PULL) as agency:
        poller = agency.poller()
        refused = [
            *("R-1: ktp is outside its opening hours.", "R-2: queue: “99” stands in no line of “values”"),
            "R-3: ktp is outside its opening hours.",
        ]
        assert (await poller.look()).refused == refused[:2]
        system.visits.append(visit("R-3", 3))
        assert (await poller.look()).refused == refused[2:]
        clock.turn(seconds=30)
        assert (await poller.look()).refused == []  # it is said once
        await poller.close()
    async with connected(tmp_path, system, clock, pull=PULL) as agency:
        poller = agency.poller()
        assert (await poller.look()).refused == refused  # nobody who begins here has heard of them
        clock.turn(hours=2)
        assert (await poller.look()).taken == 2
        assert [(await agency.ticket(f"R-{n}")).label for n in (1, 3)] == ["A-001", "A-002"]
        clock.turn(days=1)
        assert (await poller.look()).taken == 0
        await poller.close()


NO_ANSWERS = {
    b'{"sukses": false, "hasil": {"data": []}}': "it answered sukses: false",
    b'{"sukses": true, "hasil": {}}': "its answer has no list of records at “hasil.data”",
    b"<html>": "it answered 200 OK, which is no JSON: <html>",
}


async def test_an_answer_that_says_nothing_is_a_sentence(tmp_path: Path) -> None:
    system = a_system()
    async with connected(tmp_path, system, pull=PULL) as agency:
        poller = agency.poller()
        for body, said in NO_ANSWERS.items():
            system.fails = lambda request, body=body: Answer(body)  # type: ignore[misc]
            with pytest.raises(Undelivered) as caught:
                await poller.look()
            assert str(caught.value) == said
        await poller.close()


async def test_nobody_elsewhere_is_shown_the_token(tmp_path: Path) -> None:
    system, stranger = a_system(visit("R-1", 1)), a_system()
    async with stranger.server() as elsewhere:
        system.next_is = f"{elsewhere.url}/kunjungan"
        async with connected(tmp_path, system, pull={**PULL, "pages": {"next": "berikut"}}) as agency:
            poller = agency.poller()
            with pytest.raises(Undelivered, match="its next page is elsewhere"):
                await poller.look()
            await poller.close()
    assert stranger.asked == []


async def test_the_test_button_says_what_can_be_mapped(tmp_path: Path) -> None:
    system = a_system(visit("R-1", 1), visit("R-2", 2, status="APA"))
    system.header, system.token = "x-kunci", TOKEN
    async with connected(tmp_path, system, pull=PULL, header={"name": "X-Kunci", "scheme": ""}) as agency:
        said = await agency.settings.probe(agency.opening)
        assert said.partition(" let")[2] == (
            " us in and showed 2 records, 1 of which cannot be mapped; the first:"
            " action: “APA” stands in no line of “values”."
        )
    system.token = "another"
    async with connected(tmp_path, system, pull=PULL) as agency:
        with pytest.raises(Undelivered, match=r"it answered 401 Unauthorized: .*token salah"):
            await agency.settings.probe(agency.opening)


async def test_the_office_counts_what_came_and_says_what_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.health.WRITE_SECONDS", 0.01)
    system = a_system(visit("R-1", 1), visit("R-2", 2, layanan="99"), visit("R-3", 3))
    async with connected(tmp_path, system, pull=PULL) as agency, tending(agency.house, environment=ENVIRONMENT):
        async with asyncio.timeout(30):
            while (asked := await told_of_asking(agency)) is None or asked.taken + asked.refused < 3:
                await asyncio.sleep(0.05)
        assert (asked.taken, asked.refused) == (2, 1)
        assert asked.error == "R-2: queue: “99” stands in no line of “values”"


async def told_of_asking(agency: Agency) -> Health | None:
    """Counted by the day of the machine's own clock."""
    (found,) = await connections_now(agency.house)
    return found.parts.get(Part.IN)


@pytest.mark.parametrize("form", ["json", "form"])
async def test_what_happens_is_told_in_their_fields_and_their_id_is_kept(tmp_path: Path, form: str) -> None:
    system = a_system()
    push = {"fields": FIELDS, "form": form, "receipt": "data.id", "success": {"from": "sukses", "is": True}}
    async with connected(tmp_path, system, push=push) as agency:
        await agency.act(Issue("akta"))
        await agency.act(Cancel("B-001"))
        sender = agency.settings.sender(agency.opening)
        assert isinstance(sender, RestSender)
        for item in await items_of(agency):
            assert await sender.send(item)
        await sender.close()
        first, second = system.told.values()
        if form == "json":
            assert first == {
                "peristiwa": "LAIN",
                "nomor": {"kami": "kantor/2026-11-23/B-001", "mereka": None},
                "layanan": "akta",
                "loket": None,
                "pada": "23-11-2026 09:00:00",
                "sumber": "antrean",
            }
            assert second["nomor"]["mereka"] == "D-1"
        else:
            assert (first["nomor[kami]"], second["nomor[mereka]"]) == ("kantor/2026-11-23/B-001", "D-1")
        known = await agency.known("D-1")
        assert known is not None and known.label == "B-001"


async def test_only_what_they_know_of_is_told_where_that_is_wanted(tmp_path: Path) -> None:
    system = a_system(visit("R-1", 1))
    push = {"fields": {"id": "their_id"}, "about": "theirs", "events": ["ticket.issued"]}
    async with connected(tmp_path, system, pull=PULL, push=push) as agency:
        poller, sender = agency.poller(), agency.settings.sender(agency.opening)
        await poller.look()
        await agency.act(Issue("akta"))
        assert [await sender.send(item) for item in await items_of(agency)] == [True, False]
        assert list(system.told.values()) == [{"id": "R-1"}]
        assert sender.wants("issued") and not sender.wants("called")
        await poller.close()
        await sender.close()
