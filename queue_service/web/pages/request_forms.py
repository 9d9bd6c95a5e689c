"""The form of a request for a visit, as visitors and staff fill it in: no JavaScript needed, and a row for each person.

Unlike a queue's short question it is shown again with what was typed, to whoever typed it: a list of people is too much
to write twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid
from queue_service.domain.outreach import Outreach, OutreachService
from queue_service.domain.requests import Asker
from queue_service.records.outreach.entries import AFTER_VISIT
from queue_service.records.outreach.given import ASKS, outreach_of
from queue_service.regions import Village
from queue_service.web.fields import Lists
from queue_service.web.house import House
from queue_service.web.pages.forms import new_key
from queue_service.web.pages.request_words import ASKERS, NEEDS, worded
from queue_service.web.requests import PersonGiven, RequestGiven

Json = dict[str, Any]

MOST_ROWS = 20  # on a page; longer lists come as a file
MOST_FIELDS = 20 * 12 + 20
ROWS_MORE = 5
CONTACT = ("name", "phone", "body", "place", "access", "letter")
TEXTS = (*CONTACT, "asker", "first", "last", "consent", "key")


def first(sent: Lists, name: str) -> str:
    return next(iter(sent.get(name, ())), "").strip()


def rows_of(sent: Lists) -> int:
    """As many as are shown; “more” asks for some more."""
    text = first(sent, "rows")
    rows = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    wanted = rows + ROWS_MORE if "more" in sent else rows
    return max(1, min(wanted, MOST_ROWS))


def given_in(sent: Lists, village: str) -> RequestGiven:
    """Rows without a name are no people. Raises Invalid."""
    people = [
        PersonGiven(
            first(sent, f"name{n}"),
            first(sent, f"service{n}"),
            sent.get(f"need{n}", ()),
            first(sent, f"year{n}"),
            first(sent, f"nik{n}"),
        )
        for n in range(1, rows_of(sent) + 1)
        if first(sent, f"name{n}")
    ]
    contact = {name: first(sent, name) for name in CONTACT}
    days = (read_day(first(sent, name)) for name in ("first", "last"))
    return RequestGiven(first(sent, "asker"), village, people, contact, first(sent, "consent") == "yes", *days)


def read_day(text: str) -> date | None:
    """Raises Invalid."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("day: expected a day such as 2026-11-23.") from None


def form_of(house: House, office: Branch, village: Village, sent: Lists, language: str) -> Json:
    """What the fields of the form are filled with."""
    outreach = outreach_of(office)
    return {
        "village": village,
        "key": first(sent, "key") or new_key(),
        "askers": worded(language, ASKERS),
        "needs": worded(language, NEEDS),
        "services": services_of(outreach, language),
        "texts": {name: first(sent, name) for name in TEXTS} | {"asker": first(sent, "asker") or Asker.FAMILY.value},
        "rows": [_row(sent, n) for n in range(1, rows_of(sent) + 1)],
        "may_have_more": rows_of(sent) < MOST_ROWS,
        "most_rows": MOST_ROWS,
        "purpose": ASKS.purpose.in_language(language),
        "days": {asked.value: days + AFTER_VISIT.days for asked, days in office.retention_days.items()},
    }


def _row(sent: Lists, n: int) -> Json:
    texts = {name: first(sent, f"{name}{n}") for name in ("name", "year", "service", "nik")}
    return {"n": n, **texts, "needs": sent.get(f"need{n}", ())}


def services_of(outreach: Outreach, language: str, only: Sequence[str] | None = None) -> list[Json]:
    """With what to have ready for each."""
    services: Mapping[str, OutreachService] = outreach.services
    return [
        {
            "id": one.id,
            "name": one.name.in_language(language),
            "requirements": [requirement.in_language(language) for requirement in one.requirements],
        }
        for one in services.values()
        if only is None or one.id in only
    ]
