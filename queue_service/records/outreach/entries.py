"""The journals of requests: reading and writing them within a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from queue_service.domain.errors import NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.domain.request_events import RequestEntry, RequestEvent, event_fields, read_event
from queue_service.domain.requesting import apply
from queue_service.domain.requests import OPEN, OutreachRequest
from queue_service.records.outreach.owed import cross_out, held_by, owe
from queue_service.records.outreach.tables import outreach_entries, outreach_people, outreach_requests

AFTER_VISIT = timedelta(days=7)  # in which whoever was not there may still be called, and be given another


def read_requests(connection: Connection, where: ColumnElement[bool]) -> dict[str, OutreachRequest]:
    """By id; `where` is about their rows in outreach_requests. In the order of their promises."""
    heads = select(outreach_requests.c.id).where(where)
    found = outreach_requests.c
    order = select(found.id).where(where).order_by(found.promised_by, found.id)
    folded: dict[str, OutreachRequest | None] = dict.fromkeys(connection.execute(order).scalars())
    rows = connection.execute(
        select(outreach_entries)
        .where(outreach_entries.c.request.in_(heads))
        .order_by(outreach_entries.c.request, outreach_entries.c.seq)
    )
    for row in rows:
        folded[row.request] = apply(folded.get(row.request), row.request, _entry_of(row))
    return {id_: request for id_, request in folded.items() if request is not None}


def read_request(connection: Connection, id_: str) -> OutreachRequest:
    """Raises NotFound."""
    found = read_requests(connection, outreach_requests.c.id == id_)
    if id_ not in found:
        raise NotFound("There is no request {request}.", request=id_)
    return found[id_]


def read_entries(connection: Connection, id_: str) -> list[RequestEntry]:
    asked = select(outreach_entries).where(outreach_entries.c.request == id_).order_by(outreach_entries.c.seq)
    return [_entry_of(row) for row in connection.execute(asked)]


def _entry_of(row: Any) -> RequestEntry:
    return RequestEntry(row.seq, from_ms(row.at_ms), row.by, read_event(row.kind, json.loads(row.fields)))


def entry_row(id_: str, entry: RequestEntry) -> dict[str, Any]:
    return {
        "request": id_,
        "seq": entry.seq,
        "at_ms": to_ms(entry.at),
        "by": entry.by,
        "kind": entry.event.kind,
        "fields": json.dumps(event_fields(entry.event), ensure_ascii=False, separators=(",", ":")),
    }


def head_row(request: OutreachRequest) -> dict[str, Any]:
    """`ends_on` apart, which is for the people too."""
    return {
        "id": request.id,
        "office": request.office,
        "village": request.village,
        "state": request.state.value,
        "received_ms": to_ms(request.received),
        "promised_by": request.promised_by,
        "waiting": len(request.waiting),
        "ends_on": ends_on(request),
    }


def ends_on(request: OutreachRequest) -> date | None:
    """From when what is kept of its people is counted; None while it is open, and nobody knows when that ends."""
    if not request.is_open:
        return request.changed_at.date()
    return request.visit.day + AFTER_VISIT if request.visit and not request.waiting else None


def write_entries(
    connection: Connection, request: OutreachRequest, events: Iterable[RequestEvent], by: str, at: datetime
) -> OutreachRequest:
    """After all that it has; places that it loses by it are owed from then on. Raises IntegrityError where somebody was
    quicker."""
    moment, had = max(at, request.changed_at), held_by(request)
    for event in events:
        entry = RequestEntry(request.seq + 1, moment, by, event)
        connection.execute(insert(outreach_entries).values(**entry_row(request.id, entry)))
        request = apply(request, request.id, entry)
    _write_head(connection, request)
    cross_out(connection, held_by(request) - had)
    owe(connection, request.id, had - held_by(request))
    return request


def _write_head(connection: Connection, request: OutreachRequest) -> None:
    row = head_row(request)
    connection.execute(update(outreach_requests).where(outreach_requests.c.id == request.id).values(**row))
    of_it = outreach_people.c.request == request.id
    connection.execute(update(outreach_people).where(of_it).values(ends_on=row["ends_on"]))


def wait_for_numbers(connection: Connection) -> None:
    """Until it is this transaction's turn to give some: in a rush whoever only tried again could lose each time."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('outreach_requests', 0))"))


def last_number(connection: Connection, year: str) -> int:
    """Of the requests that were received in a year of two digits."""
    id_ = outreach_requests.c.id
    of_year = select(id_).where(id_.startswith(f"JB-{year}-"))
    last = connection.execute(of_year.order_by(func.length(id_).desc(), id_.desc()).limit(1)).scalar()
    return int(last.rpartition("-")[2]) if last else 0


def number_of(year: str, number: int) -> str:
    return f"JB-{year}-{number:05d}"


def states(names: Sequence[str]) -> ColumnElement[bool]:
    return outreach_requests.c.state.in_(list(names))


def counted(connection: Connection, office: str) -> Mapping[str, int]:
    """By state."""
    found = outreach_requests.c
    numbers = select(found.state, func.count().label("number")).where(found.office == office).group_by(found.state)
    return {row.state: row.number for row in connection.execute(numbers)}


OPEN_STATES = [state.value for state in OPEN]
