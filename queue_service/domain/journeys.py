"""A journey: a visit's steps through several queues, under one label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from queue_service.domain.cases import Stage as CaseStage
from queue_service.domain.names import Name
from queue_service.domain.standards import Standard


@dataclass(frozen=True, slots=True)
class Stop:
    """`due`: what its place in that queue goes by; None: it is settled when the visit gets there."""

    queue: str
    due: datetime | None = None


Stage = tuple[Stop, ...]  # in any order: the visitor waits for all of them at once


@dataclass(frozen=True)
class Journey:
    """A template. `stages`: the ids of queues. `progress`: how far the paper is once a queue's stop is done; empty
    where no paper is followed."""

    id: str
    name: Name
    stages: tuple[tuple[str, ...], ...]
    quota: int | None = None  # numbers a day
    standard: Standard | None = None
    progress: Mapping[str, CaseStage] = field(default_factory=dict)


def stages_of(journey: Journey) -> tuple[Stage, ...]:
    return tuple(tuple(Stop(queue) for queue in stage) for stage in journey.stages)


def without(stages: Iterable[Stage], queue: str) -> tuple[Stage, ...]:
    """What is left once `queue` has its turn now: it is taken out of the first stage, where it stands there."""
    first, *rest = [*stages] or [()]
    left = tuple(stop for stop in first if stop.queue != queue)
    return (left, *rest) if left else tuple(rest)


def planned(stages: Iterable[Stage], queue: str) -> Stop | None:
    """The stop at this queue, if it comes next."""
    first = next(iter(stages), ())
    return next((stop for stop in first if stop.queue == queue), None)
