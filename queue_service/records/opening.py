from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from queue_service.database import Database, migrate, open_database
from queue_service.records.branches import Branches
from queue_service.records.devices import Devices
from queue_service.records.keys import Keys
from queue_service.records.staff.passwords import Passwords
from queue_service.records.staff.sessions import Sessions
from queue_service.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Records:
    database: Database
    branches: Branches
    keys: Keys
    sessions: Sessions
    passwords: Passwords
    devices: Devices


@asynccontextmanager
async def open_records(database_url: str, secrets: Secrets) -> AsyncIterator[Records]:
    """In a database with all of its tables. Raises Unavailable when there is none."""
    database = open_database(database_url)
    try:
        await migrate(database)
        branches, keys, devices = Branches(database), Keys(database, secrets), Devices(database, secrets)
        sessions = Sessions(database, secrets, keys)
        await branches.refresh()
        await sessions.look(datetime.now(UTC))
        await devices.refresh()
        yield Records(database, branches, keys, sessions, Passwords(), devices)
    finally:
        await database.close()
