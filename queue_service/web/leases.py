"""Days that are in the field, as the centre sees them: given away, taken in, taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from queue_service.database import Unavailable
from queue_service.domain.errors import NotAllowed
from queue_service.domain.events import Entry
from queue_service.domain.trip_actions import ReclaimFromField, TakeToField
from queue_service.journal import Beside
from queue_service.journal.appends import Place
from queue_service.journal.journals import read_entries
from queue_service.leases.annex import last_aside
from queue_service.leases.arrivals import Arrival, Outcome, take_in
from queue_service.leases.merging import Item, Merged, merge
from queue_service.leases.parts import At, Json, Part
from queue_service.leases.passes import is_pass, mark_key, pass_of
from queue_service.leases.standing import Known, Standing, find_lease
from queue_service.records.audit import Deed, note
from queue_service.records.people.people import checked_reason
from queue_service.version import VERSION
from queue_service.web.errors import Unauthorized, UpgradeRequired
from queue_service.web.house import House, house_of
from queue_service.web.proxies import is_secure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """A lease whose pass was shown."""

    house: House
    place: Place
    lease: str

    @property
    def at(self) -> At:
        key = mark_key(pass_of(self.house.secrets, self.place, self.lease))
        return At(self.place, self.lease, self.house.people.keys, key, self.house.floors.clock())

    async def read(self, part: Part) -> dict[str, Json]:
        at = self.at
        return await self.house.database.read(lambda connection: part.read(connection, at))

    async def take_in(self, entries: Sequence[Entry], digest: str) -> Outcome:
        """Whoever watches is shown it at once."""
        house, branch = self.house, self.house.branches.get(self.place[0])
        arrival, now = Arrival(self.lease, entries, digest), house.floors.clock()
        outcome = await self._write(lambda connection: take_in(connection, branch, self.place, arrival, now))
        if outcome.written:
            house.nudges.tell(self.place, outcome.end)
            await house.floors.catch_up(self.place)
        return outcome

    async def merge(self, part: Part, items: Sequence[Item]) -> Merged:
        at = self.at

        def work(connection: Connection) -> Merged:
            known = find_lease(read_entries(connection, self.place)[1], self.lease)
            return merge(connection, at, part, known.standing if known else Standing.FORGOTTEN, items)

        return await self._write(work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self.house.database.write(work)
        except IntegrityError as error:  # another process was quicker; the same once more finds what it wrote
            raise Unavailable("Somebody else writes the same at this moment.") from error


def check_at_home(house: House) -> None:
    """For what does not come back with a day: on the laptop it would be lost. Raises NotAllowed."""
    if house.floors.is_away:
        raise NotAllowed("This is not taken in the field, since it would stay on this laptop: the centre takes it.")


def check_line(request: Request) -> None:
    """People's data travel by TLS, or not at all. Raises UpgradeRequired."""
    if not is_secure(request) and not _is_this_machine(request):
        raise UpgradeRequired("A day is taken to the field and brought back by HTTPS only.")


def _is_this_machine(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def held(request: Request, branch: str, day: date, lease: str) -> Held:
    """Raises Unauthorized, UpgradeRequired."""
    house = house_of(request)
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_pass(house.secrets, (branch, day), lease, shown.strip()):
        raise Unauthorized("This is not the pass of that lease.")
    check_line(request)
    return Held(house, (branch, day), lease)


async def give_away(house: House, place: Place, lease: str, device: str, version: str, by: str) -> list[Entry]:
    """The day's entries, from now on in the hands of that device. The same again gives the same.

    Raises a Refusal.
    """
    if version != VERSION:
        raise NotAllowed(
            "The device has Antrean {theirs}, and the centre {ours}: bring both to the same version first.",
            theirs=version,
            ours=VERSION,
        )
    known = find_lease(await house.journal.read(place), lease)
    if known is None:
        detail: dict[str, str | int] = {"lease": lease, "device": " ".join(device.split())}
        beside = _noting(house, Deed(by, "field.taken", place[1].isoformat(), place[0], detail))
        await house.desk.act(place[0], TakeToField(lease, device), by, day=place[1], beside=beside)
    elif known.standing is not Standing.OUT:
        raise NotAllowed("That day has come back from the field: take it along anew.")
    return await house.journal.read(place)


async def take_back(house: House, place: Place, lease: str, reason: str, by: str) -> None:
    """Without the device: what it still has will be read beside the day, once it comes. Raises a Refusal."""
    detail: dict[str, str | int] = {"lease": lease, "reason": checked_reason(reason)}
    beside = _noting(house, Deed(by, "field.reclaimed", place[1].isoformat(), place[0], detail))
    await house.desk.act(place[0], ReclaimFromField(lease), by, day=place[1], beside=beside)


def _noting(house: House, deed: Deed) -> Beside:
    now = house.floors.clock()
    return Beside(lambda connection, place, entries: note(connection, deed, now))


async def standing_of(held: Held) -> tuple[Known, list[Entry]]:
    """And the entries that both sides have, as far as this side knows."""
    entries = await held.house.journal.read(held.place)
    known = find_lease(entries, held.lease)
    if known is not None:
        return known, entries if known.forked is None else entries[: known.forked]
    end = await held.house.database.read(lambda connection: last_aside(connection, held.lease))
    return Known(Standing.FORGOTTEN, "", end), []
