"""Keys: who holds which, a new one that is told once, and the end of one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.bodies import KeyBody
from queue_service.web.house import TheHouse
from queue_service.web.keys import NewKey, end_key, make_key, own_key, seen_keys
from queue_service.web.problems import problems
from queue_service.web.shapes import Json
from queue_service.web.staff import somebody_with
from queue_service.web.staff_shapes import KeyList, NewKeyShape

router = APIRouter(prefix="/api/v1/keys", tags=["keys"], responses=problems(401, 403, 503))

Reader = Annotated[Staff, Depends(somebody_with(Right.READ_KEYS))]
Changer = Annotated[Staff, Depends(somebody_with(Right.CHANGE_KEYS))]


@router.get("", response_model=KeyList)
async def list_keys(house: TheHouse, staff: Reader) -> Json:
    """Those of the branches where one may see keys."""
    return {"keys": [asdict(key) for key in await seen_keys(house, staff)]}


@router.post("", status_code=201, response_model=NewKeyShape, responses=problems(404, 422))
async def make(body: KeyBody, house: TheHouse, staff: Changer) -> Json:
    """Each time another one: of a key that was lost on the way the list tells the id, by which it is revoked."""
    key = await make_key(house, staff, NewKey(body.role, body.branch, body.name, body.days, frozenset(body.scopes)))
    return {**asdict(await own_key(house, staff, key.split("_")[1])), "key": key}


@router.delete("/{key}", status_code=204, responses=problems(404))
async def revoke(key: str, house: TheHouse, staff: Changer) -> Response:
    """Here it is worth nothing from now on, in other processes within two seconds. Once more does no harm."""
    await end_key(house, staff, key)
    return Response(status_code=204)
