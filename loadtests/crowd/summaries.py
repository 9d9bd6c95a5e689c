"""The last word of a run, as a table and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locust.stats import RequestStats

from loadtests.criteria import Result, table

if TYPE_CHECKING:
    from loadtests.crowd.hall import Hall

COUNTS = (
    "connections",
    "connections lost",
    "connections refused",
    "frames",
    "places compared with HTTP",
    "screens compared with HTTP",
    "polls",
    "polls answered with 304",
    "asked again",
)
TIMES = ("commit to phone", "first frame", "back after a loss")


def summary(hall: Hall, stats: RequestStats) -> tuple[str, list[str]]:
    """The text, and every wrong state."""
    books = hall.books
    wrong = books.verdict()
    results = [Result("numbers given", len(books.numbers()))]
    results += [Result(f"refused: {code}", times) for code, times in sorted(books.refusals.items())]
    results += [Result(f"clerks and visitors: {kind}", times) for kind, times in sorted(deeds(hall).items())]
    results += [Result(name, books.counts[name]) for name in COUNTS]
    results += [row for name in TIMES for row in quantiles(stats, name)]
    results.append(Result("looks for stale phones", books.counts["looks"]))
    results.append(Result("stale phones", books.counts["stale"], note="2 s behind what HTTP showed"))
    for chapter in hall.chapters:
        rows, more = chapter(books)
        results += rows
        wrong += more
    if not books.told and not books.counts["frames"]:
        wrong.append(f"Nothing was ever answered by {hall.host}.")
    results.append(Result("wrong states", max(len(wrong), books.counts["wrong states"]), most=0))
    return "\n".join(["", table("What people were told", results), *wrong]), wrong


def deeds(hall: Hall) -> dict[str, int]:
    counted: dict[str, int] = {}
    for (kind, _, _), times in hall.books.told.items():
        counted[kind] = counted.get(kind, 0) + times
    return counted


def quantiles(stats: RequestStats, name: str) -> list[Result]:
    entry = stats.entries.get((name, "stream"))
    if entry is None or not entry.num_requests:
        return []
    p50, p99 = (entry.get_response_time_percentile(q) for q in (0.5, 0.99))
    return [
        Result(f"{name}, p50", p50, "ms"),
        Result(f"{name}, p99", p99, "ms", note=f"max {entry.max_response_time:.0f} ms"),
    ]
