"""What somebody may do whose visit was cancelled: another stop, the next trip, or the counter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from queue_service.domain.errors import Invalid, NotAllowed
from queue_service.domain.events import Booked, Event
from queue_service.domain.floors import Floor
from queue_service.domain.requests import OutreachRequest
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import Enlist
from queue_service.domain.trip_events import TripStop
from queue_service.journal import Request
from queue_service.tokens import TicketName
from queue_service.web.errands import VISITOR
from queue_service.web.holders import held_by
from queue_service.web.house import House
from queue_service.web.languages import clock, long_date, sentence, short_date
from queue_service.web.pages.coming_words import coming_words
from queue_service.web.travelling import travel_of
from queue_service.web.trips import Json, Spot, assign, free_stops, holders, teams_of, trips_between

LOOKED_AHEAD = timedelta(days=28)
NEARBY_MINUTES = 60
OFFERED = 5


async def of_trip(house: House, name: TicketName, floor: Floor, language: str) -> Json:
    """What the page of a number says of the trip; nothing where nobody travels."""
    ticket = floor.ticket(name.label)
    coming = coming_words(floor, ticket.queue, house.floors.clock(), language, ticket.slot)
    return {"coming": coming, "instead": await _new_choices(house, name, floor, language)}


async def _new_choices(house: House, name: TicketName, floor: Floor, language: str) -> Json | None:
    """None for whose visit still stands, and where nobody travels."""
    ticket, team = floor.ticket(name.label), floor.plan.team
    if floor.trip is None or team is None or ticket.status is not Status.CANCELLED:
        return None
    request, person = await _request_of(house, name)
    waits = request is not None and person in {one.id for one in request.waiting}
    return {
        "request": request.id if request is not None and waits else "",
        "promised": long_date(language, request.promised_by) if request is not None else "",
        "now": _newest(house, request, person),
        "stops": await _stops(house, floor, ticket.queue, language) if waits or request is None else [],
        "office": team.office if team.office in house.branches.all else "",
    }


async def _request_of(house: House, name: TicketName) -> tuple[OutreachRequest | None, str]:
    request, person = (await holders(house, (name.branch, name.day))).get(name.label, ("", ""))
    return (await house.requests.get(request) if request else None), person


def _newest(house: House, request: OutreachRequest | None, person: str) -> str:
    """The token of the number by which they are visited now."""
    for visit in request.visits if request is not None else ():
        for who, label in visit.labels:
            if who == person:
                return house.tokens.token_of(TicketName(visit.branch, visit.day, label))
    return ""


async def _stops(house: House, floor: Floor, queue: str, language: str) -> list[Json]:
    """Those with places left, the nearest first."""
    team, now = floor.plan.team, house.floors.clock()
    assert team is not None and floor.trip is not None
    here, office = floor.trip.stop(queue), house.branches.all.get(team.office)
    if here is None or office is None:
        return []
    today = floor.branch.day_of(now)
    floors = await trips_between(house, teams_of(house, office.id), today, today + LOOKED_AHEAD)
    travel = travel_of(house, office)
    found: list[tuple[int, Floor, TripStop]] = [
        (travel.minutes(here.village, stop.village), other, stop)
        for other, stop, _ in free_stops(list(floors.values()), now)
        if travel.knows(here.village, stop.village) and travel.minutes(here.village, stop.village) <= NEARBY_MINUTES
    ]
    found.sort(key=lambda one: (one[0], one[2].arrives))
    return [
        {
            "spot": f"{other.branch.id} {other.day} {stop.queue}",
            "words": sentence(
                language,
                "{day}, {time}: {stop} ({minutes} minutes from here)",
                day=short_date(language, other.day),
                time=clock(language, other.branch.local(stop.arrives)),
                stop=stop.name,
                minutes=minutes,
            ),
        }
        for minutes, other, stop in found[:OFFERED]
    ]


async def take_another(house: House, token: str, chosen: str) -> str:
    """The token of the number there. May be repeated. Raises a Refusal."""
    name, floor = await held_by(house, token)
    ticket, team = floor.ticket(name.label), floor.plan.team
    if team is None or ticket.status is not Status.CANCELLED:
        raise NotAllowed("Ticket {label} stays in {queue}.", label=ticket.label, queue=ticket.queue)
    spot = _spot(house, team.office, chosen)
    request, person = await _request_of(house, name)
    if request is not None:
        if person in {one.id for one in request.waiting}:
            request = await assign(house, request.id, spot, VISITOR, [person])
        return _newest(house, request, person)
    key = Request(f"instead {name.branch} {name.day} {name.label}"[:255], "instead")
    action = Enlist(spot.queue, (ticket.minutes,))
    told = await house.desk.act(spot.team, action, VISITOR, day=spot.day, request=key, answer=booked_label)
    return house.tokens.token_of(TicketName(told["team"], date.fromisoformat(told["day"]), told["label"]))


def _spot(house: House, office: str, chosen: str) -> Spot:
    """Raises Invalid."""
    team, _, rest = chosen.partition(" ")
    day, _, queue = rest.partition(" ")
    try:
        spot = Spot(team, date.fromisoformat(day), queue)
    except ValueError:
        raise Invalid("to: choose another stop.") from None
    if team not in {branch.id for branch in teams_of(house, office)}:
        raise Invalid("to: choose another stop.")
    return spot


def booked_label(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
    (event,) = events
    assert isinstance(event, Booked)
    return {"team": floor.branch.id, "day": floor.day.isoformat(), "label": event.label}
