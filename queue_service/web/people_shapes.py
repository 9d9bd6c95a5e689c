"""What staff are told of those who come."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from queue_service.web.shapes import Shape


class PersonShape(Shape):
    """Who has a ticket, as far as it is kept: the name, and of the rest the last four digits."""

    label: str
    branch: str
    day: date
    queue: str
    given_at: datetime
    data: dict[str, str]


class FoundPerson(Shape):
    label: str
    queue: str
    data: dict[str, str]


class FoundShape(Shape):
    """As many as `PersonShape` tells of each; at most twenty."""

    day: date
    found: list[FoundPerson]


class RevealedShape(Shape):
    field: Literal["name", "phone", "nik", "card", "record", "reference", "ihs"]
    value: str
