"""Places that are still booked for a request which has them no more: written down in the transaction that takes them
from it, and crossed out in the one that gives them back, whatever breaks between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Connection, delete, insert, select, tuple_

from queue_service.domain.requests import OutreachRequest
from queue_service.records.outreach.tables import outreach_owed

Place = tuple[str, date]
Held = tuple[str, date, str]  # a team, its day and a ticket's label


def held_by(request: OutreachRequest) -> frozenset[Held]:
    """Nothing any more by one that has ended."""
    visits = request.visits if request.is_open else ()
    return frozenset((visit.branch, visit.day, label) for visit in visits for _, label in visit.labels)


def owe(connection: Connection, request: str, places: Collection[Held]) -> None:
    rows = [{"branch": branch, "day": day, "label": label, "request": request} for branch, day, label in sorted(places)]
    if rows:
        connection.execute(insert(outreach_owed), rows)


def cross_out(connection: Connection, places: Collection[Held]) -> None:
    found = outreach_owed.c
    if places:
        connection.execute(delete(outreach_owed).where(tuple_(found.branch, found.day, found.label).in_(list(places))))


def read_owed(connection: Connection, request: str | None) -> Mapping[Place, list[str]]:
    """Labels by team and day; of one request, or of all."""
    rows = select(outreach_owed).order_by(outreach_owed.c.day, outreach_owed.c.branch, outreach_owed.c.label)
    if request is not None:
        rows = rows.where(outreach_owed.c.request == request)
    labels = defaultdict[Place, list[str]](list)
    for row in connection.execute(rows):
        labels[row.branch, row.day].append(row.label)
    return labels
