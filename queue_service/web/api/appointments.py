"""Appointments: the times that are free, taking one, and another instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from fastapi import APIRouter

from queue_service.domain import tickets
from queue_service.domain.actions import Book, Cancel, Reschedule
from queue_service.domain.booking import days_to_book, free_slots, is_to_be_drawn, limit
from queue_service.domain.errors import Invalid, QuotaFull, SlotFull
from queue_service.domain.events import Booked, Event
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status
from queue_service.domain.waiting_list import can_be_joined, is_full
from queue_service.identities import moving
from queue_service.journal import Beside
from queue_service.journal import Request as Repeatable
from queue_service.records.people.given import NOTHING, Given
from queue_service.tokens import TicketName
from queue_service.web.api.tickets import IssueLimit, doubts_about, given_by
from queue_service.web.bodies import AppointmentBody, RescheduleBody
from queue_service.web.booking_shapes import BookedTicket, DaysShape, SlotsShape
from queue_service.web.errands import Errand, VisitorsErrand
from queue_service.web.holders import held_by
from queue_service.web.house import House, TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import Day, Json

router = APIRouter(prefix="/api/v1", tags=["appointments"])

AT = "/branches/{branch}/queues/{queue}"


@router.get(f"{AT}/days", response_model=DaysShape, responses=problems(404, 503))
async def list_days(branch: str, queue: str, house: TheHouse) -> Json:
    known = house.branches.get(branch)
    return {"days": list(days_to_book(known, known.queue(queue), house.floors.clock()))}


@router.get(f"{AT}/slots", response_model=SlotsShape, responses=problems(404, 422, 503))
async def list_slots(branch: str, queue: str, day: Day, house: TheHouse) -> Json:
    found = [{"at": at, "free": free} for at, free in await slots_of(house, branch, queue, day)]
    return {"day": day, **await _capacity(house, branch, queue, day), "slots": found}


async def _capacity(house: House, branch: str, queue: str, day: date) -> Json:
    """As it is published: of each time of that day."""
    known = house.branches.get(branch)
    booking = known.queue(queue).booking
    if booking is None or day not in days_to_book(known, known.queue(queue), house.floors.clock()):
        return {"capacity": booking.per_slot if booking else 0, "overbooked_to": booking.per_slot if booking else 0}
    floor = await house.floors.get((branch, day))
    learned = floor.lots.limits.get(queue)
    return {
        "capacity": booking.per_slot,
        "overbooked_to": limit(floor, queue, booking),
        "show_rate": learned.show_percent / 100 if learned and booking.overbook_percent else None,
    }


async def slots_of(house: House, branch: str, queue: str, day: date) -> list[tuple[datetime, int]]:
    """None on a day that cannot be booked: only of those that can, the journal is read."""
    known, now = house.branches.get(branch), house.floors.clock()
    if day not in days_to_book(known, known.queue(queue), now):
        return []
    floor = await house.floors.get((branch, day))
    return [(floor.branch.local(at), free) for at, free in free_slots(floor, floor.branch.queue(queue), now)]


@router.post(
    "/branches/{branch}/appointments",
    status_code=201,
    response_model=BookedTicket,
    responses=problems(404, 409, 422, 429, 503),
    dependencies=[IssueLimit],
)
async def book(branch: str, body: AppointmentBody, errand: VisitorsErrand) -> Json:
    given = given_by(body.visitor)
    told = await book_for(errand, branch, Book(body.queue, moment_of(body.slot), body.ticket_class), given)
    return {**told, "doubts": doubts_about(given)}


async def book_for(errand: Errand, branch: str, action: Book, given: Given = NOTHING) -> Json:
    """Also for the page."""
    known = errand.house.branches.get(branch)
    beside = errand.house.identities.beside(known, known.queue(action.queue), given, errand.by)
    return await book_appointment(errand if beside is None else errand.about_somebody(), branch, action, beside)


async def book_appointment(errand: Errand, branch: str, action: Book, beside: Beside | None = None) -> Json:
    day = errand.house.branches.get(branch).day_of(action.slot)
    try:
        answer = await errand.act(branch, action, _booked, day, beside)
    except (SlotFull, QuotaFull):
        if await can_be_waited_for(errand.house, branch, action.queue, day):
            join = f"/api/v1/branches/{branch}/queues/{action.queue}/waiting-list?day={day}"
            raise SlotFull("All places on that day are taken. You can join its waiting list.", join=join) from None
        raise
    token = errand.house.tokens.token_of(TicketName(branch, day, answer["label"]))
    return {**answer, "token": token, "url": f"/t/{token}"}


async def can_be_waited_for(house: House, branch: str, queue: str, day: date) -> bool:
    """Whether the day is full, and has a waiting list."""
    floor, now = await house.floors.get((branch, day)), house.floors.clock()
    plan = floor.branch.queue(queue)
    if is_to_be_drawn(floor, plan, now):
        return False
    return can_be_joined(floor, plan, now) and is_full(floor, plan, now)


def _booked(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
    event = events[0]
    assert isinstance(event, Booked)
    return {
        "label": event.label,
        "branch": floor.branch.id,
        "day": floor.day.isoformat(),
        "queue": event.queue,
        "slot": floor.branch.local(event.due).isoformat(),
    }


@router.post(
    "/tickets/{token}/reschedule",
    response_model=BookedTicket,
    responses=problems(404, 409, 422, 503),
)
async def reschedule(token: str, body: RescheduleBody, errand: VisitorsErrand) -> Json:
    return await reschedule_appointment(errand, token, moment_of(body.slot))


async def reschedule_appointment(errand: Errand, token: str, slot: datetime) -> Json:
    """On the same day the number stays. For another day there is a new one, and only then the old one is given up."""
    name, floor = await held_by(errand.house, token)
    ticket = floor.ticket(name.label)
    if floor.branch.day_of(slot) != name.day:
        if ticket.status is not Status.CANCELLED or errand.request is None:  # else it may be the same request again
            ticket.check(tickets.Action.RESCHEDULE)
        action = Book(ticket.queue, slot, ticket.ticket_class, referral=ticket.referral)
        booked = await book_appointment(errand, name.branch, action, moving(name.branch, name.day, name.label))
        await _giving_up(errand).act(name.branch, Cancel(name.label), _nothing, name.day)
        return booked

    def view(after: Floor, events: object, now: datetime) -> Json:
        return {
            "label": name.label,
            "branch": name.branch,
            "day": name.day.isoformat(),
            "queue": ticket.queue,
            "slot": after.branch.local(slot).isoformat(),
        }

    answer = await errand.act(name.branch, Reschedule(name.label, slot), view, name.day)
    return {**answer, "token": token, "url": f"/t/{token}"}


def _giving_up(errand: Errand) -> Errand:
    """The second half of one request, under a key of its own."""
    request = errand.request
    half = None if request is None else Repeatable(f"{request.key}#cancel"[-255:], request.fingerprint)
    return Errand(errand.house, errand.by, half)


def _nothing(floor: Floor, events: object, now: datetime) -> Json:
    return {}


def moment_of(slot: datetime) -> datetime:
    if slot.tzinfo is None:
        raise Invalid("slot: expected a time with its offset, such as 2026-11-23T10:00:00+07:00.")
    try:
        return slot.astimezone(UTC)
    except OverflowError:
        raise Invalid("slot: no appointment begins at that time.") from None
