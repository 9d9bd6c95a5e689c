"""Whether somebody is who they say: what is asked of the population register, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from queue_service.domain.nik import read_nik


class Result(StrEnum):
    """No result of these is a reason to give somebody no number."""

    MATCH = "match"
    PARTIAL = "partial"  # some of it agrees, or nothing that can be seen speaks against it
    MISMATCH = "mismatch"
    BLOCKED = "blocked"  # the register knows something about this NIK; the reason says what
    UNAVAILABLE = "unavailable"


class Blocked(StrEnum):
    DECEASED = "deceased"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    INACTIVE = "inactive"
    FORMAT = "format"


class Oddity(StrEnum):
    """What somebody may want to look at again. Old and corrected records show each of these, and are right."""

    SHAPE = "shape"
    PROVINCE = "province"
    BIRTH = "birth"
    SERIAL = "serial"
    BIRTH_DIFFERS = "birth_differs"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason`: a word of `Blocked`, or a sentence where nobody answered; `oddities`: of the number's own form."""

    result: Result
    reason: str = ""
    oddities: tuple[Oddity, ...] = ()


class IdentityCheck(Protocol):
    async def verify_identity(self, nik: str, name: str, birth_date: date | None) -> Verdict: ...


def look_at(nik: str, birth_date: date | None) -> Verdict:
    """By the number's form alone, which proves nothing: so it is never a match, and never a mismatch."""
    read = read_nik(nik)
    if read is None:
        return Verdict(Result.PARTIAL, oddities=(Oddity.SHAPE,))
    oddities = [Oddity(doubt.value) for doubt in read.doubts]
    if birth_date is not None and Oddity.BIRTH not in oddities:
        day, month, year = read.birth
        if (day, month, year) != (birth_date.day, birth_date.month, birth_date.year % 100):
            oddities.append(Oddity.BIRTH_DIFFERS)
    return Verdict(Result.PARTIAL, oddities=tuple(oddities))
