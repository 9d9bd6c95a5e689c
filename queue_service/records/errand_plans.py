"""The shape of an errand across agencies in a set-up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from queue_service.domain.asking import Field as Asked
from queue_service.domain.referrals import ErrandPlan, Paper
from queue_service.records.booking_plans import BookingPlan
from queue_service.records.calendar_plans import NamePlan, Plan, Slug
from queue_service.records.misfits import UNKNOWN_SENTENCES, Unfit, check_once
from queue_service.records.outreach_plans import SentencePlan

if TYPE_CHECKING:
    from queue_service.records.plans import BranchPlan


class PaperSetup(Plan):
    """In the set-up file also its id alone, where a journey there has the name."""

    id: Slug
    name: NamePlan | None = None

    @model_validator(mode="before")
    @classmethod
    def an_id_alone_is_a_journeys(cls, given: Any) -> Any:
        return {"id": given} if isinstance(given, str) else given

    def paper(self) -> Paper:
        return Paper(self.id, self.name.name() if self.name else None)


class ErrandSetup(Plan):
    """`via`: the connection to the other agency's own system, where it is not a branch of this house."""

    id: Slug
    name: NamePlan
    queues: list[Slug] = []
    to: Slug
    queue: Slug
    papers: Annotated[list[PaperSetup], Field(max_length=10)] = []
    via: Slug | None = None
    services: Annotated[list[NamePlan], Field(max_length=10)] = []
    brings: Annotated[list[SentencePlan], Field(max_length=20)] = []
    gives: list[Literal["name", "phone", "nik", "card", "record", "reference"]] = []
    consent: SentencePlan
    days_later: Annotated[int, Field(ge=0, le=180)] = ErrandPlan.days_later
    within_days: Annotated[int, Field(ge=0, le=180)] = ErrandPlan.within_days
    answer_minutes: Annotated[int, Field(ge=5, le=14 * 24 * 60)] = ErrandPlan.answer_minutes

    @field_validator("papers", mode="before")
    @classmethod
    def one_paper_is_a_list_of_one(cls, given: Any) -> Any:
        return given if isinstance(given, list) else [given] if given else []

    @model_validator(mode="after")
    def each_is_given_once(self) -> Self:
        if len(set(self.gives)) < len(self.gives):
            raise Unfit("expected each field once under “gives”")
        return self

    def errand(self) -> ErrandPlan:
        return ErrandPlan(
            self.id,
            self.name.name(),
            tuple(self.queues),
            self.to,
            self.queue,
            self.consent.name(),
            tuple(service.name() for service in self.services),
            tuple(thing.name() for thing in self.brings),
            tuple(Asked(field) for field in self.gives),
            tuple(paper.paper() for paper in self.papers),
            self.via or "",
            self.days_later,
            self.within_days,
            self.answer_minutes,
        )


def check_errands(branches: Sequence[BranchPlan], connections: Collection[str]) -> None:
    """Raises Unfit."""
    known = {branch.id: {queue.id: queue.appointments for queue in branch.queues} for branch in branches}
    followed = {branch.id: {journey.id for journey in branch.journeys if journey.progress} for branch in branches}
    for branch in branches:
        check_once("errand", [errand.id for errand in branch.errands])
        for errand in branch.errands:
            if strange := next((queue for queue in errand.queues if queue not in known[branch.id]), None):
                raise Unfit(UNKNOWN_SENTENCES["errand"], of=errand.id, queue=strange)
            _check_target(errand, known, connections)
            _check_papers(errand, () if errand.via else followed.get(errand.to, ()))


def _check_papers(errand: ErrandSetup, followed: Collection[str]) -> None:
    """Raises Unfit."""
    check_once("paper", [paper.id for paper in errand.papers])
    for paper in errand.papers:
        if paper.name is None and paper.id not in followed:
            raise Unfit(
                "errand “{errand}”: the paper “{paper}” needs a name; “{to}” has no journey of that id with “progress”",
                errand=errand.id,
                paper=paper.id,
                to=errand.to,
            )


def _check_target(
    errand: ErrandSetup, known: Mapping[str, Mapping[str, BookingPlan | None]], connections: Collection[str]
) -> None:
    """`known`: the queues of each branch, with their appointments. Raises Unfit."""
    named: dict[str, object] = {"errand": errand.id, "to": errand.to, "queue": errand.queue, "via": errand.via}
    if errand.via is not None:
        if errand.via not in connections:
            raise Unfit("errand “{errand}” leads over “{via}”, which is not among the connections", **named)
        return
    if errand.queue not in known.get(errand.to, ()):
        raise Unfit("errand “{errand}” leads to “{queue}” at “{to}”, and there is no such queue", **named)
    booking = known[errand.to][errand.queue]
    most = 0 if booking is None else booking.days_ahead
    if errand.days_later > most:
        raise Unfit(
            "errand “{errand}” leads {days} days ahead, and “{queue}” gives places at most {most} days ahead",
            days=errand.days_later,
            most=most,
            **named,
        )
