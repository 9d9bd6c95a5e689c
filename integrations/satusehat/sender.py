"""One Encounter for each visit to a clinic, kept as the ticket's history says."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.contract import Item, Opening, Sender, Undelivered
from integrations.histories import Histories
from integrations.satusehat.client import Duplicate
from integrations.satusehat.marks import Marks, holder_of, note_number, note_ours, note_theirs, read_marks
from integrations.satusehat.opening import open_client
from integrations.satusehat.settings import SatusehatSettings
from integrations.satusehat.shapes import check
from integrations.satusehat.translate import Named, Sheet, Unsendable, encounter_of, moment
from integrations.satusehat.visits import KINDS, Visit, visits_of
from queue_service.domain.asking import Field
from queue_service.domain.errors import NotFound
from queue_service.domain.events import from_ms

log = logging.getLogger("antrean.integrations")


@dataclass(frozen=True, slots=True)
class Errand:
    """A visit that is to be told of. `place`: among those of its ticket."""

    item: Item
    place: int
    visit: Visit
    marks: Marks

    @property
    def number(self) -> str:
        """That it was posted under, or is to be."""
        known = self.marks.numbers.get(self.place)
        return known or self.marks.simrs_number(self.place, self.visit.queue) or self.own_number

    @property
    def own_number(self) -> str:
        """Where the hospital's own system has none."""
        which = f"/{self.place + 1}" if self.place else ""
        return f"{self.item.branch}/{self.item.day}/{self.item.fields['label']}{which}"


class EncounterSender(Sender):
    def __init__(self, opening: Opening, settings: SatusehatSettings) -> None:
        """Raises NotReady."""
        self._house = opening.house
        self._database = opening.house.database
        self._settings = settings
        self._clinics = {clinic.queue: clinic for clinic in settings.clinics}
        self._client = open_client(settings, opening.secret)
        self._histories = Histories(self._database)

    def wants(self, kind: str) -> bool:
        return kind in KINDS

    async def close(self) -> None:
        await self._client.close()

    async def send(self, item: Item) -> bool:
        if not item.fields.get("label"):
            return False  # a counter's step that was taken back
        history = await self._histories.of(item)
        visits = visits_of(history, self._clinics)
        before: Sequence[Visit] = ()
        if item.kind != "undone":  # of what was undone nobody knows here how it was
            before = visits_of((each for each in history if each.seq < item.seq), self._clinics)
            if visits == before:
                return False
        marks, told = await read_marks(self._database, item), False
        for place, visit in enumerate(visits):
            if before[place : place + 1] != (visit,):
                told |= await self._tell(Errand(item, place, visit, marks))
        for place, began in marks.began.items():
            if place >= len(visits):  # by a step that was undone
                ended = max(from_ms(item.at_ms), began.arrived_at)
                told |= await self._tell(Errand(item, place, replace(began, cancelled_at=ended), marks))
        return told

    async def _tell(self, errand: Errand) -> bool:
        """Whether there was anything to tell. Raises Undelivered."""
        if errand.marks.is_theirs(errand.place):
            return False
        encounter = errand.marks.encounters.get(errand.place)
        if encounter is None and errand.visit.cancelled_at and errand.place not in errand.marks.numbers:
            return False  # nothing was sent, nothing is to be
        patient = await self._patient(errand.item)
        if patient is None:
            return False
        if encounter is None:
            encounter = await self._begin(errand, patient)
            if encounter is None or errand.visit == errand.visit.at_arrival:
                return encounter is not None
        await self._client.change(self._resource(errand, errand.visit, patient, encounter))
        return True

    async def _patient(self, item: Item) -> Named | None:
        """None where nobody knows who that is, or the platform does not."""
        ticket = holder_of(item)
        try:
            values = (await self._house.people.get(ticket)).values
        except NotFound:
            return None
        name = values.get(Field.NAME, "")
        if ihs := values.get(Field.IHS):
            return Named(ihs, name)
        nik = values.get(Field.NIK)
        found = await self._client.find_patient(nik) if nik else None
        if found is None:
            return None
        await self._house.people.add(ticket, Field.IHS, found)
        return Named(found, name)

    async def _begin(self, errand: Errand, patient: Named) -> str | None:
        """Its Encounter, as it was at arrival; None where it is somebody else's to tell of."""
        number, is_repeated = errand.number, errand.place in errand.marks.numbers
        resource = self._resource(errand, errand.visit.at_arrival, patient)
        if not is_repeated:
            # Nothing was posted by us, so whatever is there under the hospital's number is the SIMRS's own.
            found = await self._client.find_encounter(number) if number != errand.own_number else None
            if found is not None:
                await self._leave_to_them(errand, found)
                return None
            await note_number(self._database, errand.item, errand.place, number)
        elif (found := await self._client.find_encounter(number)) is not None:
            return await self._take_up(errand, found, resource)  # the answer was lost
        try:
            encounter = await self._client.create(resource)
        except Duplicate:
            if (found := await self._client.find_encounter(number)) is None:
                raise
            return await self._take_up(errand, found, resource)
        await note_ours(self._database, errand.item, errand.place, encounter, errand.visit)
        return encounter

    async def _take_up(self, errand: Errand, found: Any, resource: Any) -> str | None:
        """Ours, if it begins when ours does; two systems would not invent the same second."""
        if _begins(found) != _begins(resource):
            await self._leave_to_them(errand, found)
            return None
        await note_ours(self._database, errand.item, errand.place, found["id"], errand.visit)
        return str(found["id"])

    async def _leave_to_them(self, errand: Errand, found: Any) -> None:
        log.warning("Of visit %s another system has sent an Encounter: nothing is sent of it.", errand.own_number)
        await note_theirs(self._database, errand.item, errand.place, found["id"])

    def _resource(self, errand: Errand, visit: Visit, patient: Named, encounter: str = "") -> Any:
        """Raises Undelivered."""
        clinic = self._clinics.get(visit.queue)
        if clinic is None or clinic.location is None:  # set up no more, while it was on its way
            raise Undelivered(f"“{visit.queue}” is no clinic of this connection any more", is_refused=True)
        branch = self._house.branches.all.get(errand.item.branch)
        queue = branch.queues.get(visit.queue) if branch else None
        sheet = Sheet(
            self._settings.organization,
            errand.number,
            patient,
            Named(clinic.location, queue.name.id if queue else ""),
            Named(clinic.practitioner, clinic.practitioner_name or "") if clinic.practitioner else None,
        )
        resource = encounter_of(visit, sheet, encounter, finishes=self._settings.finished)
        try:
            check(resource, self._settings.organization)
        except Unsendable as fault:
            raise Undelivered(f"it is not sent: {fault}", is_final=True) from fault
        return resource


def _begins(encounter: Any) -> str | None:
    try:
        return moment(datetime.fromisoformat(encounter["period"]["start"]))
    except (KeyError, TypeError, ValueError):
        return None
