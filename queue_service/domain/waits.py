"""The honest simple estimate: people ahead plus one, times the recent mean gap between calls while someone waited.

Ahead are also those of the people with an appointment who will come and be due before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import fsum, sqrt
from statistics import fmean

from queue_service.domain.branches import late_minutes
from queue_service.domain.floors import Floor
from queue_service.domain.lines import Line
from queue_service.domain.tickets import Status

FEWEST_GAPS = 3  # with fewer there is nothing to go by
_AHEAD = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_Z80 = 0.8416  # the normal distribution's 80 % point

Knot = tuple[int, int, int]  # people ahead, p50 seconds, p80 seconds


def knots(floor: Floor, queue: str) -> list[Knot]:
    """Empty when nobody serves the queue or it has not moved enough to tell."""
    line = floor.line(queue)
    if len(line.gaps) < FEWEST_GAPS or not floor.is_served(queue):
        return []
    mean = fmean(line.gaps)
    spread = sqrt(fsum((gap - mean) ** 2 for gap in line.gaps) / (len(line.gaps) - 1))
    longest = max(len(line), 1)
    coming, rate = _still_to_come(floor, queue), _show_rate(floor, queue)
    found = []
    for ahead in _AHEAD:
        if ahead <= longest:
            before = bisect_right(coming, _due_at(floor, line, ahead)) if coming else 0
            unsure = before * rate * (1 - rate) * mean**2
            found.append((ahead, *_quantiles(ahead + 1 + before * rate, mean, spread, len(line.gaps), unsure)))
    return found


def _still_to_come(floor: Floor, queue: str) -> list[datetime]:
    """The times of those who have booked and can still be here for them, in order."""
    plan = floor.branch.queues.get(queue)
    if plan is None or floor.at is None or (plan.booking is None and plan.draw is None):
        return []
    earliest = floor.at - timedelta(minutes=late_minutes(plan))
    booked = (ticket for ticket in floor.tickets.values() if ticket.status is Status.BOOKED and ticket.queue == queue)
    return sorted(ticket.slot for ticket in booked if ticket.slot is not None and ticket.slot >= earliest)


def _show_rate(floor: Floor, queue: str) -> float:
    learned = floor.lots.limits.get(queue)
    return 1.0 if learned is None else learned.show_percent / 100


def _due_at(floor: Floor, line: Line, ahead: int) -> datetime:
    """When somebody with so many ahead is due: behind all who wait, whoever comes now."""
    assert floor.at is not None
    return line.due_at(ahead) if ahead < len(line) else max(floor.at, line.due_at(-1) if len(line) else floor.at)


def _quantiles(calls: float, mean: float, spread: float, gaps: int, unsure: float) -> tuple[int, int]:
    """p50 and p80 seconds until `calls` more calls, by Wilson and Hilferty's form of the gamma distribution.

    Uncertain are the gaps to come, the mean itself, which rests on so many gaps only, and by the variance `unsure` how
    many come who have booked.
    """
    expected = calls * mean
    if expected < 1:
        return 0, 0  # a second is the smallest wait that we tell
    variance = calls * spread**2 + (calls * spread) ** 2 / gaps + unsure
    ninth = variance / expected**2 / 9
    middle = max(0.0, 1 - ninth)
    return round(expected * middle**3), round(expected * (middle + _Z80 * sqrt(ninth)) ** 3)


def wait_for(knots: Sequence[Knot], ahead: int) -> tuple[int, int] | None:
    """p50 and p80 seconds with so many people ahead: a straight line between knots, and beyond them the last slope."""
    if not knots:
        return None
    if len(knots) == 1:
        factor = (ahead + 1) / (knots[0][0] + 1)
        return round(knots[0][1] * factor), round(knots[0][2] * factor)
    right = next((i for i, knot in enumerate(knots) if knot[0] >= ahead and i), len(knots) - 1)
    (a, a50, a80), (b, b50, b80) = knots[right - 1], knots[right]
    part = (ahead - a) / (b - a)
    return round(a50 + part * (b50 - a50)), round(a80 + part * (b80 - a80))
