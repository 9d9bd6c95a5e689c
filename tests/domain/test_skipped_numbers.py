from __future__ import annotations

import pytest

from queue_service.domain.actions import SkipNumbers
from queue_service.domain.errors import QuotaFull
from queue_service.domain.events import NumbersSkipped
from tests.domain.examples import CLINIC, PHARMACY, Day, clinic_with


def test_numbers_go_on_after_those_that_are_skipped() -> None:
    day = Day()
    day.issue()
    assert day.act(SkipNumbers(CLINIC, 57)) == (NumbersSkipped(CLINIC, 57),)
    assert [day.issue(), day.issue(PHARMACY)] == ["A-058", "B-001"]
    assert day.order() == ["A-001", "A-058"]
    assert day.folded_anew() == day.floor


def test_numbers_that_were_given_out_are_not_skipped_again() -> None:
    day = Day()
    day.act(SkipNumbers(CLINIC, 57))
    assert day.act(SkipNumbers(CLINIC, 57)) == day.act(SkipNumbers(CLINIC, 3)) == ()


def test_a_queue_that_is_not_set_up_just_now_keeps_its_numbers() -> None:
    day = Day()
    day.act(SkipNumbers("radiology", 12))
    assert day.folded_anew().line("radiology").issued == 12


def test_skipped_numbers_are_none_of_the_quota() -> None:
    day = Day(clinic_with(quota=2))
    day.issue()
    day.act(SkipNumbers(CLINIC, 200))
    assert day.issue() == "A-201"
    with pytest.raises(QuotaFull):
        day.issue()
