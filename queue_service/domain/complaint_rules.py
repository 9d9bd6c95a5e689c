"""What a branch promises to those who complain: within how many working days, by what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from queue_service.domain.calendars import FURTHEST_DAYS
from queue_service.domain.errors import NotFound
from queue_service.domain.names import Name

if TYPE_CHECKING:
    from queue_service.domain.branches import Branch

_FRIDAY = 5


@dataclass(frozen=True)
class Category:
    """`days`: working days after that of the complaint, within which it is answered."""

    id: str
    name: Name
    days: int


# Light matters 2 working days, those of rules 5, what needs no inspection 14, what needs one 60.
CATEGORIES = (
    Category("waiting", Name("Waktu tunggu dan antrean", "Waiting and the queue"), 2),
    Category("place", Name("Tempat, fasilitas, kebersihan", "The place, its facilities, cleanliness"), 5),
    Category("requirements", Name("Persyaratan, biaya, prosedur", "Requirements, fees, procedure"), 5),
    Category("conduct", Name("Sikap petugas", "Conduct of staff"), 14),
    Category("abuse", Name("Pungutan liar, penyalahgunaan wewenang", "Illegal charges, abuse of office"), 60),
    Category("other", Name("Lainnya", "Something else"), 5),
)


@dataclass(frozen=True)
class ComplaintRules:
    """`contact_days` and `words_days`: for which a way to reach somebody, and what was written, are kept after the
    end of a complaint."""

    categories: tuple[Category, ...] = CATEGORIES
    contact_days: int = 30
    words_days: int = 365

    def category(self, id_: str) -> Category:
        for category in self.categories:
            if category.id == id_:
                return category
        raise NotFound("There is no such kind of complaint here.")


USUAL = ComplaintRules()


def due_on(branch: Branch, filed: date, days: int) -> date:
    """The last of so many working days after the one on which it was filed."""
    day, left = filed, days
    for day in (filed + timedelta(days=n) for n in range(1, FURTHEST_DAYS)):
        left -= is_working_day(branch, day)
        if not left:
            break
    return day


def is_working_day(branch: Branch, day: date) -> bool:
    """Some queue with hours of its own, or its branch's, serves on it; where none has hours, Monday to Friday."""
    calendars = [queue.calendar for queue in branch.queues.values()]
    kept = [calendar for calendar in calendars if calendar.hours]
    if kept:
        return any(calendar.spans(day) != () for calendar in kept)
    return day.isoweekday() <= _FRIDAY and not any(calendar.spans(day) == () for calendar in calendars)
