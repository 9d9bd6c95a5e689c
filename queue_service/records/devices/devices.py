"""The paired devices, kept in memory: a screen that asks every other second costs no database work."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, func, insert, select, update

from queue_service.database import Database
from queue_service.domain.errors import NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.devices.health import DeviceState, Health, Report, state_of
from queue_service.records.devices.pairing import (
    Asked,
    Invitation,
    Waiting,
    find_by_code,
    find_waiting,
    new_code,
    put_waiting,
    read_code,
    take,
)
from queue_service.records.devices.tables import devices
from queue_service.records.devices.values import Assignment, Device, Face
from queue_service.secrets import Secrets

WRITTEN_EVERY = timedelta(seconds=55)  # of reports that come every 30 s, each other one


@dataclass(frozen=True, slots=True)
class Known:
    device: Device
    digest: str
    health: Health  # as the database has it


class Devices:
    def __init__(self, database: Database, secret: Secrets) -> None:
        self._database = database
        self._secrets = secret
        self._known: dict[str, Known] = {}
        self._heard: dict[str, Health] = {}  # by this process
        self._sum: tuple[int, int] | None = None  # of the stamps that `_known` was read with
        self._refreshing = asyncio.Lock()

    # Which there are

    async def refresh(self, anew: bool = False) -> None:
        """What has changed; `anew`: also what they reported elsewhere. Raises Unavailable."""
        async with self._refreshing:
            known = None if anew else self._sum
            read = await self._database.read(lambda connection: _read_changed(connection, known))
            if read is not None:
                self._sum, self._known = read
                self._heard = {name: health for name, health in self._heard.items() if name in self._known}

    def at(self, branch: str) -> list[tuple[Device, Health]]:
        """Those of a branch, with the latest that is known of each."""
        return [
            (known.device, self._health(known)) for known in self._known.values() if known.device.shows.branch == branch
        ]

    def get(self, device_id: str) -> Device:
        known = self._known.get(device_id)
        if known is None:
            raise NotFound("There is no such screen, or its pairing was ended.")
        return known.device

    def counted(self, now: datetime) -> dict[str, int]:
        """How many are in each state."""
        states = [state_of(self._health(known), now) for known in self._known.values()]
        return {state.value: states.count(state) for state in DeviceState}

    async def find(self, cookie: str) -> Device | None:
        """Whose cookie this is; a device that was paired a moment ago is looked for in the database."""
        device_id, _, secret = cookie.partition(".")
        if not device_id or not secret or not cookie.isascii() or len(cookie) > 128:
            return None
        if device_id not in self._known and await self._database.read(
            lambda connection: _is_paired(connection, device_id)
        ):
            await self.refresh()
        known = self._known.get(device_id)
        return known.device if known is not None and self._is_of(known.digest, secret) else None

    # Pairing

    async def is_waiting(self, cookie: str) -> bool:
        return await self._find_waiting(cookie) is not None

    async def ask(self, cookie: str, asked: Asked, now: datetime) -> Invitation:
        """A code for a screen; the same screen keeps its cookie. Raises TooManyScreens."""
        before = await self._find_waiting(cookie)
        if before is None:
            screen_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
            before, cookie = Waiting(screen_id, self._digest("device", secret), asked, now), f"{screen_id}.{secret}"
        waiting, code = Waiting(before.id, before.digest, asked, now), new_code()
        await self._database.write(lambda connection: put_waiting(connection, waiting, self._digest("pairing", code)))
        return Invitation(code, cookie)

    async def look_up(self, typed: str, now: datetime) -> Waiting | None:
        """Who shows this code. Raises Unavailable."""
        codes = self._digests("pairing", read_code(typed))
        return await self._database.read(lambda connection: find_by_code(connection, codes, now))

    async def accept(self, typed: str, shows: Assignment, by: str, now: datetime) -> Device:
        """Raises NotFound for a code that is wrong, too old or used."""
        codes = self._digests("pairing", read_code(typed))
        accepted = await self._database.write(lambda connection: _accept(connection, codes, shows, by, now))
        if accepted is None:
            raise NotFound("No screen shows this code now. Codes are good for ten minutes and for one time.")
        await self.refresh()
        return accepted

    async def assign(self, device_id: str, shows: Assignment, by: str, now: datetime) -> Device:
        """Raises NotFound."""
        before = self.get(device_id)
        await self._change(
            before, _columns(shows), Deed(by, "device.assigned", device_id, shows.branch, _told(shows)), now
        )
        return Device(device_id, shows, before.paired_at)

    async def revoke(self, device_id: str, by: str, now: datetime) -> None:
        """Its cookie is worth nothing from now on. Raises NotFound."""
        before = self.get(device_id)
        deed = Deed(by, "device.revoked", device_id, before.shows.branch, _told(before.shows))
        await self._change(before, {"revoked_ms": to_ms(now)}, deed, now)

    async def _change(self, before: Device, columns: Mapping[str, object], deed: Deed, now: datetime) -> None:
        changed = update(devices).where(devices.c.id == before.id, devices.c.revoked_ms.is_(None))

        def change(connection: Connection) -> bool:
            if connection.execute(changed.values(stamp=_stamp(), **columns)).rowcount == 0:
                return False
            note(connection, deed, now)
            return True

        is_changed = await self._database.write(change)
        await self.refresh()
        if not is_changed:
            raise NotFound("There is no such screen, or its pairing was ended.")

    # Health

    async def hear(self, device: Device, report: Report, now: datetime) -> None:
        """Kept here, and written for the others once a minute."""
        self._heard[device.id] = Health(now, report)
        known = self._known.get(device.id)
        if known is None or (now - known.health.at < WRITTEN_EVERY and known.health.report is not None):
            return
        self._known[device.id] = Known(known.device, known.digest, Health(now, report))
        told = {"reported_ms": to_ms(now), "report": json.dumps(asdict(report))}
        written = update(devices).where(devices.c.id == device.id).values(**told)
        await self._database.write(lambda connection: connection.execute(written))

    def _health(self, known: Known) -> Health:
        heard = self._heard.get(known.device.id, known.health)
        return max(heard, known.health, key=lambda health: health.at)

    # Secrets

    async def _find_waiting(self, cookie: str) -> Waiting | None:
        screen_id, _, secret = cookie.partition(".")
        if not screen_id or not secret or not cookie.isascii():
            return None
        waiting = await self._database.read(lambda connection: find_waiting(connection, screen_id))
        return waiting if waiting is not None and self._is_of(waiting.digest, secret) else None

    def _is_of(self, digest: str, secret: str) -> bool:
        return any(hmac.compare_digest(digest, mine) for mine in self._digests("device", secret))

    def _digest(self, purpose: str, secret: str) -> str:
        return self._digests(purpose, secret)[0]

    def _digests(self, purpose: str, secret: str) -> list[str]:
        return [digest.hex() for digest in self._secrets.digests(purpose, secret.encode())]


def _read_changed(
    connection: Connection, known: tuple[int, int] | None
) -> tuple[tuple[int, int], dict[str, Known]] | None:
    summed = select(func.coalesce(func.sum(devices.c.stamp), 0), func.count()).select_from(devices)
    total, count = connection.execute(summed).one()
    if (total, count) == known:
        return None
    rows = connection.execute(
        select(devices).where(devices.c.revoked_ms.is_(None)).order_by(devices.c.name, devices.c.id)
    )
    return (total, count), {row.id: _known(row) for row in rows}


def _known(row: Row[tuple[object, ...]]) -> Known:
    shows = Assignment(row.branch, Face(row.face), row.name, tuple(json.loads(row.queues)))
    report = None if row.report is None else Report(**json.loads(row.report))
    return Known(Device(row.id, shows, from_ms(row.paired_ms)), row.digest, Health(from_ms(row.reported_ms), report))


def _is_paired(connection: Connection, device_id: str) -> bool:
    found = select(devices.c.id).where(devices.c.id == device_id, devices.c.revoked_ms.is_(None))
    return connection.execute(found).first() is not None


def _accept(connection: Connection, codes: list[str], shows: Assignment, by: str, now: datetime) -> Device | None:
    waiting = find_by_code(connection, codes, now)
    if waiting is None or not take(connection, waiting):
        return None
    at = to_ms(now)
    identity = {"id": waiting.id, "digest": waiting.digest, "paired_ms": at, "reported_ms": at, "stamp": _stamp()}
    connection.execute(insert(devices).values(**identity, **_columns(shows)))
    note(connection, Deed(by, "device.paired", waiting.id, shows.branch, _told(shows)), now)
    return Device(waiting.id, shows, now)


def _columns(shows: Assignment) -> dict[str, str]:
    queues = json.dumps(list(shows.queues))
    return {"branch": shows.branch, "face": shows.face.value, "name": shows.name, "queues": queues}


def _told(shows: Assignment) -> dict[str, str | int]:
    return {"name": shows.name, "shows": shows.address}


def _stamp() -> int:
    return secrets.randbits(31)
