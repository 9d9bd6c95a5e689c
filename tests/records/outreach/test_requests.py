from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from queue_service.domain.asking import Field
from queue_service.domain.errors import Invalid, NotFound, SlotFull
from queue_service.domain.request_events import Withdrawn
from queue_service.domain.requesting import AskInfo, ChangeContact, Decline, PreCheck, TakeOut, Withdraw
from queue_service.domain.requests import Check, Dates, State
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import Delist, Enlist, HeadFor, LeaveStop, NoteResult, ReachStop
from queue_service.domain.visits import Stage, results_of, stage_of
from queue_service.journal import Beside
from queue_service.records.outreach import CONTACT, Asked, Contact, Key, KeyUsed
from queue_service.records.outreach.retention import keys_of_requests
from queue_service.records.outreach.rights import erase_requests, export_requests
from queue_service.records.outreach.tables import outreach_people
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.retention import Retention
from queue_service.records.people.rights import Whom
from queue_service.records.people.rotation import rotate
from queue_service.web.house import House
from tests.houses import Clock
from tests.postgres import Postgres
from tests.records.outreach.cast import (
    MONDAY_EIGHT,
    NAME,
    NIK,
    OFFICE,
    OTHER_VILLAGE,
    PHONE,
    PLACE,
    PROMISED,
    TEAM,
    TRIP_DAY,
    a_new_request,
    an_outreach_house,
    plan_trip,
    received,
)


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_EIGHT)


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with an_outreach_house(tmp_path, clock) as house:
        yield house


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_house(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    url = None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.address(server.new_database())
    async with an_outreach_house(tmp_path, clock, url) as house:
        yield house


async def test_a_request_is_kept_with_a_number_and_a_promise(house: House) -> None:
    request = await received(house, dates=Dates(date(2026, 12, 1), date(2026, 12, 5)))
    assert (request.id, request.state, request.promised_by) == ("JB-26-00001", State.RECEIVED, PROMISED)
    assert request.dates == Dates(date(2026, 12, 1), date(2026, 12, 5))
    assert await house.requests.get(request.id) == request
    known = await house.requests.people_of(request.id)
    assert known["1"].values == {"name": NAME, "nik": NIK} and known["1"].agreed == ("nik",)
    assert known[CONTACT].contact == Contact("Kakak Uji", PHONE, place=PLACE)
    with pytest.raises(NotFound):
        await house.requests.get("JB-26-99999")


async def test_a_rush_of_requests_gets_a_number_each(any_house: House) -> None:
    many = await asyncio.gather(*(received(any_house) for _ in range(40)))
    assert {one.id for one in many} == {f"JB-26-{n:05}" for n in range(1, 41)}


async def test_what_is_in_the_database_names_nobody(house: House, tmp_path: Path) -> None:
    await received(house)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("antrean.db*"))
    assert b"JB-26-00001" in stored
    for personal in (NAME, NIK, PHONE, PLACE, "Kakak Uji"):
        assert personal.encode() not in stored


async def test_a_key_makes_a_request_once(any_house: House) -> None:
    house, key = any_house, Key("k" * 64, "print")
    first = await received(house, key)
    again = await asyncio.gather(*(received(house, key) for _ in range(3)))
    assert {one.id for one in again} == {first.id}
    with pytest.raises(KeyUsed):
        await received(house, Key("k" * 64, "other"))
    with pytest.raises(Invalid):
        await house.requests.receive(
            [a_new_request(house), a_new_request(house, people=(), who=())], "clerk", MONDAY_EIGHT
        )
    assert len(await house.requests.open(OFFICE)) == 1  # all or none


async def test_staff_and_askers_act_in_turn(house: House) -> None:
    request = await received(house)
    checks = [PreCheck("1", Check.READY), PreCheck("2", Check.RECORDED)]
    await asyncio.gather(*(house.requests.act(request.id, one, "staff", MONDAY_EIGHT) for one in checks))
    now = await house.requests.get(request.id)
    assert [person.check for person in now.people] == [Check.READY, Check.RECORDED]
    assert now.seq == 3
    changed = Contact("Adik Uji", "+6281299004478", answer="Rumah pindah.")
    await house.requests.act(request.id, ChangeContact(), "holder", MONDAY_EIGHT, changed)
    assert (await house.requests.people_of(request.id))[CONTACT].contact == changed
    declined = await house.requests.act(request.id, Decline("Di luar wilayah."), "staff", MONDAY_EIGHT)
    assert declined.state is State.DECLINED
    assert [entry.by for entry in await house.requests.history(request.id)] == [
        "visitor",
        "staff",
        "staff",
        "holder",
        "staff",
    ]


async def test_open_requests_come_by_their_promise(house: House, clock: Clock) -> None:
    first = await received(house)
    clock.turn(days=2)
    second = await received(house, village=OTHER_VILLAGE)
    gone = await received(house)
    await house.requests.act(gone.id, Withdraw(), "holder", clock())
    asked = await received(house)
    await house.requests.act(asked.id, AskInfo("Nomor KK?"), "staff", clock())
    assert [one.id for one in await house.requests.open(OFFICE)] == [first.id, second.id, asked.id]
    assert await house.requests.open("elsewhere") == []
    assert await house.requests.counts(OFFICE) == {"received": 2, "withdrawn": 1, "need_info": 1}

    async def listed(**wanted: Any) -> list[str]:
        return [one.id for one in await house.requests.listed(replace(Asked(OFFICE), **wanted))]

    assert await listed(states=["withdrawn"]) == [gone.id]
    assert await listed(villages=["16.04.10", "16.04.99"]) == [second.id]
    assert await listed(limit=2) == [first.id, second.id]
    assert await listed(limit=2, after=second.id) == [gone.id, asked.id]


async def test_merged_requests_have_all_their_people_in_one(house: House) -> None:
    one, other = await received(house), await received(house)
    whole = await house.requests.merge(one.id, other.id, "staff", MONDAY_EIGHT)
    assert [person.id for person in whole.people] == ["1", "2", "3", "4"]
    known = await house.requests.people_of(other.id)
    assert known["3"].values == {"name": NAME, "nik": NIK}
    assert (await house.requests.get(one.id)).merged_into == other.id
    again = await house.requests.merge(one.id, other.id, "staff", MONDAY_EIGHT)
    assert again == whole


async def enlist(house: House, id_: str, *people: str, minutes: int = 15) -> None:
    beside = Beside(house.requests.scheduling(id_, people, "a"))
    await house.desk.act(TEAM, Enlist("a", (minutes,) * len(people)), "staff:1", day=TRIP_DAY, beside=beside)


async def test_a_visit_is_given_in_one_transaction(any_house: House) -> None:
    house = any_house
    await plan_trip(house)
    request = await received(house)
    with pytest.raises(SlotFull):
        await enlist(house, request.id, "1", "2", minutes=170)
    assert (await house.requests.get(request.id)).state is State.RECEIVED
    await enlist(house, request.id, "1", "2")
    now = await house.requests.get(request.id)
    assert now.state is State.SCHEDULED and now.visit is not None
    assert (now.visit.branch, now.visit.day, now.visit.labels) == (TEAM, TRIP_DAY, (("1", "A-001"), ("2", "A-002")))
    assert [one.id for one in await house.requests.of_visit(TEAM, TRIP_DAY)] == [request.id]
    assert await house.requests.of_visit(TEAM, TRIP_DAY + timedelta(days=1)) == []
    assert await house.requests.open(OFFICE) == []
    person = await house.people.get((TEAM, TRIP_DAY, "A-001"))  # for those who call them at the stop
    assert person.values == {Field.NAME: NAME, Field.NIK: NIK, Field.PHONE: PHONE}
    leaving = Beside(house.requests.ending(request.id, Withdrawn()))
    await house.desk.act(TEAM, Delist(("A-001", "A-002")), "holder", day=TRIP_DAY, beside=leaving)
    assert (await house.requests.get(request.id)).state is State.WITHDRAWN
    floor = await house.floors.get((TEAM, TRIP_DAY))
    assert {ticket.status for ticket in floor.tickets.values()} == {Status.CANCELLED}
    assert not (await house.people.get((TEAM, TRIP_DAY, "A-001"))).values


async def test_whoever_withdrew_in_the_same_moment_has_no_visit(house: House) -> None:
    await plan_trip(house)
    request = await received(house)
    await house.requests.act(request.id, Withdraw(), "holder", MONDAY_EIGHT)
    await enlist(house, request.id, "1")
    now = await house.requests.get(request.id)
    assert (now.state, now.visits) == (State.WITHDRAWN, ())


async def test_how_a_visit_goes_is_read_off_the_teams_day(house: House, clock: Clock) -> None:
    await plan_trip(house)
    request = await received(house)
    await enlist(house, request.id, "1", "2")
    request, place = await house.requests.get(request.id), (TEAM, TRIP_DAY)

    async def stage() -> Stage:
        return stage_of(request, {place: await house.floors.get(place)})

    assert stage_of(request, {}) is Stage.SCHEDULED
    assert await stage() is Stage.SCHEDULED
    clock.now = MONDAY_EIGHT + timedelta(days=8)
    await house.desk.act(TEAM, HeadFor("a"), "staff:1", day=TRIP_DAY)
    assert await stage() is Stage.ON_THE_WAY
    await house.desk.act(TEAM, ReachStop("a"), "staff:1", day=TRIP_DAY)
    await house.desk.act(TEAM, NoteResult("A-001", "exception"), "staff:1", day=TRIP_DAY)
    assert await stage() is Stage.ON_THE_WAY
    await house.desk.act(TEAM, LeaveStop("a"), "staff:1", day=TRIP_DAY)
    assert await stage() is Stage.DONE
    results = results_of(request, {place: await house.floors.get(place)})
    assert results == {"1": "exception", "2": "absent"}
    await house.desk.act(TEAM, NoteResult("A-001", "refused"), "staff:1", day=TRIP_DAY)
    assert await stage() is Stage.NOT_DONE
    again = await house.requests.act(request.id, TakeOut(("2",), "Tidak di rumah."), "staff:1", clock())
    assert [person.id for person in again.waiting] == ["2"]


async def test_what_is_kept_of_people_goes_in_its_time(house: House, clock: Clock) -> None:
    ended, still_open = await received(house), await received(house)
    await house.requests.act(ended.id, Withdraw(), "holder", clock())
    clock.turn(days=2)
    await erase_old(house)
    kept = await house.requests.people_of(ended.id)
    assert "phone" not in kept[CONTACT].values and kept[CONTACT].values["name"] == "Kakak Uji"
    clock.turn(days=30)
    await erase_old(house)
    assert await house.requests.people_of(ended.id) == {}
    assert (await house.requests.people_of(still_open.id))["1"].values == {"name": NAME, "nik": NIK}
    assert (await house.requests.get(ended.id)).people[0].birth_year == 1946


async def test_after_a_visit_there_is_a_week_to_call_whoever_was_not_there(house: House, clock: Clock) -> None:
    await plan_trip(house)
    request = await received(house)
    await enlist(house, request.id, "1", "2")
    clock.now = MONDAY_EIGHT + timedelta(days=8 + 7)
    await erase_old(house)
    assert (await house.requests.people_of(request.id))[CONTACT].values["phone"] == PHONE
    clock.turn(days=1)
    await erase_old(house)
    assert "phone" not in (await house.requests.people_of(request.id))[CONTACT].values


async def erase_old(house: House) -> None:
    run = await Retention(house.database, house.branches, house.floors.clock).run()
    assert run is not None and any(one.field == "name (requests)" for one in run.erased)


async def test_whoever_asks_is_told_all_and_may_have_it_erased(house: House) -> None:
    request = await received(house)
    whom = Whom(nik=NIK)

    def work(connection: Connection) -> tuple[int, int]:
        told = export_requests(connection, house.requests.keys, whom, "command:test", MONDAY_EIGHT)
        assert told[0]["data"] == {"name": NAME, "nik": NIK} and told[0]["request"] == request.id
        deed = ("command:test", "atas permintaan")
        return len(told), len(erase_requests(connection, house.requests.keys, whom, deed, MONDAY_EIGHT))

    assert await house.database.write(work) == (1, 1)
    assert set(await house.requests.people_of(request.id)) == {"2", CONTACT}


async def test_people_of_requests_are_encrypted_anew_with_a_new_key(house: House) -> None:
    request = await received(house)
    given = b64decode((house.settings.data_dir / "people-keys").read_text())
    joined = KeyRing([b"n" * 32, given])
    assert await rotate(house.database, joined) == 3
    assert await house.database.read(keys_of_requests) == {joined.newest: 3}
    house.requests.keys = joined
    assert (await house.requests.people_of(request.id))["1"].values["nik"] == NIK
    digests = await house.database.read(
        lambda connection: list(connection.execute(select(outreach_people.c.nik_digest)).scalars())
    )
    assert all(digest is None or digest.startswith(joined.newest) for digest in digests)
