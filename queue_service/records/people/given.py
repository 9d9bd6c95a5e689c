"""What somebody gave of themselves, held against what the queue asks for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from queue_service.domain.asking import Asks, Field
from queue_service.domain.branches import Queue
from queue_service.domain.errors import Invalid
from queue_service.domain.nik import read_nik

LONGEST_NAME = 80
LONGEST = 40  # of a number that others have given
CARD_DIGITS = 13
_is_phone = re.compile(r"\+[1-9][0-9]{7,14}").fullmatch
_is_number = re.compile(r"[A-Za-z0-9./_-]{1,40}").fullmatch
_FOR_THE_EYE = re.compile(r"[\s().-]")

Values = Mapping[Field, str]


@dataclass(frozen=True, slots=True)
class Given:
    """As it came. `agrees`: to the keeping of what need not be given."""

    values: Mapping[str, str] = field(default_factory=dict)
    agrees: bool = False


NOTHING = Given()


def read_given(queue: Queue, given: Given) -> dict[Field, str]:
    """The values in the one form that they are kept in. Raises Invalid; then nothing was kept."""
    asks, come = queue.asks, {name: text.strip() for name, text in given.values.items() if text.strip()}
    for name in come:
        if name not in asks.needs:
            raise Invalid("{asked}: {queue} does not ask for that. Nothing of it was kept.", asked=name, queue=queue.id)
    for asked in asks.required:
        if asked not in come:
            raise Invalid("{asked}: {queue} needs that.", asked=asked.value, queue=queue.id)
    if not given.agrees and any(asked in come for asked in asks.optional):
        raise Invalid("What you need not give is kept only with your consent. Nothing of it was kept.")
    return read_values(come)


def read_name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid("{asked}: expected at most {most} characters.", asked="name", most=LONGEST_NAME)
    return name


def read_phone(text: str) -> str:
    """As it is called from anywhere: +62… for what begins with 0."""
    phone = _FOR_THE_EYE.sub("", text)
    phone = f"+62{phone[1:]}" if phone.startswith("0") else f"+{phone}" if phone.startswith("62") else phone
    if not _is_phone(phone):
        raise Invalid("{asked}: expected a number such as 0812 3456 7890.", asked="phone")
    return phone


def read_digits(text: str) -> str:
    nik = read_nik(text)
    if nik is None:
        raise Invalid("{asked}: expected 16 digits.", asked="nik")
    return nik.digits


def read_card(text: str) -> str:
    digits = _FOR_THE_EYE.sub("", text)
    if not (len(digits) == CARD_DIGITS and digits.isascii() and digits.isdecimal()):
        raise Invalid("{asked}: expected 13 digits.", asked="card")
    return digits


def _read_number(asked: Field) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not _is_number(text):
            raise Invalid("{asked}: expected at most {most} letters, digits and signs.", asked=asked, most=LONGEST)
        return text

    return read


_READ: Mapping[Field, Callable[[str], str]] = {
    Field.NAME: read_name,
    Field.PHONE: read_phone,
    Field.NIK: read_digits,
    Field.CARD: read_card,
    Field.RECORD: _read_number(Field.RECORD),
    Field.REFERENCE: _read_number(Field.REFERENCE),
    Field.IHS: _read_number(Field.IHS),
}


def read_values(come: Mapping[str, str]) -> dict[Field, str]:
    """In the one form that they are kept in. Raises Invalid."""
    return {Field(name): _READ[Field(name)](text) for name, text in come.items()}


def wording_of(asks: Asks) -> str:
    """What they were told, in both languages: the same text as long as its id is the same."""
    needs = {asked.value: need.value for asked, need in asks.needs.items()}
    return json.dumps({"asks": needs, "id": asks.purpose.id, "en": asks.purpose.en}, ensure_ascii=False, sort_keys=True)


def wording_id(asks: Asks) -> str:
    return hashlib.sha256(wording_of(asks).encode()).hexdigest()[:16]
