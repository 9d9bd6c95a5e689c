"""What a set-up file says of a hospital's SIMRS."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from integrations.bpjs.clinics import read_hours
from integrations.contract import SystemSettings
from integrations.simrs.presets import EVERY, NEEDED, PRESETS, Names, Tables

_is_name = re.compile(r"[A-Za-z0-9_$]{1,64}").fullmatch


def _check_name(name: str) -> str:
    if not _is_name(name):
        raise ValueError("expected a name of letters, digits and _")
    return name


def _check_hours(text: str) -> str:
    read_hours(text)
    return text.replace(" ", "")


Name = Annotated[str, AfterValidator(_check_name)]
Code = Annotated[str, Field(min_length=1, max_length=20)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClinicPlan(Part):
    """Who comes to this clinic, to this doctor and in these hours, where they are named, waits in `queue`."""

    clinic: Code
    doctor: Code | None = None
    hours: Annotated[str, AfterValidator(_check_hours)] | None = None
    queue: str
    counter: str | None = None  # where the SIMRS calls them to; otherwise the first that serves the queue
    journey: str | None = None  # by which they come to it, where our counters lead
    new_journey: str | None = None  # and who was never here before

    def takes(self, clinic: str, doctor: str, at: time | None) -> bool:
        if clinic.upper() != self.clinic.upper() or (self.doctor and doctor.upper() != self.doctor.upper()):
            return False
        return self.hours is None or at is None or at < read_hours(self.hours)[1]


class PharmacyPlan(Part):
    queue: str
    compounded_queue: str | None = None  # of those whose medicine has to be made; otherwise the same
    counter: str | None = None
    compounded_counter: str | None = None
    ends: Literal["handed", "validated"] = "handed"  # which moment of a prescription is the end of a visit

    @property
    def queues(self) -> tuple[str, ...]:
        return tuple({self.queue: None, self.compounded_queue or self.queue: None})


class AdmissionPlan(Part):
    """Numbers before registration. `kind`: which of several; `desks`: our counters by what the SIMRS calls them."""

    queue: str
    kind: str | None = None
    desks: dict[str, str] = {}


class BirthsPlan(Part):
    """Mothers are offered this errand of the branch. `queue`: where one who has no number here gets one; `days`: how
    long after the registration of the child this is still done."""

    errand: str
    queue: str | None = None
    days: Annotated[int, Field(ge=0, le=14)] = 3


class TablePlan(Part):
    """Names that differ from the preset's. `name` empty: the hospital has no such table."""

    name: Annotated[str, AfterValidator(lambda name: name and _check_name(name))] | None = None
    columns: dict[str, Name] = {}


class SimrsSettings(SystemSettings):
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 3306
    database: Name
    user: Annotated[str, Field(min_length=1, max_length=80)]
    ca_file: Path | None = None  # the connection is encrypted then, and the server has to be who it says it is
    preset: Literal["khanza", "mlite", "khanza-pendaftaran", "khanza-smc"]
    tables: dict[str, TablePlan] = {}
    leads: Literal["simrs", "antrean"]
    follows: Literal["snapshot", "binlog"] = "snapshot"
    seconds: Annotated[float, Field(ge=1, le=10)] = 2
    clinics: Annotated[list[ClinicPlan], Field(min_length=1)]
    pharmacy: PharmacyPlan | None = None
    admission: list[AdmissionPlan] = []
    # Where files are received in bulk, or nurses write the first notes, these moments do not mean what they say.
    received: Literal["serve", "nothing"] = "serve"
    examined: Literal["complete", "nothing"] = "complete"
    name: Literal["masked"] | None = None
    people: list[Literal["card", "nik", "phone", "record"]] = []
    encounters: bool = False  # whether the SIMRS sends them to SATUSEHAT, and notes which
    births: BirthsPlan | None = None
    rights: Literal["refuse", "warn"] = "refuse"  # where the database user may do more than read

    @field_validator("tables")
    @classmethod
    def tables_are_known(cls, tables: dict[str, TablePlan]) -> dict[str, TablePlan]:
        for table, plan in tables.items():
            if table not in EVERY:
                raise ValueError(f"expected one of {', '.join(sorted(EVERY))}, not “{table}”")
            if strange := sorted(plan.columns.keys() - EVERY[table]):
                raise ValueError(f"{table}: expected one of {', '.join(sorted(EVERY[table]))}, not “{strange[0]}”")
            if plan.name == "" and table in NEEDED:
                raise ValueError(f"{table}: nothing can be followed without this table")
        return tables

    @model_validator(mode="after")
    def queues_stand_once(self) -> Self:
        pharmacy = self.pharmacy.queues if self.pharmacy else ()
        for plan in self.clinics:
            if self.leads == "simrs" and (plan.journey or plan.new_journey):
                raise ValueError("expected “leads: antrean” where a clinic has a journey: our counters call on it")
            if plan.queue in pharmacy:
                raise ValueError(f"expected “{plan.queue}” to be a clinic's queue or the pharmacy's, not both")
        return self

    @property
    def names(self) -> Tables:
        """The preset's, with what this hospital calls otherwise."""
        tables: dict[str, Names] = dict(PRESETS[self.preset])
        if not self.encounters:
            tables.pop("encounters", None)
        if self.births is None:
            for table in ("births", "rooming", "deaths"):
                tables.pop(table)
        for table, plan in self.tables.items():
            known = tables.get(table, Names(""))
            if plan.name == "":
                tables.pop(table, None)
            elif plan.name or known.table:
                tables[table] = Names(plan.name or known.table, {**known.columns, **plan.columns})
        return tables

    def clinic_of(self, clinic: str, doctor: str, at: time | None) -> ClinicPlan | None:
        """The first that takes who is registered at this time; after the last hours, the last."""
        fitting = [plan for plan in self.clinics if plan.takes(clinic, doctor, at)]
        late = [plan for plan in self.clinics if plan.takes(clinic, doctor, None)]
        return next(iter(fitting), None) or next(reversed(late), None)
