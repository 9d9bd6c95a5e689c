"""What a command opens of a folder: its database, and the keys by which it reads people's data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

from queue_service.database import Database, migrate, open_database
from queue_service.field.centre import Centre
from queue_service.field.folders import Folder, Keys
from queue_service.floors import Clock, wall_clock
from queue_service.journal import Journal
from queue_service.journal.appends import Place
from queue_service.leases.parts import At
from queue_service.leases.passes import mark_key
from queue_service.records.people.keys import KeyRing, load_key_ring


@dataclass
class FieldDesk:
    """A day that is here. `centre`: whom it came from."""

    folder: Folder
    keys: Keys
    database: Database
    journal: Journal
    centre: Centre
    clock: Clock = wall_clock

    @property
    def place(self) -> Place:
        return self.folder.place

    @property
    def lease(self) -> str:
        return self.folder.lease

    @cached_property
    def key_ring(self) -> KeyRing:
        return load_key_ring(self.keys.people, self.folder.path)

    @property
    def at(self) -> At:
        return At(self.place, self.lease, self.key_ring, mark_key(self.keys.shown), self.clock())


@asynccontextmanager
async def opened(folder: Folder, keys: Keys, centre: Centre, clock: Clock = wall_clock) -> AsyncIterator[FieldDesk]:
    """Raises Unavailable."""
    database = open_database(folder.database_url)
    try:
        await migrate(database)
        journal = Journal(database)
        await journal.epoch()
        yield FieldDesk(folder, keys, database, journal, centre, clock)
        await journal.close()
    finally:
        await database.close()
