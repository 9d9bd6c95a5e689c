"""When the team comes, in words. `display/static/trip.js` says the same."""

from __future__ import annotations

from datetime import datetime

from queue_service.domain.coming import Coming, Outlook, outlook
from queue_service.domain.floors import Floor
from queue_service.web.languages import clock, counted, long_date, sentence


def coming_words(floor: Floor, queue: str, now: datetime, language: str, due: datetime | None = None) -> str:
    """Empty where nobody travels."""
    found = outlook(floor, queue, now, due)
    return "" if found is None else _words(floor, found, language)


def _words(floor: Floor, found: Outlook, language: str) -> str:
    earliest, latest = floor.branch.local(found.earliest), floor.branch.local(found.latest)
    days = {"from": long_date(language, earliest.date()), "to": long_date(language, latest.date())}
    hours = {"from": clock(language, earliest), "to": clock(language, latest)}
    match found.coming:
        case Coming.WEEK:
            return sentence(language, "The team comes between {from} and {to}.", **days)
        case Coming.DAY:
            return sentence(language, "The team comes on {day}.", day=days["from"])
        case Coming.HOUR:
            return sentence(language, "The team comes on {day}, between {from} and {to}.", day=days["from"], **hours)
        case Coming.LIVE if found.stops:
            return counted(
                language,
                "The team is {n} stop away, about {from}–{to}.",
                "The team is {n} stops away, about {from}–{to}.",
                found.stops,
                **hours,
            )
        case Coming.LIVE:
            return sentence(language, "The team is on its way here, about {from}–{to}.", **hours)
        case Coming.THERE:
            return sentence(language, "The team is here.")
        case Coming.LEFT:
            return sentence(language, "The team has left.")
        case Coming.CANCELLED:
            return sentence(language, "This visit was cancelled.")
