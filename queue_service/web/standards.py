"""Service standards and promises, as plain JSON and in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from queue_service.domain.branches import Branch
from queue_service.domain.floors import Floor
from queue_service.domain.promises import due_of, outlook
from queue_service.domain.standards import Promise, Standard, Unit
from queue_service.domain.tickets import Ticket
from queue_service.web.languages import counted, day_and_month, sentence

Json = dict[str, Any]


def standard_object(standard: Standard | None, day: date, language: str) -> Json | None:
    if standard is None:
        return None
    return {
        "requirements": [each.in_language(language) for each in standard.requirements],
        "steps": [each.in_language(language) for each in standard.steps],
        "promise": str(standard.promise) if standard.promise else None,
        "promise_words": promise_words(language, standard.promise) if standard.promise else None,
        **{
            name: value.in_language(language) if (value := getattr(standard, name)) else None
            for name in ("fee", "product", "complaints")
        },
        "decree": _decree(standard, day),
    }


def _decree(standard: Standard, day: date) -> Json | None:
    if (decree := standard.decree) is None:
        return None
    first, last = (moment.isoformat() if moment else None for moment in (decree.first, decree.last))
    return {
        "number": decree.number,
        "version": decree.version,
        "from": first,
        "to": last,
        "holds": decree.holds_on(day),
        "expired": decree.last is not None and decree.last < day,
    }


def decree_words(language: str, decree: Json) -> str:
    """Its number, and from when and until when it holds."""
    first, last = (date.fromisoformat(decree[end]) if decree[end] else None for end in ("from", "to"))
    parts = [decree["number"]]
    if decree["version"]:
        parts.append(sentence(language, "version {version}", version=decree["version"]))
    if first:
        parts.append(sentence(language, "valid from {day}", day=day_and_month(language, first)))
    if last:
        until = day_and_month(language, last)
        said = sentence(language, "expired on {day}", day=until) if decree["expired"] else None
        parts.append(said or sentence(language, "valid until {day}", day=until))
    return ", ".join(parts)


def promise_words(language: str, promise: Promise) -> str:
    match promise.unit:
        case Unit.MINUTES:
            return counted(language, "{n} minute", "{n} minutes", promise.amount)
        case Unit.HOURS:
            return counted(language, "{n} hour", "{n} hours", promise.amount)
        case Unit.DAYS:
            return counted(language, "{n} working day", "{n} working days", promise.amount)


def standard_of(branch: Branch, ticket: Ticket) -> Standard | None:
    """Of what its holder came for: a journey's, else that of the queue with which the visit began."""
    if ticket.journey in branch.journeys:
        return branch.journeys[ticket.journey].standard
    queue = branch.queues.get(ticket.visited[0] if ticket.visited else ticket.queue)
    return queue.standard if queue else None


def promise_object(floor: Floor, ticket: Ticket, now: datetime) -> Json | None:
    due = due_of(floor.branch, ticket)
    if due is None or ticket.begun_at is None:
        return None
    stamp = floor.branch.local(due).isoformat(timespec="milliseconds")
    return {"due_at": stamp, "outlook": outlook(ticket.begun_at, due, now).value}
