"""Keys: who holds which, a new one that is shown once, and the end of one."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.errors import NotFound
from queue_service.records.key_lists import ListedKey, list_keys
from queue_service.records.roles import Right
from queue_service.web.languages import N_
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.roles import EVERYWHERE, ROLES, SHORT
from queue_service.web.pages.office.visits import Visit, visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST_DAYS = 3650


@router.get("/office/keys")
async def list_all(request: Request) -> Response:
    at = await visit(request, Right.READ_KEYS)
    return await _page(at, asked=request.query_params.get("branch", ""))


@router.post("/office/keys")
async def make(request: Request) -> Response:
    """Answers with a page rather than an address: the key is shown this once."""
    at = await visit(request, Right.CHANGE_KEYS)
    branch = at.first("branch")
    role = next((role for role in ROLES if role == at.first("role")), None)
    if role is None or (branch not in at.house.branches.all and branch != EVERYWHERE):
        return await _page(at, 422, branch, problem=at.say(N_("Choose a role and a branch.")))
    at.check_giving(Right.CHANGE_KEYS, role, None if branch == EVERYWHERE else branch)
    days, now = at.first("days"), at.house.floors.clock()
    if days and not (days.isdecimal() and 0 < int(days[:6]) <= MOST_DAYS):
        return await _page(
            at, 422, branch, problem=at.say(N_("Days: expected 1 to {most}, or nothing."), most=MOST_DAYS)
        )
    key = await at.house.keys.create(
        role,
        None if branch == EVERYWHERE else branch,
        now,
        name=at.first("name")[:80] or None,
        expires_at=now + timedelta(days=int(days)) if days else None,
        by=str(at.staff),
    )
    return await _page(at, 201, branch, made=key)


@router.api_route("/office/keys/{key}/revoke", methods=["GET", "POST"])
async def revoke(key: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_KEYS)
    found = next((one for one in await at.house.database.read(list_keys) if one.id == key), None)
    if found is None or not at.may(Right.CHANGE_KEYS, found.branch):
        raise NotFound("There is nothing at this address.")
    if request.method == "POST":
        await at.house.keys.revoke(key, at.house.floors.clock(), by=str(at.staff))
        await at.house.sessions.look(at.house.floors.clock())
        return RedirectResponse("/office/keys?done=revoked", 303)
    return at.page("revoke.html", key=found, role=at.say(SHORT[found.role]), where=_where(at, found))


async def _page(at: Visit, status: int = 200, asked: str = "", problem: str = "", made: str = "") -> Response:
    listed = await at.house.database.read(list_keys)
    seen = [key for key in listed if at.may(Right.READ_KEYS, key.branch)]
    words = at.request.query_params.get("q", "").casefold().strip()
    rows = [
        (
            key,
            at.say(SHORT[key.role]),
            _where(at, key),
            at.may(Right.CHANGE_KEYS, key.branch) and key.revoked_at is None,
        )
        for key in seen
    ]
    if words:
        rows = [
            row for row in rows if words in f"{row[0].id} {row[1]} {row[2]} {row[0].name} {row[0].branch}".casefold()
        ]
    places = [(branch.id, branch.name.in_language(at.language)) for branch in at.branches_with(Right.CHANGE_KEYS)]
    if at.may(Right.CHANGE_KEYS, None):
        places.append((EVERYWHERE, at.say("All branches")))
    return at.page(
        "keys.html",
        status,
        rows=rows,
        count_of_all=len(seen),
        words=words,
        roles=[(role.value, at.say(said)) for role, said in ROLES.items()],
        places=places,
        asked=asked,
        problem=problem,
        made=made,
        now=at.house.floors.clock(),
        is_revoked=at.request.query_params.get("done") == "revoked",
    )


def _where(at: Visit, key: ListedKey) -> str:
    if key.branch is None:
        return at.say("All branches")
    branch = at.house.branches.all.get(key.branch)
    return branch.name.in_language(at.language) if branch else key.branch
