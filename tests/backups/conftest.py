"""Houses on any database, and the whole of what a database holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, insert, select

from queue_service.app import open_house
from queue_service.backups.files import BackupFile
from queue_service.backups.restore import Restored, Wanted, check, restore
from queue_service.backups.take import Taken, take_backup
from queue_service.database import Database, open_database
from queue_service.domain.actions import CallNext, Complete, Issue
from queue_service.domain.complaints import filed
from queue_service.domain.events import Entry, Lapsed, to_ms
from queue_service.domain.referral_events import ReferralOffered
from queue_service.domain.showing import Attendance
from queue_service.field.agreeing import agree
from queue_service.journal import Request
from queue_service.leases.annex import Reason, keep_aside
from queue_service.leases.merging import Item, merge
from queue_service.leases.parts import At, people
from queue_service.leases.standing import Standing
from queue_service.records.cases.cases import Opening, open_case
from queue_service.records.complaints.complaints import Filing
from queue_service.records.connection_tokens import give_token
from queue_service.records.devices import Asked, Assignment, Face
from queue_service.records.enrolments import enrol
from queue_service.records.healths import Part, State, Tally, write_health
from queue_service.records.identifiers import Identifier, keep_identifier
from queue_service.records.identity_checks import Asked as AskedIdentity
from queue_service.records.identity_checks import ask as ask_identity
from queue_service.records.outreach.owed import owe
from queue_service.records.outreach.proposals import begin_proposal
from queue_service.records.questions import ask
from queue_service.records.referrals import keep_referrals
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup, read_setup_file
from queue_service.records.shows import write_shows
from queue_service.records.staff.accounts import find_account
from queue_service.records.staff.sessions import Way, begin_session
from queue_service.records.tables import deliveries, positions
from queue_service.setting_up import set_up
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import CHILDREN, LAHAT, NINE, RSUD, Clock, example, issue, open_counter
from tests.postgres import Postgres, running_pgbouncer
from tests.records.outreach.cast import a_new_request
from tests.records.people.rows import keep_somebody

DUKCAPIL = "disdukcapil-lahat"
CONNECTION = """
connections:
  - {id: agency, system: webhook, settings: {url: "https://agency.example/antrean"}}
staff:
  - {login: petugas, name: Petugas Ébène, grants: [{role: clerk, branch: rsud-lahat, queues: [poli-anak]}]}
"""

Rows = dict[str, list[tuple[Any, ...]]]
NewAddress = Callable[[str], str]


@pytest.fixture(scope="session")
def pgbouncer(postgres: Postgres) -> Iterator[int]:
    with running_pgbouncer(postgres) as port:
        yield port


@pytest.fixture
def new_address(request: pytest.FixtureRequest, tmp_path: Path) -> NewAddress:
    """Of a new database of the kind that is asked for."""

    names = count()

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'{next(names)}.db'}"
        server: Postgres = request.getfixturevalue("postgres")
        port = request.getfixturevalue("pgbouncer") if kind == "pgbouncer" else None
        return server.address(server.new_database(), port)

    return make


@dataclass
class Vault:
    """Where a test keeps its backups."""

    folder: Path
    address: str

    async def back_up(self, name: str = "backup", at: Clock | None = None) -> Taken:
        async with opened(self.address) as database:
            with (self.folder / name).open("wb") as file:
                return await take_backup(database, file, (at or Clock())())

    async def restore(self, name: str = "backup", *, to: str = "", at: Clock | None = None, **wanted: Any) -> Restored:
        with (self.folder / name).open("rb") as file:
            backup = check(BackupFile(file, self.folder / name))
            async with opened(to or self.address) as database:
                return await restore(database, backup, (at or Clock())(), Wanted(**wanted))


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Database]:
    database = open_database(address, is_patient=True)
    yield database
    await database.close()


@asynccontextmanager
async def house_at(
    folder: Path, address: str, clock: Clock | None = None, *, is_set_up: bool = True
) -> AsyncIterator[House]:
    async with open_house(Settings(folder, address), clock or Clock()) as house:
        if is_set_up:
            await house.branches.set_up(example())
            await house.branches.refresh()
        yield house


async def live_a_little(house: House) -> None:
    """A row in every table, text of more than one alphabet, an empty value."""
    await issue(house)
    await open_counter(house)
    await house.desk.act(RSUD, CallNext("3"), "clerk:ébène", request=Request("kunci-1", "sidik"))
    await house.desk.act(RSUD, Complete("3"), "clerk:ébène")
    await house.desk.act(RSUD, Issue(CHILDREN, "lansia"), "visitor")
    await house.keys.create(Role.ADMINISTRATOR, None, NINE)
    await house.keys.create(Role.CLERK, RSUD, NINE)
    await house.requests.receive([a_new_request(house, office=house.branches.get(DUKCAPIL))], "visitor", NINE)
    screen = await house.devices.ask("", Asked("192.0.2.7", 1920, 1080), NINE)
    shows = Assignment(RSUD, Face.LOBBY, "TV lobi — lantai 1", (CHILDREN,))
    await house.devices.accept(screen.code, shows, "supervisor:ébène", NINE)
    await house.devices.ask("", Asked("192.0.2.8", 1280, 720), NINE)
    plan = read_setup(LAHAT.read_text() + CONNECTION, "setup.yaml")
    late = {"connection": "agency", "branch": RSUD, "day": NINE.date(), "seq": 2, "lane": "A-001", "state": "waiting"}
    zeros = dict.fromkeys(("failures", "refusals", "since_ms", "next_at_ms"), 0)

    def connect(connection: Connection) -> None:
        set_up(connection, plan)
        connection.execute(insert(deliveries).values(**late, **zeros, error=""))
        visit = Identifier(RSUD, "simrs-visit", "2026/11/23/000001", NINE.date(), "A-001", {"è": 1})
        keep_identifier(connection, visit)
        give_token(connection, "agency", "ébène", NINE)
        enrol(connection, "agency", "1:ab", "BARU-1", NINE)
        away = Tally(Part.OUT, State.AWAY, to_ms(NINE), NINE.date(), error="è", error_ms=to_ms(NINE))
        write_health(connection, "agency", away)
        ask(connection, "agency", NINE.date(), to_ms(NINE))
        owe(connection, "JB-26-00001", {("bola-tanpa-set-up", NINE.date(), "A-001")})
        begin_proposal(connection, "disdukcapil-lahat", "7f3a", to_ms(NINE))
        offered = ReferralOffered("7f3a", "A-001", "lahir")
        keep_referrals(connection, (RSUD, NINE.date()), [Entry(9, NINE, "clerk:ébène", offered)])
        connection.execute(insert(positions).values(connection="agency", position='{"è": 1}'))
        write_shows(connection, RSUD, NINE.date(), {CHILDREN: Attendance(booked=3, came=2)})
        keep_somebody(connection, house.people, RSUD, NINE)
        open_case(connection, Opening(RSUD, "visit", NINE.date(), "", NINE), "clerk:ébène", NINE)
        asked = AskedIdentity("agency", RSUD, NINE.date(), "A-001", NINE.date())
        ask_identity(connection, house.people.keys, asked, "clerk:ébène", NINE)
        field = At((RSUD, NINE.date()), "lease", house.people.keys, b"", NINE)
        keep_aside(connection, field.place, "lease", [Entry(9, NINE, "clerk:è", Lapsed("A-001"))], Reason.OTHER, NINE)
        merge(connection, field, people.PART, Standing.RECLAIMED, [Item("person", "", {"name": "È"})])
        agree(connection, "people", {"person": "mark"})
        begin_session(connection, house.sessions.new(NINE, Way.PASSWORD, "Firefox", account=find_petugas(connection)))

    async with opened(house.settings.database_url) as database:
        await database.write(connect)
    complaint = Filing(filed(house.branches.get(RSUD), NINE, "waiting"), "Sepanjang pagi — è", "081200000099")
    await house.complaints.file(complaint, "kunci-2", "visitor", NINE)
    await house.branches.set_up(read_setup_file(LAHAT.with_name("office-hours.yaml")))


def find_petugas(connection: Connection) -> str:
    row = find_account(connection, "petugas")
    assert row is not None
    return str(row.id)


async def everything(address: str) -> Rows:
    """As the tables are, whoever wrote them; without the migrations' own."""

    def work(connection: Connection) -> Rows:
        found = MetaData()
        found.reflect(connection)
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in found.tables.items()
            if name != "alembic_version"
        }

    async with opened(address) as database:
        return await database.read(work)
