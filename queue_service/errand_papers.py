"""The papers that an errand ends with: which there are, and how far the agency that makes them has come with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from queue_service.domain.cases import Case, Stage, Step
from queue_service.domain.journeys import Journey
from queue_service.domain.names import Name
from queue_service.domain.promises import due_by
from queue_service.domain.referrals import Paper, Referral, Standing
from queue_service.floors import Clock
from queue_service.records.branches import Branches
from queue_service.records.cases.cases import Cases, Opening
from queue_service.records.identifiers import Identifier

MADE = (Stage.READY, Stage.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class PaperNow:
    """`case`: where the other agency follows it, once its visit there has begun it."""

    id: str
    name: Name
    is_ready: bool
    case: Case | None = None


class ErrandPapers:
    """`place`, in all of these: what its visitor has at the other agency, if that is in this house."""

    def __init__(self, branches: Branches, cases: Cases, clock: Clock) -> None:
        self._branches = branches
        self._cases = cases
        self._clock = clock

    def planned(self, referral: Referral) -> tuple[Paper, ...]:
        here = self._branches.all.get(referral.branch)
        errand = here.errands.get(referral.errand) if here else None
        return errand.papers if errand else ()

    def followed(self, referral: Referral) -> Mapping[str, Journey]:
        """Of those that were not told to be ready: whose stages the other agency keeps."""
        there = None if referral.via else self._branches.all.get(referral.to)
        found = {one.id: there.journeys.get(one.id) for one in self.planned(referral)} if there else {}
        return {
            id_: journey
            for id_, journey in found.items()
            if journey is not None and journey.progress and id_ not in referral.ready
        }

    async def now(self, referral: Referral, place: Identifier | None) -> list[PaperNow]:
        cases = await self._cases.of_ticket(place.branch, place.day, place.label) if place else {}
        is_over = referral.standing is Standing.READY
        return [
            PaperNow(paper.id, self._name(referral, paper), is_over or paper.id in referral.ready, cases.get(paper.id))
            for paper in self.planned(referral)
        ]

    def _name(self, referral: Referral, paper: Paper) -> Name:
        there = self._branches.all.get(referral.to)
        journey = there.journeys.get(paper.id) if there else None
        return paper.name or (journey.name if journey else Name(paper.id, paper.id))

    async def follow(self, referral: Referral, place: Identifier) -> list[str]:
        """Begins those that nobody has begun; answers which have become ready."""
        cases = await self._cases.of_ticket(place.branch, place.day, place.label)
        ready = []
        for id_, journey in self.followed(referral).items():
            if id_ not in cases:
                await self._begin(journey, place)
            elif cases[id_].stage in MADE:
                ready.append(id_)
        return ready

    async def _begin(self, journey: Journey, place: Identifier) -> None:
        there, now = self._branches.get(place.branch), self._clock()
        promise = journey.standard.promise if journey.standard else None
        due = due_by(there, str(promise), now, journey.stages[0][0]) if promise else None
        await self._cases.open(Opening(there.id, journey.id, place.day, place.label, now, due), "clock")

    async def make_ready(self, paper: str, place: Identifier, by: str) -> None:
        """So that its own page says the same."""
        case = (await self._cases.of_ticket(place.branch, place.day, place.label)).get(paper)
        if case is not None and case.stage not in MADE:
            now = self._clock()
            await self._cases.step(place.branch, case.number, Step(Stage.READY, now, by_hand=True), by, now)
