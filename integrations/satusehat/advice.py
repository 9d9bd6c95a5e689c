"""`antrean satusehat advise`: the times that were measured, for whoever sends them. It asks nobody outside."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy import Connection

from integrations import ledger
from integrations.contract import Item
from integrations.satusehat.chosen import Chosen, choose
from integrations.satusehat.marks import VISIT, Marks, marks_from
from integrations.satusehat.translate import states_of
from integrations.satusehat.visits import Visit, visits_of, without_undone
from queue_service.domain.branches import Branch
from queue_service.faults import Fault
from queue_service.journal.epochs import epoch_now
from queue_service.records.identifiers import Identifier, identifiers_on
from queue_service.setting_up import open_records_here

READ_AT_ONCE = 1000
COLUMNS = (
    *("branch", "day", "number", "visit", "queue", "location", "practitioner"),
    *("arrived", "in_progress", "left", "cancelled", "state"),
)

Row = Mapping[str, str]


class Off(Fault):
    """The connection does nothing."""


async def print_advice(day: date, form: str, name: str | None) -> None:
    async with open_records_here() as records:
        chosen = await choose(records, name)
        if chosen.settings.mode == "off":
            raise Off(f"{chosen.plan.id} stands at mode: off. With mode: advise it reports, and sends nothing.")
        rows = [row for branch in chosen.branches for row in await records.database.read(_reading(chosen, branch, day))]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=1) if form == "json" else _as_csv(rows), nl=form == "json")


def _reading(chosen: Chosen, branch: Branch, day: date) -> Any:
    def read(connection: Connection) -> list[Row]:
        items = list(_items(connection, branch.id, day))
        return list(rows_of(items, identifiers_on(connection, branch.id, VISIT, day), branch, chosen))

    return read


def _items(connection: Connection, branch: str, day: date) -> Iterator[Item]:
    epoch, after = epoch_now(connection), 0
    while items := ledger.read_items(connection, epoch, (branch, day), after, READ_AT_ONCE):
        yield from items
        after = items[-1].seq


def rows_of(items: Iterable[Item], named: Iterable[Identifier], branch: Branch, chosen: Chosen) -> Iterator[Row]:
    """A row for each visit, in the order in which the tickets were given. `named`: by the hospital's own system."""
    histories: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if label := item.fields.get("label"):
            histories[label].append(item)
    marks: dict[str, list[Identifier]] = defaultdict(list)
    for one in named:
        marks[one.label].append(one)
    clinics = {clinic.queue for clinic in chosen.settings.clinics}
    for label, history in histories.items():
        visits = visits_of(without_undone(history), clinics)
        for place, visit in enumerate(visits):
            head = {"branch": branch.id, "day": history[0].day.isoformat(), "number": label}
            yield {
                **head,
                **_row(visit, place, marks_from(marks[label], (branch.id, history[0].day, label)), branch, chosen),
            }


def _row(visit: Visit, place: int, marks: Marks, branch: Branch, chosen: Chosen) -> Row:
    def told(at: datetime | None) -> str:
        return "" if at is None else branch.local(at).isoformat(timespec="seconds")

    clinic = next(clinic for clinic in chosen.settings.clinics if clinic.queue == visit.queue)
    return {
        "visit": marks.simrs_number(place, visit.queue) or "",
        "queue": visit.queue,
        "location": clinic.location or "",
        "practitioner": clinic.practitioner or "",
        "arrived": told(visit.arrived_at),
        "in_progress": told(visit.seen_at),
        "left": told(visit.left_at),
        "cancelled": told(visit.cancelled_at),
        "state": states_of(visit, finishes=True)[-1][0],
    }


def _as_csv(rows: Sequence[Row]) -> str:
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()
