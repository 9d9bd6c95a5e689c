"""Minutes from one village to another: as measured where somebody has, else reckoned from where they lie."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import asin, ceil, cos, radians, sin, sqrt

EARTH_KM = 6371.0
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Roads:
    """How a straight line becomes a time."""

    factor: float = 1.4  # a road's length to the straight line's
    kilometres_an_hour: float = 30.0


@dataclass(frozen=True, slots=True)
class Travel:
    """`places`: latitude and longitude by village. `measured`: minutes from one to another; where only the way back is
    known, that is taken."""

    places: Mapping[str, tuple[float, float]]
    roads: Roads = Roads()
    measured: Mapping[tuple[str, str], int] = field(default_factory=dict)
    _reckoned: dict[tuple[str, str], int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def knows(self, one: str, other: str) -> bool:
        return one == other or self._measured(one, other) is not None or {one, other} <= self.places.keys()

    def minutes(self, one: str, other: str) -> int:
        """Whole minutes, rounded up. Only for two that it knows."""
        found = self._reckoned.get((one, other))
        if found is None:
            found = self._reckoned[one, other] = self._reckon(one, other)
        return found

    def _reckon(self, one: str, other: str) -> int:
        if one == other:
            return 0
        measured = self._measured(one, other)
        if measured is not None:
            return measured
        length = kilometres(self.places[one], self.places[other]) * self.roads.factor
        return ceil(length / self.roads.kilometres_an_hour * 60)

    def _measured(self, one: str, other: str) -> int | None:
        return self.measured.get((one, other), self.measured.get((other, one)))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the surface of the earth."""
    (lat_1, long_1), (lat_2, long_2) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((long_2 - long_1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def read_matrix(text: str) -> dict[tuple[str, str], int]:
    """Of a CSV file with the columns `from`, `to` and `minutes`. Raises ValueError, naming the line."""
    rows = csv.DictReader(text.splitlines())
    if missing := {"from", "to", "minutes"} - set(rows.fieldnames or ()):
        raise ValueError(f"line 1: expected the columns from, to and minutes; {', '.join(sorted(missing))} is missing.")
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = ((row["from"] or "").strip(), (row["to"] or "").strip())
        minutes = (row["minutes"] or "").strip()
        if not all(pair) or not (minutes.isdecimal() and len(minutes) <= 4 and int(minutes) <= LONGEST_MINUTES):
            raise ValueError(f"line {rows.line_num}: expected two villages and whole minutes up to {LONGEST_MINUTES}.")
        if found.setdefault(pair, int(minutes)) != int(minutes):
            raise ValueError(
                f"line {rows.line_num}: {pair[0]} to {pair[1]} stands there twice, with different minutes."
            )
    return found
