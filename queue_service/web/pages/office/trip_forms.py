"""The stops of a trip as a form has them, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from string import ascii_lowercase

from queue_service.domain.errors import Invalid
from queue_service.domain.floors import Floor
from queue_service.domain.outreach import Team
from queue_service.domain.tickets import Status
from queue_service.domain.trip_events import TripStop
from queue_service.planning.travel import Travel
from queue_service.planning.values import SET_UP_MINUTES
from queue_service.regions import Regions


@dataclass(frozen=True, slots=True)
class Row:
    """As typed."""

    queue: str
    village: str
    name: str
    arrives: str
    leaves: str

    @property
    def is_empty(self) -> bool:
        return not (self.village or self.name or self.arrives or self.leaves)


NO_ROW = Row("", "", "", "", "")


def rows_of(floor: Floor, regions: Regions) -> list[Row]:
    return rows_of_stops(floor.trip.stops if floor.trip is not None else (), floor, regions)


def rows_of_stops(stops: Sequence[TripStop], floor: Floor, regions: Regions) -> list[Row]:
    rows = []
    for stop in stops:
        village = regions.find(stop.village)
        arrives, leaves = (f"{floor.branch.local(moment):%H:%M}" for moment in (stop.arrives, stop.leaves))
        rows.append(Row(stop.queue, village.full_name if village else stop.village, stop.name, arrives, leaves))
    return rows


def rows_sent(sent: Mapping[str, Sequence[str]]) -> list[Row]:
    columns = [sent.get(name, ()) for name in ("queue", "village", "name", "arrives", "leaves")]
    if len({len(column) for column in columns}) != 1:
        raise Invalid("The form cannot be read.")
    rows = [Row(*(text.strip() for text in row)) for row in zip(*columns, strict=True)]
    return [row for row in rows if not row.is_empty]


def stops_of(rows: Sequence[Row], floor: Floor, regions: Regions, regency: str) -> list[TripStop]:
    """In the order of their times. Raises Invalid."""
    letters = _free_letters(floor)
    known = {stop.queue: stop for stop in floor.trip.stops} if floor.trip is not None else {}
    stops = []
    for row in rows:
        found = regions.search(regency, row.village)
        if len(found) != 1:
            raise Invalid("village: there is no village “{village}”, or there are several.", village=row.village)
        queue = row.queue if row.queue in known else next(letters, "")
        if not queue:
            raise Invalid("stops: a day has letters for 26 of them.")
        name = " ".join(row.name.split())[:80] or found[0].name
        arrives, leaves = _moment(floor, row.arrives), _moment(floor, row.leaves)
        stops.append(TripStop(queue, queue.upper(), found[0].code, name, arrives, leaves))
    return sorted(stops, key=lambda stop: stop.arrives)


def _free_letters(floor: Floor) -> Iterator[str]:
    """A letter that stood for a stop once stands for no other on that day: people may hold numbers with it."""
    used = {ticket.prefix.lower() for ticket in floor.tickets.values()} | set(floor.lines)
    used |= {stop.queue for stop in floor.trip.stops} if floor.trip is not None else set()
    return (letter for letter in ascii_lowercase if letter not in used)


def _moment(floor: Floor, text: str) -> datetime:
    try:
        local = datetime.combine(floor.day, time.fromisoformat(text), floor.branch.timezone)
    except ValueError:
        raise Invalid("stops: expected times such as 09:30.") from None
    return local.astimezone(UTC)


def moved_up(rows: Sequence[Row], index: int) -> list[Row]:
    """This one and the one before it change places; the times stay where they are, to be reckoned anew."""
    if not 0 < index < len(rows):
        return list(rows)
    before, row = rows[index - 1], rows[index]
    swapped = [
        replace(row, arrives=before.arrives, leaves=before.leaves),
        replace(before, arrives=row.arrives, leaves=row.leaves),
    ]
    return [*rows[: index - 1], *swapped, *rows[index + 1 :]]


def reckoned(stops: Sequence[TripStop], floor: Floor, travel: Travel) -> list[TripStop]:
    """The same stops one after the other, by the travel between them and the people who have a time there. The first
    keeps its time."""
    timed: list[TripStop] = []
    for stop in stops:
        begins = stop.arrives
        if timed:
            here, there = timed[-1].village, stop.village
            way = travel.minutes(here, there) if travel.knows(here, there) else 0
            begins = timed[-1].leaves + timedelta(minutes=way + (SET_UP_MINUTES if here != there else 0))
        timed.append(replace(stop, arrives=begins, leaves=begins + _length(stop, floor)))
    return timed


def _length(stop: TripStop, floor: Floor) -> timedelta:
    """As long as its people take, who keep their times within it; without any, as long as it was."""
    planned = floor.trip.stop(stop.queue) if floor.trip is not None else None
    ends = (
        ticket.slot + timedelta(minutes=ticket.minutes) - planned.arrives
        for ticket in floor.tickets.values()
        if planned is not None
        and ticket.queue == stop.queue
        and ticket.slot is not None
        and ticket.status is not Status.CANCELLED
    )
    return max(ends, default=stop.leaves - stop.arrives)


def first_row(team: Team, floor: Floor) -> Row:
    """To begin with: when the team's day begins."""
    spans = team.calendar.spans(floor.day) or ()
    return replace(NO_ROW, arrives=f"{spans[0].opens:%H:%M}" if spans else "08:00")
