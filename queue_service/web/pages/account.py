"""What staff see of themselves: their sessions, and their password."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.records.staff.accounts import Account
from queue_service.records.staff.changes import end_sessions, get_account, set_password
from queue_service.records.staff.passwords import check_new_password
from queue_service.records.staff.sessions import Session
from queue_service.web.errors import TooMany, Unauthorized
from queue_service.web.fields import read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.limits import SIGN_INS_TO_ONE
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.sign_in import first_page
from queue_service.web.problems import status_of
from queue_service.web.proxies import address_of
from queue_service.web.signing_in import sign_in_as
from queue_service.web.staff import csrf_of, find_session, hand_out

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


async def _signed_in(request: Request) -> Session:
    """With an account; one that was opened with a key has no page of its own."""
    session = await find_session(request)
    if session is None or session.account is None:
        raise Unauthorized("This needs a key or a session of the staff.")
    return session


Mine = Annotated[Session, Depends(_signed_in)]


@router.get("/account")
async def show_account(request: Request, house: TheHouse, mine: Mine) -> Response:
    account = _account_of(mine)
    if mine.needs_password:
        return RedirectResponse("/account/password", 303)
    all_of_mine = await house.sessions.of_account(account.id, house.floors.clock())
    return page(
        request,
        "account.html",
        account=account,
        sessions=[_shown(session, mine, house) for session in all_of_mine],
        csrf=csrf_of(request),
        way=first_page(mine.staff),
    )


def _account_of(session: Session) -> Account:
    assert session.account is not None
    return session.account


def _shown(session: Session, mine: Session, house: House) -> Json:
    branch = next(iter(house.branches.all.values()), None)  # a session is of none, and all are of one regency
    at = session.begun_at if branch is None else branch.local(session.begun_at)
    return {"id": session.id, "device": session.device, "begun": at, "is_this": session.id == mine.id}


@router.post("/account/sessions/end", dependencies=[Depends(check_own_page)])
async def end_session(request: Request, house: TheHouse, mine: Mine) -> Response:
    """One of one's own; nobody learns whether there is another's of that id."""
    id_, now = (await read_form(request)).get("session", ""), house.floors.clock()
    account = _account_of(mine).id
    if not await house.database.write(lambda connection: end_sessions(connection, account, now, id_)):
        raise NotFound("This session is over already.")
    await house.sessions.look(now)
    return RedirectResponse("/account", 303)


@router.get("/account/password")
async def ask_for_password(request: Request, mine: Mine) -> Response:
    return _password_page(request, mine)


@router.post("/account/password", dependencies=[Depends(check_own_page)])
async def change_password(request: Request, house: TheHouse, mine: Mine) -> Response:
    """Ends all sessions of the account; this browser goes on with a new one."""
    account, form, now = _account_of(mine), await read_form(request), house.floors.clock()
    try:
        await house.limits.check(SIGN_INS_TO_ONE, "password-of", f"{address_of(request)} {account.id}")
        row = await house.database.read(lambda connection: get_account(connection, account.id))
        if not (await house.passwords.verify(row.password, form.get("old", ""))).is_right:
            raise Invalid("The password that you have now is another.")
        new = form.get("new", "")
        if new != form.get("again", ""):
            raise Invalid("The new password was not written the same both times.")
        check_new_password(new, (account.login, account.name, form.get("old", "")))
        kept = await house.passwords.hash(new)
    except (Invalid, TooMany) as refusal:
        return _password_page(request, mine, refusal)

    def write(connection: Connection) -> None:
        set_password(connection, str(mine.staff), account.id, kept, now)

    await house.database.write(write)
    await house.sessions.look(now)
    response = RedirectResponse(first_page(mine.staff), 303)
    hand_out(response, request, await sign_in_as(request, account.id, mine.way))
    return response


def _password_page(request: Request, session: Session, refusal: Refusal | None = None) -> Response:
    account = _account_of(session)
    return page(
        request,
        "password.html",
        200 if refusal is None else status_of(refusal),
        account=account,
        problem="" if refusal is None else said(request, refusal),
        is_first=session.needs_password,
        csrf=csrf_of(request),
    )
