"""Staff: who has an account, what each may do and where, a first password, and who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.errors import Invalid, NotAllowed, NotFound, Refusal
from queue_service.records.roles import Right, Role
from queue_service.records.staff.accounts import Account
from queue_service.records.staff.changes import give_grant, sign_out, take_grant
from queue_service.records.staff.grants import Grant
from queue_service.web.accounts import (
    change_account,
    check_grant,
    check_other,
    describe_account,
    make_account,
    may_change,
    own_account,
    renew_password,
    seen_account,
    sees,
)
from queue_service.web.errors import Forbidden
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.roles import EVERYWHERE, ROLES, SHORT
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.problems import status_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

ROOT = "/office/staff"
AT_ONCE = 50


@router.get(ROOT)
async def list_staff(request: Request) -> Response:
    return _list(await visit(request, Right.READ_STAFF))


@router.post(ROOT)
async def add(request: Request) -> Response:
    """Answers with a page rather than an address: the password is shown this once."""
    at = await visit(request, Right.CHANGE_STAFF)
    try:
        id_, password = await make_account(at.house, at.staff, at.first("login"), at.first("name"), [_grant(at)])
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        return _list(at, status_of(refusal), problem=said(at.request, refusal))
    return await _show(at, id_, 201, password=password)


@router.get(f"{ROOT}/{{account}}")
async def show(account: str, request: Request) -> Response:
    return await _show(await visit(request, Right.READ_STAFF), account)


@router.post(f"{ROOT}/{{account}}/grant")
async def grant_more(account: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_STAFF)
    grant = _grant(at)
    return await _change(at, account, lambda connection, by, now: give_grant(connection, by, account, grant, now))


@router.post(f"{ROOT}/{{account}}/take")
async def take(account: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_STAFF)
    role, branch = at.first("role"), _branch(at)
    at.check(Right.CHANGE_STAFF, branch)
    return await _change(
        at, account, lambda connection, by, now: take_grant(connection, by, account, role, branch, now)
    )


@router.post(f"{ROOT}/{{account}}/name")
async def rename(account: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_STAFF)
    return await _described(at, account, at.first("name"), at.first("openid"))


@router.post(f"{ROOT}/{{account}}/password")
async def one_time_password(account: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_STAFF)
    return await _show(at, account, password=await renew_password(at.house, at.staff, account))


@router.api_route(f"{ROOT}/{{account}}/disable", methods=["GET", "POST"])
async def disable(account: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_STAFF)
    known = own_account(at.house, at.staff, account)
    if request.method == "GET":
        check_other(at.staff, account)
        return at.page("disable.html", account=known)
    return await _described(at, account, known.name, known.openid_name, is_disabled=True)


@router.post(f"{ROOT}/{{account}}/enable")
async def enable(account: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_STAFF)
    known = own_account(at.house, at.staff, account)
    return await _described(at, account, known.name, known.openid_name, is_disabled=False)


@router.post(f"{ROOT}/{{account}}/sessions")
async def end(account: str, request: Request) -> Response:
    """The one that is named, or all."""
    at = await visit(request, Right.CHANGE_STAFF)
    own_account(at.house, at.staff, account)
    ids = [at.first("session")] if at.first("session") else []
    return await _change(at, account, lambda connection, by, now: sign_out(connection, by, account, now, *ids))


async def _described(
    at: Visit, account: str, name: str, openid: str | None, is_disabled: bool | None = None
) -> Response:
    try:
        await describe_account(at.house, at.staff, account, name, openid, is_disabled)
    except (Invalid, NotAllowed) as refusal:
        return await _show(at, account, status_of(refusal), problem=said(at.request, refusal))
    return _saved(account)


async def _change(at: Visit, account: str, write: Callable[[Connection, str, Any], object]) -> Response:
    seen_account(at.house, at.staff, account)
    await change_account(at.house, at.staff, write)
    return _saved(account)


def _saved(account: str) -> Response:
    return RedirectResponse(f"{ROOT}/{account}?done=saved", 303)


def _branch(at: Visit) -> str | None:
    """Of a form; all branches have a sign of their own. Raises NotFound."""
    sent = at.first("branch")
    return None if sent == EVERYWHERE else at.house.branches.get(sent).id


def _grant(at: Visit) -> Grant:
    """What the form says. Raises Forbidden, NotFound."""
    branch = _branch(at)
    role = next((role for role in ROLES if role == at.first("role")), Role.CLERK)
    chosen = {tuple(sent.split("/", 1)) for sent in at.sent.get("queues", ())}
    known = at.house.branches.get(branch).queues if branch else {}
    queues = {queue for place, *rest in chosen for queue in rest if place == branch and queue in known}
    grant = Grant(role, branch, frozenset(queues if role is Role.CLERK else ()))
    check_grant(at.house, at.staff, grant)
    return grant


def _list(at: Visit, status: int = 200, problem: str = "") -> Response:
    query = at.request.query_params
    words = query.get("q", "").casefold().strip()
    seen = [account for account in at.house.sessions.accounts.values() if sees(at.staff, account)]
    rows = [(account, _told(at, account)) for account in seen]
    if words:
        rows = [row for row in rows if words in f"{row[0].login} {row[0].name} {'; '.join(row[1])}".casefold()]
    if query.get("sort") == "name":
        rows.sort(key=lambda row: row[0].name.casefold())
    skip = int(skip) if (skip := query.get("skip", "0")).isdecimal() and len(skip) < 6 else 0
    more = at.request.url.include_query_params(skip=skip + AT_ONCE).query if len(rows) > skip + AT_ONCE else ""
    return at.page(
        "staff.html",
        status,
        rows=rows[skip:][:AT_ONCE],
        count_of_all=len(seen),
        words=words,
        more=f"?{more}" if more else "",
        problem=problem,
        login=at.first("login"),
        name=at.first("name"),
        **_offered(at),
    )


async def _show(at: Visit, account: str, status: int = 200, problem: str = "", password: str = "") -> Response:
    known, now = seen_account(at.house, at.staff, account), at.house.floors.clock()
    may = may_change(at.staff, known)
    grants = [
        (grant.role.value, grant.branch or EVERYWHERE, words, at.may(Right.CHANGE_STAFF, grant.branch))
        for grant, words in zip(known.grants, _told(at, known), strict=True)
    ]
    return at.page(
        "account.html",
        status,
        account=known,
        grants=grants,
        sessions=await at.house.sessions.of_account(account, now) if may else [],
        may=may,
        is_self=at.staff.account == account,
        problem=problem,
        password=password,
        done=at.request.query_params.get("done", ""),
        **_offered(at),
    )


def _offered(at: Visit) -> Json:
    """What may be granted, and where."""
    branches = list(at.branches_with(Right.CHANGE_STAFF))
    places = [(branch.id, branch.name.in_language(at.language)) for branch in branches]
    if at.may(Right.CHANGE_STAFF, None):
        places.append((EVERYWHERE, at.say("All branches")))
    skills = [
        (name, [(f"{branch.id}/{queue.id}", queue.name.in_language(at.language)) for queue in branch.queues.values()])
        for branch in branches
        for name in [branch.name.in_language(at.language)]
    ]
    return {"roles": [(role.value, at.say(words)) for role, words in ROLES.items()], "places": places, "skills": skills}


def _told(at: Visit, account: Account) -> list[str]:
    """Each grant in words."""
    return [_grant_words(at, grant) for grant in account.grants]


def _grant_words(at: Visit, grant: Grant) -> str:
    branch = at.house.branches.all.get(grant.branch or "")
    where = at.say("All branches") if grant.branch is None else branch.name.in_language(at.language) if branch else ""
    queues = [
        branch.queues[queue].name.in_language(at.language) if branch and queue in branch.queues else queue
        for queue in sorted(grant.queues)
    ]
    told = f"{at.say(SHORT[grant.role])} · {where or grant.branch}"
    return f"{told} · {', '.join(queues)}" if queues else told
