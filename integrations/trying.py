"""What the office wants to know: asked where connections are served, since only there are secrets and a way out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from integrations.contract import NotReady, Opening, System, Undelivered, system_for
from queue_service.domain.events import to_ms
from queue_service.floors import wall_clock
from queue_service.records.healths import Part, State, Tally, take_up_test, write_health
from queue_service.records.plans import ConnectionPlan
from queue_service.records.questions import Question, Stage, answer, take_up_question
from queue_service.redaction import redacted
from queue_service.web.house import House
from queue_service.web.previews import Previewed
from queue_service.web.reports import Spans

PROBE_SECONDS = 20.0


async def try_out(plan: ConnectionPlan, house: House, environment: Mapping[str, str]) -> None:
    """Unless another process does; what is found is written for everybody to read."""
    if not await house.database.write(lambda connection: take_up_test(connection, plan.id)):
        return
    opening = Opening(plan, house, environment)
    is_well, found = await _tried(lambda system: system.probe(opening), plan)
    now = wall_clock()
    at = to_ms(now)
    state = State.RUNS if is_well else State.AWAY
    tally = Tally(Part.TEST, state, at, now.date(), at if is_well else None, redacted(found), at)
    await house.database.write(lambda connection: write_health(connection, plan.id, tally))


async def answer_question(plan: ConnectionPlan, house: House, environment: Mapping[str, str], day: date) -> None:
    """What would come of its records, or what its own figures of that day are; unless another process asks."""
    if not await house.database.write(lambda connection: take_up_question(connection, plan.id, day)):
        return
    opening = Opening(plan, house, environment)
    is_well, told = await _tried(lambda system: _told(system, opening, day), plan)
    found = Question(
        Stage.ANSWERED if is_well else Stage.FAILED, to_ms(wall_clock()), told if is_well else redacted(told)
    )
    await house.database.write(lambda connection: answer(connection, plan.id, day, found))


async def _told(system: System, opening: Opening, day: date) -> str:
    found: Sequence[Previewed | Spans]
    found = await (system.preview(opening) if system.has_preview else system.figures(opening, day))
    return json.dumps([asdict(each) for each in found])


async def _tried(ask: Callable[[System], Awaitable[str]], plan: ConnectionPlan) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return True, await ask(system_for(plan))
    except (NotReady, Undelivered) as fault:
        return False, str(fault)
    except TimeoutError:
        return False, f"no answer within {PROBE_SECONDS:.0f} seconds"
    except Exception as error:  # of a system: it must not end the others
        return False, f"a fault of our own: {error!r}"
