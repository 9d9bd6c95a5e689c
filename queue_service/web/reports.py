"""What came of a day in another system's eyes, where it has a report on that.

Who reports is an entry point with the system's name. It asks nobody outside: that can only whoever serves connections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import entry_points
from typing import Protocol

from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House

GROUP = "antrean.reports"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one visit: sentences that `antrean.words` knows."""

    label: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClinicDay:
    queue: str
    visits: int
    full: int  # of them, with all their times told
    faults: Sequence[Fault]


@dataclass(frozen=True, slots=True)
class Spans:
    """How long each stretch of a visit took on average, in seconds, by the sentence that names it."""

    clinic: str
    visits: int
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class DayReport:
    """By branch, and over all that were asked for. `name`: the other side's. `stretches`: the order of all that there
    are. `asks`: the other side can be asked for figures of its own."""

    name: str
    stretches: Sequence[str]
    clinics: Mapping[str, Sequence[ClinicDay]]
    spans: Sequence[Spans]
    asks: bool


class Reporter(Protocol):
    async def __call__(self, plan: ConnectionPlan, house: House, branches: Sequence[str], day: date) -> DayReport:
        """Raises Unavailable."""


def has_report(system: str) -> bool:
    return bool(entry_points(group=GROUP, name=system))


async def report_of(plan: ConnectionPlan, house: House, branches: Sequence[str], day: date) -> DayReport:
    """Raises Unavailable."""
    (point,) = entry_points(group=GROUP, name=plan.system)
    reporter: Reporter = point.load()
    return await reporter(plan, house, branches, day)
