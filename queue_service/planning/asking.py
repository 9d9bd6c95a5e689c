"""Planning in a process of its own, so that nobody waits for it who has nothing to do with it."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

from queue_service.planning.values import Problem, Proposal
from queue_service.planning.wire import read_proposal, write_problem

SECONDS = 120.0  # after which nobody counts on an answer any more: the search itself ends long before
_LESS_URGENT = 10  # than whoever is being served


class PlanningFailed(Exception):
    """No proposal came of it."""


async def plan_apart(problem: Problem, seconds: float = SECONDS) -> Proposal:
    """Raises PlanningFailed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "queue_service.planning"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        with suppress(OSError):  # where nothing may be made less urgent, or it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, _LESS_URGENT)
        async with asyncio.timeout(seconds):
            told, complaint = await process.communicate(write_problem(problem).encode())
    except TimeoutError:
        raise PlanningFailed(f"It took longer than {seconds:.0f} seconds.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise PlanningFailed(complaint.decode(errors="replace").strip().rpartition("\n")[2])
    return read_proposal(told.decode())
