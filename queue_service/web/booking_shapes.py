"""Appointments, draws and waiting lists: what the API answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from queue_service.web.shapes import DoubtWord, Shape


class DaysShape(Shape):
    """Those on which an appointment may be had."""

    days: list[date]


class SlotShape(Shape):
    at: datetime
    free: int


class SlotsShape(Shape):
    """`capacity` at each time, `overbooked_to` where not all come who book: `show_rate` of them do."""

    day: date
    capacity: int
    overbooked_to: int
    show_rate: float | None = None
    slots: list[SlotShape]


class BookedTicket(Shape):
    label: str
    token: str
    url: str
    branch: str
    day: date
    queue: str
    slot: datetime
    doubts: list[DoubtWord] = Field(default_factory=list)


class EntryTicket(Shape):
    """What somebody who waited was given."""

    label: str
    token: str
    url: str
    slot: datetime


class EntryShape(Shape):
    """One entry of a draw or of a waiting list; `ahead`: how many on the list come before."""

    entry: str
    branch: str
    day: date
    queue: str
    state: Literal["entered", "waiting", "given", "withdrawn"]
    ahead: int | None
    ticket: EntryTicket | None


class NewEntry(Shape):
    entry: str
    token: str
    url: str
    branch: str
    day: date
    queue: str


class DrawShape(Shape):
    """`commitment`: SHA-256 of the seed. `list_digest` once it is closed, `seed` once it is drawn: see docs/draw.md."""

    branch: str
    day: date
    queue: str
    state: Literal["announced", "open", "closed", "drawn"]
    quota: int
    opens: datetime
    closes: datetime
    drawn_at: datetime
    entered: int
    commitment: str
    list_digest: str | None
    seed: str | None


class GivenShape(Shape):
    entry: str
    label: str


class DrawRecord(DrawShape):
    """All that is published, for checking: the list in its order, the drawn order, and who was given what by it."""

    entries: list[str]
    order: list[str]
    given: list[GivenShape]
    withdrawn: list[str]  # since
