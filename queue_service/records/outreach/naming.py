"""Who has a team's tickets: kept as of any ticket, for those who call them at the stop."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, and_, insert, select

from queue_service.domain.asking import Field
from queue_service.domain.events import to_ms
from queue_service.domain.requests import Visit
from queue_service.records.outreach.given import ASKS
from queue_service.records.outreach.sealing import CONTACT, read_known
from queue_service.records.outreach.tables import outreach_people
from queue_service.records.people.given import wording_id
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.people import closed, erase
from queue_service.records.people.tables import people

SOURCE = "outreach"


def name_tickets(connection: Connection, keys: KeyRing, request: str, visit: Visit, now: datetime) -> None:
    """With the number at which those who asked can be called: most of the people have none that is known."""
    of_it = and_(outreach_people.c.request == request, outreach_people.c.erased_ms.is_(None))
    known = {one.person: one for one in read_known(connection, keys, of_it)}
    phone = known[CONTACT].values.get("phone", "") if CONTACT in known else ""
    for person, label in visit.labels:
        if (one := known.get(person)) is None or not one.values:
            continue
        values = {Field.NAME: one.values.get("name", ""), Field.NIK: one.values.get("nik", ""), Field.PHONE: phone}
        row = secrets.token_hex(16)
        connection.execute(
            insert(people).values(
                id=row,
                branch=visit.branch,
                day=visit.day,
                label=label,
                queue=visit.queue,
                at_ms=to_ms(now),
                source=SOURCE,
                wording=wording_id(ASKS),
                agreed=",".join(one.agreed),
                **closed(keys, row, {asked: text for asked, text in values.items() if text}),
            )
        )


def unname_tickets(connection: Connection, place: tuple[str, date], labels: Sequence[str], now: datetime) -> None:
    of_them = and_(people.c.branch == place[0], people.c.day == place[1], people.c.label.in_(list(labels)))
    ids = list(connection.execute(select(people.c.id).where(of_them, people.c.source == SOURCE)).scalars())
    erase(connection, ids, now)
