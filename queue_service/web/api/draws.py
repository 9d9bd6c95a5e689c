"""Places that are drawn by lot, and waiting lists: entering, and what is published of it for anybody to check."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from fastapi import APIRouter

from queue_service.domain.actions import EnterDraw, JoinWaitingList, OfDay, WithdrawEntry
from queue_service.domain.errors import NotAllowed, NotFound
from queue_service.domain.events import EntryEvent, Event
from queue_service.domain.floors import Floor
from queue_service.domain.lots import Draw, Standing
from queue_service.records.people.given import NOTHING, Given
from queue_service.tokens import TicketName
from queue_service.web.api.tickets import IssueLimit, given_by
from queue_service.web.bodies import EntryBody
from queue_service.web.booking_shapes import DrawRecord, DrawShape, EntryShape, NewEntry
from queue_service.web.errands import Errand, VisitorsErrand
from queue_service.web.house import House, TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import Day, Json

router = APIRouter(prefix="/api/v1", tags=["draws"])

AT = "/branches/{branch}/queues/{queue}"

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none of which is taken for another
_LENGTH = 10


@router.get(f"{AT}/draw", response_model=DrawShape, responses=problems(404, 409, 422, 503))
async def show_draw(branch: str, queue: str, day: Day, house: TheHouse) -> Json:
    floor, draw = await draw_of(house, branch, queue, day)
    return draw_object(floor, queue, draw, house.floors.clock())


@router.get(f"{AT}/draw/record", response_model=DrawRecord, responses=problems(404, 409, 422, 503))
async def show_record(branch: str, queue: str, day: Day, house: TheHouse) -> Json:
    """What `antrean draw check` reads."""
    floor, draw = await draw_of(house, branch, queue, day)
    return {
        **draw_object(floor, queue, draw, house.floors.clock()),
        "entries": draw.listed,
        "order": draw.order,
        "given": list(_given(floor, draw)),
        "withdrawn": [one for one in draw.order if floor.lots.entrants[one].standing is Standing.WITHDRAWN],
    }


@router.post(
    f"{AT}/draw/entries",
    status_code=201,
    response_model=NewEntry,
    responses=problems(404, 409, 422, 429, 503),
    dependencies=[IssueLimit],
)
async def enter(branch: str, queue: str, day: Day, errand: VisitorsErrand, body: EntryBody | None = None) -> Json:
    return await new_entry(errand, branch, EnterDraw(queue, new_id()), day, given_by(body.visitor if body else None))


@router.post(
    f"{AT}/waiting-list",
    status_code=201,
    response_model=NewEntry,
    responses=problems(404, 409, 422, 429, 503),
    dependencies=[IssueLimit],
)
async def join(branch: str, queue: str, day: Day, errand: VisitorsErrand, body: EntryBody | None = None) -> Json:
    """For a place on a day that is full: what becomes free is given to those on the list, in its order."""
    given = given_by(body.visitor if body else None)
    return await new_entry(errand, branch, JoinWaitingList(queue, new_id()), day, given)


@router.get("/entries/{token}", response_model=EntryShape, responses=problems(404, 503))
async def read(token: str, house: TheHouse) -> Json:
    name, floor = await entered_by(house, token)
    return entry_object(house, floor, name)


@router.post("/entries/{token}/withdraw", response_model=EntryShape, responses=problems(404, 409, 422, 503))
async def withdraw(token: str, errand: VisitorsErrand) -> Json:
    return await withdraw_entry(errand, token)


async def withdraw_entry(errand: Errand, token: str) -> Json:
    name, floor = await entered_by(errand.house, token)

    def view(after: Floor, events: object, now: datetime) -> Json:
        return entry_object(errand.house, after, name)

    queue = floor.lots.entrants[name.label].queue
    return await errand.act(name.branch, WithdrawEntry(queue, name.label), view, name.day)


def new_id() -> str:
    """Says nothing of who has it, nor of how many came before."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


async def new_entry(errand: Errand, branch: str, action: OfDay, day: date, given: Given = NOTHING) -> Json:
    """The one way in, for draws and waiting lists, and for the pages; who may be there only once is stopped here."""
    known = errand.house.branches.get(branch)
    beside = errand.house.identities.beside(known, known.queue(action.queue), given, errand.by)
    if beside is not None:
        errand = errand.about_somebody()
    answer = await errand.act(branch, action, _entered, day, beside)
    token = errand.house.entry_tokens.token_of(TicketName(branch, day, answer["entry"]))
    return {**answer, "token": token, "url": f"/e/{token}"}


def _entered(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
    event = events[0]
    assert isinstance(event, EntryEvent)
    return {"entry": event.entry, "branch": floor.branch.id, "day": floor.day.isoformat(), "queue": event.queue}


async def draw_of(house: House, branch: str, queue: str, day: date) -> tuple[Floor, Draw]:
    """Raises NotFound, or NotAllowed where there is none for that day."""
    known = house.branches.get(branch)
    plan, today = known.queue(queue), known.day_of(house.floors.clock())
    is_near = plan.draw is not None and -366 <= (day - today).days <= plan.draw.opens.days + 1
    floor = await house.floors.get((branch, day)) if is_near else None
    if floor is None or queue not in floor.lots.draws:
        raise NotAllowed("There is no draw of {queue} for that day.", queue=queue)
    return floor, floor.lots.draws[queue]


def draw_object(floor: Floor, queue: str, draw: Draw, now: datetime) -> Json:
    announced, local = draw.announced, floor.branch.local
    return {
        "branch": floor.branch.id,
        "day": floor.day,
        "queue": queue,
        "state": draw_state(draw, now),
        "quota": announced.quota,
        "opens": local(announced.opens),
        "closes": local(announced.closes),
        "drawn_at": local(announced.drawn_at),
        "entered": len(draw.listed) if draw.is_closed else len(floor.lots.entered.get(queue, ())),
        "commitment": announced.commitment,
        "list_digest": draw.digest or None,
        "seed": draw.seed or None,
    }


def draw_state(draw: Draw, now: datetime) -> str:
    if draw.is_drawn:
        return "drawn"
    if draw.is_closed or now >= draw.announced.closes:
        return "closed"
    return "open" if now >= draw.announced.opens else "announced"


def _given(floor: Floor, draw: Draw) -> Iterator[Json]:
    """Now: also whom the waiting list brought a place since."""
    for entry in draw.order:
        if label := floor.lots.entrants[entry].label:
            yield {"entry": entry, "label": label}


async def entered_by(house: House, token: str) -> tuple[TicketName, Floor]:
    """Whose entry this is the token of: its label is the entry's id. Raises NotFound."""
    name = house.entry_tokens.read(token)
    if name is None:
        raise NotFound("There is no such entry.")
    place = (name.branch, name.day)
    floor = await house.floors.get(place)
    if name.label not in floor.lots.entrants:  # another process has just taken it
        await house.floors.catch_up(place)
        floor = await house.floors.get(place)
    if name.label not in floor.lots.entrants:
        raise NotFound("This entry is no longer known here: the records had to be put back to an earlier state.")
    return name, floor


def entry_object(house: House, floor: Floor, name: TicketName) -> Json:
    entrant = floor.lots.entrants[name.label]
    return {
        "entry": entrant.entry,
        "branch": name.branch,
        "day": name.day.isoformat(),
        "queue": entrant.queue,
        "state": entrant.standing,
        "ahead": floor.lots.place_of(entrant),
        "ticket": _ticket(house, floor, name, entrant.label) if entrant.label else None,
    }


def _ticket(house: House, floor: Floor, name: TicketName, label: str) -> Json:
    token = house.tokens.token_of(TicketName(name.branch, name.day, label))
    slot = floor.ticket(label).slot or floor.ticket(label).due
    return {"label": label, "token": token, "url": f"/t/{token}", "slot": floor.branch.local(slot).isoformat()}
