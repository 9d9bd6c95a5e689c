"""How many people are in the house at which hour. Pure, as locust, once imported, changes a whole process."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def people_at(points: Sequence[tuple[float, int]], hours: float) -> float | None:
    """None when it is over."""
    for (from_hour, before), (to_hour, after) in pairwise(points):
        if hours < to_hour:
            return before + (after - before) * (hours - from_hour) / (to_hour - from_hour)
    return None
