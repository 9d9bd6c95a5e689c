"""What people do with a trip, and with a day that is taken along, as values."""

from __future__ import annotations

from dataclasses import dataclass

from queue_service.domain.trip_events import TripStop


@dataclass(frozen=True, slots=True)
class PlanTrip:
    """In the place of what was planned before; everybody who has a time at a stop moves along with it."""

    stops: tuple[TripStop, ...]
    capacity: int
    sets: int


@dataclass(frozen=True, slots=True)
class CancelTrip:
    """`text`: why, for everybody who was to be visited."""

    text: str


@dataclass(frozen=True, slots=True)
class StopAction:
    queue: str


@dataclass(frozen=True, slots=True)
class HeadFor(StopAction):
    """The team is on its way there."""


@dataclass(frozen=True, slots=True)
class ReachStop(StopAction):
    pass


@dataclass(frozen=True, slots=True)
class LeaveStop(StopAction):
    pass


@dataclass(frozen=True, slots=True)
class Enlist:
    """All of them or none. `minutes`: that each takes."""

    queue: str
    minutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delist:
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteResult:
    """`result`: one of `Result`."""

    label: str
    result: str


@dataclass(frozen=True, slots=True)
class TakeToField:
    lease: str
    device: str


@dataclass(frozen=True, slots=True)
class ReturnFromField:
    """Everything that the device wrote is here; `digest` of it all, as the device has it."""

    lease: str
    digest: str


@dataclass(frozen=True, slots=True)
class ReclaimFromField:
    lease: str


OfTrip = PlanTrip | CancelTrip | StopAction | Enlist | Delist | NoteResult
OfField = TakeToField | ReturnFromField | ReclaimFromField
