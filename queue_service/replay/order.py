"""What happens on a recorded day, queue by queue, in the order in which it happened. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from queue_service.replay.recordings import Lane, Recorded


class Kind(IntEnum):
    """In this order where both have the same time."""

    ISSUE = 1
    CALL = 2


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    kind: Kind
    number: str


Day = Mapping[Lane, Sequence[Happening]]


def days_of(recording: Iterable[Recorded]) -> dict[date, Day]:
    """The days in their order. What has the same time keeps the order of the file."""
    found: dict[date, dict[Lane, list[Happening]]] = defaultdict(lambda: defaultdict(list))
    for one in recording:
        happenings = found[one.day][one.lane]
        happenings.append(Happening(one.issued, Kind.ISSUE, one.number))
        if one.called is not None:
            happenings.append(Happening(one.called, Kind.CALL, one.number))
    for lanes in found.values():
        for happenings in lanes.values():
            happenings.sort(key=lambda happening: (happening.at, happening.kind))
    return {day: found[day] for day in sorted(found)}
