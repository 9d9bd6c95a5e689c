"""Who has a ticket, for those of the staff who may know: masked, or one field in full with a reason that is kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from queue_service.records.people.finding import Sought
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.bodies import FindBody, RevealBody
from queue_service.web.errands import FindingErrand, RevealsErrand
from queue_service.web.house import TheHouse
from queue_service.web.people_shapes import FoundShape, PersonShape, RevealedShape
from queue_service.web.problems import problems
from queue_service.web.shapes import Day, Json
from queue_service.web.staff import member_with

router = APIRouter(prefix="/api/v1", tags=["people"])

Finder = Annotated[Staff, Depends(member_with(Right.FIND_PEOPLE))]
AT = "/branches/{branch}/days/{day}/tickets/{label}/person"


@router.get(AT, response_model=PersonShape, responses=problems(401, 403, 404, 422, 503))
async def read(branch: str, day: Day, label: str, house: TheHouse, clerk: Finder, response: Response) -> Json:
    known = house.branches.get(branch)
    person = await house.people.get((branch, day, label))
    response.headers["Cache-Control"] = "no-store"
    return {
        "label": label,
        "branch": branch,
        "day": day,
        "queue": person.queue,
        "given_at": known.local(person.at),
        "data": person.masked,
    }


@router.post("/branches/{branch}/people/find", response_model=FoundShape, responses=problems(401, 403, 404, 422, 503))
async def find(branch: str, body: FindBody, errand: FindingErrand) -> Json:
    """For whoever lost their number: the numbers of one day that were taken under this name, phone or NIK."""
    house = errand.house
    now = house.floors.clock()
    day = body.day or house.branches.get(branch).day_of(now)
    sought = Sought(branch, day, body.name, body.phone, body.nik)
    found = await house.people.find(sought, errand.by, now)
    return {"day": day, "found": [{"label": one.ticket[2], "queue": one.queue, "data": one.masked} for one in found]}


@router.post(f"{AT}/reveal", response_model=RevealedShape, responses=problems(401, 403, 404, 422, 503))
async def reveal(branch: str, day: Day, label: str, body: RevealBody, errand: RevealsErrand) -> Json:
    house = errand.house
    now = house.floors.clock()
    value = await house.people.reveal((branch, day, label), body.field, body.reason, errand.by, now)
    return {"field": body.field, "value": value}
