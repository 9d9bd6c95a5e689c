"""The number of an Indonesian identity card: PPRRDD, the day of birth as DDMMYY (women: day + 40), a serial number.

It never changes: not when its holder moves, nor when a district is divided or a date of birth corrected. So only its
shape is a must; what looks odd beyond that may still be right.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LENGTH = 16
WOMEN_DAYS = 40
# Also Timor Timur (54), where people were born whose numbers hold.
PROVINCES = frozenset(
    [*range(11, 20), 21, *range(31, 37), *range(51, 55), *range(61, 66), *range(71, 77), 81, 82, *range(91, 97)]
)
_LEAP, _ORDINARY = 2000, 2001


class Doubt(StrEnum):
    PROVINCE = "province"
    BIRTH = "birth"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Nik:
    digits: str

    @property
    def province(self) -> int:
        return int(self.digits[:2])

    @property
    def birth(self) -> tuple[int, int, int]:
        """Day, month and year within its century; the same for women and men."""
        day, month, year = (int(self.digits[at : at + 2]) for at in (6, 8, 10))
        return day - WOMEN_DAYS if day > WOMEN_DAYS else day, month, year

    @property
    def doubts(self) -> Iterator[Doubt]:
        """What its holder may want to look at again. Nothing here is a reason to refuse it."""
        if self.province not in PROVINCES:
            yield Doubt.PROVINCE
        if not _is_date(*self.birth):
            yield Doubt.BIRTH
        if self.digits.endswith("0000"):
            yield Doubt.SERIAL


def read_nik(text: str) -> Nik | None:
    """None for what cannot be one: spaces and points between its 16 digits are only how somebody wrote it."""
    digits = "".join(character for character in text if character not in " .-")
    if len(digits) != LENGTH or not digits.isascii() or not digits.isdigit() or digits == "0" * LENGTH:
        return None
    return Nik(digits)


def last_four(digits: str) -> str:
    return digits[-4:]


def _is_date(day: int, month: int, year: int) -> bool:
    """In any century that it may be of: 1900 had no 29 February, 2000 did."""
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= monthrange(_LEAP if year % 4 == 0 else _ORDINARY, month)[1]
