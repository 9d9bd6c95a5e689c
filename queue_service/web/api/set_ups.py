"""The set-up over the API: all of it, and one branch, calendar or connection at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.errors import NotFound
from queue_service.records.calendar_plans import CalendarPlan, Plan
from queue_service.records.plans import BranchPlan, ConnectionPlan, StaffPlan
from queue_service.records.roles import Right
from queue_service.records.set_ups import BRANCHES, CALENDARS, CONNECTIONS, Change, etag_of
from queue_service.web.errors import PlanNotNamed
from queue_service.web.house import TheHouse, house_of
from queue_service.web.languages import language_of
from queue_service.web.problems import problems
from queue_service.web.set_ups import carry_out, read_set_up, staff_part
from queue_service.web.shapes import Json
from queue_service.web.staff import staff_with, staff_with_some

router = APIRouter(prefix="/api/v1", tags=["set-up"], responses=problems(401, 403, 503))

_CHANGED = problems(404, 409, 412, 422, 428)
_ADDRESSES: Mapping[str, str] = {
    BRANCHES: "/branches/{branch}/setup",
    CALENDARS: "/calendars/{calendar}",
    CONNECTIONS: "/connections/{connection}",
}
_SHAPES: Mapping[str, type[Plan]] = {BRANCHES: BranchPlan, CALENDARS: CalendarPlan, CONNECTIONS: ConnectionPlan}
_NAMES: Mapping[str, str] = {BRANCHES: "branch", CALENDARS: "calendar", CONNECTIONS: "connection"}


class SetupShape(Plan):
    """As the set-up file; each part is good, whatever the others say."""

    calendars: list[CalendarPlan]
    branches: list[BranchPlan]
    connections: list[ConnectionPlan]
    staff: list[StaffPlan]


Content = Annotated[dict[str, Any], Body(description="As in the set-up file; its id is the one in the address.")]


@router.get("/setup", response_model=SetupShape)
async def read_all(request: Request, house: TheHouse) -> Json:
    """As the set-up file has it: for who may read one branch's that branch, for who may read all everything."""
    staff = await staff_with_some(Right.READ_SETUP, request)
    found = await read_set_up(house)
    seen = {id_: plan for id_, plan in found[BRANCHES].items() if staff.may(Right.READ_SETUP, id_)}
    everything = staff.may(Right.READ_SETUP, None)
    used = {plan["calendar"] for plan in seen.values()}
    return {
        CALENDARS: [plan for id_, plan in found[CALENDARS].items() if everything or id_ in used],
        BRANCHES: list(seen.values()),
        CONNECTIONS: list(found[CONNECTIONS].values()) if everything else [],
        "staff": staff_part(house) if staff.may(Right.READ_STAFF, None) else [],
    }


def _add_routes(kind: str) -> None:
    """The same three for each kind."""
    name, address = _NAMES[kind], _ADDRESSES[kind]

    async def read(request: Request, house: TheHouse, response: Response) -> Json:
        _, id_ = await _staff(Right.READ_SETUP, request, kind)
        piece = (await read_set_up(house))[kind].get(id_)
        if piece is None:
            raise NotFound("There is nothing at this address.")
        response.headers["ETag"] = _tag(etag_of(piece))
        return piece

    async def put(content: Content, request: Request, house: TheHouse, response: Response) -> Json:
        """`If-Match` says from which state one set out; for what is new, `If-None-Match: *`."""
        by, id_ = await _staff(Right.CHANGE_SETUP, request, kind)
        change = Change(kind, id_, {"id": id_, **content}, _expected(request), by)
        outcome = await carry_out(house, change, language_of(request))
        assert outcome.content is not None and outcome.etag is not None
        response.headers["ETag"] = _tag(outcome.etag)
        return outcome.content

    async def remove(request: Request, house: TheHouse) -> Response:
        """Refused while anything depends on it, or anybody waits there."""
        by, id_ = await _staff(Right.CHANGE_SETUP, request, kind)
        await carry_out(house, Change(kind, id_, None, _expected(request), by), language_of(request))
        return Response(status_code=204)

    router.get(address, response_model=_SHAPES[kind], responses=problems(404), name=f"read_{name}_setup")(read)
    router.put(address, response_model=_SHAPES[kind], responses=_CHANGED, name=f"put_{name}_setup")(put)
    router.delete(address, status_code=204, responses=_CHANGED, name=f"delete_{name}_setup")(remove)


async def _staff(right: Right, request: Request, kind: str) -> tuple[str, str]:
    """In whose name, and the id in the address. Branches that are new, and what several share, are of no branch."""
    id_ = request.path_params[_NAMES[kind]]
    is_known = kind == BRANCHES and id_ in house_of(request).branches.all
    staff = await staff_with(right, request, id_ if is_known else None)
    return str(staff), id_


def _expected(request: Request) -> str | None:
    if request.headers.get("If-None-Match", "").strip() == "*":
        return None
    named = request.headers.get("If-Match", "").strip()
    if not named:
        raise PlanNotNamed("If-Match: expected the ETag of what was read before; for a new one, If-None-Match: *.")
    return named.removeprefix("W/").strip('"')


def _tag(etag: str) -> str:
    return f'"{etag}"'


for _kind in _ADDRESSES:
    _add_routes(_kind)
