"""What was asked for that day's visits: each request with its own journal, and who is to be served, as `people`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from queue_service.domain.errors import Refusal
from queue_service.domain.events import from_ms, to_ms
from queue_service.domain.request_events import RequestEntry, Scheduled, event_fields, read_event
from queue_service.domain.requesting import apply
from queue_service.domain.requests import OutreachRequest
from queue_service.leases.parts.part import At, Part, Untaken
from queue_service.leases.wire import Json
from queue_service.records.outreach import entries as journal
from queue_service.records.outreach.sealing import closed, opened
from queue_service.records.outreach.tables import outreach_entries, outreach_people, outreach_requests

_COLUMNS = ("request", "person", "office", "at_ms", "source", "wording", "agreed", "erased_ms")


def _visited(connection: Connection, at: At) -> list[OutreachRequest]:
    branch, day = at.place
    named = outreach_entries.c.fields.contains(f'"branch":"{branch}","day":"{day.isoformat()}"', autoescape=True)
    ids = select(outreach_entries.c.request).where(outreach_entries.c.kind == Scheduled.kind, named)
    found = journal.read_requests(connection, outreach_requests.c.id.in_(ids)).values()
    return [one for one in found if any((visit.branch, visit.day) == at.place for visit in one.visits)]


def _read(connection: Connection, at: At) -> dict[str, Json]:
    return {
        request.id: {"entries": [_in_json(entry) for entry in journal.read_entries(connection, request.id)]}
        for request in _visited(connection, at)
    }


def _write(connection: Connection, at: At, id_: str, content: Json) -> None:
    """What both sides have is passed over; what the other side has beyond it comes after what is here."""
    sent = [_entry_from(line) for line in content["entries"]]
    known = journal.read_entries(connection, id_)
    if not known:
        return _write_new(connection, id_, sent)
    if not sent or sent[0] != known[0]:
        raise Untaken("taken")  # another request has that number here
    common = next((n for n, (a, b) in enumerate(zip(sent, known, strict=False)) if a != b), min(len(sent), len(known)))
    here = [_said(entry) for entry in known[common:]]
    request = journal.read_request(connection, id_)
    for entry in sent[common:]:
        if _said(entry) in here:  # it came before, and its answer was lost
            here.remove(_said(entry))
            continue
        try:
            request = journal.write_entries(connection, request, [entry.event], entry.by, entry.at)
        except (Refusal, ValueError, KeyError) as error:
            raise Untaken("unfit") from error
    return None


def _write_new(connection: Connection, id_: str, sent: list[RequestEntry]) -> None:
    request = None
    for entry in sent:
        request = apply(request, id_, entry)
    if request is not None:
        connection.execute(insert(outreach_requests).values(**journal.head_row(request)))
        connection.execute(insert(outreach_entries), [journal.entry_row(id_, entry) for entry in sent])


def _in_json(entry: RequestEntry) -> Json:
    event = entry.event
    fields = event_fields(event)
    return {"seq": entry.seq, "at_ms": to_ms(entry.at), "by": entry.by, "kind": event.kind, "fields": fields}


def _entry_from(line: Mapping[str, Any]) -> RequestEntry:
    event = read_event(line["kind"], line["fields"])
    return RequestEntry(line["seq"], from_ms(line["at_ms"]), line["by"], event)


def _said(entry: RequestEntry) -> tuple[str, object]:
    return entry.by, entry.event


def _read_people(connection: Connection, at: At) -> dict[str, Json]:
    """Who asks, and those who have a time on that day: nobody else of the same request."""
    wanted = [_whom(request, at) for request in _visited(connection, at)]
    return {row.id: _person(at, row) for clause in wanted for row in connection.execute(_rows(clause))}


def _whom(request: OutreachRequest, at: At) -> ColumnElement[bool]:
    here = (visit.people for visit in request.visits if (visit.branch, visit.day) == at.place)
    people = sorted(frozenset({"contact"}).union(*here))
    return and_(outreach_people.c.request == request.id, outreach_people.c.person.in_(people))


def _rows(clause: ColumnElement[bool]) -> Any:
    return select(outreach_people).where(clause).order_by(outreach_people.c.id)


def _person(at: At, row: Any) -> Json:
    ends_on = None if row.ends_on is None else row.ends_on.isoformat()
    return {
        **{name: getattr(row, name) for name in _COLUMNS},
        "ends_on": ends_on,
        "values": opened(at.keys, row),
    }


def _write_person(connection: Connection, at: At, id_: str, content: Json) -> None:
    ends_on = None if content["ends_on"] is None else date.fromisoformat(content["ends_on"])
    row = {name: content[name] for name in _COLUMNS}
    row |= {"ends_on": ends_on, **closed(at.keys, id_, content["values"])}
    found = outreach_people.c
    same = and_(found.request == row["request"], found.person == row["person"], found.id != id_)
    if connection.execute(select(found.id).where(same)).first():
        raise Untaken("taken")
    there = connection.execute(select(found.request, found.erased_ms).where(found.id == id_)).one_or_none()
    if there is None:
        connection.execute(insert(outreach_people).values(id=id_, **row))
    elif there.request != row["request"]:
        raise Untaken("elsewhere")
    elif there.erased_ms is None:  # what somebody wanted to be erased stays so
        connection.execute(update(outreach_people).where(found.id == id_).values(**row))


PART = Part("requests", _read, _write, comes_back=True)
PEOPLE = Part("requesters", _read_people, _write_person, comes_back=True)
