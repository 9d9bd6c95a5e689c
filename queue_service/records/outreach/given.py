"""What somebody gave with a request: who asks, where to come, and who is to be served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from queue_service.domain.asking import Asks, Field, Need
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.names import Name
from queue_service.domain.outreach import Outreach
from queue_service.domain.requests import Asker, Dates, Person
from queue_service.records.people.given import read_digits, read_name, read_phone

ASKS = Asks(
    {Field.NAME: Need.REQUIRED, Field.PHONE: Need.REQUIRED, Field.NIK: Need.OPTIONAL},
    Name(
        "Agar petugas dapat menyiapkan kunjungan, mengetahui siapa yang dilayani, dan mengabari Anda kapan tim datang.",
        "So that the office can prepare the visit, knows who is to be served, and can tell you when the team comes.",
    ),
)
LONGEST: Mapping[str, int] = {"body": 80, "place": 200, "access": 500, "letter": 80, "answer": 500}


@dataclass(frozen=True, slots=True)
class Contact:
    """Who asks. `body`: the name of the school or agency, say; `place`: where in the village to come; `access`: what
    the team should know of the way; `letter`: by which it was asked; `answer`: to what the office asked back."""

    name: str
    phone: str
    body: str = ""
    place: str = ""
    access: str = ""
    letter: str = ""
    answer: str = ""

    @property
    def detail(self) -> dict[str, str]:
        return {name: text for name, text in asdict(self).items() if name in LONGEST and text}


@dataclass(frozen=True, slots=True)
class Who:
    """One of those to be served."""

    name: str
    nik: str = ""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """`agrees`: to the keeping of what need not be given. People and who they are go in the same order; the ids of the
    people are given when it is received."""

    office: Branch
    asker: Asker
    village: str
    people: tuple[Person, ...]
    who: tuple[Who, ...]
    contact: Contact
    source: str
    agrees: bool = False
    dates: Dates | None = None


def outreach_of(branch: Branch) -> Outreach:
    """Raises NotFound."""
    if branch.outreach is None:
        raise NotFound("{office} takes no requests for visits.", office=branch.id)
    return branch.outreach


def read_contact(values: Mapping[str, str]) -> Contact:
    """In the one form that it is kept in. Raises Invalid."""
    name, phone = read_name(values.get("name", "")), values.get("phone", "").strip()
    if not name:
        raise Invalid("name: please say whom the office may ask for.")
    if not phone:
        raise Invalid("phone: please give a number at which the office can reach you.")
    return Contact(name, read_phone(phone), **dict(_texts(values)))


def _texts(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, most in LONGEST.items():
        text = " ".join(values.get(name, "").split())
        if len(text) > most or not text.isprintable():
            raise Invalid("{asked}: expected at most {most} characters.", asked=name, most=most)
        yield name, text


def read_who(name: str, nik: str, *, agrees: bool) -> Who:
    """Raises Invalid."""
    told = read_name(name)
    if not told:
        raise Invalid("name: each person to be served needs a name.")
    if not nik.strip():
        return Who(told)
    if not agrees:
        raise Invalid("What you need not give is kept only with your consent. Nothing of it was kept.")
    return Who(told, read_digits(nik.strip()))
