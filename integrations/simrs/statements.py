"""What is asked of a SIMRS's database: each a single statement that reads, with the names that this hospital uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    column,
    exists,
    func,
    null,
    select,
    table,
)

from integrations.simrs.presets import Names, Tables

Columns = Select[Any]
Column = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A table by our own words."""

    names: Names
    table: FromClause

    def aliased(self, name: str) -> Named:
        """For a question that needs two of its rows."""
        return Named(self.names, self.table.alias(name))

    @classmethod
    def of(cls, names: Names) -> Named:
        return cls(names, table(names.table, *(column(name) for name in dict.fromkeys(names.columns.values()))))

    def __getitem__(self, name: str) -> Column:
        return self.table.c[self.names.columns[name]]

    def find(self, name: str) -> Column:
        """Nothing, where this hospital has no such column."""
        return self[name] if name in self.names.columns else null()


class Statements:
    """Registrations are found by their key, which begins with the day: the day itself has no index. What the server
    takes for today is never asked, since it may keep another time zone than the programs that write."""

    def __init__(self, tables: Tables) -> None:
        self.tables = {name: Named.of(names) for name, names in tables.items()}
        self.visits = self._visits()
        self.prescriptions = self._prescriptions()
        self.calls = self._of_table("calls", "clinic", "doctor", "visit", "status")
        self.pharmacy_calls = self._of_table("pharmacy_calls", "prescription", "status")
        self.compounded_calls = self._of_table("compounded_calls", "prescription", "status")
        self.numbers = self._numbers()
        self.desks = self._of_table("desks", "desk", "number")
        self.bookings = self._bookings()
        self.births = self._births()

    def _visits(self) -> Columns:
        visits, files, notes = self.tables["visits"], self.tables["files"], self.tables["notes"]
        noted = select(func.min(func.timestamp(notes["day"], notes["time"]))).where(notes["visit"] == visits["visit"])
        joined: FromClause = visits.table.outerjoin(files.table, files["visit"] == visits["visit"])
        code: Column = null()
        new: Column = null()
        encounter: Column = null()
        if codes := self.tables.get("codes"):
            joined = joined.outerjoin(codes.table, codes["visit"] == visits["visit"])
            code, new = codes["code"], codes.find("new")
        if encounters := self.tables.get("encounters"):
            joined = joined.outerjoin(encounters.table, encounters["visit"] == visits["visit"])
            encounter = encounters["encounter"]
        own = ("visit", "number", "day", "time", "doctor", "record", "clinic", "status", "care", "since")
        moments = (files["sent"], files["received"], noted.scalar_subquery())
        asked = [*(visits[name] for name in own), *moments, code, new, encounter]
        return _unlike_names(asked).select_from(joined).where(_of_day(visits["visit"]))

    def _prescriptions(self) -> Columns:
        known, compounds = self.tables["prescriptions"], self.tables["compounds"]
        own = ("prescription", "visit", "status", "written_day", "written_time", "validated_day", "validated_time")
        is_compounded = exists().where(compounds["prescription"] == known["prescription"])
        asked = [*(known[name] for name in (*own, "handed_day", "handed_time")), is_compounded]
        return _unlike_names(asked).select_from(known.table).where(_of_day(known["visit"]))

    def _of_table(self, name: str, *columns: str) -> Columns | None:
        """All of a table that holds only what is called just now."""
        named = self.tables.get(name)
        return _unlike_names([named[each] for each in columns]).select_from(named.table) if named else None

    def _numbers(self) -> Columns | None:
        numbers, states = self.tables.get("numbers"), self.tables.get("number_states")
        if numbers is None:
            return None
        joined: FromClause = numbers.table
        status, desk = numbers.find("status"), numbers.find("desk")
        if states:
            joined = joined.outerjoin(states.table, states["number"] == numbers["number"])
            status, desk = states.find("status"), states.find("desk")
        is_whole = "drawn_at" in numbers.names.columns
        drawn, called = ("drawn_at", "called_at") if is_whole else ("drawn", "called")
        at = [numbers.find(name) for name in ("number", "kind", "day", drawn, called)]
        asked = _unlike_names([*at, status, desk, numbers.find("visit")]).select_from(joined)
        if is_whole:
            moment = numbers["drawn_at"]
            return asked.where(moment >= bindparam("begins"), moment < bindparam("ends"))
        return asked.where(numbers["day"] == bindparam("begins"))

    def _bookings(self) -> Columns | None:
        bookings, codes = self.tables.get("bookings"), self.tables.get("booking_codes")
        if bookings is None:
            return None
        joined: FromClause = bookings.table
        code: Column = null()
        if codes:
            same = and_(codes["record"] == bookings["record"], codes["day"] == bookings["day"])
            joined, code = joined.outerjoin(codes.table, same), codes["code"]
        own = ("record", "clinic", "doctor", "number", "at", "status")
        asked = _unlike_names([*(bookings[name] for name in own), code]).select_from(joined)
        return asked.where(bookings["day"] >= bindparam("begins"), bookings["day"] < bindparam("ends"))

    def _births(self) -> Columns | None:
        """Of children who were registered in these days, and share their mother's room; with who has died of them."""
        births, rooming, deaths = (self.tables.get(name) for name in ("births", "rooming", "deaths"))
        if births is None or rooming is None:
            return None
        visits = self.tables["visits"]
        child, mother = visits.aliased("child"), visits.aliased("mother")
        joined: FromClause = child.table.join(births.table, births["record"] == child["record"])
        joined = joined.join(rooming.table, rooming["child"] == child["visit"])
        joined = joined.join(mother.table, mother["visit"] == rooming["mother"])
        died: Column = null()
        if deaths:
            joined = joined.outerjoin(deaths.table, deaths["record"] == births["record"])
            died = deaths["record"]
        asked = [*(mother[name] for name in ("visit", "record", "status")), died]
        return _unlike_names(asked).select_from(joined).where(_of_day(child["visit"])).order_by(child["visit"])

    def patients(self, fields: Sequence[str], records: Sequence[str]) -> Columns:
        """Of these, and of each no more than the settings name."""
        patients = self.tables["patients"]
        asked = _unlike_names([patients["record"], *(patients[name] for name in fields)])
        return asked.select_from(patients.table).where(patients["record"].in_(records))

    def everything(self) -> dict[str, Columns]:
        """One row at most of each table, which fails where a table, a column or the right to read it is missing."""
        return {
            name: _unlike_names([named[each] for each in named.names.columns]).select_from(named.table).limit(1)
            for name, named in self.tables.items()
        }

    def newest(self) -> Columns:
        """When the last of the day was registered."""
        visits = self.tables["visits"]
        moment = func.max(func.timestamp(visits["day"], visits["time"]))
        return _unlike_names([func.count(), moment]).select_from(visits.table).where(_of_day(visits["visit"]))


def _of_day(visit: Column) -> ColumnElement[bool]:
    return and_(visit >= bindparam("first"), visit < bindparam("beyond"))


def _unlike_names(columns: Sequence[Column]) -> Columns:
    """Several tables may call a column the same."""
    return select(*(each.label(f"c{n}") for n, each in enumerate(columns)))
