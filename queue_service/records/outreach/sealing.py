"""Rows of those whom a request is about, closed and opened with the same keys as those of tickets."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from queue_service.domain.events import from_ms, to_ms
from queue_service.records.outreach.given import ASKS, LONGEST, Contact, Who
from queue_service.records.outreach.tables import outreach_people
from queue_service.records.people.given import wording_id
from queue_service.records.people.keys import KeyRing

CONTACT = "contact"
SEALED = ("name", "phone", "nik", "detail")
DIGESTED = ("phone", "nik")
ERASED_COLUMNS = (*SEALED, *(f"{name}_digest" for name in DIGESTED))


@dataclass(frozen=True, slots=True)
class Known:
    """A row, opened. `values` has what is still kept of name, phone, nik and detail."""

    id: str
    request: str
    person: str
    office: str
    at: datetime
    source: str
    wording: str
    agreed: tuple[str, ...]
    values: Mapping[str, str]

    @property
    def contact(self) -> Contact:
        """Of the row of who asked."""
        detail = json.loads(self.values.get("detail", "{}"))
        texts = {name: detail[name] for name in LONGEST if name in detail}
        return Contact(self.values.get("name", ""), self.values.get("phone", ""), **texts)


def values_of(whose: Contact | Who) -> dict[str, str]:
    if isinstance(whose, Contact):
        detail = json.dumps(whose.detail, ensure_ascii=False) if whose.detail else ""
        return {"name": whose.name, "phone": whose.phone, "detail": detail}
    return {"name": whose.name, "nik": whose.nik}


def new_row(keys: KeyRing, office: str, source: str, values: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """All columns but those that say whose it is in which request."""
    id_ = secrets.token_hex(16)
    return {
        "id": id_,
        "office": office,
        "at_ms": to_ms(now),
        "source": source,
        "wording": wording_id(ASKS),
        "agreed": "nik" if values.get("nik") else "",
        **closed(keys, id_, values),
    }


def closed(keys: KeyRing, row: str, values: Mapping[str, str]) -> dict[str, Any]:
    columns: dict[str, Any] = {"key": keys.newest}
    for name in SEALED:
        text = values.get(name)
        columns[name] = keys.encrypt(row, name, text) if text else None
        if name in DIGESTED:
            columns[f"{name}_digest"] = keys.digest(name, text) if text else None
    return columns


def opened(keys: KeyRing, row: Any) -> dict[str, str]:
    """Raises Unreadable."""
    sealed: Mapping[str, bytes | None] = {name: getattr(row, name) for name in SEALED}
    return {name: keys.decrypt(row.key, row.id, name, value) for name, value in sealed.items() if value is not None}


def read_known(connection: Connection, keys: KeyRing, where: ColumnElement[bool]) -> list[Known]:
    """Raises Unreadable."""
    rows = connection.execute(select(outreach_people).where(where).order_by(outreach_people.c.at_ms))
    return [
        Known(
            row.id,
            row.request,
            row.person,
            row.office,
            from_ms(row.at_ms),
            row.source,
            row.wording,
            tuple(filter(None, row.agreed.split(","))),
            opened(keys, row),
        )
        for row in rows
    ]


def write_again(connection: Connection, keys: KeyRing, row: str, values: Mapping[str, str]) -> None:
    """Other values in the place of those that a row had."""
    connection.execute(update(outreach_people).where(outreach_people.c.id == row).values(**closed(keys, row, values)))


def erase_rows(connection: Connection, ids: list[str], now: datetime) -> None:
    nothing = dict.fromkeys(ERASED_COLUMNS)
    connection.execute(
        update(outreach_people).where(outreach_people.c.id.in_(ids)).values(**nothing, erased_ms=to_ms(now))
    )
