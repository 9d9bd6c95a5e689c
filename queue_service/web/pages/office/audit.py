"""Who did what when: the audit trail, and beside it what the journal of a branch's day says."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.domain.events import Entry
from queue_service.records.audit import Audited
from queue_service.records.roles import Right
from queue_service.web.languages import N_
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.entries import EVENT_WORDS
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.trail import AT_ONCE, ID_DIGITS, Question, logins_seen, named_by, read_trail

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

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
    "connection.retry": N_("Delivery tried again"),
    "connection.drop": N_("Delivery dropped"),
    "connection.tested": N_("Connection tested"),
    "key.created": N_("Key made"),
    "key.revoked": N_("Key revoked"),
    "connection_tokens.revoked": N_("Tokens of a connection revoked"),
    "account.added": N_("Account made"),
    "account.granted": N_("Rights changed"),
    "account.password": N_("Password set"),
    "account.renamed": N_("Account renamed"),
    "account.disabled": N_("Account disabled"),
    "account.enabled": N_("Account enabled"),
    "account.openid": N_("Sign-in provider allowed"),
    "account.linked": N_("Sign-in provider linked"),
    "account.signed-out": N_("Signed out by somebody else"),
    "device.paired": N_("Device paired"),
    "device.assigned": N_("Device assigned"),
    "device.revoked": N_("Device revoked"),
    "ticket.shown_again": N_("Number's code shown again"),
    "case.opened": N_("Request number given by hand"),
    "case.set": N_("Stage of a paper set by hand"),
    "cases.imported": N_("Export of papers taken"),
    "identity.checked": N_("Identity checked"),
    "people.sought": N_("Person looked for"),
    "person.revealed": N_("Person's data shown in full"),
    "complaint.revealed": N_("Words or contact of a complaint shown in full"),
    "person.exported": N_("Person's data given to them"),
    "person.passed_on": N_("Person's data passed on, as agreed"),
    "person.erased": N_("Person's data erased"),
    "field.taken": N_("Day taken along"),
    "field.returned": N_("Day brought back"),
    "field.reclaimed": N_("Day reclaimed"),
    "field.restored": N_("Taking of a day known again after a restore"),
    "field.annexed": N_("Entries kept beside a day"),
    "breach.recorded": N_("Data breach recorded"),
    "breach.told": N_("Data breach reported"),
    "sign-in": N_("Sign-in"),
    "sign-in.refused": N_("Sign-in refused"),
}


@router.get("/office/audit")
async def audit(request: Request) -> Response:
    at = await visit(request, Right.READ_AUDIT)
    query = request.query_params
    branch, day = query.get("branch", ""), _day(query.get("day", ""))
    by, what = query.get("by", "").strip()[:80], query.get("what", "").strip()[:64]
    before = int(before) if (before := query.get("before", "")).isdecimal() and len(before) <= ID_DIGITS else None
    found = await read_trail(at.house, at.staff, Question(by, what, branch, day, before))
    known, name = at.house.branches.all.get(branch), named_by(at.house, at.staff, by)
    journal = None if known is None or day is None else await at.house.journal.read((branch, day))
    entries = [entry for entry in reversed(journal or []) if name in entry.by or name in _label(entry)]
    skip = int(skip) if (skip := query.get("skip", "")).isdecimal() and len(skip) < 9 else 0
    shown = entries[skip:][:AT_ONCE]
    return at.page(
        "audit.html",
        logins=logins_seen(at.house, at.staff),
        deeds=[_row(at, one) for one in found.entries],
        older=None if found.before is None else _again(request, before=found.before),
        asked={"by": by, "what": what, "branch": branch, "day": day.isoformat() if day else ""},
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
