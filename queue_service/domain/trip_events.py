"""What happens on a trip, and to a day that is taken along where there is no signal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from queue_service.domain.events import Event, TicketEvent


@dataclass(frozen=True, slots=True)
class TripStop:
    """`queue` is its id for good; `village` a code, `name` what people there call the place."""

    queue: str
    prefix: str
    village: str
    name: str
    arrives: datetime
    leaves: datetime


@dataclass(frozen=True, slots=True)
class TripPlanned(Event):
    """In the place of what was planned before."""

    kind = "trip_planned"
    stops: tuple[TripStop, ...]
    capacity: int
    sets: int


@dataclass(frozen=True, slots=True)
class TripCancelled(Event):
    kind = "trip_cancelled"


@dataclass(frozen=True, slots=True)
class StopEvent(Event):
    queue: str


@dataclass(frozen=True, slots=True)
class HeadedFor(StopEvent):
    kind = "headed_for"


@dataclass(frozen=True, slots=True)
class StopReached(StopEvent):
    kind = "stop_reached"


@dataclass(frozen=True, slots=True)
class StopLeft(StopEvent):
    kind = "stop_left"


@dataclass(frozen=True, slots=True)
class ResultNoted(TicketEvent):
    """`result` is a word of `Result`; the last one holds."""

    kind = "result_noted"
    result: str


@dataclass(frozen=True, slots=True)
class FieldTaken(Event):
    """From here on only `device` writes, until the day comes back. `lease` is drawn at random."""

    kind = "field_taken"
    lease: str
    device: str


@dataclass(frozen=True, slots=True)
class FieldReturned(Event):
    """`digest`: of all entries before this one, as the device had them too."""

    kind = "field_returned"
    lease: str
    digest: str


@dataclass(frozen=True, slots=True)
class FieldReclaimed(Event):
    """By the centre: what the device still has comes too late."""

    kind = "field_reclaimed"
    lease: str
