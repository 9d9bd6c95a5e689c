from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from integrations.lanes import Lane
from integrations.patience import (
    AWAY_IN_A_ROW,
    LONGEST_ASKED_SECONDS,
    LONGEST_BREAK_SECONDS,
    LONGEST_SECONDS,
    REFUSED_LANES,
    Allowance,
    Breaker,
    is_given_up,
    rest_seconds,
)

draws = st.floats(0, 1)


def a_lane(number: int) -> Lane:
    return ("cabang", date(2026, 11, 23)), f"A-{number:03d}"


@given(st.integers(0, 1000), draws, draws)
def test_a_rest_grows_twofold_with_jitter_and_has_an_end(failures: int, one: float, other: float) -> None:
    rest = rest_seconds(failures, one)
    assert 0 < rest <= LONGEST_SECONDS
    assert rest <= 2 * rest_seconds(failures, other) * (1 + 1e-9)
    assert rest_seconds(failures, one) <= rest_seconds(failures + 1, one)


def test_refusals_weigh_more_than_silence() -> None:
    assert not is_given_up(failures=3, refusals=2, attempts=3)
    assert is_given_up(failures=3, refusals=3, attempts=3)
    assert not is_given_up(failures=11, refusals=0, attempts=3)
    assert is_given_up(failures=12, refusals=0, attempts=3)


events = st.lists(st.tuples(st.sampled_from(["taken", "refused", "away", "asked"]), st.integers(0, 20), draws))


@given(events)
def test_a_break_has_an_end_and_one_delivery_ends_it(happened: Sequence[tuple[str, int, float]]) -> None:
    breaker, now = Breaker(), 0.0
    for what, number, draw in happened:
        now += draw * 10
        if what == "taken":
            breaker = breaker.after_delivery(now)
        elif what == "refused":
            breaker = breaker.after_refusal(a_lane(number), now, draw)
        else:
            breaker = breaker.after_silence(now, draw, 100.0 * number if what == "asked" else None)
        assert len(breaker.refused) <= REFUSED_LANES
        if breaker.until is not None:
            assert breaker.until <= now + max(LONGEST_BREAK_SECONDS, LONGEST_ASKED_SECONDS)
            assert breaker.allowance(breaker.until) is Allowance.ONE
            assert breaker.after_delivery(breaker.until) == Breaker()
        else:
            assert breaker.allowance(now) is Allowance.ALL
            assert breaker.away < AWAY_IN_A_ROW


@given(draws)
def test_it_breaks_after_some_in_a_row_and_then_lets_one_go_at_a_time(draw: float) -> None:
    breaker = Breaker()
    for _ in range(AWAY_IN_A_ROW - 1):
        breaker = breaker.after_silence(0, draw)
        assert breaker.allowance(0) is Allowance.ALL
    breaker = breaker.after_silence(0, draw)
    assert breaker.allowance(0) is Allowance.NONE
    assert breaker.after_silence(0.1, draw).until == breaker.until  # it was under way already
    assert breaker.until is not None
    longer = breaker.after_silence(breaker.until, draw)
    assert longer.until is not None
    assert longer.until - breaker.until > breaker.until * 1.9


def test_one_ticket_refused_for_ever_breaks_nothing_and_a_dozen_do() -> None:
    breaker = Breaker()
    for _ in range(100):
        breaker = breaker.after_refusal(a_lane(1), 0, 0.5)
    assert breaker.allowance(0) is Allowance.ALL
    for number in range(REFUSED_LANES):
        breaker = breaker.after_refusal(a_lane(number), 0, 0.5)
    assert breaker.allowance(0) is Allowance.NONE
    assert breaker.until is not None
    assert breaker.after_refusal(a_lane(50), breaker.until, 0.5).allowance(breaker.until) is Allowance.NONE


def test_whoever_refuses_is_back() -> None:
    breaker = Breaker()
    for _ in range(AWAY_IN_A_ROW):
        breaker = breaker.after_silence(0, 0.5)
    assert breaker.until is not None
    assert breaker.after_refusal(a_lane(1), breaker.until, 0.5).allowance(breaker.until) is Allowance.ALL


@given(draws)
def test_who_asks_to_be_left_alone_is_whatever_was_under_way(draw: float) -> None:
    breaker = Breaker().after_silence(0, draw, asked=30)
    for other in (breaker.after_delivery(1), breaker.after_refusal(a_lane(1), 1, draw), breaker.after_silence(1, draw)):
        assert other.allowance(29.9) is Allowance.NONE
        assert other.allowance(30) is Allowance.ONE
