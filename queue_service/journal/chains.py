"""The chain: each day's journal closes with a digest of all its entries and of the day before, at the same branch.

Whoever has noted a day's digest can tell whether anything up to that day was altered, left out or put in afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from queue_service.domain.entries import event_fields
from queue_service.domain.events import DayClosed, Entry, to_ms
from queue_service.journal.appends import Place
from queue_service.journal.tables import entries

BEGINNING = ""  # before a branch's first day


def digest_of(place: Place, before: str, day_entries: Iterable[Entry]) -> str:
    """SHA-256, in hexadecimal. The closing entry itself is left out."""
    running = Running(place, before)
    for entry in day_entries:
        if not isinstance(entry.event, DayClosed):
            running.add(entry)
    return running.digest


class Running:
    """The digest of how a day begins, which goes on with each entry."""

    def __init__(self, place: Place, before: str) -> None:
        branch, day = place
        self._sha = hashlib.sha256(_line([branch, day.isoformat(), before]))

    def add(self, entry: Entry) -> None:
        self._sha.update(_line([entry.seq, to_ms(entry.at), entry.by, entry.event.kind, event_fields(entry.event)]))

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()


def _line(values: list[object]) -> bytes:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def days_of(connection: Connection, branch: str, before: date) -> list[date]:
    """Those with entries, in order."""
    days = select(entries.c.day).distinct().where(entries.c.branch == branch, entries.c.day < before)
    return sorted(connection.execute(days).scalars())


def last_day_before(connection: Connection, branch: str, day: date) -> date | None:
    """With entries: a single look at the index."""
    last = select(func.max(entries.c.day)).where(entries.c.branch == branch, entries.c.day < day)
    found: date | None = connection.execute(last).scalar_one()
    return found


@dataclass(frozen=True, slots=True)
class Broken:
    """`why` in words for whoever has to find out who did that."""

    place: Place
    why: str


def check_day(place: Place, before: str, day_entries: list[Entry]) -> str | Broken:
    """The digest of a day that is as it was when it was closed."""
    for number, entry in enumerate(day_entries, 1):
        if entry.seq != number:
            return Broken(place, f"entry {number} is missing")
    last = day_entries[-1].event if day_entries else None
    if not isinstance(last, DayClosed):
        return Broken(place, "it was never closed, or what closed it is gone")
    if last.before != before:
        return Broken(place, "it follows another day before than the one that is there")
    if last.digest != digest_of(place, before, day_entries):
        return Broken(place, "its entries are not those that it was closed with")
    return last.digest
