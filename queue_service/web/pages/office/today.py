"""Today at a glance: every queue of every branch that one may see, what needs attention first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Queue
from queue_service.domain.counters import CounterState
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status, Ticket
from queue_service.records.roles import Right
from queue_service.web.languages import N_, sentence
from queue_service.web.pages.away import away_words
from queue_service.web.pages.estimates import closed_words
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.visits import visit
from queue_service.web.views import queue_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LONG_WAIT = timedelta(minutes=60)
FEW_LEFT = 10  # per cent of a day's quota
MOST_FOLLOWED = 12  # branches with a stream each; with more the page is fetched now and then

NOBODY_SERVES, WAITS_LONG, FEW_NUMBERS, CALM = 3, 2, 1, 0
_ATTENTION = {
    NOBODY_SERVES: N_("People wait, and no counter is open for them"),
    WAITS_LONG: N_("Somebody waits for more than an hour"),
    FEW_NUMBERS: N_("Few numbers are left"),
}


@dataclass(frozen=True)
class QueueNow:
    name: str
    waiting: int
    longest: int  # minutes
    served: int
    called: tuple[str, ...]
    counters: int
    left: int | None  # numbers of the quota
    closed: tuple[str, ...] | None  # why; None: open
    is_paused: bool
    rank: int
    attention: str

    @property
    def urgency(self) -> tuple[int, int, int]:
        return self.rank, self.longest, self.waiting


@dataclass(frozen=True)
class BranchNow:
    id: str
    name: str
    agency: str
    queues: tuple[QueueNow, ...]  # the most urgent first
    counters: int
    waiting: int
    served: int
    away: str

    @property
    def urgency(self) -> tuple[int, int, int]:
        """A team without a trip on that day has no queues."""
        return self.queues[0].urgency if self.queues else (CALM, 0, 0)


@router.get("/office")
async def today(request: Request) -> Response:
    at = await visit(request, Right.READ_REPORTS)
    now, seen = at.house.floors.clock(), list(at.branches_with(Right.READ_REPORTS))
    found = [branch_now(await at.house.floors.get_today(branch.id), now, at.language) for branch in seen]
    return at.page(
        "today.html",
        agencies=list(by_agency(found)),
        is_empty=not at.house.branches.all,
        may_set_up=at.may(Right.CHANGE_SETUP, None),
        may_suspend={branch.id for branch in seen if at.may(Right.SET_QUEUES, branch.id)},
        now=seen[0].local(now) if seen else now,
        data={"branches": [branch.id for branch in found][:MOST_FOLLOWED], "all": len(found) <= MOST_FOLLOWED},
    )


def by_agency(found: list[BranchNow]) -> Iterator[tuple[str, list[BranchNow]]]:
    """Those with the most urgent branch first, and in each that branch."""
    urgent = sorted(found, key=lambda branch: branch.urgency, reverse=True)
    first = {branch.agency: place for place, branch in reversed(list(enumerate(urgent)))}
    together = sorted(urgent, key=lambda branch: first[branch.agency])
    return ((agency, list(branches)) for agency, branches in groupby(together, key=lambda branch: branch.agency))


def branch_now(floor: Floor, now: datetime, language: str) -> BranchNow:
    branch = floor.branch
    queues = [_queue_now(floor, queue, now, language) for queue in branch.queues.values()]
    queues.sort(key=lambda queue: queue.urgency, reverse=True)
    return BranchNow(
        id=branch.id,
        name=branch.name.in_language(language),
        agency=branch.agency.in_language(language) if branch.agency else "",
        queues=tuple(queues),
        counters=sum(floor.counter(counter).state is CounterState.OPEN for counter in branch.counters),
        waiting=sum(queue.waiting for queue in queues),
        served=sum(queue.served for queue in queues),
        away=away_words(floor, language),
    )


def _queue_now(floor: Floor, queue: Queue, now: datetime, language: str) -> QueueNow:
    waiting = list(floor.waiting(queue.id))
    longest = max((now - _came_at(ticket) for ticket in waiting), default=timedelta())
    line, state = floor.line(queue.id), floor.state_of(queue.id, now)
    counters = sum(_serves(floor, counter, queue.id) for counter in floor.branch.counters)
    left = None if queue.quota is None else max(0, queue.quota - (line.issued - line.skipped))
    rank = _rank(len(waiting), counters, longest, left, queue.quota)
    closed = tuple(closed_words(language, queue_object(floor, queue.id, now, language)))
    return QueueNow(
        name=queue.name.in_language(language),
        waiting=len(waiting),
        longest=max(0, int(longest.total_seconds() // 60)),
        served=sum(_served(ticket, queue.id) for ticket in floor.tickets.values()),
        called=tuple(ticket.label for ticket in floor.at_counters(queue.id)),
        counters=counters,
        left=left,
        closed=closed if state is QueueState.CLOSED else None,
        is_paused=state is QueueState.PAUSED,
        rank=rank,
        attention=sentence(language, _ATTENTION[rank]) if rank else "",
    )


def _rank(waiting: int, counters: int, longest: timedelta, left: int | None, quota: int | None) -> int:
    if waiting and not counters:
        return NOBODY_SERVES
    if longest > LONG_WAIT:
        return WAITS_LONG
    return FEW_NUMBERS if left is not None and quota and left * 100 <= quota * FEW_LEFT else CALM


def _came_at(ticket: Ticket) -> datetime:
    """Who booked days before waits from their time on."""
    return ticket.issued_at if ticket.slot is None else max(ticket.issued_at, ticket.slot)


def _served(ticket: Ticket, queue: str) -> int:
    here = ticket.queue == queue and ticket.status is Status.COMPLETED
    return here + ticket.visited.count(queue)


def _serves(floor: Floor, counter: str, queue: str) -> bool:
    state = floor.counter(counter)
    return state.state is CounterState.OPEN and queue in state.queues
