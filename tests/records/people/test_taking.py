"""Giving one's name, phone and NIK with a number or an appointment: what is asked for is kept, encrypted; no more."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from queue_service.closing import ClosingTime
from queue_service.domain.asking import Field
from queue_service.domain.errors import NotFound
from queue_service.journal.tables import claims, entries, idempotency_keys
from queue_service.records.people.people import Person, read_people
from queue_service.records.people.tables import people
from queue_service.web.errands import fingerprint as made_plainly
from queue_service.web.house import House
from tests.drawing import CLOSES, DRAW, DRAWN_AT, OPENS, WEDNESDAY, rounds_of
from tests.houses import Clock, a_visitor
from tests.postgres import Postgres
from tests.records.people.cast import (
    FULL_PHONE,
    MONDAY_EIGHT,
    NAME,
    NIK,
    OFFICE,
    OTHER_NIK,
    PLAN,
    VISITOR,
    an_office,
    an_office_and_a_visitor,
    book,
    take_number,
)

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
AT_ONCE = 200


async def person_of(house: House, label: str, day: date = TODAY) -> Person:
    return await house.people.get((OFFICE, day, label))


def address_of(kind: str, request: pytest.FixtureRequest) -> str | None:
    """Of a new database; None: the house's own."""
    if kind == "sqlite":
        return None
    server: Postgres = request.getfixturevalue("postgres")
    return server.address(server.new_database())


async def rows(house: House) -> int:
    counted = select(func.count()).select_from(people)
    return int(await house.people.database.read(lambda connection: connection.execute(counted).scalar_one()))


async def test_who_takes_a_number_is_kept_with_it(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        taken = await take_number(visitor, VISITOR)
        assert (taken.status_code, taken.json()["doubts"]) == (201, [])
        person = await person_of(house, "A-001")
        assert person.values == {"name": NAME, "phone": FULL_PHONE, "nik": NIK}
        assert (person.source, person.agreed, person.at) == ("visitor", ("phone",), MONDAY_EIGHT)
        assert person.masked == {"name": NAME, "phone": "…4477", "nik": "…0017"}


@pytest.mark.parametrize(
    ("person", "queue", "told"),
    [
        (None, "ktp", "Nama"),
        ({"name": NAME}, "ktp", "NIK"),
        ({"name": NAME, "nik": "16"}, "ktp", "16"),
        ({"name": NAME, "nik": "0" * 16}, "ktp", "16"),
        ({"name": "x" * 81, "nik": NIK}, "ktp", "80"),
        ({"name": NAME, "nik": NIK, "phone": "12"}, "ktp", "persetujuan"),
        ({"name": NAME, "nik": NIK, "phone": "12", "consent": True}, "ktp", "0812"),
        ({"name": NAME}, "umum", "tidak diminta"),
        ({"address": "Lahat"}, "ktp", "address"),
    ],
)
async def test_what_is_not_as_it_is_asked_for_is_refused_and_leaves_nothing(
    tmp_path: Path, person: object, queue: str, told: str
) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        for answer in (await take_number(visitor, person, queue), await book(visitor, person, queue=queue)):
            assert answer.status_code == 422
            assert told in answer.json()["detail"]
            assert NAME not in answer.text
        assert await rows(house) == 0
        assert (await house.journal.ends([(OFFICE, TODAY)])) == {(OFFICE, TODAY): 0}


async def test_a_queue_that_asks_for_nothing_keeps_nothing(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        assert (await take_number(visitor, queue="umum")).status_code == 201
        assert (await take_number(visitor, {"name": " "}, "umum")).status_code == 201
        assert await rows(house) == 0


async def test_a_number_that_is_refused_leaves_no_row_and_no_claim(tmp_path: Path) -> None:
    clock = Clock(MONDAY_EIGHT)
    async with an_office_and_a_visitor(tmp_path, clock) as (house, visitor):
        clock.turn(hours=12)
        assert (await take_number(visitor, VISITOR)).json()["code"] == "queue_closed"
        assert await rows(house) == 0
        assert await house.people.database.read(lambda c: c.execute(select(claims)).all()) == []


async def test_the_same_request_again_keeps_one_row_and_a_fingerprint_that_tells_nothing(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        answers = [
            await visitor.post(
                f"/api/v1/branches/{OFFICE}/tickets",
                json={"queue": "ktp", "visitor": VISITOR},
                headers={"Idempotency-Key": "once"},
            )
            for _ in range(2)
        ]
        assert answers[0].json() == answers[1].json()
        assert await rows(house) == 1
        kept = select(idempotency_keys.c.fingerprint)
        fingerprint = await house.people.database.read(lambda connection: connection.execute(kept).scalar_one())
        plain = answers[0].request
        assert fingerprint != made_plainly("POST", plain.url.path, plain.content)


async def test_an_odd_nik_is_taken_and_told(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (_, visitor):
        odd = await take_number(visitor, {"name": NAME, "nik": "9904996902000000"})
        assert (odd.status_code, odd.json()["doubts"]) == (201, ["province", "serial"])


async def test_whom_an_appointment_is_for_comes_along_to_another_day(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        booked = (await book(visitor, VISITOR)).json()
        later = {"slot": "2026-11-25T08:00:00+07:00"}
        moved = await visitor.post(f"/api/v1/tickets/{booked['token']}/reschedule", json=later)
        assert moved.status_code == 200
        person = await person_of(house, moved.json()["label"], date(2026, 11, 25))
        assert person.values[Field.NIK] == NIK
        with pytest.raises(NotFound):
            await person_of(house, booked["label"], TOMORROW)
        assert (await take_number(visitor, VISITOR)).json()["code"] == "already_claimed"


async def test_whom_a_kept_place_is_for_comes_along(tmp_path: Path) -> None:
    clock = Clock(MONDAY_EIGHT)
    async with an_office_and_a_visitor(tmp_path, clock, at_closing="keep") as (house, visitor):
        await take_number(visitor, VISITOR)
        clock.turn(hours=8)
        await ClosingTime(house.desk, house.floors, house.branches).send_home()
        assert (await person_of(house, "A-001", TOMORROW)).values[Field.NIK] == NIK
        assert (await book(visitor, VISITOR)).json()["code"] == "already_claimed"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_whoever_wins_or_waits_for_a_place_has_the_ticket_that_they_are_given(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """First the one whom the lot has chosen; then the other, once that place is free again."""
    clock, url = Clock(OPENS - timedelta(hours=1)), address_of(kind, request)
    queues = [{**PLAN["queues"][0], "draw": {**DRAW, "quota": 1}}, PLAN["queues"][1]]
    async with an_office(tmp_path, clock, url, queues=queues) as house, a_visitor(house) as visitor:
        rounds, path = rounds_of(house), f"/api/v1/branches/{OFFICE}/queues/ktp/draw/entries?day={WEDNESDAY}"
        await rounds.go()
        clock.now = OPENS
        entered = {}
        for nik in (NIK, OTHER_NIK):
            answer = await visitor.post(path, json={"visitor": {**VISITOR, "nik": nik}})
            assert answer.status_code == 201, answer.text
            entered[nik] = answer.json()
        clock.now = CLOSES
        await rounds.go()
        clock.now = DRAWN_AT
        await rounds.go()
        found = {nik: await shown(visitor, f"/api/v1/entries/{one['token']}") for nik, one in entered.items()}
        (winner,) = (nik for nik, one in found.items() if one["state"] == "given")
        (other,) = entered.keys() - {winner}
        assert await niks_by_label(house) == {"A-001": winner, entered[other]["entry"]: other}
        assert await claimed_by(house) == {"A-001", entered[other]["entry"]}
        assert (await visitor.post(f"/api/v1/tickets/{found[winner]['ticket']['token']}/cancel")).status_code == 200
        await rounds.go()
        assert await niks_by_label(house) == {"A-001": winner, "A-002": other}
        assert await claimed_by(house) == {"A-001", "A-002"}
        assert (await visitor.post(path, json={"visitor": {**VISITOR, "nik": other}})).status_code == 409


async def niks_by_label(house: House) -> dict[str, str]:
    found = await house.people.database.read(lambda c: read_people(c, house.people.keys, people.c.day == WEDNESDAY))
    return {person.ticket[2]: person.values[Field.NIK] for person in found}


async def claimed_by(house: House) -> set[str]:
    asked = select(claims.c.label)
    return set(await house.people.database.read(lambda connection: connection.execute(asked).scalars().all()))


async def shown(visitor: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await visitor.get(path)).json()
    return answer


async def test_one_live_claim_until_it_ends(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        first = await take_number(visitor, VISITOR)
        again = await take_number(visitor, {**VISITOR, "nik": f"{NIK[:6]} {NIK[6:12]} {NIK[12:]}"})
        booked = await book(visitor, VISITOR)
        assert [again.json()["code"], booked.json()["code"]] == ["already_claimed"] * 2
        assert "A-001" not in again.text and "08" not in again.json()["detail"]
        assert (await take_number(visitor, {**VISITOR, "nik": OTHER_NIK})).status_code == 201
        await visitor.post(f"/api/v1/tickets/{first.json()['token']}/cancel")
        assert (await book(visitor, VISITOR)).status_code == 201
        assert (await take_number(visitor, VISITOR)).json()["code"] == "already_claimed"
        assert await rows(house) == 3


async def test_yesterdays_number_claims_nothing_today(tmp_path: Path) -> None:
    clock = Clock(MONDAY_EIGHT)
    async with an_office_and_a_visitor(tmp_path, clock) as (_, visitor):
        await take_number(visitor, VISITOR)
        clock.turn(days=1)
        assert (await take_number(visitor, VISITOR)).status_code == 201


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_of_two_hundred_at_once_in_two_processes_one_has_the_claim(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = address_of(kind, request)
    async with an_office(tmp_path, url=url) as here, an_office(tmp_path, url=url) as there:
        async with a_visitor(here) as one, a_visitor(there) as other:
            asked = [
                way(who, VISITOR) for _ in range(AT_ONCE // 4) for who in (one, other) for way in (take_number, book)
            ]
            answers = await asyncio.gather(*asked)
        codes = [answer.json().get("code") for answer in answers]
        assert codes.count(None) == 1
        assert codes.count("already_claimed") == AT_ONCE - 1
        assert await rows(here) == 1
        made = select(func.count()).select_from(entries)
        assert await here.people.database.read(lambda connection: connection.execute(made).scalar_one()) == 1
