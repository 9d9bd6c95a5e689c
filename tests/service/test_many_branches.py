"""A whole province on one server: more branches than one statement of SQLite may have parts."""

import asyncio
from pathlib import Path

import pytest

from tests.service.callers import Caller
from tests.service.offices import running_office
from tests.service.plans import a_branch

BRANCHES = 520
AT_ONCE = 20


@pytest.mark.slow
async def test_a_server_of_five_hundred_branches_is_ready_and_gives_numbers_at_each(tmp_path: Path) -> None:
    plans = [a_branch(f"cabang-{n}", counters=1) for n in range(BRANCHES)]
    with running_office(tmp_path, plans) as office:
        callers = [Caller(office.port) for _ in range(AT_ONCE)]

        async def visit(who: int) -> list[int]:
            paths = [f"/branches/cabang-{n}/tickets" for n in range(who, BRANCHES, AT_ONCE)]
            return [(await callers[who].post(path, {"queue": "umum"})).status for path in paths]

        statuses = await asyncio.gather(*(visit(who) for who in range(AT_ONCE)))
        ready = await asyncio.to_thread(office.server.is_ready)
        log = office.server.log.read_text(errors="replace")
    assert {status for each in statuses for status in each} == {201}
    assert ready
    assert "ERROR" not in log
