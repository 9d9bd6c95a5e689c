from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from integrations.bpjs.pace import Pace, at_once

SECONDS = st.floats(0, 10, allow_nan=False)


@given(st.floats(0.5, 100), st.lists(SECONDS, min_size=1, max_size=60))
def test_however_they_come_no_two_go_closer_than_was_agreed(per_second: float, pauses: list[float]) -> None:
    pace, now, went = Pace(1 / per_second), 0.0, []
    for pause in pauses:
        now += pause
        now += pace.wait_seconds(now)
        pace = pace.after(now)
        went.append(now)
    assert all(after - before >= 1 / per_second - 1e-9 for before, after in pairwise(went))


def test_who_comes_after_a_pause_need_not_wait() -> None:
    assert Pace(0.1).after(5.0).wait_seconds(5.2) == 0.0


@given(st.floats(2, 100))
def test_nobody_who_waits_for_a_turn_is_taken_for_lost(per_second: float) -> None:
    calls = 6  # of one delivery that has to catch up
    assert at_once(per_second) * calls / per_second <= 15
