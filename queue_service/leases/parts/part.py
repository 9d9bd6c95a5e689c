"""A part: things of one kind, each under an id of its own, which mean the same on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from queue_service.journal.appends import Place
from queue_service.leases.wire import Json, mark_of
from queue_service.records.people.keys import KeyRing


@dataclass(frozen=True, slots=True)
class At:
    """Where a part is read or written: a branch's day, by the keys of this side, at this moment.

    `mark_key`: by which both sides make the same marks of the same things.
    """

    place: Place
    lease: str
    keys: KeyRing
    mark_key: bytes
    now: datetime

    def mark(self, content: Json | None) -> str:
        return mark_of(content, self.mark_key)


class Untaken(Exception):
    """It could not be written as it came; the word says why. Nothing of it was."""


Read = Callable[[Connection, At], dict[str, Json]]
Write = Callable[[Connection, At, str, Json], None]


@dataclass(frozen=True, slots=True)
class Part:
    """`read`: all of it that belongs to the day; the field reads its own side by it as well, and what is other than
    what both agreed on goes back. `write`: one thing, in the place of what is there; raises Untaken, Invalid.

    `leaves`: it is taken along. `comes_back`: it returns.
    """

    name: str
    read: Read
    write: Write
    leaves: bool = True
    comes_back: bool = False
