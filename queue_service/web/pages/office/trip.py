"""One trip: its stops and their people, the requests that are put there, and where the team is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.floors import Floor
from queue_service.domain.requests import OutreachRequest
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.trip_actions import HeadFor, LeaveStop, NoteResult, ReachStop
from queue_service.domain.trip_events import TripStop
from queue_service.domain.trips import Result, StopState
from queue_service.planning.travel import Travel
from queue_service.records.outreach.visits import Holder
from queue_service.records.roles import Right
from queue_service.web.languages import N_, clock, long_date, sentence, short_date
from queue_service.web.pages.away import away_words
from queue_service.web.pages.coming_words import coming_words
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office import trip_forms
from queue_service.web.pages.office.offices import office_of
from queue_service.web.pages.office.trip_forms import NO_ROW, Row
from queue_service.web.pages.office.trips import ROOT
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.pages.request_words import RESULTS
from queue_service.web.problems import status_of
from queue_service.web.travelling import travel_of
from queue_service.web.trips import (
    Json,
    Spot,
    assign,
    cancel_trip,
    free_stops,
    holders,
    move,
    plan_trip,
    take_out,
    team_at,
    teams_of,
    trips_between,
)

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ADDRESS = f"{ROOT}/{{branch}}/{{team}}/{{day}}"
OFFERED = 60  # open requests in a list to choose from
LOOKED_AHEAD = timedelta(days=28)  # for another stop
TAKEN_OUT = N_("The office plans the visit anew.")

STATE_WORDS: Mapping[StopState, str] = {
    StopState.PLANNED: N_("planned"),
    StopState.HEADED_FOR: N_("on the way there"),
    StopState.THERE: N_("the team is there"),
    StopState.LEFT: N_("left"),
}
_GOING = {"head": HeadFor, "reach": ReachStop, "leave": LeaveStop}
_OF_TEAM = (*_GOING, "result")  # what the team itself does


@dataclass(frozen=True)
class At:
    """Where on this page somebody is."""

    visit: Visit
    office: Branch
    team: Branch
    floor: Floor

    @property
    def day(self) -> date:
        return self.floor.day

    @property
    def place(self) -> tuple[str, date]:
        return self.team.id, self.floor.day

    @property
    def address(self) -> str:
        return f"{ROOT}/{self.office.id}/{self.team.id}/{self.day}"


async def at_trip(request: Request, office: str, team: str, day: str) -> At:
    """Raises NotFound."""
    seen = await visit(request, Right.READ_REQUESTS)
    plan = office_of(seen, office, Right.READ_REQUESTS)
    branch, of_team = team_at(seen.house, team)
    if of_team.office != office:
        raise NotFound("There is nothing at this address.")
    try:
        of_day = date.fromisoformat(day)
    except ValueError:
        raise NotFound("There is nothing at this address.") from None
    return At(seen, plan, branch, await seen.house.floors.get((team, of_day)))


@router.get(ADDRESS)
async def show(branch: str, team: str, day: str, request: Request) -> Response:
    return await _page(await at_trip(request, branch, team, day))


@router.post(ADDRESS)
async def act(branch: str, team: str, day: str, request: Request) -> Response:
    at = await at_trip(request, branch, team, day)
    what, _, subject = at.visit.first("do").partition(":")
    if what in _OF_TEAM:
        at.visit.check(Right.SERVE, team)
    else:
        at.visit.check(Right.ENTER_REQUESTS, branch)
    try:
        if what in ("up", "reckon"):
            return await _page(at, rows=_edited(at, what, subject))
        await _DEEDS[what](at, subject)
    except KeyError:
        raise Invalid("The form cannot be read.") from None
    except Refusal as refusal:
        rows = trip_forms.rows_sent(at.visit.sent) if what == "save" else None
        return await _page(at, rows, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"{at.address}{'#' + subject if what != 'save' and len(subject) == 1 else ''}", 303)


def _edited(at: At, what: str, subject: str) -> list[Row]:
    """The form with something changed, which is not saved yet."""
    rows = trip_forms.rows_sent(at.visit.sent)
    if what == "up" and subject.isdecimal():
        rows = trip_forms.moved_up(rows, int(subject))
    stops = _stops(at, rows)
    if what == "reckon":
        stops = trip_forms.reckoned(stops, at.floor, travel_of(at.visit.house, at.office))
    return trip_forms.rows_of_stops(stops, at.floor, at.visit.house.regions)


def _stops(at: At, rows: Sequence[Row]) -> list[TripStop]:
    assert at.office.outreach is not None
    return trip_forms.stops_of(rows, at.floor, at.visit.house.regions, at.office.outreach.regency)


async def _save(at: At, _: str) -> None:
    stops = _stops(at, trip_forms.rows_sent(at.visit.sent))
    await plan_trip(at.visit.house, at.place, stops, str(at.visit.staff))


async def _assign(at: At, queue: str) -> None:
    wanted = at.visit.first("request").split(" ")[0].upper()
    await assign(at.visit.house, wanted, Spot(*at.place, queue), str(at.visit.staff))


async def _move(at: At, request: str) -> None:
    team, _, rest = at.visit.first("to").partition(" ")
    day, _, queue = rest.partition(" ")
    if at.visit.house.branches.all.get(team) not in teams_of(at.visit.house, at.office.id) or not queue:
        raise Invalid("to: choose another stop.")
    try:
        spot = Spot(team, date.fromisoformat(day), queue)
    except ValueError:
        raise Invalid("to: choose another stop.") from None
    await move(at.visit.house, request, spot, str(at.visit.staff), await _people_here(at, request))


async def _out(at: At, request: str) -> None:
    reason = at.visit.first("reason") or at.visit.say(TAKEN_OUT)
    await take_out(at.visit.house, request, reason, str(at.visit.staff), await _people_here(at, request))


async def _people_here(at: At, request: str) -> frozenset[str]:
    """Of whom others may have a visit elsewhere."""
    known = await at.visit.house.requests.get(request)
    here = [visit for visit in known.visits if (visit.branch, visit.day) == at.place]
    if known.office != at.office.id or not here:
        raise NotFound("There is no request {request}.", request=request)
    return frozenset[str]().union(*(visit.people for visit in here))


async def _cancel(at: At, _: str) -> None:
    await cancel_trip(at.visit.house, at.place, at.visit.first("text"), str(at.visit.staff))


def _go(what: str) -> Callable[[At, str], Awaitable[None]]:
    async def go(at: At, queue: str) -> None:
        await at.visit.house.desk.act(at.team.id, _GOING[what](queue), str(at.visit.staff), day=at.day)

    return go


async def _result(at: At, label: str) -> None:
    action = NoteResult(label, at.visit.first("result"))
    await at.visit.house.desk.act(at.team.id, action, str(at.visit.staff), day=at.day)


_DEEDS: Mapping[str, Callable[[At, str], Awaitable[None]]] = {
    "save": _save,
    "assign": _assign,
    "move": _move,
    "out": _out,
    "cancel": _cancel,
    "result": _result,
    **{what: _go(what) for what in _GOING},
}


async def _page(at: At, rows: Sequence[Row] | None = None, status: int = 200, problem: str = "") -> Response:
    house, floor, trip = at.visit.house, at.floor, at.floor.trip
    travel = travel_of(house, at.office)
    held, waiting = await holders(house, at.place), await house.requests.open(at.office.id)
    shown = trip_forms.rows_of(floor, house.regions) if rows is None else list(rows)
    assert at.team.team is not None and at.office.outreach is not None
    may_plan = at.visit.may(Right.ENTER_REQUESTS, at.office.id) and not floor.is_elsewhere
    return at.visit.page(
        "trip.html",
        status,
        problem=problem,
        address=at.address,
        office={"id": at.office.id, "name": at.office.name.in_language(at.visit.language)},
        team={"id": at.team.id, "name": at.team.name.in_language(at.visit.language), "plan": at.team.team},
        day=at.day.isoformat(),
        day_words=long_date(at.visit.language, at.day),
        trip=trip,
        lease=floor.lease if floor.is_elsewhere else None,
        away=away_words(floor, at.visit.language),
        data={"branches": [at.team.id], "all": False, "address": at.address},
        is_over=at.day < at.team.day_of(house.floors.clock()),
        is_today=at.day == at.team.day_of(house.floors.clock()),
        rows=[*shown, *([trip_forms.first_row(at.team.team, floor)] if not shown else [NO_ROW])],
        is_edited=rows is not None and not problem,
        villages=[village.full_name for village in house.regions.villages_of(at.office.outreach.regency)],
        stops=[_stop(at, stop, held, travel, waiting) for stop in (trip.stops if trip is not None else ())],
        left=0 if trip is None else trip.places_left(floor.tickets.values()),
        others=await _other_stops(at) if may_plan and trip is not None else [],
        results=[(result.value, at.visit.say(words)) for result, words in RESULTS.items()],
        may_plan=may_plan,
        may_serve=at.visit.may(Right.SERVE, at.team.id) and not floor.is_elsewhere,
    )


def _stop(
    at: At, stop: TripStop, held: Mapping[str, Holder], travel: Travel, waiting: Sequence[OutreachRequest]
) -> Json:
    floor, language = at.floor, at.visit.language
    assert floor.trip is not None
    tickets = [ticket for ticket in floor.tickets.values() if ticket.prefix == stop.prefix]
    return {
        "queue": stop.queue,
        "prefix": stop.prefix,
        "name": stop.name,
        "times": "–".join(clock(language, floor.branch.local(moment)) for moment in (stop.arrives, stop.leaves)),
        "state": floor.trip.state_of(stop.queue).value,
        "state_words": at.visit.say(STATE_WORDS[floor.trip.state_of(stop.queue)]),
        "coming": coming_words(floor, stop.queue, at.visit.house.floors.clock(), language),
        "requests": list(_groups(at, tickets, held)),
        "offered": [_offer(at, one, minutes) for minutes, one in _nearest(stop, travel, waiting)],
    }


def _nearest(stop: TripStop, travel: Travel, waiting: Sequence[OutreachRequest]) -> list[tuple[int, OutreachRequest]]:
    """The open requests that could be served at this stop, those of the nearest villages first."""
    known = [
        (travel.minutes(stop.village, one.village), one) for one in waiting if travel.knows(stop.village, one.village)
    ]
    return sorted(known, key=lambda pair: (pair[0], pair[1].promised_by, pair[1].id))[:OFFERED]


def _offer(at: At, request: OutreachRequest, minutes: int) -> Json:
    village = at.visit.house.regions.find(request.village)
    return {
        "id": request.id,
        "village": village.full_name if village else request.village,
        "people": len(request.waiting),
        "by": short_date(at.visit.language, request.promised_by),
        "wished": _days_wished(at, request),
        "minutes": minutes,
    }


def _days_wished(at: At, request: OutreachRequest) -> str:
    dates = request.dates
    if dates is None:
        return ""
    days = sorted({dates.first, dates.last})
    return "–".join(short_date(at.visit.language, day) for day in days)


def _groups(at: At, tickets: Sequence[Ticket], held: Mapping[str, Holder]) -> Iterator[Json]:
    """By request; whoever booked a free place by phone, or came, is of none."""
    groups: dict[str, list[Json]] = {}
    for ticket in sorted(tickets, key=lambda ticket: (ticket.slot or ticket.due, ticket.number)):
        groups.setdefault(held.get(ticket.label, ("", ""))[0], []).append(_person(at, ticket))
    for request, people in groups.items():
        alive = [one for one in people if one["state"] != Status.CANCELLED]
        yield {"id": request, "people": people, "is_alive": bool(alive)}


def _person(at: At, ticket: Ticket) -> Json:
    result = Result(ticket.result) if ticket.result else None
    slot = ticket.slot
    return {
        "label": ticket.label,
        "time": clock(at.visit.language, at.floor.branch.local(slot)) if slot else "",
        "minutes": ticket.minutes,
        "state": ticket.status,
        "state_words": sentence(at.visit.language, _STATUS_WORDS[ticket.status]),
        "result": ticket.result,
        "result_words": at.visit.say(RESULTS[result]) if result else "",
    }


_STATUS_WORDS: Mapping[Status, str] = {
    Status.WAITING: N_("is here"),
    Status.CALLED: N_("called"),
    Status.SERVING: N_("being served"),
    Status.HELD: N_("set aside"),
    Status.NO_SHOW: N_("missed"),
    Status.COMPLETED: N_("completed"),
    Status.CANCELLED: N_("cancelled"),
    Status.BOOKED: N_("booked"),
}


async def _other_stops(at: At) -> list[tuple[str, str]]:
    """To which a request may be moved: what it is called, and how many places are left there."""
    now = at.visit.house.floors.clock()
    today = at.team.day_of(now)
    floors = await trips_between(at.visit.house, teams_of(at.visit.house, at.office.id), today, today + LOOKED_AHEAD)
    return [
        (f"{floor.branch.id} {floor.day} {stop.queue}", _stop_words(at, floor, stop, left))
        for floor, stop, left in free_stops(list(floors.values()), now)
    ]


def _stop_words(at: At, floor: Floor, stop: TripStop, left: int) -> str:
    return sentence(
        at.visit.language,
        "{day}, {team}: {stop}, {places} places left",
        day=short_date(at.visit.language, floor.day),
        team=floor.branch.name.in_language(at.visit.language),
        stop=stop.name,
        places=left,
    )
