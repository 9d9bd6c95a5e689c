"""A row in every table of people's data."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, insert

from queue_service.domain.asking import Asks, Field, Need
from queue_service.domain.branches import Queue
from queue_service.domain.names import Name
from queue_service.journal.claims import Claim, write_claims
from queue_service.records.people.breaches import Breach, record_breach
from queue_service.records.people.given import Given, wording_id, wording_of
from queue_service.records.people.people import People
from queue_service.records.people.tables import purposes, retention_runs

ASKS = Asks({Field.NAME: Need.REQUIRED}, Name("Agar Anda dapat dipanggil.", "So that you can be called."))


def keep_somebody(connection: Connection, people: People, branch: str, now: datetime) -> None:
    queue = Queue("poli", Name("Poli", "Clinic"), "A", asks=ASKS)
    _, write = people.write_for(queue, Given({"name": "Planted Persona"}), "kiosk", now)
    assert write is not None
    write(connection, (branch, now.date()), "A-001")
    wording = {"id": wording_id(ASKS), "branch": branch, "queue": "poli", "wording": wording_of(ASKS)}
    connection.execute(insert(purposes).values(wording))
    write_claims(connection, [(Claim(branch, "poli", ("digest",)), (now.date(), "A-001"))])
    day_before: date = now.date() - timedelta(days=1)
    connection.execute(insert(retention_runs).values(day=day_before, at_ms=0, report="[]"))
    record_breach(connection, Breach(now, "Laptop hilang.", "name", 12), "command:test", now)
