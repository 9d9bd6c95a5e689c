"""Accounts, what each may do and where, and who is signed in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from queue_service.domain.errors import NotFound
from queue_service.records.roles import Right, Role
from queue_service.records.staff.accounts import Account
from queue_service.records.staff.changes import sign_out
from queue_service.records.staff.grants import Grant, Staff
from queue_service.records.staff.sessions import Session
from queue_service.web.accounts import (
    change_account,
    describe_account,
    make_account,
    own_account,
    put_grants,
    renew_password,
    seen_account,
    sees,
)
from queue_service.web.bodies import AccountBody, AccountChangeBody, GrantBody, GrantsBody
from queue_service.web.house import House, TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import Json
from queue_service.web.staff import somebody_with
from queue_service.web.staff_shapes import AccountList, AccountShape, NewAccountShape, PasswordShape, SessionList

router = APIRouter(prefix="/api/v1/staff", tags=["staff"], responses=problems(401, 403, 503))

Reader = Annotated[Staff, Depends(somebody_with(Right.READ_STAFF))]
Changer = Annotated[Staff, Depends(somebody_with(Right.CHANGE_STAFF))]


@router.get("", response_model=AccountList)
async def list_accounts(house: TheHouse, staff: Reader) -> Json:
    """Those that one may see: who reads staff at a branch sees whoever has a grant there."""
    return {"accounts": [_account(one) for one in house.sessions.accounts.values() if sees(staff, one)]}


@router.post("", status_code=201, response_model=NewAccountShape, responses=problems(404, 409, 422))
async def add(body: AccountBody, house: TheHouse, staff: Changer) -> Json:
    """Sent again it is 409: the login is taken. Then a new password is the way on."""
    id_, password = await make_account(house, staff, body.login, body.name, _grants(body.grants), body.openid)
    return {**_account(house.sessions.accounts[id_]), "password": password}


@router.get("/{account}", response_model=AccountShape, responses=problems(404))
async def read(account: str, house: TheHouse, staff: Reader) -> Json:
    return _account(seen_account(house, staff, account))


@router.patch("/{account}", response_model=AccountShape, responses=problems(404, 409, 422))
async def change(account: str, body: AccountChangeBody, house: TheHouse, staff: Changer) -> Json:
    """For those who could grant all that the account has."""
    known = own_account(house, staff, account)
    openid = body.openid if "openid" in body.model_fields_set else known.openid_name
    await describe_account(house, staff, account, body.name or known.name, openid, body.disabled)
    return _now(house, account)


@router.post("/{account}/password", response_model=PasswordShape, responses=problems(404))
async def make_password(account: str, house: TheHouse, staff: Changer) -> Json:
    """In the place of the one of before; it ends the account's sessions."""
    password = await renew_password(house, staff, account)
    return {"password": password, "password_until": _now(house, account)["password_until"]}


@router.put("/{account}/grants", response_model=AccountShape, responses=problems(404, 422))
async def grant(account: str, body: GrantsBody, house: TheHouse, staff: Changer) -> Json:
    """Nobody hands on what they may not do themselves; a grant that stays may be anybody's. A change ends the account's
    sessions."""
    await put_grants(house, staff, account, _grants(body.grants))
    return _now(house, account)


@router.get("/{account}/sessions", response_model=SessionList, responses=problems(404))
async def list_sessions(account: str, house: TheHouse, staff: Changer) -> Json:
    own_account(house, staff, account)
    return {"sessions": [_session(one) for one in await house.sessions.of_account(account, house.floors.clock())]}


@router.delete("/{account}/sessions/{session}", status_code=204, responses=problems(404))
async def end_session(account: str, session: str, house: TheHouse, staff: Changer) -> Response:
    own_account(house, staff, account)
    if not await change_account(
        house, staff, lambda connection, by, now: sign_out(connection, by, account, now, session)
    ):
        raise NotFound("There is nothing at this address.")
    return Response(status_code=204)


def _grants(bodies: Iterable[GrantBody]) -> list[Grant]:
    return [Grant(Role(body.role), body.branch, frozenset(body.queues)) for body in bodies]


def _now(house: House, account: str) -> Json:
    return _account(house.sessions.accounts[account])


def _account(account: Account) -> Json:
    return {
        "id": account.id,
        "login": account.login,
        "name": account.name,
        "openid": account.openid_name,
        "openid_linked": account.is_linked,
        "disabled": account.is_disabled,
        "has_password": account.has_password,
        "password_until": account.once_until,
        "grants": [
            {"role": grant.role, "branch": grant.branch, "queues": sorted(grant.queues)} for grant in account.grants
        ],
    }


def _session(session: Session) -> Json:
    return {
        "id": session.id,
        "way": session.way,
        "device": session.device,
        "begun_at": session.begun_at,
        "used_at": session.used_at,
        "ends_at": session.ends_at,
    }
