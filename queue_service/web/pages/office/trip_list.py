"""The day's list, for a team to take along on paper: who is where, and how to find them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.requests import OutreachRequest
from queue_service.domain.tickets import Status, Ticket
from queue_service.records.audit import Deed, note
from queue_service.records.outreach import CONTACT, Known
from queue_service.records.outreach.visits import Holder
from queue_service.records.roles import Right
from queue_service.web.languages import clock, long_date
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.trip import ADDRESS, At, at_trip
from queue_service.web.pages.request_words import NEEDS
from queue_service.web.trips import Json, holders

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PRINTED = "trip.list_printed"


@router.get(f"{ADDRESS}/list")
async def show(branch: str, team: str, day: str, request: Request) -> Response:
    """With names and telephone numbers: that it was printed is noted first."""
    at = await at_trip(request, branch, team, day)
    at.visit.check(Right.REVEAL_PEOPLE, branch)
    house, trip = at.visit.house, at.floor.trip
    held = await holders(house, at.place)
    requests = {one: await house.requests.get(one) for one in sorted({request for request, _ in held.values()})}
    people = {one: await house.requests.people_of(one) for one in requests}
    deed = Deed(str(at.visit.staff), PRINTED, at.team.id, at.office.id, {"day": day})
    await house.database.write(partial(note, deed=deed, at=house.floors.clock()))
    return at.visit.page(
        "trip_list.html",
        address=at.address,
        office=at.office.name.in_language(at.visit.language),
        team=at.team.name.in_language(at.visit.language),
        equipment=at.team.team.equipment if at.team.team else "",
        day_words=long_date(at.visit.language, at.day),
        stops=[
            {
                "prefix": stop.prefix,
                "name": stop.name,
                "times": "–".join(
                    clock(at.visit.language, at.floor.branch.local(moment)) for moment in (stop.arrives, stop.leaves)
                ),
                "people": list(_people(at, stop.prefix, held, requests, people)),
            }
            for stop in (trip.stops if trip is not None else ())
        ],
    )


def _people(
    at: At,
    prefix: str,
    held: Mapping[str, Holder],
    requests: Mapping[str, OutreachRequest],
    people: Mapping[str, Mapping[str, Known]],
) -> Iterator[Json]:
    tickets = [ticket for ticket in at.floor.tickets.values() if ticket.prefix == prefix]
    for ticket in sorted(tickets, key=lambda ticket: (ticket.slot or ticket.due, ticket.number)):
        if ticket.status is Status.CANCELLED:
            continue
        request, person = held.get(ticket.label, ("", ""))
        known = people.get(request, {})
        yield {**_ticket(at, ticket), **_who(at, requests.get(request), person), **_contact(known.get(CONTACT))} | {
            "request": request,
            "name": known[person].values.get("name", "") if person in known else "",
        }


def _ticket(at: At, ticket: Ticket) -> Json:
    slot = ticket.slot
    return {
        "label": ticket.label,
        "time": clock(at.visit.language, at.floor.branch.local(slot)) if slot else "",
    }


def _who(at: At, request: OutreachRequest | None, person: str) -> Json:
    if request is None:
        return {"service": "", "needs": "", "born": ""}
    one, outreach = request.person(person), at.office.outreach
    service = outreach.services.get(one.service) if outreach else None
    return {
        "service": service.name.in_language(at.visit.language) if service else one.service,
        "needs": ", ".join(at.visit.say(NEEDS[need]) for need in one.needs),
        "born": one.birth_year or "",
    }


def _contact(known: Known | None) -> Json:
    if known is None:
        return {"contact": "", "phone": "", "place": "", "access": ""}
    contact = known.contact
    return {"contact": contact.name, "phone": contact.phone, "place": contact.place, "access": contact.access}
