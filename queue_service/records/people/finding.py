"""Looking for somebody who is here: by the digest of a phone or NIK, or by a part of the name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_

from queue_service.domain.asking import Field
from queue_service.records.people.given import read_digits, read_phone
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.tables import people


@dataclass(frozen=True, slots=True)
class Sought:
    """One of the three, on one day at one branch."""

    branch: str
    day: date
    name: str | None = None
    phone: str | None = None
    nik: str | None = None

    @property
    def by_what(self) -> str:
        return "nik" if self.nik is not None else "phone" if self.phone is not None else "name"

    def clause(self, keys: KeyRing) -> ColumnElement[bool]:
        """Raises Invalid."""
        here = and_(people.c.branch == self.branch, people.c.day == self.day)
        if self.nik is not None:
            return and_(here, of_digests(Field.NIK, keys.digests(Field.NIK, read_digits(self.nik))))
        if self.phone is not None:
            return and_(here, of_digests(Field.PHONE, keys.digests(Field.PHONE, read_phone(self.phone))))
        return and_(here, people.c.name.is_not(None))

    def is_part_of(self, name: str) -> bool:
        return " ".join((self.name or "").split()).casefold() in name.casefold()


def of_digests(field: Field, digests: Iterable[str]) -> ColumnElement[bool]:
    return people.c[f"{field}_digest"].in_(list(digests))
