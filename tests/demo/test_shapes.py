"""The shipped figures, and what the play makes of them."""

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest
from pydantic import ValidationError

from queue_service.demo.casts import CASTS, QueueCast
from queue_service.demo.opening import LAHAT
from queue_service.demo.shapes import BIN_MINUTES, DayShape, DayShapes, read_shapes, round_of
from queue_service.records.setup_files import read_setup_file

SHAPES = read_shapes()
EXAMPLES = {branch.id: branch.branch() for branch in read_setup_file(LAHAT).branches if branch.team is None}


def day(*shares: float) -> DayShape:
    return DayShape.model_validate({"from": "08:00", "shares": shares})


@pytest.mark.parametrize("name", SHAPES.days)
def test_the_shares_of_a_day_add_up_to_the_day(name: str) -> None:
    shares = SHAPES.days[name].shares
    assert sum(shares) == pytest.approx(1, abs=0.001)
    assert 6 * 60 < len(shares) * BIN_MINUTES <= 16 * 60


@pytest.mark.parametrize("name", SHAPES.services)
def test_service_times_rise_with_their_quantiles_and_are_capped(name: str) -> None:
    seconds = SHAPES.services[name].seconds
    assert list(seconds) == sorted(seconds)
    assert len(seconds) == 21
    assert seconds[-1] <= 1800


def test_the_figures_are_figures_only() -> None:
    """Quantiles and shares, no records: the file stays as small as that."""
    assert sum(len(shape.shares) for shape in SHAPES.days.values()) < 400
    assert 0 < SHAPES.no_show < 0.2


@pytest.mark.parametrize("branch", CASTS)
def test_every_queue_of_the_examples_has_its_cast(branch: str) -> None:
    cast = CASTS[branch]
    assert cast.queues.keys() == EXAMPLES[branch].queues.keys()
    assert cast.day in SHAPES.days
    for queue, queue_cast in cast.queues.items():
        assert (queue_cast.an_hour > 0) is EXAMPLES[branch].queues[queue].walk_in
        assert queue_cast.journeys.keys() <= EXAMPLES[branch].journeys.keys()
        assert sum(queue_cast.services.values()) == pytest.approx(1)
        assert queue_cast.services.keys() <= SHAPES.services.keys()
        assert queue_cast.onward.keys() <= cast.queues.keys()
        assert sum(queue_cast.onward.values()) <= 1


def test_the_play_has_both_example_agencies_and_no_other() -> None:
    assert CASTS.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("branch", CASTS)
def test_no_queue_gets_more_people_than_its_counters_can_serve(branch: str) -> None:
    """At their usual pace, about: when lines grow the clerks hurry, and when they are short they take their time."""
    for queue, load in loads(branch):
        assert 0.5 < load < 1.3, f"{queue} {load:.2f}"


def loads(branch: str) -> Iterator[tuple[str, float]]:
    cast = CASTS[branch].queues
    coming = {queue: queue_cast.an_hour for queue, queue_cast in cast.items()}
    for queue_cast in cast.values():  # in the order of a visit, each queue feeds only later ones
        for onward, share in queue_cast.onward.items():
            coming[onward] += share * coming[next(name for name, other in cast.items() if other is queue_cast)]
    for queue_cast in cast.values():
        for journey, share in queue_cast.journeys.items():
            for (stop,) in EXAMPLES[branch].journeys[journey].stages[1:]:
                coming[stop] += share * queue_cast.an_hour
    counters = EXAMPLES[branch].counters.values()
    for queue, queue_cast in cast.items():
        servers = sum(1 / len(counter.queues) for counter in counters if queue in counter.queues)
        yield queue, coming[queue] * seconds_each(queue_cast) / 3600 / servers


def seconds_each(cast: QueueCast) -> float:
    turnover = 12.5 + fmean(SHAPES.way)
    return turnover + sum(share * fmean(SHAPES.services[name].seconds) for name, share in cast.services.items())


def test_a_round_leaves_out_dead_hours_and_begins_where_it_is_liveliest() -> None:
    round_ = round_of(day(0.0, 0.05, 0.3, 0.2, 0.01, 0.2, 0.24))
    assert len(round_.intensities) == 4
    assert fmean(round_.intensities) == pytest.approx(1)
    assert round_.liveliest == 0


def test_a_file_with_other_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shapes.yaml"
    path.write_text("days: {}\nservices: {}\nno_show: 2\nway: [1, 2]\n")
    with pytest.raises(ValidationError, match="no_show"):
        read_shapes(path)


def test_a_shape_reads_as_it_is_written() -> None:
    content = {
        "days": {"one": {"from": "08:00", "shares": [0.5, 0.5]}},
        "services": {"quick": {"seconds": [1, 2]}},
        "no_show": 0.1,
        "way": [1, 2],
    }
    assert DayShapes.model_validate(content).days["one"].shares == (0.5, 0.5)
