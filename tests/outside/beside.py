"""What people write into a hospital's own system while our counters call: who is registered, and who gets medicine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from random import Random

from queue_service.domain.events import Completed, Entry, Transferred
from queue_service.domain.floors import Floor
from queue_service.floors import place_of
from queue_service.journal.appends import Place
from queue_service.records.identifiers import identifiers_of
from queue_service.web.house import House
from tests.doubles.simrs.command import clock_of
from tests.doubles.simrs.hospital import Hospital
from tests.outside.arrivals import nik_of

POLI, DOCTOR = "INT", "D02"
COMPOUNDED = 0.25  # of all prescriptions


class Beside:
    """For one clinic of one branch. The statements take a millisecond each: a thread for them would be more."""

    def __init__(self, house: House, hospital: Hospital, branch: str, pharmacy: str) -> None:
        self._house = house
        self._hospital = hospital
        self._branch = branch
        self._pharmacy = pharmacy
        self._clock = clock_of(house.branches.get(branch).timezone)
        self._chance = Random()
        self._seen: asyncio.Queue[tuple[Place, str, Completed | Transferred]] = asyncio.Queue()
        self._prescriptions: dict[str, str] = {}  # by visit
        self._is_new = True

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        self._house.floors.listen(self._on_change)
        noting = asyncio.create_task(self._note())
        try:
            yield
        finally:
            noting.cancel()
            await asyncio.wait([noting])

    async def register(self, number: int) -> None:
        """A patient who has never been here."""
        now = self._clock()
        # Beyond those of an earlier run of today, whose database is gone and whose numbers ours still knows.
        visit = f"{now:%Y/%m/%d}/{now.hour * 3600 + now.minute * 60 + now.second:06d}" if self._is_new else ""
        self._is_new = False
        record = visit[-6:] or self._hospital.next_visit(now.date())[-6:]
        self._hospital.know(
            record, "PASIEN CONTOH", no_peserta=f"0009999{record}", no_ktp=nik_of(int(record)), no_tlp=""
        )
        self._hospital.register(now, POLI, DOCTOR, record, visit=visit, number=f"{number:03d}", payer="BPJ")

    def _on_change(self, floor: Floor, entries: Sequence[Entry], touched: Collection[str]) -> None:
        for entry in entries:
            if floor.branch.id == self._branch and isinstance(entry.event, Completed | Transferred):
                self._seen.put_nowait((place_of(floor), entry.event.label, entry.event))

    async def _note(self) -> None:
        """Of whoever is registered there."""
        while True:
            place, label, event = await self._seen.get()
            known = await self._house.database.read(lambda c: identifiers_of(c, *place, label))  # noqa: B023
            for visit in (each.value for each in known if each.system == "simrs-visit"):
                self._note_end(visit, event)

    def _note_end(self, visit: str, event: Completed | Transferred) -> None:
        now = self._clock()
        if visit in self._prescriptions:
            self._hospital.hand_over(self._prescriptions.pop(visit), now)
            return
        if isinstance(event, Transferred) and event.queue == self._pharmacy:
            is_compounded = self._chance.random() < COMPOUNDED
            self._prescriptions[visit] = self._hospital.prescribe(visit, now, is_compounded=is_compounded)
        self._hospital.examine(visit, now)
