"""Follows the papers of those who are served: from what their numbers have done, a request number and its stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from queue_service.domain.branches import Branch
from queue_service.domain.cases import Stage
from queue_service.domain.floors import Floor
from queue_service.domain.promises import due_of
from queue_service.domain.tickets import Status, Ticket
from queue_service.floors import Floors
from queue_service.journal.appends import Place
from queue_service.records.branches import Branches
from queue_service.records.cases.cases import Cases, Opening

VISIT = "visit"  # who takes these steps


class Casework:
    """Reads floors, so that no clerk waits for it. What was done and not noted yet, such as when a process ended
    between the two, is found by the next that looks; several may."""

    def __init__(self, cases: Cases, floors: Floors, branches: Branches) -> None:
        self._cases = cases
        self._floors = floors
        self._branches = branches
        self._seen: dict[Place, tuple[str, int]] = {}  # the epoch and the entry up to which all is noted
        self._noted: dict[Place, dict[str, int]] = {}  # how many steps each number has, by its label

    async def follow(self) -> None:
        """Raises Unavailable."""
        places = set[Place]()
        for branch in list(self._branches.all.values()):
            if branch.follows_papers:
                today = branch.day_of(self._floors.clock())
                for day in (today - timedelta(days=1), today):  # yesterday may have ended in the middle of it
                    places.add((branch.id, day))
                    await self._follow((branch.id, day))
        for place in self._seen.keys() - places:
            self._seen.pop(place)
            self._noted.pop(place, None)

    async def _follow(self, place: Place) -> None:
        floor = await self._floors.get(place)
        state = (floor.epoch, floor.seq)
        if self._seen.get(place) == state or not floor.seq:
            return
        if place not in self._noted:
            known = await self._cases.of_day(*place)
            self._noted[place] = {
                label: case.visited
                for (label, service), case in known.items()
                if label in floor.tickets and floor.tickets[label].journey == service
            }
        noted, now = self._noted[place], self._floors.clock()
        steps = [
            (_opening(floor, ticket, now), reached)
            for ticket, reached in _followed(floor)
            if len(reached) > noted.get(ticket.label, 0)
        ]
        if steps:
            noted |= await self._cases.follow(steps, VISIT, now)
        self._seen[place] = state


def _followed(floor: Floor) -> Iterator[tuple[Ticket, Sequence[Stage]]]:
    for ticket in floor.tickets.values():
        if ticket.journey and (reached := reached_by(floor.branch, ticket)):
            yield ticket, reached


def reached_by(branch: Branch, ticket: Ticket) -> Sequence[Stage]:
    """The stages that its stops have brought the paper to, in their order."""
    journey = branch.journeys.get(ticket.journey)
    if journey is None or not journey.progress:
        return ()
    done = (*ticket.visited, ticket.queue) if ticket.status is Status.COMPLETED else ticket.visited
    return tuple(journey.progress[queue] for queue in done if queue in journey.progress)


def _opening(floor: Floor, ticket: Ticket, now: datetime) -> Opening:
    return Opening(floor.branch.id, ticket.journey, floor.day, ticket.label, now, due_of(floor.branch, ticket))
