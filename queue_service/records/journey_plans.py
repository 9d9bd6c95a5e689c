"""The shape of a journey in a set-up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from queue_service.domain.journeys import Journey
from queue_service.records.calendar_plans import NamePlan, Plan, Slug
from queue_service.records.standard_plans import Progress, StandardPlan


class JourneyPlan(Plan):
    """`stops`: queues in their order; a list among them is of stops that may be made in any order.

    `progress`: how far the paper is once the stop at a queue is done; without it no paper is followed.
    """

    id: Slug
    name: NamePlan
    stops: Annotated[list[Slug | Annotated[list[Slug], Field(min_length=1)]], Field(min_length=1, max_length=20)]
    quota: Annotated[int, Field(ge=1, le=100_000)] | None = None
    standard: StandardPlan | None = None
    progress: Progress = {}

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        return tuple((stop,) if isinstance(stop, str) else tuple(stop) for stop in self.stops)

    def journey(self) -> Journey:
        standard = None if self.standard is None else self.standard.standard()
        return Journey(self.id, self.name.name(), self.stages, self.quota, standard, self.progress)
