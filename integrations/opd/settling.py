"""What a record wants is done step by step, or only tried: on the ground that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from integrations.opd.mapping import Act, Wanted
from integrations.opd.steps import IGNORED, IS_OVER, IS_SO, NOT_KNOWN, Step, is_over, next_step
from queue_service.domain.actions import Cancel
from queue_service.domain.tickets import TRANSITIONS, Action, Ticket

MOST_STEPS = 4  # of one record


@dataclass(frozen=True, slots=True)
class Known:
    """The ticket that their id means. `before`: on another day, which it has taken the place of."""

    day: date
    label: str
    before: tuple[date, str] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done`: what was done, in order. Where that is nothing, `why` says why not; `is_unknown`: since nothing is known
    here of this id, which may still come."""

    known: Known | None
    done: tuple[str, ...]
    why: str = ""
    is_unknown: bool = False


class Ground(Protocol):
    """Raises a Refusal where a step cannot be done, Unavailable."""

    def today(self, branch: str) -> date: ...

    async def find(self, wanted: Wanted) -> Known | None: ...

    async def ticket(self, branch: str, day: date, label: str) -> Ticket | None: ...

    async def do(self, wanted: Wanted, step: Step, known: Known | None, mark: str) -> Known:
        """What their id means afterwards."""
        ...

    async def progress(self, wanted: Wanted) -> Outcome: ...


async def settle(wanted: Wanted, ground: Ground, mark: str) -> Outcome:
    """`mark`: what makes the record the same when it comes again. Raises Unmapped, a Refusal, Unavailable."""
    if wanted.act is Act.IGNORE:
        return Outcome(None, (), IGNORED)
    if wanted.act is Act.PROGRESS:
        return await ground.progress(wanted)
    return await settle_known(wanted, ground, mark, await ground.find(wanted))


async def settle_known(wanted: Wanted, ground: Ground, mark: str, known: Known | None) -> Outcome:
    """Of a visit, with the ticket that its id means. Raises as `settle`."""
    today = ground.today(wanted.branch)
    if is_over(wanted, known.day if known else None, today):
        return Outcome(known, (), IS_OVER)
    done: list[str] = []
    while len(done) < MOST_STEPS:
        ticket = await ground.ticket(wanted.branch, known.day, known.label) if known else None
        step = next_step(wanted, ticket, known.day if known else None, today, done)
        if step is None:
            break
        known = await ground.do(wanted, step, known, mark)
        done.append(step.kind)
    if known and known.before and await _give_back(wanted, ground, known, known.before):
        done.append("give back")
    is_unknown = known is None
    return Outcome(known, tuple(done), "" if done else NOT_KNOWN if is_unknown else IS_SO, is_unknown)


async def _give_back(wanted: Wanted, ground: Ground, known: Known, before: tuple[date, str]) -> bool:
    """The time that an appointment had, once it has another; also after a fault between the two."""
    day, label = before
    ticket = await ground.ticket(wanted.branch, day, label) if day >= ground.today(wanted.branch) else None
    if ticket is None or ticket.status not in TRANSITIONS[Action.CANCEL][0]:
        return False
    await ground.do(wanted, Step("give back", Cancel(label), day), known, f"{wanted.id}:{label}")
    return True
