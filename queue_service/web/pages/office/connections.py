"""How each connection to another system does, what it has not taken, and what a person decides about that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.backlogs import count_behind, read_parked
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.connections import read_connections
from queue_service.records.deliveries import NoSuch, Parking, name_of
from queue_service.records.healths import Health, Part, State
from queue_service.records.roles import Right
from queue_service.web.connections import ConnectionNow, Standing, connections_now, decide, try_out
from queue_service.web.languages import N_, clock, day_and_month
from queue_service.web.outside import in_words
from queue_service.web.pages.estimates import ago
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.entries import EVENT_WORDS
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.previews import has_preview
from queue_service.web.reports import has_report

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

ROOT = "/office/connections"
AT_ONCE = 50  # of what one connection has not taken
LATE = timedelta(minutes=5)

_SHORT = {
    Standing.RUNS: N_("In order"),
    Standing.AWAY: N_("The other side is away"),
    Standing.REFUSES: N_("Everything is refused"),
    Standing.NOT_READY: N_("Not ready"),
    Standing.STOPPED: N_("Not running"),
}
_LONG = {
    Standing.RUNS: N_("It runs."),
    Standing.AWAY: N_("It is away since {time}, and tried again by itself. Nothing is lost meanwhile."),
    Standing.REFUSES: N_("It refuses one number after the other since {time}. Nothing is given up meanwhile."),
    Standing.STOPPED: N_("It runs nowhere: no process of this installation serves it. Start “antrean integrations”."),
}
_DONE = {
    "retried": N_("It will be tried again."),
    "dropped": N_("It will not be delivered. What waits behind it goes on."),
    "none": N_("Nothing was given up."),
    "gone": N_("That is no longer there: it was delivered or dropped meanwhile."),
}


@router.get(ROOT)
async def list_all(request: Request) -> Response:
    at = await visit(request, Right.READ_SETUP)
    found = [now for now in await connections_now(at.house) if list(_seen_branches(at, now))]
    shown = [await _shown(at, each) for each in found]
    return at.page(
        "connections.html",
        connections=sorted(shown, key=lambda each: (-each["rank"], each["id"])),
        may_change=at.may(Right.CHANGE_SETUP, None),
        done=at.say(_DONE[done]) if (done := request.query_params.get("done", "")) in _DONE else "",
        data={"branches": [], "all": False},
    )


@router.post(f"{ROOT}/{{connection}}/test")
async def test(connection: str, request: Request) -> Response:
    at = await _changing(request, connection)
    await try_out(at.house, connection, str(at.staff))
    return _back(connection, "")


@router.post(f"{ROOT}/{{connection}}/retry")
async def retry(connection: str, request: Request) -> Response:
    return await _decided(await _changing(request, connection), connection, "retry", "retried")


@router.post(f"{ROOT}/{{connection}}/drop")
async def drop(connection: str, request: Request) -> Response:
    """Never all at once: that is for the command line."""
    at = await _changing(request, connection)
    return await _decided(at, connection, "drop", "dropped") if at.first("entry") else _back(connection, "none")


async def _changing(request: Request, connection: str) -> Visit:
    """Raises NotFound."""
    at = await visit(request, Right.CHANGE_SETUP)
    at.check(Right.CHANGE_SETUP, None)
    if connection not in {known.plan.id for known in await at.house.database.read(read_connections)}:
        raise NotFound("There is nothing at this address.")
    return at


async def _decided(at: Visit, connection: str, what: str, done: str) -> Response:
    named = [at.first("entry")] if at.first("entry") else []
    try:
        count = await decide(at.house, connection, what, named, str(at.staff))
    except NoSuch:
        return _back(connection, "gone")
    return _back(connection, done if count else "none")


def _back(connection: str, done: str) -> Response:
    return RedirectResponse(f"{ROOT}?done={done}#c-{connection}", 303)


def _seen_branches(at: Visit, now: ConnectionNow) -> Iterator[Branch]:
    covered = now.plan.branches
    return (branch for branch in at.branches_with(Right.READ_SETUP) if not covered or branch.id in covered)


async def _shown(at: Visit, now: ConnectionNow) -> Json:
    seen = {branch.id: branch for branch in _seen_branches(at, now)}
    rows = await at.house.database.read(lambda connection: _parked(at, now, seen, connection))
    parts = [health for part, health in now.parts.items() if part not in (Part.TEST, Part.BEGINNING)]
    success = max((health.success_ms or 0 for health in parts), default=0)
    failed = max(parts, key=lambda health: health.error_ms or 0, default=None)
    tested = now.parts.get(Part.TEST)
    lag = timedelta(seconds=now.lag_seconds(to_ms(at.house.floors.clock())))
    moment = partial(_moment, at, next(iter(seen.values())))
    return {
        "id": now.plan.id,
        "system": now.plan.system,
        "has_report": has_report(now.plan.system),
        "has_preview": has_preview(now.plan.system),
        "dry_run": now.plan.settings.get("dry_run") is True,
        "branches": ", ".join(branch.name.in_language(at.language) for branch in seen.values()),
        "standing": now.standing,
        "rank": (now.standing is not Standing.RUNS) * 2 + bool(now.backlog and now.backlog.dead),
        "short": at.say(_SHORT[now.standing]),
        "long": _sentence(at, now, moment),
        "counts": now.backlog is not None
        or not {Part.ASKED, Part.BOX}.isdisjoint(now.parts)
        or now.taken + now.refused > 0,
        "taken": now.taken,
        "refused": now.refused,
        "backlog": now.backlog,
        "lag": _span(at, lag) if now.backlog and now.backlog.oldest_ms is not None else "",
        "is_late": lag > LATE,
        "success": _ago(at, success) if success else "",
        "error": in_words(at.language, failed.error) if failed else "",
        "error_at": moment(failed.error_ms) if failed and failed.error_ms else "",
        "tested": tested and _tested(at, tested),
        "rows": rows,
        "is_cut": len(rows) == AT_ONCE,
    }


def _tested(at: Visit, found: Health) -> Json:
    if found.state is State.TRYING:
        return {"said": at.say(N_("It is being tested.")), "at": _ago(at, found.since_ms), "is_well": True}
    if found.state is State.TO_TRY:
        nobody = at.say(N_("Nobody has begun the test: no process of this installation serves connections."))
        return {"said": nobody, "at": _ago(at, found.since_ms), "is_well": False}
    said = in_words(at.language, found.error)
    return {"said": said, "at": _ago(at, found.error_ms or 0), "is_well": found.state is State.RUNS}


def _sentence(at: Visit, now: ConnectionNow, moment: Any) -> str:
    if now.standing is Standing.NOT_READY:
        lacking = [health for health in now.parts.values() if health.state is State.NOT_READY]
        why = in_words(at.language, lacking[0].error) if lacking else ""
        return at.say(N_("It does not run: {why}"), why=why)
    since = [health.since_ms for health in now.parts.values() if health.state.value == now.standing.value]
    return at.say(_LONG[now.standing], time=moment(min(since)) if since else "")


def _parked(at: Visit, now: ConnectionNow, seen: dict[str, Branch], connection: Any) -> list[Json]:
    if now.backlog is None or not now.backlog.waiting + now.backlog.dead:
        return []
    rows = [row for row in read_parked(connection, now.plan.id, AT_ONCE) if row.branch in seen]
    return [
        {
            "entry": name_of(row),
            "lane": row.lane,
            "what": at.say(EVENT_WORDS[row.kind]) if row.kind in EVENT_WORDS else row.kind or "",
            "where": seen[row.branch].name.in_language(at.language),
            "error": in_words(at.language, row.error),
            "since": _moment(at, seen[row.branch], row.since_ms) if row.since_ms else "",
            "next": _moment(at, seen[row.branch], row.next_at_ms) if row.next_at_ms else at.say(N_("at once")),
            "is_dead": row.state == Parking.DEAD,
            "behind": count_behind(connection, row),
        }
        for row in rows
    ]


def _moment(at: Visit, branch: Branch, ms: int) -> str:
    local, today = branch.local(from_ms(ms)), branch.local(at.house.floors.clock())
    told = clock(at.language, local)
    return told if local.date() == today.date() else f"{day_and_month(at.language, local)} {told}"


def _ago(at: Visit, ms: int) -> str:
    return ago(at.language, at.house.floors.clock() - from_ms(ms))


def _span(at: Visit, span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return at.say(N_("less than a minute"))
    return at.say(N_("{n} min"), n=minutes) if minutes < 120 else at.say(N_("{n} h"), n=minutes // 60)
