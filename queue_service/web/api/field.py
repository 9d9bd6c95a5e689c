"""Days that are taken along where there is no signal, and come back: what the laptop asks of the centre."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.errors import NotAllowed, NotFound
from queue_service.domain.events import Entry, to_ms
from queue_service.leases.merging import Item
from queue_service.leases.parts import PARTS, Part, get_part
from queue_service.leases.passes import pass_of
from queue_service.leases.standing import Standing
from queue_service.leases.wire import digest_of, in_json, read_entry
from queue_service.records.roles import Right
from queue_service.web.bodies import Body
from queue_service.web.house import TheHouse
from queue_service.web.leases import Held, check_line, give_away, held, standing_of, take_back
from queue_service.web.problems import problems
from queue_service.web.shapes import Json
from queue_service.web.staff import staff_with

MOST_ENTRIES, MOST_ITEMS = 500, 100  # at a time
LEASE = r"^[0-9a-f]{16,32}$"
DIGEST = r"^[0-9a-f]{64}$"

router = APIRouter(
    prefix="/api/v1/branches/{branch}/days/{day}/field",
    tags=["field"],
    responses=problems(401, 403, 404, 409, 422, 426, 503),
)


class TakeBody(Body):
    """`lease`: drawn at random by the device, which asks again by it where the answer was lost."""

    lease: str = Field(pattern=LEASE)
    device: str = Field(min_length=1, max_length=80)
    version: str = Field(max_length=40)


class ReclaimBody(Body):
    reason: str = Field(max_length=400)


class Line(BaseModel):
    """An entry as the journal keeps it."""

    seq: int = Field(ge=1, lt=2**31)
    at_ms: int
    by: str
    kind: str
    fields: Json


class EntriesBody(Body):
    """Entries that follow on each other. `digest`: of the day up to the last of them."""

    entries: list[Line] = Field(min_length=1, max_length=MOST_ENTRIES)
    digest: str = Field(pattern=DIGEST)


class ItemLine(BaseModel):
    id: str = Field(min_length=1, max_length=120)
    base: str = Field(max_length=64)
    content: Json


class ItemsBody(Body):
    items: list[ItemLine] = Field(min_length=1, max_length=MOST_ITEMS)


class Taken(BaseModel):
    """`pass`: what the device shows from now on, as a bearer token. `keys`: for the tokens of that day, in base64."""

    lease: str
    pass_: str = Field(alias="pass")
    end: int
    digest: str
    now_ms: int
    keys: list[str]
    parts: list[str]


class StandingView(BaseModel):
    standing: Standing
    end: int
    digest: str
    now_ms: int


class EntriesPage(BaseModel):
    entries: list[Line]
    end: int


class ItemView(BaseModel):
    id: str
    content: Json


class ItemsPage(BaseModel):
    """`is_last`: nothing comes after these."""

    items: list[ItemView]
    is_last: bool


class Came(BaseModel):
    """`end`: from where the device goes on. `aside`: how many of the entries are kept beside the day, and why."""

    end: int
    standing: Standing
    aside: int
    reason: str | None


class MergedView(BaseModel):
    """`agreed`: the marks of what was sent, by id. `kept`: how many things had been changed on both sides."""

    agreed: dict[str, str]
    kept: int


@router.post("", response_model=Taken)
async def take(branch: str, day: date, body: TakeBody, request: Request, house: TheHouse, response: Response) -> Json:
    """From now on nobody but that device writes on that day."""
    staff = await staff_with(Right.TAKE_TO_FIELD, request, branch)
    check_line(request)
    place = (branch, day)
    entries = await give_away(house, place, body.lease, body.device, body.version, str(staff))
    response.headers["Cache-Control"] = "no-store"
    return {
        "lease": body.lease,
        "pass": pass_of(house.secrets, place, body.lease),
        "end": len(entries),
        "digest": digest_of(place, body.lease, entries),
        "now_ms": to_ms(house.floors.clock()),
        "keys": [b64encode(key).decode() for key in house.secrets.keys_of(place)],
        "parts": [part.name for part in PARTS if part.leaves],
    }


@router.post("/{lease}/reclaim", status_code=204)
async def reclaim(branch: str, day: date, lease: str, body: ReclaimBody, request: Request, house: TheHouse) -> Response:
    """The device is lost, or will not come back: the day goes on here."""
    staff = await staff_with(Right.TAKE_TO_FIELD, request, branch)
    await take_back(house, (branch, day), lease, body.reason, str(staff))
    return Response(status_code=204)


async def _held(branch: str, day: date, lease: str, request: Request, response: Response) -> Held:
    response.headers["Cache-Control"] = "no-store"
    return await held(request, branch, day, lease)


TheLease = Annotated[Held, Depends(_held)]


@router.get("/{lease}", response_model=StandingView)
async def stand(out: TheLease) -> Json:
    known, entries = await standing_of(out)
    return {
        "standing": known.standing,
        "end": len(entries) if known.forked is None else known.forked,
        "digest": digest_of(out.place, out.lease, entries),
        "now_ms": to_ms(out.house.floors.clock()),
    }


@router.get("/{lease}/entries", response_model=EntriesPage)
async def read_entries(out: TheLease, after: Annotated[int, Query(ge=0)] = 0) -> Json:
    entries = await _while_out(out)
    return {"entries": [in_json(entry) for entry in entries[after : after + MOST_ENTRIES]], "end": len(entries)}


@router.post("/{lease}/entries", response_model=Came)
async def send_entries(out: TheLease, body: EntriesBody) -> Json:
    """What is there already is passed over: whoever has no answer sends the same again."""
    came = await out.take_in([read_entry(line.model_dump()) for line in body.entries], body.digest)
    return {"end": came.end, "standing": came.standing, "aside": came.aside, "reason": came.reason}


@router.get("/{lease}/parts/{part}", response_model=ItemsPage)
async def read_part(out: TheLease, part: str, after: Annotated[str, Query(max_length=120)] = "") -> Json:
    await _while_out(out)
    found = await out.read(_part(part, leaves=True))
    new = sorted(id_ for id_ in found if id_ > after)
    items = [{"id": id_, "content": found[id_]} for id_ in new[:MOST_ITEMS]]
    return {"items": items, "is_last": len(items) == len(new)}


@router.post("/{lease}/parts/{part}", response_model=MergedView)
async def send_part(out: TheLease, part: str, body: ItemsBody) -> Json:
    """What the field brings wins; what the office had changed meanwhile is kept beside it."""
    merged = await out.merge(_part(part, comes_back=True), list(_items(body)))
    return {"agreed": dict(merged.agreed), "kept": merged.kept}


async def _while_out(out: Held) -> list[Entry]:
    """Whoever has lost the lease is told nothing more. Raises NotAllowed."""
    known, entries = await standing_of(out)
    if known.standing is not Standing.OUT:
        raise NotAllowed("That day has come back from the field: take it along anew.")
    return entries


def _items(body: ItemsBody) -> Iterator[Item]:
    return (Item(item.id, item.base, item.content) for item in body.items)


def _part(name: str, *, leaves: bool = False, comes_back: bool = False) -> Part:
    part = get_part(name)
    if part is None or (leaves and not part.leaves) or (comes_back and not part.comes_back):
        raise NotFound("There is nothing at this address.")
    return part
