"""What a queue asks of who takes a number there, and what it says about why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from queue_service.domain.names import Name


class Field(StrEnum):
    NAME = "name"
    PHONE = "phone"
    NIK = "nik"
    CARD = "card"  # of the national health insurance
    RECORD = "record"  # the hospital's number of a patient
    REFERENCE = "reference"  # a letter that refers the patient here, or asks them to come again
    IHS = "ihs"  # the patient's number in SATUSEHAT, which tells it itself: no visitor is asked for it


class Need(StrEnum):
    """Required: the office's duty cannot be done without it, so it tells why. Optional: it asks for consent."""

    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True)
class Asks:
    """`needs` has only what is asked for."""

    needs: Mapping[Field, Need] = field(default_factory=dict)
    purpose: Name = field(default_factory=lambda: Name("", ""))

    def __bool__(self) -> bool:
        return bool(self.needs)

    @property
    def required(self) -> tuple[Field, ...]:
        return tuple(asked for asked in Field if self.needs.get(asked) is Need.REQUIRED)

    @property
    def optional(self) -> tuple[Field, ...]:
        return tuple(asked for asked in Field if self.needs.get(asked) is Need.OPTIONAL)


NOTHING_ASKED = Asks()

ASKED: tuple[Field, ...] = tuple(asked for asked in Field if asked is not Field.IHS)

# Counted from the day of the ticket: 1 is until the next day's job.
RETENTION_DAYS: Mapping[Field, int] = {
    Field.NAME: 30,
    Field.PHONE: 1,
    Field.NIK: 30,
    Field.CARD: 30,
    Field.RECORD: 30,
    Field.REFERENCE: 30,
    Field.IHS: 30,
}
