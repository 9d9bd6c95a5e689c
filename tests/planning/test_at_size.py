"""Two thousand requests of one regency, as they may lie on a desk one Monday morning."""

from __future__ import annotations

import time

import pytest

from queue_service.planning.asking import plan_apart
from queue_service.regions import read_regions
from tests.planning.worlds import a_regency

# Where the teams stand: two in the town, the others in the seats of districts an hour and more away.
BASES = ("16.04.10.1031", "16.04.10.1033", "16.04.06.2008", "16.04.17.2001", "16.04.07.2001")


@pytest.mark.slow
async def test_two_thousand_requests_are_planned_with_less_travel_and_every_promise_kept() -> None:
    villages = read_regions().villages_of("16.04")
    problem = a_regency({one.code: (one.latitude, one.longitude) for one in villages}, BASES)
    assert (len(villages), len(problem.wishes), len(problem.shifts)) == (378, 2000, 100)
    begun = time.perf_counter()
    proposal = await plan_apart(problem)
    took = time.perf_counter() - begun
    late = [wish for trip in proposal.trips for wish in trip.why.late]
    saved = 1 - proposal.travel / proposal.first_come
    print(f"\n{len(proposal.trips)} trips in {took:.1f} s: {saved:.0%} less travel, {len(late)} late")
    assert (proposal.left, late) == ((), [])
    assert saved >= 0.25
