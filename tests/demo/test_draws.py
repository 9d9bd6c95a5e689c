"""What chance decides: drawn from a seed, so that it can be counted."""

from collections import Counter
from itertools import islice
from random import Random
from statistics import fmean

import pytest

from queue_service.demo.casts import CASTS
from queue_service.demo.draws import (
    Ending,
    Whim,
    at_quantile,
    gaps,
    pick,
    service_seconds,
    ticket_class,
    visit,
    visit_of_a_person,
    whim,
)
from queue_service.demo.shapes import Round, read_shapes

SHAPES = read_shapes()
CAST = CASTS["rsud-lahat"].queues["pendaftaran"]
MANY = 20_000


def test_the_same_seed_draws_the_same_day() -> None:
    day = Round((1.0, 0.5, 1.5), 2)
    assert list(islice(gaps(Random(7), day, 30), 50)) == list(islice(gaps(Random(7), day, 30), 50))


def test_arrivals_come_as_often_as_was_asked_for() -> None:
    mean_gap = fmean(islice(gaps(Random(1), Round((0.5, 1.5), 0), an_hour=30), MANY))
    assert mean_gap == pytest.approx(120, rel=0.03)


def test_arrivals_follow_the_shape_round_and_round() -> None:
    intensities = (0.5, 1.0, 2.5, 0.0)
    at, counted = 0.0, Counter[int]()
    for gap in islice(gaps(Random(2), Round(intensities, 0), an_hour=120, begin=0), MANY):
        at += gap
        counted[int(at / 300) % 4] += 1
    assert counted[3] == 0
    shares = [counted[part] / MANY for part in range(3)]
    assert shares == pytest.approx([0.125, 0.25, 0.625], abs=0.02)


def test_a_day_begins_where_it_is_liveliest() -> None:
    first = [next(gaps(Random(seed), Round((0.01, 2.0), 1), an_hour=60)) for seed in range(200)]
    assert fmean(first) < 60


@pytest.mark.parametrize(("part", "expected"), [(0.0, 10), (0.25, 15), (0.5, 20), (0.75, 60), (1.0, 100)])
def test_between_quantiles_lies_a_straight_line(part: float, expected: float) -> None:
    assert at_quantile([10, 20, 100], part) == pytest.approx(expected)


def test_shares_leave_the_rest_of_one_to_nobody() -> None:
    chance = Random(3)
    counted = Counter(pick(chance, {"a": 0.2, "b": 0.5}) for _ in range(MANY))
    assert [counted[name] / MANY for name in ("a", "b", None)] == pytest.approx([0.2, 0.5, 0.3], abs=0.02)


def test_service_times_have_the_quantiles_of_the_file() -> None:
    chance = Random(4)
    drawn = sorted(service_seconds(chance, SHAPES, CAST) for _ in range(MANY))
    quantiles = SHAPES.services["regular"].seconds
    assert drawn[MANY // 2] == pytest.approx(quantiles[10], rel=0.05)
    assert drawn[MANY * 9 // 10] == pytest.approx(quantiles[18], rel=0.05)
    assert drawn[0] >= 5


def test_visits_end_as_often_as_they_should_in_each_way() -> None:
    chance = Random(5)
    endings = Counter(visit(chance, SHAPES, CAST, "A-001").ending for _ in range(MANY))
    assert endings[Ending.NEVER_CAME] / MANY == pytest.approx(SHAPES.no_show, abs=0.01)
    assert endings[Ending.TRANSFER] / MANY == pytest.approx(0.48 * 0.95 * 0.96, abs=0.02)
    assert set(endings) == set(Ending)


def test_who_never_came_was_called_again_before() -> None:
    chance = Random(6)
    drawn = [visit(chance, SHAPES, CAST, "A-001") for _ in range(MANY)]
    assert all(one.recalls == 1 for one in drawn if one.ending is Ending.NEVER_CAME)
    assert {one.recalls for one in drawn if one.ending is Ending.COMPLETE} == {0, 1}


def test_a_transfer_says_where_to() -> None:
    chance = Random(7)
    drawn = [visit(chance, SHAPES, CAST, "A-001") for _ in range(MANY)]
    onward = {one.onward for one in drawn if one.ending is Ending.TRANSFER}
    assert onward == {"poli-anak", "poli-dalam", "farmasi"}


def test_a_real_person_is_never_left_standing() -> None:
    chance = Random(8)
    drawn = [visit_of_a_person(chance, SHAPES, CAST, "A-001") for _ in range(MANY)]
    assert {one.ending for one in drawn} == {Ending.COMPLETE, Ending.TRANSFER}
    assert all(one.is_person and one.recalls == 0 for one in drawn)


def test_few_have_priority_and_a_branch_without_classes_has_none() -> None:
    chance = Random(9)
    counted = Counter(ticket_class(chance, ["lansia", "hamil"]) for _ in range(MANY))
    assert counted["general"] / MANY == pytest.approx(0.94, abs=0.01)
    assert set(counted) == {"general", "lansia", "hamil"}
    assert {ticket_class(chance, []) for _ in range(1000)} == {"general"}


def test_most_stay_where_they_are() -> None:
    chance = Random(10)
    counted = Counter(whim(chance) for _ in range(MANY))
    assert set(counted) == set(Whim)
    assert counted[Whim.STAY] / MANY > 0.85
