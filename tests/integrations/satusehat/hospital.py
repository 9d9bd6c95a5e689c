"""A hospital with two clinics, connected to SATUSEHAT's double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from integrations.contract import Item, Opening
from integrations.ledger import read_items
from integrations.satusehat.sender import EncounterSender
from integrations.satusehat.system import SatusehatSystem
from queue_service.app import open_house
from queue_service.cursors import begin_cursors
from queue_service.domain.actions import Action, Call, Complete, Issue, Serve, SetCounter, Transfer
from queue_service.domain.counters import CounterState
from queue_service.domain.entries import event_fields
from queue_service.domain.events import Event, to_ms
from queue_service.journal import Beside
from queue_service.journal.appends import new_label
from queue_service.journal.epochs import epoch_now
from queue_service.records.branches import set_up_branches
from queue_service.records.connections import set_up_connections
from queue_service.records.identifiers import Identifier, identifiers_of, keep_identifier
from queue_service.records.plans import ConnectionPlan, SetupPlan
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.doubles.satusehat.platform import CLIENT_ID, CLIENT_SECRET, ORGANIZATION, Platform, a_platform
from tests.houses import Clock

RSUD, ADMISSION, CHILDREN, INTERNAL, LABORATORY, PHARMACY = (
    *("rsud", "pendaftaran", "poli-anak", "poli-dalam", "laboratorium", "farmasi"),
)
OUTPATIENT, TWO_CLINICS = "rawat-jalan", "dua-poli"
COUNTERS = {queue: str(number) for number, queue in enumerate((ADMISSION, CHILDREN, INTERNAL, LABORATORY, PHARMACY), 1)}
DAY = date(2026, 11, 23)
HALF_PAST_EIGHT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # in Lahat
FIVE_PAST_NINE = datetime(2026, 11, 23, 2, 5, tzinfo=UTC)
ROOM, OTHER_ROOM = "b017aa54-f1df-4ec2-9d84-8823815d7228", "dc01c797-547a-4e4d-97cd-4ece0630e380"
NAME, NIK, IHS = "Planted Persona Uji", "1604994107900017", "100000030009"
ENVIRONMENT = {
    "ANTREAN_CONNECTION_KEMKES_CLIENT_ID": CLIENT_ID,
    "ANTREAN_CONNECTION_KEMKES_CLIENT_SECRET": CLIENT_SECRET,
}

BRANCH: dict[str, Any] = {
    "id": RSUD,
    "name": "RSUD Uji",
    "queues": [
        {"id": queue, "name": queue.replace("-", " ").title(), "prefix": prefix, "appointments": {"per_slot": 50}}
        for queue, prefix in zip(COUNTERS, "ABCDE", strict=True)
    ],
    "counters": [{"id": number, "name": number, "queues": [queue]} for queue, number in COUNTERS.items()],
    "journeys": [
        {"id": OUTPATIENT, "name": "Rawat jalan", "stops": [ADMISSION, CHILDREN, PHARMACY]},
        {"id": TWO_CLINICS, "name": "Dua poli", "stops": [CHILDREN, INTERNAL]},
    ],
    "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "00:00", "to": "23:59"}],
}


def settings(platform: Platform, **changes: Any) -> dict[str, Any]:
    clinics = [
        {"queue": CHILDREN, "location": ROOM, "practitioner": "N10000001"},
        {"queue": INTERNAL, "location": OTHER_ROOM},
    ]
    usual = {"mode": "own", "base_url": platform.url, "organization": ORGANIZATION, "clinics": clinics}
    return {**usual, "allow_private": True, **changes}


def set_up_plan(platform: Platform, **changes: Any) -> SetupPlan:
    connection = {"id": "kemkes", "system": "satusehat", "settings": settings(platform, **changes)}
    return SetupPlan.model_validate({"branches": [BRANCH], "connections": [connection]})


def _set_up(connection: Connection, plan: SetupPlan, now: datetime) -> None:
    """As on the day of the tests, whenever they run: a courier reads from there on."""
    set_up_connections(connection, plan)
    set_up_branches(connection, plan)
    begin_cursors(connection, now)


@dataclass
class Hospital:
    house: House
    clock: Clock
    platform: Platform
    plan: ConnectionPlan
    sender: EncounterSender
    sent: int = 0  # the last entry that was delivered
    closing: list[EncounterSender] = field(default_factory=list)

    @property
    def opening(self) -> Opening:
        return Opening(self.plan, self.house, ENVIRONMENT)

    def restart(self) -> None:
        """As another process would go on."""
        made = SatusehatSystem.model_validate(self.plan.settings).sender(self.opening)
        assert isinstance(made, EncounterSender)
        self.closing.append(self.sender)
        self.sender = made

    async def act(self, action: Action, beside: Beside | None = None) -> None:
        await self.house.desk.act(RSUD, action, "clerk:test", beside=beside)

    async def come(self, queue: str = CHILDREN, *, journey: str = "", nik: str = NIK, simrs: str = "") -> str:
        """The label of somebody who takes a number."""
        labels: list[str] = []
        given = {"name": NAME, "nik": nik} if nik else {}
        asked = self.house.branches.get(RSUD).queue(queue)
        keep = self.house.people.write_from(asked, given, "test", self.clock())

        def write(connection: Connection, place: tuple[str, date], entries: Sequence[Any]) -> None:
            label = new_label(entries)
            labels.append(label)
            if keep is not None:
                keep(connection, place, label)
            if simrs:
                keep_identifier(connection, Identifier(RSUD, "simrs-visit", simrs, place[1], label))

        issue = Issue("", journey=journey) if journey else Issue(queue)
        await self.act(issue, Beside(write))
        return labels[-1]

    async def call(self, label: str, queue: str = CHILDREN) -> None:
        if self.house.floors.today(RSUD):
            floor = await self.house.floors.get_today(RSUD)
            if floor.counter(COUNTERS[queue]).state is not CounterState.OPEN:
                await self.act(SetCounter(COUNTERS[queue], CounterState.OPEN))
        await self.act(Call(COUNTERS[queue], label))

    async def serve(self, label: str, queue: str = CHILDREN) -> None:
        await self.call(label, queue)
        await self.act(Serve(COUNTERS[queue]))

    async def complete(self, queue: str = CHILDREN) -> None:
        await self.act(Complete(COUNTERS[queue]))

    async def whole_visit(self) -> str:
        """To the children's clinic: arrives 01:30, is seen 02:05, leaves 02:25, in UTC."""
        label = await self.come()
        self.clock.now = FIVE_PAST_NINE
        await self.serve(label)
        self.clock.turn(minutes=20)
        await self.complete()
        return label

    async def transfer(self, here: str, there: str, *, comes_back: bool = False) -> None:
        await self.act(Transfer(COUNTERS[here], there, comes_back=comes_back))

    async def items(self) -> list[Item]:
        def read(connection: Connection) -> list[Item]:
            return list(read_items(connection, epoch_now(connection), (RSUD, DAY), 0, 10_000))

        return await self.house.database.read(read)

    async def deliver(self) -> None:
        """All that is new, in order, each once. Raises Undelivered; then that one comes again."""
        for item in await self.items():
            if item.seq > self.sent:
                if self.sender.wants(item.kind):
                    await self.sender.send(item)
                self.sent = item.seq

    async def marks(self, label: str) -> dict[str, list[str]]:
        def read(connection: Connection) -> list[Identifier]:
            return identifiers_of(connection, RSUD, DAY, label)

        found: dict[str, list[str]] = {}
        for each in await self.house.database.read(read):
            found.setdefault(each.system, []).append(each.value)
        return found

    async def note(self, label: str, system: str, value: str, facts: Mapping[str, Any] | None = None) -> None:
        one = Identifier(RSUD, system, value, DAY, label, facts or {})
        await self.house.database.write(lambda connection: keep_identifier(connection, one))


@asynccontextmanager
async def a_hospital(folder: Path, address: str = "", **changes: Any) -> AsyncIterator[Hospital]:
    clock = Clock(HALF_PAST_EIGHT)
    own = Settings(folder, address or f"sqlite:///{folder / 'antrean.db'}", rate_limits=False)
    async with a_platform() as platform, open_house(own, clock) as house:
        platform.patients[NIK] = IHS
        plan = set_up_plan(platform, **changes)
        await house.database.write(lambda connection: _set_up(connection, plan, clock()))
        await house.branches.refresh()
        connection = plan.connections[0]
        opening = Opening(connection, house, ENVIRONMENT)
        sender = SatusehatSystem.model_validate(connection.settings).sender(opening)
        assert isinstance(sender, EncounterSender)
        hospital = Hospital(house, clock, platform, connection, sender)
        try:
            yield hospital
        finally:
            for each in (*hospital.closing, hospital.sender):
                await each.close()


def history(*events: tuple[int, Event]) -> list[Item]:
    """Each event with the minutes after half past eight."""
    start = to_ms(HALF_PAST_EIGHT)
    return [
        Item("e1", RSUD, DAY, seq, start + minutes * 60_000, event.kind, event_fields(event))
        for seq, (minutes, event) in enumerate(events, 1)
    ]
