"""The honest simple estimate: people ahead plus one, times the recent mean gap between calls while someone waited."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from statistics import fmean

from queue_service.domain.floors import Floor

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
    return [(ahead, *_quantiles(ahead + 1, mean, spread, len(line.gaps))) for ahead in _AHEAD if ahead <= longest]


def _quantiles(calls: int, mean: float, spread: float, gaps: int) -> tuple[int, int]:
    """p50 and p80 seconds until `calls` more calls, by Wilson and Hilferty's form of the gamma distribution.

    Two things are uncertain: the gaps to come, and the mean itself, which rests on so many gaps only.
    """
    expected = calls * mean
    if expected < 1:
        return 0, 0  # a second is the smallest wait that we tell
    variance = calls * spread**2 + (calls * spread) ** 2 / gaps
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
