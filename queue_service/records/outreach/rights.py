"""What a person may ask for who is in a request, or made one: all that is held, and that it be erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection

from queue_service.records.audit import Deed, note
from queue_service.records.outreach.sealing import Known, erase_rows, read_known
from queue_service.records.outreach.tables import outreach_people
from queue_service.records.people.given import read_digits, read_phone
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.rights import ERASED, EXPORTED, Whom


def _clause(whom: Whom, keys: KeyRing) -> ColumnElement[bool] | None:
    """None for whoever is looked for by a ticket: a request has none. Raises Invalid."""
    if whom.nik is not None:
        return outreach_people.c.nik_digest.in_(keys.digests("nik", read_digits(whom.nik)))
    if whom.phone is not None:
        return outreach_people.c.phone_digest.in_(keys.digests("phone", read_phone(whom.phone)))
    return None


def _found(connection: Connection, keys: KeyRing, whom: Whom) -> list[Known]:
    clause = _clause(whom, keys)
    known = read_known(connection, keys, clause) if clause is not None else []
    return [one for one in known if one.values]


def export_requests(connection: Connection, keys: KeyRing, whom: Whom, by: str, now: datetime) -> list[dict[str, Any]]:
    """In plain JSON; that it was asked for is noted. Raises Invalid, Unreadable."""
    found = _found(connection, keys, whom)
    for known in found:
        note(connection, Deed(by, EXPORTED, known.id, known.office), now)
    return [
        {
            "request": known.request,
            "person": known.person,
            "office": known.office,
            "given_at": known.at.isoformat(),
            "given_through": known.source,
            "data": dict(known.values),
            "agreed_to_keeping": list(known.agreed),
        }
        for known in found
    ]


def erase_requests(
    connection: Connection, keys: KeyRing, whom: Whom, deed: tuple[str, str], now: datetime
) -> list[Known]:
    """Whose fields were erased. `deed`: who does it, and why. Raises Invalid, Unreadable."""
    by, reason = deed
    found = _found(connection, keys, whom)
    for known in found:
        fields = ",".join(sorted(known.values))
        note(connection, Deed(by, ERASED, known.id, known.office, {"reason": reason, "fields": fields}), now)
    erase_rows(connection, [known.id for known in found], now)
    return found
