"""What a planner proposes, explained trip by trip, to be accepted as a whole or in part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Refusal
from queue_service.domain.events import from_ms
from queue_service.planning import Left, Proposal, Stop, Trip, Why
from queue_service.records.outreach.proposals import KeptProposal, Stage
from queue_service.records.roles import Right
from queue_service.web.languages import N_, clock, counted, long_date, sentence, short_date
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.offices import office_of
from queue_service.web.pages.office.trips import ROOT
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.planning import accept_trip, ask_for_proposal, proposal_in, proposal_of
from queue_service.web.problems import status_of
from queue_service.web.trips import Json

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ADDRESS = f"{ROOT}/{{branch}}/proposal"

LEFT_WORDS = {
    Left.UNKNOWN_VILLAGE: N_("Nobody has said where this village lies."),
    Left.TOO_MANY: N_("More people than a team serves in one day: divide the request."),
    Left.TOO_FAR: N_("No team comes there and back within its working hours."),
    Left.LATER: N_("The days that were asked for come after those that are planned now."),
    Left.NO_ROOM: N_("Every day of the next weeks is full."),
}


@router.get(ADDRESS)
async def show(branch: str, request: Request) -> Response:
    at = await visit(request, Right.READ_REQUESTS)
    return await _page(at, office_of(at, branch, Right.READ_REQUESTS))


@router.post(ADDRESS)
async def act(branch: str, request: Request) -> Response:
    """Asked for, or accepted: the trips that are ticked, or all."""
    at = await visit(request, Right.READ_REQUESTS)
    plan = office_of(at, branch, Right.READ_REQUESTS)
    at.check(Right.ENTER_REQUESTS, branch)
    if at.first("do") == "ask":
        await ask_for_proposal(at.house, plan)
        return RedirectResponse(request.url.path, 303)
    kept = await proposal_of(at.house, branch)
    if kept is None or kept.stage is not Stage.MADE or kept.number != at.first("number"):
        refusal = Refusal(N_("This proposal was replaced by another one meanwhile. Look at that first."))
        return await _page(at, plan, 409, [said(request, refusal)])
    wanted = [one for one in proposal_in(kept).trips if at.first("do") in ("all", _name(one))]
    problems = [words for one in wanted for words in await _accept(at, plan, one)]
    if problems:
        return await _page(at, plan, 409, problems)
    return RedirectResponse(f"{request.url.path}#trips", 303)


async def _accept(at: Visit, plan: Branch, trip: Trip) -> list[str]:
    try:
        problems: Sequence[Refusal] = await accept_trip(at.house, plan, trip, str(at.staff))
    except Refusal as refusal:
        if status_of(refusal) not in (404, 409, 422):
            raise
        problems = [refusal]
    where = f"{_team(at, trip.team)}, {short_date(at.language, trip.day)}"
    return [f"{where}: {said(at.request, problem)}" for problem in problems]


def _name(trip: Trip) -> str:
    return f"{trip.team} {trip.day}"


def _team(at: Visit, team: str) -> str:
    branch = at.house.branches.all.get(team)
    return branch.name.in_language(at.language) if branch else team


async def _page(at: Visit, plan: Branch, status: int = 200, problems: Sequence[str] = ()) -> Response:
    kept = await proposal_of(at.house, plan.id)
    made = proposal_in(kept) if kept is not None and kept.stage is Stage.MADE else None
    return at.page(
        "proposal.html",
        status,
        problems=problems,
        office={"id": plan.id, "name": plan.name.in_language(at.language)},
        stage=None if kept is None else kept.stage.value,
        number="" if kept is None else kept.number,
        asked_at=_asked_at(at, plan, kept),
        summary=[] if made is None else list(_summary(at, made)),
        trips=[] if made is None else [await _trip(at, trip) for trip in made.trips],
        left=[] if made is None else [(wish, at.say(LEFT_WORDS[why])) for wish, why in made.left],
        may_plan=at.may(Right.ENTER_REQUESTS, plan.id),
    )


def _asked_at(at: Visit, plan: Branch, kept: KeptProposal | None) -> str:
    if kept is None:
        return ""
    local = plan.local(from_ms(kept.at_ms))
    return f"{short_date(at.language, local.date())}, {clock(at.language, local)}"


def _summary(at: Visit, made: Proposal) -> Iterator[str]:
    people = sum(trip.people for trip in made.trips)
    requests = sum(len(stop.wishes) for trip in made.trips for stop in trip.stops)
    yield sentence(
        at.language,
        "{trips} trips serve {people} people of {requests} requests.",
        trips=len(made.trips),
        people=people,
        requests=requests,
    )
    saved = made.first_come - made.travel
    if round(saved * 100 / max(made.first_come, 1)) < 1:
        yield sentence(at.language, "{minutes} minutes on the road.", minutes=made.travel)
    else:
        yield sentence(
            at.language,
            "{hours} hours on the road; in the order in which they came it would be {more}: {percent} % less.",
            hours=round(made.travel / 60),
            more=round(made.first_come / 60),
            percent=round(saved * 100 / made.first_come),
        )
    late = sum(len(trip.why.late) for trip in made.trips)
    yield (
        counted(at.language, "{n} request comes after its promised date.", "{n} requests come after it.", late)
        if late
        else sentence(at.language, "Every request on them is served by its promised date.")
    )
    if unwished := sum(len(trip.why.unwished) for trip in made.trips):
        yield counted(
            at.language,
            "{n} request comes on another day than it asked for.",
            "{n} requests come on another day than they asked for.",
            unwished,
        )


async def _trip(at: Visit, trip: Trip) -> Json:
    floor = await at.house.floors.get((trip.team, trip.day)) if trip.team in at.house.branches.all else None
    return {
        "name": _name(trip),
        "team": _team(at, trip.team),
        "day": trip.day.isoformat(),
        "address": f"{trip.team}/{trip.day}",
        "words": long_date(at.language, trip.day),
        "people": trip.people,
        "stops": [_stop(at, stop) for stop in trip.stops],
        "back_at": _minute(at, trip.back_at),
        "why": list(_why(at, trip)),
        "is_planned": floor is not None and floor.trip is not None,
    }


def _stop(at: Visit, stop: Stop) -> Json:
    village = at.house.regions.find(stop.village)
    return {
        "village": village.full_name if village else stop.village,
        "times": f"{_minute(at, stop.arrives)}–{_minute(at, stop.leaves)}",
        "people": stop.people,
        "wishes": stop.wishes,
    }


def _minute(at: Visit, minute: int) -> str:
    return f"{minute // 60:02d}{'.' if at.language == 'id' else ':'}{minute % 60:02d}"


def _why(at: Visit, trip: Trip) -> Iterator[str]:
    """Why these villages, what it saves, and whose promise is near."""
    why = trip.why
    yield _close(at, trip, why)
    if why.first_come > why.travel:
        yield sentence(
            at.language,
            "{minutes} minutes on the road instead of {more}: that much the same requests cost when each is served in "
            "the order in which it came.",
            minutes=why.travel,
            more=why.first_come,
        )
    else:
        yield sentence(at.language, "{minutes} minutes on the road.", minutes=why.travel)
    yield sentence(
        at.language,
        "The nearest promise is that of {request}: by {day}.",
        request=why.nearest,
        day=long_date(at.language, why.nearest_by),
    )
    if why.late:
        late = ", ".join(why.late)
        yield sentence(
            at.language, "Too late for what was promised to {requests}: no day before had room.", requests=late
        )
    if why.unwished:
        unwished = ", ".join(why.unwished)
        yield sentence(
            at.language, "Not on the days for which {requests} asked: no team had room then.", requests=unwished
        )


def _close(at: Visit, trip: Trip, why: Why) -> str:
    if len(trip.stops) == 1:
        return sentence(at.language, "One village, {minutes} minutes from the base.", minutes=why.to_first)
    return sentence(
        at.language,
        "{villages} villages: the first {first} minutes from the base, each next one at most {between} from the last.",
        villages=len(trip.stops),
        first=why.to_first,
        between=why.between,
    )
