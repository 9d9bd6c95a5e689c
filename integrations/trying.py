"""The office's *test the connection*: done where connections are served, since only there are secrets and a way out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from integrations.contract import NotReady, Opening, Undelivered, settings_for
from queue_service.domain.events import to_ms
from queue_service.floors import wall_clock
from queue_service.records.healths import Part, State, Tally, take_up_test, write_health
from queue_service.records.plans import ConnectionPlan
from queue_service.redaction import redacted
from queue_service.web.house import House

PROBE_SECONDS = 20.0


async def try_out(plan: ConnectionPlan, house: House, environment: Mapping[str, str]) -> None:
    """Unless another process does; what is found is written for everybody to read."""
    if not await house.database.write(lambda connection: take_up_test(connection, plan.id)):
        return
    is_well, found = await _probe(Opening(plan, house, environment))
    now = wall_clock()
    at = to_ms(now)
    state = State.RUNS if is_well else State.AWAY
    tally = Tally(Part.TEST, state, at, now.date(), at if is_well else None, redacted(found), at)
    await house.database.write(lambda connection: write_health(connection, plan.id, tally))


async def _probe(opening: Opening) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return True, await settings_for(opening.plan).probe(opening)
    except (NotReady, Undelivered) as fault:
        return False, str(fault)
    except TimeoutError:
        return False, f"no answer within {PROBE_SECONDS:.0f} seconds"
    except Exception as error:  # of a system: it must not end the others
        return False, f"a fault of our own: {error!r}"
