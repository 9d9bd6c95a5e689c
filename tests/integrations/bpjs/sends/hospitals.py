"""A whole hospital in a test, the insurer's double beside it, and the engine between them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, func, select

from integrations.contract import Item, Opening, Sender, System, system_for
from integrations.courier import Courier, Post
from integrations.health import Health
from integrations.run import leased
from queue_service.app import open_house
from queue_service.backlogs import read_cursors
from queue_service.cursors import begin_cursors
from queue_service.domain.actions import Action, CallNext, Complete, Issue, Serve, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.events import Entry, Event, TicketEvent
from queue_service.domain.floors import Floor
from queue_service.journal import Beside
from queue_service.journal.appends import Place
from queue_service.journal.epochs import epoch_now
from queue_service.journal.tables import entries
from queue_service.records.connections import set_up_connections
from queue_service.records.healths import Part
from queue_service.records.identifiers import Identifier, identifiers_on, keep_identifier
from queue_service.records.setup_files import read_setup_file
from queue_service.records.tables import deliveries
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.doubles.bpjs.bookings import Booking
from tests.doubles.bpjs.double import BpjsDouble
from tests.houses import Clock
from tests.integrations.bpjs.answers.hospitals import PASSWORD, USERNAME

RSUD, BPJS = "rsud", "bpjs"
ADMISSION, INTERNAL, EYES, LABORATORY, PHARMACY = "pendaftaran", "dalam", "mata", "lab", "farmasi"
AT = {ADMISSION: "1", INTERNAL: "2", EYES: "3", LABORATORY: "4", PHARMACY: "5"}
TODAY = date(2026, 11, 23)
PATIENCE = 60.0

_QUOTAS = {"doctor_name": "DOKTER", "quota_jkn": 30, "quota_non_jkn": 10}
CLINICS: list[dict[str, Any]] = [
    {
        "queue": INTERNAL,
        "poli": "INT",
        "poli_name": "DALAM",
        "doctor": 100002,
        "hours": "08:00-14:00",
        **_QUOTAS,
    },
    {"queue": EYES, "poli": "MAT", "poli_name": "MATA", "doctor": 100003, "hours": "07:00-15:00", **_QUOTAS},
]
UNINSURED = {"nik": "1604990101900003", "phone": "081234567891", "record": "000124"}
INSURED = {
    "card": "0009900000002",
    "nik": "1604990101900002",
    "phone": "081234567890",
    "reference": "030107010226P000001",
}
KNOWN = {**INSURED, "record": "000123"}


def a_set_up(settings: Mapping[str, Any], system: str = BPJS) -> dict[str, Any]:
    names = (ADMISSION, "A"), (INTERNAL, "B"), (EYES, "C"), (LABORATORY, "D"), (PHARMACY, "E")
    queues: list[dict[str, Any]] = [{"id": queue, "prefix": prefix, "name": queue} for queue, prefix in names]
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    queues[1]["hours"] = [{"days": every_day, "from": "00:00", "to": "23:59"}]
    queues[1]["appointments"] = {"per_slot": 10, "slot_minutes": 15, "late_minutes": 30}
    branch = {
        "id": RSUD,
        "name": "RSUD",
        "rules": {"pause_minutes": 0},
        "queues": queues,
        "counters": [{"id": counter, "name": counter, "queues": [queue]} for queue, counter in AT.items()],
        "journeys": [
            {"id": "baru", "name": "Baru", "stops": [ADMISSION, INTERNAL, PHARMACY]},
            {"id": "lama", "name": "Lama", "stops": [INTERNAL, PHARMACY]},
            {"id": "dua", "name": "Dua", "stops": [INTERNAL, EYES, PHARMACY]},
        ],
    }
    return {"branches": [branch], "connections": [{"id": BPJS, "system": system, "settings": dict(settings)}]}


@dataclass
class Hospital:
    house: House
    clock: Clock
    bpjs: BpjsDouble
    opening: Opening
    settings: System
    sender: Sender

    async def act(self, action: Action, **more: Any) -> Mapping[str, Any]:
        return await self.house.desk.act(RSUD, action, "clerk:test", **more)

    async def come(self, queue: str, who: Mapping[str, str] | None = None, journey: str = "") -> str:
        """Takes a number; its label."""
        return await self.take(Issue(queue, journey=journey), queue, who)

    async def take(
        self, action: Action, queue: str, who: Mapping[str, str] | None = None, day: date | None = None
    ) -> str:
        plan = self.house.branches.get(RSUD).queue(queue)
        write = self.house.people.write_from(plan, who or {}, "test", self.clock())

        def note(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, Any]:
            event = events[0]
            assert isinstance(event, TicketEvent)
            return {"label": event.label}

        def beside(connection: Connection, place: Place, written: Sequence[Entry]) -> None:
            event = written[0].event
            assert write is not None and isinstance(event, TicketEvent)
            write(connection, place, event.label)

        told = await self.act(action, day=day, answer=note, beside=Beside(beside) if write else None)
        return str(told["label"])

    async def open_all(self) -> None:
        for counter in AT.values():
            await self.act(SetCounter(counter, CounterState.OPEN))

    async def call(self, queue: str) -> None:
        await self.act(CallNext(AT[queue]))

    async def serve(self, queue: str) -> None:
        await self.act(Serve(AT[queue]))

    async def complete(self, queue: str) -> None:
        await self.act(Complete(AT[queue]))

    async def pass_through(self, queue: str) -> None:
        """Called, served for four minutes, done."""
        await self.call(queue)
        self.clock.turn(seconds=20)
        await self.serve(queue)
        self.clock.turn(minutes=4)
        await self.complete(queue)
        self.clock.turn(seconds=10)

    async def name(self, label: str, code: str, **facts: Any) -> None:
        """As Mobile JKN knows it."""
        kept = Identifier(RSUD, "bpjs-booking", code, TODAY, label, facts)
        await self.house.database.write(lambda connection: keep_identifier(connection, kept))

    async def codes(self, label: str) -> list[str]:
        """In the order of its clinics."""
        found = await self.house.database.read(lambda c: identifiers_on(c, RSUD, "bpjs-booking", TODAY))
        its = [each for each in found if each.label == label]
        return [each.value for each in sorted(its, key=lambda each: each.facts.get("nth", 1))]

    async def booking(self, label: str, nth: int = 1) -> Booking:
        return self.bpjs.hospital.bookings[(await self.codes(label))[nth - 1]]

    async def times(self, label: str, nth: int = 1) -> dict[int, int]:
        """As the insurer has them, in the order in which they came."""
        return {task: time.at_ms for task, time in (await self.booking(label, nth)).tasks.items()}

    async def items(self, label: str = "") -> list[Item]:
        """The journal's entries, of all tickets or of one."""

        def read(connection: Connection) -> list[Item]:
            epoch = epoch_now(connection)
            rows = connection.execute(select(entries).order_by(entries.c.day, entries.c.seq))
            return [Item(epoch, r.branch, r.day, r.seq, r.at_ms, r.kind, json.loads(r.fields)) for r in rows]

        found = await self.house.database.read(read)
        return [item for item in found if not label or item.fields.get("label") == label]

    async def item(self, label: str, kind: str) -> Item:
        return next(item for item in await self.items(label) if item.kind == kind)

    async def states(self) -> list[tuple[str, str, str]]:
        """Of what could not be delivered at once: whose, how it stands, and why."""
        asked = select(deliveries).order_by(deliveries.c.lane, deliveries.c.seq)
        rows = await self.house.database.read(lambda connection: connection.execute(asked).all())
        return [(row.lane, row.state, row.error) for row in rows]

    def calls(self, path: str) -> list[Mapping[str, Any]]:
        return [told for told in self.bpjs.told if told["path"].endswith(path)]

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """While this lasts, the engine works as in `antrean integrations`."""
        post = Post(self.opening, self.sender, self.settings.attempts, "test")
        stopping = asyncio.Event()
        async with leased(post) as is_ours:
            assert is_ours
            async with Health(self.opening, Part.OUT) as health:
                courier = await Courier.at_work(post, self.sender, health)
                running = asyncio.create_task(courier.run(stopping))
                try:
                    yield
                finally:
                    stopping.set()
                    courier.end()
                    await running

    async def deliver(self) -> None:
        """Until nothing is left but what was given up."""
        async with self.delivering():
            await self.until(self.is_idle)

    async def is_idle(self) -> bool:
        ends = select(entries.c.branch, entries.c.day, func.max(entries.c.seq)).group_by(
            entries.c.branch, entries.c.day
        )

        def read(connection: Connection) -> bool:
            last = {(branch, day): seq for branch, day, seq in connection.execute(ends)}
            cursors = read_cursors(connection, BPJS)
            waiting = connection.execute(select(deliveries.c.seq).where(deliveries.c.state == "waiting")).first()
            return waiting is None and all(is_done(cursors, place, seq) for place, seq in last.items())

        def is_done(cursors: Mapping[Place, int], place: Place, seq: int) -> bool:
            """Of a day that is over by the wall's clock, the cursor goes once there is a newer one."""
            return cursors.get(place, 0) >= seq or (place not in cursors and any(other > place for other in cursors))

        return await self.house.database.read(read)

    async def until(self, what: Callable[[], Awaitable[object]], patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while not await what():
            assert time.monotonic() < deadline, await self.states()
            await asyncio.sleep(0.05)


def settings_of(bpjs: BpjsDouble, **more: Any) -> dict[str, Any]:
    sends = {"base_url": bpjs.hospital_url, "cons_id": bpjs.credentials.cons_id, "allow_private": True}
    ways = {"clinics": CLINICS, "admission": [ADMISSION], "pharmacy": {PHARMACY: "racikan"}}
    return {**ways, "sends": {**sends, "per_second": 100, **more}, "attempts": 3}


def secrets_of(bpjs: BpjsDouble) -> dict[str, str]:
    user, password = bpjs.credentials.login
    names = {"SECRET": bpjs.credentials.secret, "USER_KEY": bpjs.credentials.user_key}
    names |= {"PCARE_USER": user, "PCARE_PASSWORD": password, "X_USERNAME": USERNAME, "X_PASSWORD": PASSWORD}
    return {f"ANTREAN_CONNECTION_BPJS_{name}": value for name, value in names.items()}


@asynccontextmanager
async def a_hospital(
    folder: Path, bpjs: BpjsDouble, settings: Mapping[str, Any] | None = None, system: str = BPJS
) -> AsyncIterator[Hospital]:
    clock = Clock()
    file = folder / "setup.yaml"
    file.write_text(yaml.safe_dump(a_set_up(settings or settings_of(bpjs), system)))
    plan = read_setup_file(file)
    async with open_house(Settings(folder, f"sqlite:///{folder / 'antrean.db'}"), clock) as house:
        await house.branches.set_up(plan)
        await house.branches.refresh()

        def connect(connection: Connection) -> None:
            set_up_connections(connection, plan)
            begin_cursors(connection, clock())

        await house.database.write(connect)
        opening = Opening(plan.connections[0], house, secrets_of(bpjs))
        connected = system_for(plan.connections[0])
        sender = connected.sender(opening)
        assert sender is not None
        hospital = Hospital(house, clock, bpjs, opening, connected, sender)
        await hospital.open_all()
        try:
            yield hospital
        finally:
            await sender.close()
