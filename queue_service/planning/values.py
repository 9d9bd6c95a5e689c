"""What a planner is given, and what it answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from queue_service.planning.travel import Travel


class Fit(IntEnum):
    """How well a day does for a request; the less the better."""

    WISHED = 0  # where any will do: in time
    IN_TIME = 1  # on no day that they asked for, but before the promised date
    LATE = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """An open request: people of one village, who are served on one visit. `minutes`: for each of them; `days`: the
    first and the last on which those who asked would like it, or None where any will do."""

    id: str
    village: str
    minutes: tuple[int, ...]
    received: date
    promised_by: date
    days: tuple[date, date] | None = None

    @property
    def people(self) -> int:
        return len(self.minutes)

    @property
    def until(self) -> date:
        """The last day that does well."""
        return self.promised_by if self.days is None else self.days[1]

    def fit(self, day: date) -> Fit:
        """After the promised date nobody is late on a day that they asked for."""
        if day <= self.until if self.days is None else self.days[0] <= day <= self.days[1]:
            return Fit.WISHED
        return Fit.IN_TIME if day <= self.promised_by else Fit.LATE


@dataclass(frozen=True, slots=True)
class Shift:
    """One team on one day. `spans`: when it is at work, in minutes of the day; the gap between two is its break."""

    team: str
    day: date
    base: str
    capacity: int  # people
    sets: int  # people served at the same time
    spans: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        return sum(end - begin for begin, end in self.spans)

    def clock(self, worked: int) -> int:
        """The minute of the day at which so many minutes of work are done."""
        for begin, end in self.spans:
            if worked <= end - begin:
                return begin + worked
            worked -= end - begin
        return self.spans[-1][1] + worked


SET_UP_MINUTES = 10  # from arriving in a village until the first person is served


@dataclass(frozen=True, slots=True)
class Problem:
    wishes: tuple[Wish, ...]
    shifts: tuple[Shift, ...]
    travel: Travel
    set_up_minutes: int = SET_UP_MINUTES


@dataclass(frozen=True, slots=True)
class Stop:
    """`arrives` and `leaves`: minutes of the day between which people are served there."""

    village: str
    arrives: int
    leaves: int
    people: int
    wishes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """What speaks for a trip. Minutes are of travel; `first_come` is what the same requests share in, were they served
    in the order in which they came; `between` is the longest way from one of its villages to the next."""

    travel: int
    first_come: int
    to_first: int
    between: int
    nearest: str  # the request whose promise is nearest
    nearest_by: date
    late: tuple[str, ...] = ()  # requests whose promise cannot be kept any more
    unwished: tuple[str, ...] = ()  # requests that asked for other days, on which there is no room


@dataclass(frozen=True, slots=True)
class Trip:
    team: str
    day: date
    stops: tuple[Stop, ...]
    back_at: int  # the minute of the day
    why: Why

    @property
    def people(self) -> int:
        return sum(stop.people for stop in self.stops)


class Left(StrEnum):
    """Why a request is on no trip."""

    UNKNOWN_VILLAGE = "unknown_village"  # nobody says where it is
    TOO_MANY = "too_many"  # no team serves so many people on one day
    TOO_FAR = "too_far"  # no team comes there and back in a day's work
    LATER = "later"  # the days that were asked for come after those that are planned
    NO_ROOM = "no_room"  # every day of the horizon is full


@dataclass(frozen=True, slots=True)
class Proposal:
    trips: tuple[Trip, ...]
    left: tuple[tuple[str, Left], ...]
    travel: int
    first_come: int  # minutes of travel for the same requests in the order in which they came
