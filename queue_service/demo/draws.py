"""What chance decides about visitors. Pure: every function draws from the random numbers that it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from random import Random

from queue_service.demo.casts import QueueCast
from queue_service.demo.shapes import BIN_MINUTES, DayShapes, Round
from queue_service.domain.branches import GENERAL

_BIN_SECONDS = BIN_MINUTES * 60.0
_SHORTEST_SERVICE = 5.0

_PRIORITY = 0.06
_CANCELS = 0.04
_STEPS_AWAY = 0.05
_NEEDS_A_RECALL = 0.12
_HELD = 0.03
_SENT_BACK = 0.01
_RETURNS = 0.6  # of those who missed their call


class Whim(Enum):
    """What a visitor will do while waiting."""

    STAY = "stay"
    CANCEL = "cancel"
    STEP_AWAY = "step away"


class Ending(Enum):
    COMPLETE = "complete"
    TRANSFER = "transfer"
    HOLD = "hold"
    REQUEUE = "requeue"
    NEVER_CAME = "never came"


@dataclass(frozen=True, slots=True)
class Visit:
    """What will happen at a counter between the call and the end."""

    label: str
    recalls: int
    way_seconds: float
    service_seconds: float
    ending: Ending
    onward: str | None = None
    is_person: bool = False  # a real one, who is given time and never left standing


def gaps(chance: Random, day: Round, an_hour: float, begin: int | None = None) -> Iterator[float]:
    """Seconds between arrivals, for ever: a Poisson process whose intensity follows the day, round and round."""
    at = day.liveliest if begin is None else begin
    left = _BIN_SECONDS
    while True:
        to_come, gap = chance.expovariate(1.0), 0.0
        while True:
            rate = an_hour / 3600 * day.intensities[at]
            if to_come <= rate * left:
                break
            to_come, gap = to_come - rate * left, gap + left
            at, left = (at + 1) % len(day.intensities), _BIN_SECONDS
        left -= to_come / rate
        yield gap + to_come / rate


def at_quantile(quantiles: Sequence[float], part: float) -> float:
    """`quantiles` are evenly spaced from 0 to 1, with straight lines between."""
    position = part * (len(quantiles) - 1)
    below = min(int(position), len(quantiles) - 2)
    return quantiles[below] + (position - below) * (quantiles[below + 1] - quantiles[below])


def pick(chance: Random, shares: Mapping[str, float]) -> str | None:
    """None for the part that the shares leave of 1."""
    drawn = chance.random()
    return next((name for name, end in zip(shares, accumulate(shares.values()), strict=True) if drawn < end), None)


def service_seconds(chance: Random, shapes: DayShapes, cast: QueueCast) -> float:
    kind = pick(chance, cast.services) or next(iter(cast.services))
    return max(_SHORTEST_SERVICE, at_quantile(shapes.services[kind].seconds, chance.random()))


def visit(chance: Random, shapes: DayShapes, cast: QueueCast, label: str) -> Visit:
    never_came = chance.random() < shapes.no_show
    onward = pick(chance, cast.onward)
    return Visit(
        label,
        recalls=1 if never_came or chance.random() < _NEEDS_A_RECALL else 0,
        way_seconds=chance.uniform(*shapes.way),
        service_seconds=service_seconds(chance, shapes, cast),
        ending=Ending.NEVER_CAME if never_came else _ending(chance, onward),
        onward=onward,
    )


def visit_of_a_person(chance: Random, shapes: DayShapes, cast: QueueCast, label: str) -> Visit:
    """They are looked after: called once, waited for, served, sent on."""
    onward = pick(chance, cast.onward)
    ending = Ending.TRANSFER if onward else Ending.COMPLETE
    way = chance.uniform(*shapes.way)
    return Visit(label, 0, way, service_seconds(chance, shapes, cast), ending, onward, is_person=True)


def _ending(chance: Random, onward: str | None) -> Ending:
    drawn = chance.random()
    if drawn < _HELD:
        return Ending.HOLD
    if drawn < _HELD + _SENT_BACK:
        return Ending.REQUEUE
    return Ending.TRANSFER if onward else Ending.COMPLETE


def ticket_class(chance: Random, classes: Sequence[str]) -> str:
    return chance.choice(classes) if classes and chance.random() < _PRIORITY else GENERAL


def whim(chance: Random) -> Whim:
    drawn = chance.random()
    if drawn < _CANCELS:
        return Whim.CANCEL
    return Whim.STEP_AWAY if drawn < _CANCELS + _STEPS_AWAY else Whim.STAY


def returns(chance: Random) -> bool:
    return chance.random() < _RETURNS
