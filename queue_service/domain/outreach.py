"""Outreach as it is set up: an office that takes requests for service in villages and homes, and the teams that go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from queue_service.domain.calendars import ALWAYS, Calendar
from queue_service.domain.names import Name


@dataclass(frozen=True)
class OutreachService:
    """`minutes`: that one person takes. `requirements`: what to have ready, a sentence each."""

    id: str
    name: Name
    minutes: int = 15
    requirements: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Outreach:
    """Of an office. `regency`: the code of the one whose villages ask here; `promise_days`: working days from a
    request to the visit. Where nobody has measured a way, it is `road_factor` times as long as the straight line."""

    regency: str
    services: Mapping[str, OutreachService] = field(default_factory=dict)
    promise_days: int = 20
    road_factor: float = 1.4
    kilometres_an_hour: int = 30


@dataclass(frozen=True)
class Team:
    """A branch that moves. `office`: whose requests it serves; `base`: the code of the village from which it sets out;
    `capacity`: people a day; `sets`: of equipment, and so how many are served at the same time."""

    office: str
    base: str
    capacity: int = 50
    sets: int = 1
    equipment: str = ""
    calendar: Calendar = ALWAYS
