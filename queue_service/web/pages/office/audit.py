"""Who did what when: the audit trail, and beside it what the journal of a branch's day says."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.domain.events import Entry
from queue_service.records.audit import Asked, Audited, read_audit
from queue_service.records.roles import Right
from queue_service.web.languages import N_
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.entries import EVENT_WORDS
from queue_service.web.pages.office.visits import Visit, visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

AT_ONCE = 50

# What is common; anything else stands there by the name under which it was noted.
_SPOKEN = {
    "branch.created": N_("Branch made"),
    "branch.changed": N_("Branch changed"),
    "branch.deleted": N_("Branch deleted"),
    "calendar.created": N_("Calendar made"),
    "calendar.changed": N_("Calendar changed"),
    "calendar.deleted": N_("Calendar deleted"),
    "connection.created": N_("Connection made"),
    "connection.changed": N_("Connection changed"),
    "connection.deleted": N_("Connection deleted"),
    "key.created": N_("Key made"),
    "key.revoked": N_("Key revoked"),
    "account.added": N_("Account made"),
    "account.granted": N_("Rights changed"),
    "account.password": N_("Password set"),
    "account.renamed": N_("Account renamed"),
    "account.disabled": N_("Account disabled"),
    "account.enabled": N_("Account enabled"),
    "account.openid": N_("Sign-in provider allowed"),
    "account.linked": N_("Sign-in provider linked"),
    "device.paired": N_("Device paired"),
    "device.assigned": N_("Device assigned"),
    "device.revoked": N_("Device revoked"),
    "ticket.shown_again": N_("Number's code shown again"),
    "people.sought": N_("Person looked for"),
    "person.revealed": N_("Person's data shown in full"),
    "person.exported": N_("Person's data given to them"),
    "person.erased": N_("Person's data erased"),
    "breach.recorded": N_("Data breach recorded"),
    "breach.told": N_("Data breach reported"),
    "sign-in": N_("Signed in"),
    "sign-in.refused": N_("Sign-in refused"),
}


@router.get("/office/audit")
async def audit(request: Request) -> Response:
    at = await visit(request, Right.READ_AUDIT)
    query = request.query_params
    branch, day = query.get("branch", ""), _day(query.get("day", ""))
    seen = None if at.may(Right.READ_AUDIT, None) else [one.id for one in at.branches_with(Right.READ_AUDIT)]
    if branch and not at.may(Right.READ_AUDIT, branch):
        at.check(Right.READ_AUDIT, branch)
    known = at.house.branches.all.get(branch)
    begin = None if day is None else _midnight(at, branch, day)
    logins = _logins(at)
    by = query.get("by", "").strip()[:80]
    asked = Asked(
        by=next((id_ for id_, login in logins.items() if login == by), by),
        what=query.get("what", "").strip()[:64],
        branches=[branch] if branch else seen,
        since=begin,
        until=None if begin is None else begin + timedelta(days=1),
        before=int(before) if (before := query.get("before", "")).isdecimal() and len(before) < 19 else None,
    )
    found = await at.house.database.read(lambda connection: read_audit(connection, asked=asked, limit=AT_ONCE + 1))
    journal = None if known is None or day is None else await at.house.journal.read((branch, day))
    entries = [entry for entry in reversed(journal or []) if asked.by in entry.by or asked.by in _label(entry)]
    skip = int(skip) if (skip := query.get("skip", "")).isdecimal() and len(skip) < 9 else 0
    shown = entries[skip:][:AT_ONCE]
    return at.page(
        "audit.html",
        logins=logins,
        deeds=[_row(at, one) for one in found[:AT_ONCE]],
        older=_again(request, before=found[AT_ONCE - 1].id) if len(found) > AT_ONCE else None,
        asked={"by": by, "what": asked.what, "branch": branch, "day": day.isoformat() if day else ""},
        branches=[(one.id, one.name.in_language(at.language)) for one in at.branches_with(Right.READ_AUDIT)],
        kinds=[(name, at.say(words)) for name, words in _SPOKEN.items()],
        entries=None if known is None or journal is None else [_entry(at, known, one) for one in shown],
        earlier=_again(request, skip=skip + AT_ONCE) if len(entries) > skip + AT_ONCE else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(at: Visit, branch: str, day: date) -> datetime | None:
    """At that branch, or else at the first that there is."""
    known = at.house.branches.all.get(branch) or next(iter(at.house.branches.all.values()), None)
    if known is None or not date(2000, 1, 2) < day < date(2100, 1, 1):
        return None
    return datetime.combine(day, datetime.min.time(), known.timezone)


def _logins(at: Visit) -> dict[str, str]:
    """By what the trail and the journal, which name nobody, say of whom: for those who may see accounts."""
    if not at.may(Right.READ_STAFF, None):
        return {}
    return {f"clerk:{account.id}": account.login for account in at.house.sessions.accounts.values()}


def _again(request: Request, **query: int) -> str:
    return f"?{request.url.include_query_params(**query).query}"


def _row(at: Visit, one: Audited) -> Json:
    branches = at.house.branches.all
    of = branches.get(one.deed.branch or "") or next(iter(branches.values()), None)
    return {
        "at": of.local(one.at) if of else one.at,
        "by": one.deed.by,
        "what": at.say(_SPOKEN.get(one.deed.what, one.deed.what)),
        "subject": one.deed.subject,
        "branch": one.deed.branch or "",
        "detail": list((one.deed.detail or {}).items()),
    }


def _entry(at: Visit, branch: Branch, entry: Entry) -> Json:
    event, told = entry.event, list[str]()
    for one in fields(event):
        value = getattr(event, one.name)
        if one.name != "label" and isinstance(value, (str, int)) and value != "":
            told.append(f"{one.name}: {value}")
    shown = {"by": entry.by, "what": at.say(EVENT_WORDS[event.kind]), "label": _label(entry), "detail": ", ".join(told)}
    return {"at": branch.local(entry.at), **shown}


def _label(entry: Entry) -> str:
    return getattr(entry.event, "label", None) or ""
