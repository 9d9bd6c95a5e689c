"""Two thousand requests of one regency."""

from __future__ import annotations

import pytest

from loadtests.planning import a_regency, late_in
from queue_service.planning.asking import plan_apart


@pytest.mark.slow
async def test_two_thousand_requests_are_planned_with_less_travel_and_every_promise_kept() -> None:
    problem = a_regency()
    assert (len({wish.village for wish in problem.wishes}) > 370, len(problem.wishes), len(problem.shifts)) == (
        True,
        2000,
        100,
    )
    proposal = await plan_apart(problem)
    assert (proposal.left, late_in(proposal)) == ((), 0)
    assert proposal.travel <= 0.75 * proposal.first_come
