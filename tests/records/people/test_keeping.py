"""What becomes of people's data: rotated, shown, found, exported, erased, and gone in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update

from queue_service.app import open_house
from queue_service.backups.files import BackupFile
from queue_service.backups.restore import Wanted, check, restore
from queue_service.backups.take import take_backup
from queue_service.database import open_database
from queue_service.domain.asking import Field
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.events import Entry
from queue_service.identities import Identities
from queue_service.journal import Basis, Beside, Journal
from queue_service.journal.tables import claims
from queue_service.records.audit import read_audit
from queue_service.records.branches import Branches
from queue_service.records.people.breaches import Breach, note_told, read_breaches, record_breach
from queue_service.records.people.finding import Sought
from queue_service.records.people.given import Given
from queue_service.records.people.keys import KeyRing, Unreadable
from queue_service.records.people.people import People, Person, read_people
from queue_service.records.people.retention import Retention, Run, read_runs
from queue_service.records.people.rights import Whom, erase_all, export
from queue_service.records.people.rotation import keys_in_use, rotate
from queue_service.records.people.tables import people
from queue_service.web.house import House
from tests.houses import Clock, a_visitor
from tests.journal.test_claims import an_entry
from tests.postgres import Postgres
from tests.records.people.cast import (
    FULL_PHONE,
    MONDAY_EIGHT,
    NAME,
    NIK,
    OFFICE,
    OTHER_NIK,
    PURPOSE,
    VISITOR,
    an_office,
    an_office_and_a_visitor,
    take_number,
)

TODAY = date(2026, 11, 23)
TICKET = (OFFICE, TODAY, "A-001")
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


async def everybody(house: House) -> list[Person]:
    return await house.people.database.read(lambda c: read_people(c, house.people.keys, people.c.id.is_not(None)))


def with_keys(house: House, ring: KeyRing) -> House:
    people_of_it = People(house.people.database, ring)
    return replace(house, people=people_of_it, identities=Identities(people_of_it, house.floors))


async def test_a_value_that_somebody_copied_to_another_row_is_not_shown(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        for nik in (NIK, OTHER_NIK):
            await take_number(visitor, {**VISITOR, "nik": nik})

        def forge(connection: Connection) -> None:
            stolen = select(people.c.nik).where(people.c.label == "A-001").scalar_subquery()
            connection.execute(update(people).where(people.c.label == "A-002").values(nik=stolen))

        await house.people.database.write(forge)
        assert (await house.people.get(TICKET)).values[Field.NIK] == NIK
        with pytest.raises(Unreadable):
            await house.people.get((OFFICE, TODAY, "A-002"))


async def test_one_field_is_shown_in_full_for_a_reason_that_is_kept(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        await take_number(visitor, VISITOR)
        shown = await house.people.reveal(TICKET, "nik", f"berkas {NIK} tertukar", "supervisor:7f3a", MONDAY_EIGHT)
        assert shown == NIK
        (noted,) = await house.people.database.read(read_audit)
        assert (noted.deed.by, noted.deed.what, noted.deed.branch) == ("supervisor:7f3a", "person.revealed", OFFICE)
        assert noted.deed.detail == {"field": "nik", "reason": "berkas [masked] tertukar"}
        assert noted.deed.subject == (await house.people.get(TICKET)).id
        with pytest.raises(Invalid):
            await house.people.reveal(TICKET, "nik", " x ", "supervisor:7f3a", MONDAY_EIGHT)
        for field, label in (("address", "A-001"), ("nik", "A-002")):
            with pytest.raises(NotFound):
                await house.people.reveal((OFFICE, TODAY, label), field, "alasan", "x", MONDAY_EIGHT)
        assert len(await house.people.database.read(read_audit)) == 1


@pytest.mark.parametrize(
    ("sought", "labels"),
    [
        (Sought(OFFICE, TODAY, name="planted  PERSONA"), ["A-001", "A-002"]),
        (Sought(OFFICE, TODAY, nik=NIK), ["A-001"]),
        (Sought(OFFICE, TODAY, phone="+62 812-9900-4477"), ["A-001", "A-002"]),
        (Sought(OFFICE, TODAY, name="nobody"), []),
        (Sought(OFFICE, TODAY + timedelta(days=1), nik=NIK), []),
        (Sought("elsewhere", TODAY, nik=NIK), []),
    ],
)
async def test_who_lost_their_number_is_found_and_that_is_noted(
    tmp_path: Path, sought: Sought, labels: list[str]
) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        for nik in (NIK, OTHER_NIK):
            await take_number(visitor, {**VISITOR, "nik": nik})
        found = await house.people.find(sought, "clerk:1", MONDAY_EIGHT)
        assert [person.ticket[2] for person in found] == labels
        (noted,) = await house.people.database.read(read_audit)
        assert (noted.deed.what, noted.deed.subject) == ("people.sought", sought.by_what)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_keys_are_rotated_while_people_come_and_claims_hold_all_the_way(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = None
    if kind == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.address(server.new_database())
    async with an_office(tmp_path, url=url) as house:
        old, new = KeyRing([OLD]), KeyRing([NEW, OLD])
        before, after = (with_keys(house, ring) for ring in (old, new))
        before, after = (
            replace(one, identities=type(one.identities)(one.people, one.floors)) for one in (before, after)
        )

        async def come(at: House, first: int, count: int) -> None:
            async with a_visitor(at) as visitor:
                for n in range(first, first + count):
                    taken = await take_number(visitor, {**VISITOR, "nik": f"160499010790{n:04d}"})
                    assert taken.status_code == 201

        await come(before, 1, 30)
        database = house.people.database
        done, *_ = await asyncio.gather(rotate(database, new), come(after, 100, 20), come(before, 200, 20))
        assert done >= 30
        await rotate(database, new)
        assert await database.read(keys_in_use) == {new.newest: 70}
        alone = replace(house, people=People(database, KeyRing([NEW])))
        assert len({person.values[Field.NIK] for person in await everybody(alone)}) == 70
        async with a_visitor(after) as visitor:
            for n in (1, 100, 200):  # whichever key they came under
                refused = await take_number(visitor, {**VISITOR, "nik": f"160499010790{n:04d}"})
                assert refused.json()["code"] == "already_claimed"


async def test_each_field_is_erased_in_its_time_once_for_all_processes(tmp_path: Path) -> None:
    clock = Clock(MONDAY_EIGHT)
    async with an_office_and_a_visitor(tmp_path, clock, retention_days={"name": 3, "nik": 5}) as (house, visitor):
        await take_number(visitor, VISITOR)
        kept = []
        for _ in range(6):
            clock.turn(days=1)
            processes = [Retention(house.people.database, house.branches, clock) for _ in range(3)]
            runs = await asyncio.gather(*(process.run() for process in processes))
            assert sum(run is not None for run in runs) == 1
            assert await processes[0].run() is None
            kept.append(sorted((await house.people.get(TICKET)).values))
        assert kept == [["name", "nik"], ["name", "nik"], ["nik"], ["nik"], [], []]
        digests = select(people.c.nik_digest, people.c.phone_digest, people.c.wording, people.c.agreed)
        row = await house.people.database.read(lambda connection: connection.execute(digests).one())
        assert (row.nik_digest, row.phone_digest, row.agreed) == (None, None, "phone")
        assert row.wording
        reports = await house.people.database.read(lambda connection: list(read_runs(connection)))
        erased = [(run.day.day, one.field) for run in reports for one in run.erased if one.rows]
        assert sorted(erased) == [(24, "phone"), (26, "name"), (28, "nik")]


async def test_the_house_erases_by_itself_and_forgets_claims_of_days_that_are_over(tmp_path: Path) -> None:
    clock = Clock(MONDAY_EIGHT)
    async with an_office_and_a_visitor(tmp_path, clock) as (house, visitor):
        await take_number(visitor, VISITOR)
        settings = house.settings
    clock.turn(days=1)
    async with open_house(settings, clock) as house:
        counted = select(func.count()).select_from(claims)
        for _ in range(500):
            left = await house.people.database.read(lambda connection: connection.execute(counted).scalar_one())
            if not left:
                break
            await asyncio.sleep(0.02)
        assert left == 0
        assert Field.PHONE not in (await house.people.get(TICKET)).values


@pytest.mark.parametrize("whom", [Whom(nik=NIK), Whom(phone="0812 9900 4477"), Whom(ticket=TICKET)])
async def test_a_person_gets_all_that_is_held_and_then_it_is_erased(tmp_path: Path, whom: Whom) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        await take_number(visitor, VISITOR)
        keys, database = house.people.keys, house.people.database
        await house.people.reveal(TICKET, "phone", "tertinggal dompet", "supervisor:7f3a", MONDAY_EIGHT)
        told = await database.write(lambda c: export(c, keys, whom, "command:test", MONDAY_EIGHT))
        (held,) = told["held"]
        assert held["data"] == {"name": NAME, "phone": FULL_PHONE, "nik": NIK}
        assert held["ticket"] == {"branch": OFFICE, "day": "2026-11-23", "label": "A-001"}
        assert held["told"]["id"] == PURPOSE["id"]
        assert held["agreed_to_keeping"] == ["phone"]
        assert [(used["by"], used["reason"]) for used in held["used"]] == [("supervisor:7f3a", "tertinggal dompet")]
        deed = ("command:test", "diminta pemilik data")
        (erased,) = await database.write(lambda c: erase_all(c, keys, whom, deed, MONDAY_EIGHT))
        assert erased.ticket == TICKET
        assert (await house.people.get(TICKET)).values == {}
        again = await database.write(lambda c: erase_all(c, keys, whom, deed, MONDAY_EIGHT))
        assert again == []
        whats = [one.deed.what for one in await database.read(read_audit)]
        assert sorted(whats) == ["person.erased", "person.exported", "person.revealed"]
        assert "A-001" in (await house.floors.get_today(OFFICE)).tickets


async def test_what_was_erased_stays_so_when_an_older_backup_is_restored(tmp_path: Path) -> None:
    async with an_office_and_a_visitor(tmp_path) as (house, visitor):
        for nik in (NIK, OTHER_NIK):
            await take_number(visitor, {**VISITOR, "nik": nik})
        database, keys = house.people.database, house.people.keys
        file = BytesIO()
        await take_backup(database, file, MONDAY_EIGHT)
        deed = ("command:test", "diminta")
        await database.write(lambda c: erase_all(c, keys, Whom(nik=NIK), deed, MONDAY_EIGHT))
        file.seek(0)
        await restore(database, check(BackupFile(file, tmp_path)), MONDAY_EIGHT, Wanted())
        kept = {person.ticket[2]: dict(person.values) for person in await everybody(house)}
        assert kept["A-001"] == {}
        assert kept["A-002"][Field.NIK] == OTHER_NIK


async def test_a_breach_is_late_until_everybody_was_told_in_three_days(tmp_path: Path) -> None:
    noticed = datetime.fromisoformat("2026-11-23T09:00+07:00")
    in_time, too_late = noticed + timedelta(hours=71), noticed + timedelta(hours=73)
    async with an_office(tmp_path) as house:
        database = house.people.database
        breach = Breach(noticed, "Laptop hilang.", "name, phone", 12)
        id_ = await database.write(lambda c: record_breach(c, breach, "command:test", noticed))

        async def read() -> Breach:
            return next(iter(await database.read(lambda c: list(read_breaches(c)))))

        assert not (await read()).is_late(in_time)
        assert (await read()).is_late(too_late)
        assert await database.write(lambda c: note_told(c, id_, in_time, None, "command:test", in_time))
        assert (await read()).is_late(too_late)
        assert await database.write(lambda c: note_told(c, id_, None, in_time, "command:test", in_time))
        assert not (await read()).is_late(too_late)
        assert not await database.write(lambda c: note_told(c, "nothing", in_time, None, "command:test", in_time))


async def test_nothing_is_left_of_what_the_database_never_committed(tmp_path: Path) -> None:
    """A crash in the middle of the transaction: neither the number, nor whose it is, nor a claim."""
    from queue_service.journal.appends import Place

    async with an_office(tmp_path) as house:
        given = VISITOR
        queue = house.branches.get(OFFICE).queue("ktp")
        asked = Given({name: str(given[name]) for name in ("name", "phone", "nik")}, agrees=True)
        beside = house.identities.beside(house.branches.get(OFFICE), queue, asked, "visitor")
        assert beside is not None

        def write_and_die(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            beside.write(connection, place, entries)
            raise KeyError("the power goes")

        epoch = await house.journal.epoch()
        dying = Beside(write_and_die, beside.claim)
        with pytest.raises(Exception, match="power"):
            await Journal(house.people.database).append(
                (OFFICE, TODAY), 0, [an_entry(1)], Basis(epoch), MONDAY_EIGHT, beside=dying
            )
        for table in (people, claims):
            counted = select(func.count()).select_from(table)
            assert await house.people.database.read(lambda c, asked=counted: c.execute(asked).scalar_one()) == 0  # type: ignore[misc]
        assert await house.journal.read((OFFICE, TODAY)) == []


async def test_a_run_needs_a_branch(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    nothing: Run | None = await Retention(database, Branches(database), Clock()).run()
    assert nothing is None
    await database.close()
