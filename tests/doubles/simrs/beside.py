"""What people write into a hospital's own system while our counters call: who is registered, and who gets medicine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

from queue_service.domain.events import Completed, Entry, Transferred
from queue_service.domain.floors import Floor
from queue_service.records.identifiers import identifiers_of
from queue_service.web.house import House
from tests.doubles.simrs.command import clock_of
from tests.doubles.simrs.hospital import Hospital

POLI, DOCTOR = "INT", "D02"
FEWEST_SECONDS, MOST_SECONDS = 15, 45  # between two registrations
COMPOUNDED = 0.25  # of all prescriptions
PATIENTS = 40


class Beside:
    """For one clinic of one branch. The statements take a millisecond each: a thread for them would be more."""

    def __init__(self, house: House, hospital: Hospital, branch: str, queue: str) -> None:
        self._house = house
        self._hospital = hospital
        self._branch = branch
        self._prefix = house.branches.get(branch).queue(queue).prefix
        self._clock = clock_of(house.branches.get(branch).timezone)
        self._chance = Random()
        self._seen: asyncio.Queue[str] = asyncio.Queue()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        for number in range(1, PATIENTS + 1):
            nik = f"169901{number % 28 + 1:02d}0190{number:04d}"
            self._hospital.know(f"{number:06d}", "PASIEN CONTOH", no_peserta=f"00099{number:08d}", no_ktp=nik)
        self._house.floors.listen(self._on_change)
        people = [asyncio.create_task(self._register()), asyncio.create_task(self._prescribe())]
        try:
            yield
        finally:
            for task in people:
                task.cancel()
            await asyncio.wait(people)

    def _on_change(self, floor: Floor, entries: Sequence[Entry], touched: object) -> None:
        if floor.branch.id != self._branch:
            return
        for entry in entries:
            event = entry.event
            if isinstance(event, Completed | Transferred) and floor.tickets[event.label].prefix == self._prefix:
                self._seen.put_nowait(event.label)

    async def _register(self) -> None:
        while True:
            record = f"{self._chance.randint(1, PATIENTS):06d}"
            self._hospital.register(self._clock(), POLI, DOCTOR, record, payer="BPJ")
            await asyncio.sleep(self._chance.uniform(FEWEST_SECONDS, MOST_SECONDS))

    async def _prescribe(self) -> None:
        """For whoever was seen and is known there."""
        while True:
            label = await self._seen.get()
            _, day = self._house.floors.today(self._branch)
            for known in await self._house.database.read(lambda c: identifiers_of(c, self._branch, day, label)):  # noqa: B023
                if known.system == "simrs-visit":
                    is_compounded = self._chance.random() < COMPOUNDED
                    self._hospital.prescribe(known.value, self._clock(), is_compounded=is_compounded)
                    self._hospital.examine(known.value, self._clock())
