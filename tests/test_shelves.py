"""What processes lay down for each other: nothing falls, nothing counts twice, and the dead say nothing of now."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from queue_service.meters import APPENDS, METERS, Histogram, Readings, read_meters
from queue_service.shelves import Laid, Shelf, sum_up

COUNTER, GAUGE, BY_WORKER = "antrean_frames_sent_total", "antrean_connections", "antrean_worker_connections"
SHARED, ROUTES = "antrean_commit_appends", "antrean_http_request_seconds"


@contextmanager
def a_shelf(folder: Path) -> Iterator[Shelf]:
    shelf = Shelf(folder)
    try:
        yield shelf
    finally:
        shelf.close()


def readings(counted: float = 0, now: float = 0) -> Readings:
    """Of a process that did nothing but this."""
    return {COUNTER: {(): counted}, GAUGE: {(): now}, BY_WORKER: {(): now}}


async def told(shelf: Shelf, counted: float, now: float = 0) -> tuple[float, float]:
    total = sum_up(await shelf.exchange(readings(counted, now)))
    return total[COUNTER][()], total[GAUGE][()]


async def test_processes_tell_together(tmp_path: Path) -> None:
    with a_shelf(tmp_path) as one, a_shelf(tmp_path) as other:
        await one.put(readings(counted=5, now=2))
        assert await told(other, counted=10, now=3) == (15, 5)


async def test_who_is_gone_has_counted_and_has_nothing_now(tmp_path: Path) -> None:
    with a_shelf(tmp_path) as one:
        with a_shelf(tmp_path) as other:
            await other.put(readings(counted=10, now=3))
        assert await told(one, counted=5, now=2) == (15, 2)


async def test_the_next_process_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    for n in range(1, 6):
        with a_shelf(tmp_path) as shelf:
            assert await told(shelf, counted=0) == (10 * (n - 1), 0)
            assert await told(shelf, counted=10, now=1) == (10 * n, 1)
    assert len(list(tmp_path.glob("*.json"))) == 1


async def test_what_was_told_of_a_process_is_not_more_than_another_tells_of_it(tmp_path: Path) -> None:
    """Two scrapes in a second: a total that fell would be taken for a restart, and all of it counted again."""
    with a_shelf(tmp_path) as one, a_shelf(tmp_path) as other:
        for counted in range(1, 50):
            first, _ = await told(one, counted)
            second, _ = await told(other, 0)
            assert first <= second == counted


async def test_a_file_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    with a_shelf(tmp_path) as one:
        with a_shelf(tmp_path) as other:
            await other.put(readings(counted=10))
        (tmp_path / "2.json").write_text('{"worker": "1", "readi')
        assert await told(one, counted=5) == (5, 0)


async def test_histograms_add_up_bucket_by_bucket(tmp_path: Path) -> None:
    narrow, wide = ("POST", "/a/{b}", "2xx"), ("GET", "/", "4xx")
    with a_shelf(tmp_path) as one, a_shelf(tmp_path) as other:
        await one.put(readings() | {ROUTES: {narrow: [1, 0, 2, 0.5]}})
        laid = await other.exchange(readings() | {ROUTES: {narrow: [0, 3, 1, 1.5], wide: [1, 1, 1, 1]}})
    assert sum_up(laid)[ROUTES] == {narrow: [1, 3, 3, 2.0], wide: [1, 1, 1, 1]}


def test_what_each_process_tells_for_itself_carries_its_name() -> None:
    laid = [Laid("71", True, readings(now=2)), Laid("72", True, readings(now=3)), Laid("73", False, readings(now=4))]
    assert sum_up(laid)[BY_WORKER] == {("71",): 2, ("72",): 3}


def test_buckets_of_another_version_break_nothing() -> None:
    laid = [
        Laid("1", True, readings() | {SHARED: {(): [1, 2, 3]}}),
        Laid("2", False, {SHARED: {(): [1, 2]}, "gone": {}}),
    ]
    assert sum_up(laid)[SHARED] == {(): [1, 2, 3]}


@pytest.mark.parametrize(("value", "bucket"), [(0, 0), (1, 0), (2, 1), (3, 2), (200, 7), (201, 8)])
def test_a_histogram_counts_a_value_up_to_its_edge(value: float, bucket: int) -> None:
    histogram = Histogram("test_of_buckets", "", APPENDS)
    del METERS["test_of_buckets"]
    histogram.observe(value)
    counts = histogram.values[()]
    assert [n for n, count in enumerate(counts[:-1]) if count] == [bucket]
    assert counts[-1] == value


def test_a_reading_changes_no_more() -> None:
    before = read_meters()
    METERS[SHARED].values[()][0] += 1
    METERS[SHARED].values[()][0] -= 1
    assert read_meters() == before
    assert read_meters()[SHARED][()] is not METERS[SHARED].values[()]
