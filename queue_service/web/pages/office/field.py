"""Days that are in the field or were: who has each, when it was last heard of, and what did not fit when it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound, Refusal
from queue_service.domain.events import Entry
from queue_service.journal.appends import Place
from queue_service.leases.annex import Annexed, read_annex
from queue_service.leases.listing import (
    Taken,
    days_taken,
    kept_aside,
    leases_forgotten,
    leases_of,
    open_difference,
    read_differences,
)
from queue_service.leases.standing import Standing, find_lease
from queue_service.records.audit import Deed, note
from queue_service.records.people.people import REVEALED, checked_reason
from queue_service.records.roles import Right
from queue_service.web.languages import N_, clock, long_date, short_date
from queue_service.web.leases import take_back
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.entries import EVENT_WORDS
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.problems import status_of
from queue_service.web.shapes import Day
from queue_service.web.trail import logins_seen

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

ROOT = "/office/field"
OF_DAY = f"{ROOT}/{{branch}}/{{day}}"
SHOWN_DAYS = timedelta(days=60)

_STANDINGS = {
    Standing.OUT: N_("In the field"),
    Standing.RETURNED: N_("Back"),
    Standing.RECLAIMED: N_("Taken back by the office"),
    Standing.FORGOTTEN: N_("Not known any more after a restore"),
}
_REASONS = {
    "reclaimed": N_("The office had taken the day back by then."),
    "forgotten": N_("The office had been restored from a backup of before the taking, and had gone on with the day."),
    "other": N_("Something else stands there under this number."),
    "unfit": N_("It cannot follow on what was there."),
    "changed": N_("The office had changed it meanwhile. What the field brought holds; this is what the office had."),
    "taken": N_("Something else has that number at the centre."),
    "elsewhere": N_("At the centre it belongs to another day."),
}
_PARTS = {
    "people": N_("Who has a number"),
    "requests": N_("A request for a visit"),
    "requesters": N_("Who is in a request"),
    "trail": N_("A note in the audit trail"),
}


@router.get(ROOT)
async def show_all(request: Request) -> Response:
    at = await visit(request, Right.READ_REPORTS)
    seen = {branch.id: branch for branch in at.branches_with(Right.READ_REPORTS)}
    since = at.house.floors.clock().date() - SHOWN_DAYS

    def read(connection: Connection) -> list[tuple[Place, int]]:
        return [(place, kept_aside(connection, place)) for place in days_taken(connection, list(seen), since)]

    days = []
    for place, aside in await at.house.database.read(read):
        branch = seen[place[0]]
        leases = [_lease(at, branch, one) for one in (await _leases(at, place))[0]]
        days.append({"place": _place(at, branch, place), "leases": leases, "aside": aside})
    return at.page("field.html", days=days)


@router.get(OF_DAY)
async def show_day(branch: str, day: Day, request: Request) -> Response:
    return await _day_page(await visit(request, Right.READ_REPORTS), branch, day)


@router.post(f"{OF_DAY}/reclaim")
async def reclaim(branch: str, day: Day, request: Request) -> Response:
    at = await visit(request, Right.TAKE_TO_FIELD)
    at.check(Right.TAKE_TO_FIELD, branch)
    try:
        await take_back(at.house, (branch, day), at.first("lease"), at.first("reason"), str(at.staff))
    except NotFound:
        raise
    except Refusal as refusal:
        return await _day_page(at, branch, day, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"{ROOT}/{branch}/{day.isoformat()}", 303)


@router.post(f"{OF_DAY}/kept/{{kept}}")
async def reveal(branch: str, day: Day, kept: str, request: Request) -> Response:
    """What gave way, with a note of who looked at it and why."""
    at = await visit(request, Right.REVEAL_PEOPLE)
    at.check(Right.REVEAL_PEOPLE, branch)

    def work(connection: Connection) -> Any:
        told = checked_reason(at.first("reason"))
        content = open_difference(connection, at.house.people.keys, (branch, day), kept)
        deed = Deed(str(at.staff), REVEALED, kept, branch, {"field": "kept", "reason": told})
        note(connection, deed, at.house.floors.clock())
        return content

    try:
        content = await at.house.database.write(work)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _day_page(at, branch, day, status_of(refusal), said(request, refusal))
    return await _day_page(at, branch, day, shown=(kept, list(_told(content))))


def _told(content: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Name by name, however deep."""
    if isinstance(content, dict):
        for inner, value in content.items():
            yield from _told(value, f"{name}.{inner}" if name else inner)
    elif isinstance(content, list):
        for nth, value in enumerate(content, 1):
            yield from _told(value, f"{name}.{nth}")
    elif content not in (None, ""):
        yield name, str(content)


async def _day_page(
    at: Visit, branch: str, day: date, status: int = 200, problem: str = "", shown: tuple[str, list[Any]] | None = None
) -> Response:
    at.check(Right.READ_REPORTS, branch)
    plan, place = at.house.branches.get(branch), (branch, day)
    leases, entries, aside = await _leases(at, place)
    if not leases:
        raise NotFound("There is nothing at this address.")
    kept = await at.house.database.read(lambda connection: read_differences(connection, place))
    return at.page(
        "field_day.html",
        status,
        problem=problem,
        place=_place(at, plan, place),
        leases=[
            {**_lease(at, plan, one), **_aside(at, plan, entries, one, aside.get(one.lease, []))} for one in leases
        ],
        kept=[
            {
                "id": one.id,
                "part": at.say(_PARTS.get(one.part, one.part)),
                "subject": one.label or one.subject,
                "reason": at.say(_REASONS.get(one.reason, one.reason)),
                "at": _moment(at, plan, one.came_at),
                "is_kept": one.is_kept,
                "told": shown[1] if shown and shown[0] == one.id else None,
            }
            for one in kept
        ],
        logins=logins_seen(at.house, at.staff),
        may_reclaim=at.may(Right.TAKE_TO_FIELD, branch),
        may_reveal=at.may(Right.REVEAL_PEOPLE, branch),
    )


async def _leases(at: Visit, place: Place) -> tuple[list[Taken], list[Entry], Mapping[str, Sequence[Annexed]]]:
    """With the day's entries, and what stands beside them."""
    entries = await at.house.journal.read(place)
    aside = await at.house.database.read(lambda connection: read_annex(connection, place))
    return [*leases_of(entries), *leases_forgotten(entries, aside)], entries, aside


def _place(at: Visit, branch: Branch, place: Place) -> Json:
    name, day = branch.name.in_language(at.language), long_date(at.language, place[1])
    return {"branch": branch.id, "name": name, "day": place[1].isoformat(), "words": day}


def _lease(at: Visit, branch: Branch, taken: Taken) -> Json:
    return {
        "lease": taken.lease,
        "device": taken.device,
        "since": _moment(at, branch, taken.since),
        "standing": at.say(_STANDINGS[taken.standing]),
        "is_out": taken.standing is Standing.OUT,
        "heard": _moment(at, branch, taken.heard_at),
        "entries": taken.entries,
        "ended": None if taken.ended_at is None else _moment(at, branch, taken.ended_at),
    }


def _aside(at: Visit, branch: Branch, entries: Sequence[Entry], taken: Taken, aside: Sequence[Annexed]) -> Json:
    """What came too late, and what the centre has done meanwhile: by ticket, side by side."""
    known = find_lease(entries, taken.lease)
    forked = 0 if known is None else known.forked or len(entries)
    labels = dict.fromkeys(_label(one.entry) for one in aside)
    return {
        "aside": [
            {
                "label": label,
                "theirs": [
                    {**_line(at, branch, one.entry), "reason": at.say(_REASONS[one.reason])}
                    for one in aside
                    if _label(one.entry) == label
                ],
                "ours": [_line(at, branch, entry) for entry in entries[forked:] if label and _label(entry) == label],
            }
            for label in labels
        ]
    }


def _line(at: Visit, branch: Branch, entry: Entry) -> Json:
    words = at.say(EVENT_WORDS[entry.event.kind])
    return {"at": clock(at.language, branch.local(entry.at)), "by": entry.by, "what": words}


def _label(entry: Entry) -> str:
    return getattr(entry.event, "label", None) or ""


def _moment(at: Visit, branch: Branch, moment: datetime) -> str:
    local = branch.local(moment)
    return f"{short_date(at.language, local.date())}, {clock(at.language, local)}"
