"""Which tickets of a team's day were ever given to which request: also after they were taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, select

from queue_service.domain.request_events import Scheduled
from queue_service.records.outreach.tables import outreach_entries

Holder = tuple[str, str]  # a request, and the id of one of its people


def holders_at(connection: Connection, branch: str, day: date) -> Mapping[str, Holder]:
    """By label."""
    fields = outreach_entries.c.fields
    named = fields.contains(f'"branch":"{branch}","day":"{day.isoformat()}"', autoescape=True)
    wanted = select(outreach_entries.c.request, fields).where(outreach_entries.c.kind == Scheduled.kind, named)
    return {
        label: (row.request, person)
        for row in connection.execute(wanted.order_by(outreach_entries.c.at_ms))
        for person, label in json.loads(row.fields)["labels"]
    }
