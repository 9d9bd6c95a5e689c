"""What a person may ask for: all that is held about them, and that it be erased."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from queue_service.domain.asking import Field
from queue_service.domain.events import from_ms
from queue_service.records.audit import Deed, note
from queue_service.records.people.finding import of_digests
from queue_service.records.people.given import read_digits, read_phone
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.people import Person, TicketName, erase, of_ticket, read_people
from queue_service.records.people.tables import purposes
from queue_service.records.tables import audit

ERASED, EXPORTED = "person.erased", "person.exported"


@dataclass(frozen=True, slots=True)
class Whom:
    """By what they are looked for."""

    nik: str | None = None
    phone: str | None = None
    ticket: TicketName | None = None

    def clause(self, keys: KeyRing) -> ColumnElement[bool]:
        """Raises Invalid."""
        if self.ticket is not None:
            return of_ticket(self.ticket)
        if self.nik is not None:
            return of_digests(Field.NIK, keys.digests(Field.NIK, read_digits(self.nik)))
        return of_digests(Field.PHONE, keys.digests(Field.PHONE, read_phone(self.phone or "")))


def export(connection: Connection, keys: KeyRing, whom: Whom, by: str, now: datetime) -> dict[str, Any]:
    """In plain JSON; that it was asked for is noted. Raises Invalid, Unreadable."""
    found = read_people(connection, keys, whom.clause(keys))
    deeds = _deeds_about(connection, [person.id for person in found])
    wordings = {
        row.id: json.loads(row.wording)
        for row in connection.execute(select(purposes).where(purposes.c.id.in_([one.wording for one in found])))
    }
    for person in found:
        note(connection, Deed(by, EXPORTED, person.id, person.ticket[0]), now)
    return {
        "made_at": now.isoformat(),
        "held": [
            {
                "ticket": _ticket(person.ticket),
                "queue": person.queue,
                "given_at": person.at.isoformat(),
                "given_through": person.source,
                "data": dict(person.values),
                "told": wordings.get(person.wording, {"wording": person.wording}),
                "agreed_to_keeping": list(person.agreed),
                "used": deeds.get(person.id, []),
            }
            for person in found
        ],
    }


def erase_all(connection: Connection, keys: KeyRing, whom: Whom, deed: tuple[str, str], now: datetime) -> list[Person]:
    """Whose fields were erased. `deed`: who does it, and why. Raises Invalid, Unreadable."""
    by, reason = deed
    found = [person for person in read_people(connection, keys, whom.clause(keys)) if person.values]
    for person in found:
        fields = ",".join(sorted(person.values))
        note(connection, Deed(by, ERASED, person.id, person.ticket[0], {"reason": reason, "fields": fields}), now)
    erase(connection, [person.id for person in found], now)
    return found


def _deeds_about(connection: Connection, ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Reveals and the like, by row: who did it, when and why."""
    asked = select(audit).where(audit.c.what.like("person.%"), audit.c.subject.in_(list(ids))).order_by(audit.c.id)
    deeds: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(asked):
        at = from_ms(row.id >> 20).isoformat()
        deeds.setdefault(row.subject, []).append({"what": row.what, "by": row.by, "at": at, **json.loads(row.detail)})
    return deeds


def _ticket(ticket: TicketName) -> dict[str, str]:
    branch, day, label = ticket
    return {"branch": branch, "day": day.isoformat(), "label": label}
