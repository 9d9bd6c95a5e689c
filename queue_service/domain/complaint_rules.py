"""What a branch promises to those who complain: within how many working days, by what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from queue_service.domain.errors import NotFound
from queue_service.domain.names import Name


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
