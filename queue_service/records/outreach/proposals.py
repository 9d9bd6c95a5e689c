"""What a planner proposed for an office: kept until it is asked for anew."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from queue_service.records.outreach.tables import trip_proposals


class Stage(StrEnum):
    BEGUN = "begun"
    MADE = "made"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class KeptProposal:
    """`number`: drawn anew each time. `told`: the proposal as JSON; of one that failed the sentence that says why."""

    office: str
    number: str
    stage: Stage
    at_ms: int
    told: str


def begin_proposal(connection: Connection, office: str, number: str, at_ms: int) -> None:
    """In the place of the one before."""
    connection.execute(delete(trip_proposals).where(trip_proposals.c.office == office))
    values = {"office": office, "number": number, "stage": Stage.BEGUN.value, "at_ms": at_ms, "told": ""}
    connection.execute(insert(trip_proposals).values(**values))


def end_proposal(connection: Connection, made: KeptProposal) -> None:
    """Of one that was asked for anew meanwhile nothing is kept."""
    of_it = trip_proposals.c.office == made.office, trip_proposals.c.number == made.number
    values = {"stage": made.stage.value, "at_ms": made.at_ms, "told": made.told}
    connection.execute(update(trip_proposals).where(*of_it).values(**values))


def find_proposal(connection: Connection, office: str) -> KeptProposal | None:
    row = connection.execute(select(trip_proposals).where(trip_proposals.c.office == office)).one_or_none()
    return None if row is None else KeptProposal(row.office, row.number, Stage(row.stage), row.at_ms, row.told)
