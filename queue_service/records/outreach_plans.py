"""The shape of outreach in a set-up: the office that takes requests, and the teams that go."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from queue_service.domain.calendars import Calendar
from queue_service.domain.names import Name
from queue_service.domain.outreach import Outreach, OutreachService, Team
from queue_service.records.calendar_plans import NamePlan, Plan, Slug, Text
from queue_service.records.misfits import SPELLING_SENTENCES, check_once, spelt

Sentence = Annotated[str, StringConstraints(min_length=3, max_length=300, strip_whitespace=True)]
Regency = Annotated[str, spelt(r"[0-9]{2}\.[0-9]{2}", SPELLING_SENTENCES["regency"])]
Village = Annotated[str, spelt(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}", SPELLING_SENTENCES["village"])]


class SentencePlan(Plan):
    """In both languages."""

    id: Sentence
    en: Sentence

    def name(self) -> Name:
        return Name(self.id, self.en)


class OutreachServicePlan(Plan):
    id: Slug
    name: NamePlan
    minutes: Annotated[int, Field(ge=1, le=480)] = OutreachService.minutes
    requirements: Annotated[list[SentencePlan], Field(max_length=20)] = []

    def service(self) -> OutreachService:
        requirements = tuple(requirement.name() for requirement in self.requirements)
        return OutreachService(self.id, self.name.name(), self.minutes, requirements)


class OutreachPlan(Plan):
    regency: Regency
    promise_days: Annotated[int, Field(ge=1, le=250)] = Outreach.promise_days
    road_factor: Annotated[float, Field(ge=1, le=5)] = Outreach.road_factor
    kilometres_an_hour: Annotated[int, Field(ge=5, le=120)] = Outreach.kilometres_an_hour
    services: Annotated[list[OutreachServicePlan], Field(min_length=1)]

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        check_once("service", [service.id for service in self.services])
        return self

    def outreach(self) -> Outreach:
        services = {plan.id: plan.service() for plan in self.services}
        return Outreach(self.regency, services, self.promise_days, self.road_factor, self.kilometres_an_hour)


class TeamPlan(Plan):
    office: Slug
    base: Village
    capacity: Annotated[int, Field(ge=1, le=1000)] = Team.capacity
    sets: Annotated[int, Field(ge=1, le=50)] = Team.sets
    equipment: Text | None = None

    def team(self, calendar: Calendar) -> Team:
        return Team(self.office, self.base, self.capacity, self.sets, self.equipment or "", calendar)
