"""A paper's way: what is newer counts, and its number cannot be guessed or misread."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.cases import (
    CHECK_ALPHABET,
    Case,
    Outcome,
    Stage,
    Step,
    advance,
    check_step,
    number_of,
    read_number,
)
from queue_service.domain.errors import Invalid
from tests.domain.examples import NINE

DAY = date(2026, 11, 23)
NUMBER = "261123-A012-7KQ4MX2P"
CASE = Case(NUMBER, "kantor", "ktp", DAY, "A-012", NINE, None, Stage.RECORDED, NINE, NINE)
STEPS = st.builds(
    Step,
    st.sampled_from([stage for stage in Stage if stage not in (Stage.PROBLEM, Stage.HANDED_OVER)]),
    st.integers(-5, 30).map(lambda minutes: NINE + timedelta(minutes=minutes)),
)


def later(minutes: int, stage: Stage, reason: str = "", *, by_hand: bool = False) -> Step:
    return Step(stage, NINE + timedelta(minutes=minutes), reason, by_hand)


def test_what_is_newer_counts_and_what_is_older_does_not_go_back() -> None:
    printed, outcome = advance(CASE, later(10, Stage.PRINTED))
    assert (printed.stage, printed.steps, outcome) == (Stage.PRINTED, 2, Outcome.TAKEN)
    assert advance(printed, later(5, Stage.VERIFIED)) == (printed, Outcome.OLDER)
    assert advance(printed, later(10, Stage.VERIFIED)) == (printed, Outcome.OLDER)
    again, outcome = advance(printed, later(15, Stage.PRINTED))
    assert (again.steps, again.stage_at, outcome) == (2, printed.stage_at, Outcome.KNOWN)
    assert advance(again, later(12, Stage.VERIFIED)) == (again, Outcome.OLDER)
    back, outcome = advance(printed, later(20, Stage.PROBLEM, "Blangko rusak"))
    assert (back.stage, back.reason, outcome) == (Stage.PROBLEM, "Blangko rusak", Outcome.TAKEN)


def test_what_was_handed_over_stays_so_unless_people_say_otherwise() -> None:
    over = replace(CASE, stage=Stage.HANDED_OVER)
    assert advance(over, later(10, Stage.READY)) == (over, Outcome.FINAL)
    reopened, outcome = advance(over, later(-10, Stage.READY, by_hand=True))
    assert (reopened.stage, outcome) == (Stage.READY, Outcome.TAKEN) and reopened.told_at > over.told_at


@given(st.lists(STEPS, max_size=8, unique_by=lambda step: step.at))
def test_the_order_in_which_one_hears_of_steps_makes_no_difference(steps: list[Step]) -> None:
    def told(order: list[Step]) -> Case:
        case = CASE
        for step in order:
            case, _ = advance(case, step)
        return case

    newest = max((step for step in steps if step.at > NINE), key=lambda step: step.at, default=None)
    for order in (steps, steps[::-1], steps + steps):
        assert told(order).stage is (newest.stage if newest else CASE.stage)


@pytest.mark.parametrize(
    "written",
    [NUMBER, "261123 a012 7kq4mx2p", "261123A0127KQ4MX2P", " 261123-A012-7KQ4MX2P\n", "261123‐A012‐7KQ4MX2P"],
)
def test_a_number_is_read_however_it_is_typed(written: str) -> None:
    assert read_number(written) == NUMBER


def test_what_is_easily_misread_in_its_check_part_is_read_all_the_same() -> None:
    assert read_number("261123-M-O1IL0000") == read_number("261123-M-01110000") == "261123-M-01110000"


@pytest.mark.parametrize("written", ["", "1604990101900001", "261123-A012", "261123-A012-7KQ4MX2", "x" * 400, "١" * 20])
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_number(written) is None


@given(
    st.dates(date(2026, 1, 1), date(2090, 1, 1)),
    st.sampled_from(["", "A-001", "I-012", "LO-999", "ZZZ-12345"]),
    st.text(CHECK_ALPHABET, min_size=8, max_size=8),
)
def test_every_number_that_is_given_is_read_as_itself(day: date, label: str, check: str) -> None:
    number = number_of(day, label, check)
    assert read_number(number) == number and len(number) <= 32


@pytest.mark.parametrize(("stage", "reason"), [("lost", ""), ("problem", ""), ("printed", "why")])
def test_a_stage_that_says_too_little_or_too_much_is_refused(stage: str, reason: str) -> None:
    with pytest.raises(Invalid):
        check_step(stage, reason)
