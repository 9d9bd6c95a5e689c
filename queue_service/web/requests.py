"""Requests for visits, for the pages and the API alike: making one, whose it is, and what is shown of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.events import to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.request_events import Withdrawn
from queue_service.domain.requesting import Withdraw
from queue_service.domain.requests import Asker, Dates, Need, OutreachRequest, Person, State, Visit
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import Delist
from queue_service.domain.visits import results_of, stage_of
from queue_service.journal import Beside, KeyReused, Request
from queue_service.records.outreach import Contact, Key, KeyUsed, NewRequest
from queue_service.records.outreach.given import outreach_of, read_contact, read_who
from queue_service.regions import Village
from queue_service.tokens import TicketName
from queue_service.web.house import House
from queue_service.web.shapes import Json

Floors = Mapping[tuple[str, date], Floor]


@dataclass(frozen=True, slots=True)
class PersonGiven:
    """As it came."""

    name: str
    service: str
    needs: Sequence[str] = ()
    birth_year: int | str | None = None
    nik: str = ""


@dataclass(frozen=True, slots=True)
class RequestGiven:
    asker: str
    village: str
    people: Sequence[PersonGiven]
    contact: Mapping[str, str]
    consent: bool = False
    first: date | None = None
    last: date | None = None


def village_of(house: House, office: Branch, code: str) -> Village:
    """Raises NotFound at an office without outreach, Invalid for a village elsewhere."""
    village = house.regions.find(code)
    if village is None or village.regency != outreach_of(office).regency:
        raise Invalid("village: {code} is no village that this office goes to.", code=code)
    return village


def new_request(house: House, office: Branch, given: RequestGiven, source: str) -> NewRequest:
    """Raises a Refusal; then nothing was kept."""
    if given.asker not in set(Asker):
        raise Invalid("asker: please say who asks.")
    village = village_of(house, office, given.village)
    people = tuple(Person("", one.service, read_needs(one.needs), read_year(one.birth_year)) for one in given.people)
    who = tuple(read_who(one.name, one.nik, agrees=given.consent) for one in given.people)
    contact, dates = read_contact(given.contact), read_dates(given.first, given.last)
    return NewRequest(office, Asker(given.asker), village.code, people, who, contact, source, given.consent, dates)


def read_needs(needs: Sequence[str]) -> tuple[Need, ...]:
    """Raises Invalid."""
    strange = [need for need in needs if need not in set(Need)]
    if strange:
        raise Invalid("needs: “{need}” is not known here.", need=strange[0])
    return tuple(need for need in Need if need in needs)


def read_year(year: int | str | None) -> int | None:
    """Raises Invalid."""
    text = str(year if year is not None else "").strip()
    if not text:
        return None
    if len(text) != 4 or not text.isascii() or not text.isdigit():
        raise Invalid("birth_year: expected a year of four digits.")
    return int(text)


def read_dates(first: date | None, last: date | None) -> Dates | None:
    """One of them alone stands for both."""
    if first is None and last is None:
        return None
    return Dates(first or last or date.min, last or first or date.min)


async def receive(
    house: House, new: Sequence[NewRequest], by: str, once: Request | None, given: object
) -> list[OutreachRequest]:
    """All or none. `given`: what makes a repeated one the same. Raises a Refusal or KeyReused."""
    key = None
    if once is not None:
        # Names stand in what was asked: whoever tries all would find them by a plain digest.
        told = json.dumps(given, default=_plain, sort_keys=True).encode()
        office = new[0].office.id if new else ""
        digest = hashlib.sha256(f"{office}\n{once.key}".encode()).hexdigest()
        key = Key(digest, house.secrets.digest("fingerprint", told).hex())
    try:
        return await house.requests.receive(new, by, house.floors.clock(), key)
    except KeyUsed:
        raise KeyReused from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else {name: getattr(value, name) for name in value.__slots__}


def token_of(house: House, request: OutreachRequest) -> str:
    return house.request_tokens.token_of(TicketName("", request.received.date(), _label(request)))


def _label(request: OutreachRequest) -> str:
    """Its number and a part of the moment: after records were put back to an earlier state a number is given again,
    and the page of one request must never open another's."""
    return f"{request.id}.{to_ms(request.received) % (1 << 20):x}"


async def request_by(house: House, token: str) -> OutreachRequest:
    """Whose token this is. Raises NotFound."""
    name = house.request_tokens.read(token)
    if name is None:
        raise NotFound("There is no such request.")
    request = await house.requests.get(name.label.partition(".")[0])
    if _label(request) != name.label or request.received.date() != name.day:
        raise NotFound("This request is no longer known here: the records had to be put back to an earlier state.")
    return request


async def floors_of(house: House, request: OutreachRequest) -> dict[tuple[str, date], Floor]:
    """Of the days of its visits."""
    found = {}
    for visit in request.visits:
        place = (visit.branch, visit.day)
        if visit.branch in house.branches.all:
            found[place] = await house.floors.get(place)
    return found


def request_object(house: House, request: OutreachRequest, floors: Floors, language: str) -> Json:
    """What anybody may see who has its token: nobody's name."""
    office = house.branches.all.get(request.office)
    village = house.regions.find(request.village)
    results = results_of(request, floors)
    return {
        "id": request.id,
        "office": request.office,
        "asker": request.kind.value,
        "village": request.village,
        "village_name": village.full_name if village else request.village,
        "state": stage_of(request, floors).value,
        "received": (office.local(request.received) if office else request.received).isoformat(),
        "promised_by": request.promised_by.isoformat(),
        "dates": None
        if request.dates is None
        else {"first": request.dates.first.isoformat(), "last": request.dates.last.isoformat()},
        "question": request.question if request.state is State.NEED_INFO else "",
        "reason": request.reason,
        "merged_into": request.merged_into,
        "people": [
            {
                "id": person.id,
                "service": person.service,
                "service_name": service_name(office, person.service, language),
                "check": person.check.value,
                "result": results.get(person.id),
            }
            for person in request.people
        ],
        "visits": [_visit_object(house, visit, floors.get((visit.branch, visit.day))) for visit in request.visits],
    }


def service_name(office: Branch | None, service: str, language: str) -> str:
    known = office.outreach.services.get(service) if office and office.outreach else None
    return known.name.in_language(language) if known else service


def _visit_object(house: House, visit: Visit, floor: Floor | None) -> Json:
    stop = floor.trip.stop(visit.queue) if floor and floor.trip else None
    name = stop.name if stop else ""
    tickets = []
    for person, label in visit.labels:
        ticket = floor.tickets.get(label) if floor else None
        slot = floor.branch.local(ticket.slot).isoformat() if floor and ticket and ticket.slot else None
        token = house.tokens.token_of(TicketName(visit.branch, visit.day, label))
        tickets.append({"person": person, "label": label, "slot": slot, "url": f"/t/{token}"})
    return {
        "team": visit.branch,
        "day": visit.day.isoformat(),
        "stop": name,
        "arrives": floor.branch.local(stop.arrives).isoformat() if floor and stop else None,
        "leaves": floor.branch.local(stop.leaves).isoformat() if floor and stop else None,
        "tickets": tickets,
    }


async def withdraw(house: House, request: OutreachRequest, by: str) -> OutreachRequest:
    """With a visit, its places there are given back in the same transaction. Raises a Refusal."""
    if request.state is State.SCHEDULED:
        for visit in request.visits:
            await _give_back(house, request, visit, by)
    return await house.requests.act(request.id, Withdraw(), by, house.floors.clock())


async def _give_back(house: House, request: OutreachRequest, visit: Visit, by: str) -> None:
    floor = await house.floors.get((visit.branch, visit.day))
    held = tuple(
        label for _, label in visit.labels if label in floor.tickets and floor.tickets[label].status is Status.BOOKED
    )
    if held:
        beside = Beside(house.requests.ending(request.id, Withdrawn()))
        await house.desk.act(visit.branch, Delist(held), by, day=visit.day, beside=beside)


async def contact_of(house: House, request: OutreachRequest) -> Contact:
    """Empty where it was erased."""
    known = (await house.requests.people_of(request.id)).get("contact")
    return known.contact if known else Contact("", "")


def changed_contact(before: Contact, name: str, phone: str) -> Contact:
    """Raises Invalid."""
    after = read_contact({"name": name, "phone": phone})
    return replace(before, name=after.name, phone=after.phone)


def answered(before: Contact, answer: str) -> Contact:
    """What was answered before stays. Raises Invalid."""
    told = " ".join(answer.split())
    if not told:
        raise Invalid("answer: please write your answer.")
    joined = f"{before.answer} · {told}" if before.answer else told
    if len(joined) > 500 or not joined.isprintable():
        raise Invalid("{asked}: expected at most {most} characters.", asked="answer", most=500)
    return replace(before, answer=joined)


def days_left(request: OutreachRequest, office: Branch, now: datetime) -> int:
    return (request.promised_by - office.day_of(now)).days
