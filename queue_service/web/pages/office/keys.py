"""Keys: who holds which, a new one that is shown once, and the end of one."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.errors import Invalid
from queue_service.records.key_lists import ListedKey
from queue_service.records.roles import Right, Role
from queue_service.web.keys import NewKey, end_key, make_key, own_key, seen_keys
from queue_service.web.languages import N_
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.roles import EVERYWHERE, ROLES, SCOPES, SHORT
from queue_service.web.pages.office.visits import Visit, visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_ROLES = {**ROLES, Role.INTEGRATION: N_("Integration: a program that may do only what is ticked")}


@router.get("/office/keys")
async def list_all(request: Request) -> Response:
    at = await visit(request, Right.READ_KEYS)
    return await _page(at, asked=request.query_params.get("branch", ""))


@router.post("/office/keys")
async def make(request: Request) -> Response:
    """Answers with a page rather than an address: the key is shown this once."""
    at = await visit(request, Right.CHANGE_KEYS)
    branch, days = at.first("branch"), at.first("days")
    role = next((role for role in _ROLES if role == at.first("role")), None)
    if role is None or (branch not in at.house.branches.all and branch != EVERYWHERE):
        return await _page(at, 422, branch, problem=at.say(N_("Choose a role and a branch.")))
    ticked = at.sent.get("scopes", ()) if role is Role.INTEGRATION else ()  # of another role they were not to be seen
    wanted = NewKey(
        role,
        None if branch == EVERYWHERE else branch,
        at.first("name"),
        None if not days else int(days) if days.isdecimal() and len(days) < 6 else 0,
        frozenset(right for right in SCOPES if right in ticked),
    )
    try:
        key = await make_key(at.house, at.staff, wanted)
    except Invalid as refusal:
        return await _page(at, 422, branch, problem=said(request, refusal))
    return await _page(at, 201, branch, made=key)


@router.api_route("/office/keys/{key}/revoke", methods=["GET", "POST"])
async def revoke(key: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_KEYS)
    if request.method == "POST":
        await end_key(at.house, at.staff, key)
        return RedirectResponse("/office/keys?done=revoked", 303)
    found = await own_key(at.house, at.staff, key)
    return at.page("revoke.html", key=found, role=at.say(SHORT[found.role]), where=_where(at, found))


async def _page(at: Visit, status: int = 200, asked: str = "", problem: str = "", made: str = "") -> Response:
    seen = await seen_keys(at.house, at.staff)
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
        roles=[(role.value, at.say(words)) for role, words in _ROLES.items()],
        scopes=[(right.value, at.say(words)) for right, words in SCOPES.items()],
        sent=at.sent if problem else {},
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
