"""What a set-up is refused for, in sentences that can be translated."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import AfterValidator


class Unfit(ValueError):
    """The sentence has named fields, as a refusal's has, so that it can be translated before they are filled in."""

    def __init__(self, sentence: str, **fields: object) -> None:
        super().__init__(sentence.format(**fields) if fields else sentence)
        self.sentence = sentence
        self.fields = fields


SPELLING_SENTENCES = {
    "slug": "expected up to 40 small letters, digits and hyphens, such as poli-anak, not “{value}”",
    "prefix": "expected one to three capital letters, such as A, not “{value}”",
    "before": "expected a time before the appointment, such as 1d, 2h or 30m, not “{value}”",
    "promise": "expected a time such as 30m, 24h or 2d (working days), not “{value}”",
    "regency": "expected the code of a regency, such as 16.04, not “{value}”",
    "village": "expected the code of a village, such as 16.04.10.2001, not “{value}”",
    "login": "expected 2 to 64 small letters, digits and . _ @ -, such as petugas.farmasi, not “{value}”",
}

TWICE_SENTENCES = {
    "queue": "expected each queue once, but “{id}” stands twice",
    "prefix": "expected each prefix once, but “{id}” stands twice",
    "counter": "expected each counter once, but “{id}” stands twice",
    "class": "expected each class once, but “{id}” stands twice",
    "branch": "expected each branch once, but “{id}” stands twice",
    "connection": "expected each connection once, but “{id}” stands twice",
    "journey": "expected each journey once, but “{id}” stands twice",
    "stop": "expected each stop of a stage once, but “{id}” stands twice",
    "paper": "expected each paper once, but “{id}” stands twice",
    "category": "expected each kind of complaint once, but “{id}” stands twice",
    "service": "expected each service once, but “{id}” stands twice",
    "login": "expected each login once, but “{id}” stands twice",
    "errand": "expected each errand once, but “{id}” stands twice",
}

UNKNOWN_SENTENCES = {
    "counter": "counter “{of}” serves “{queue}”, which is not among the queues",
    "exception": "the exception of {of} is for “{queue}”, which is not among the queues",
    "journey": "journey “{of}” stops at “{queue}”, which is not among the queues",
    "errand": "errand “{of}” begins at “{queue}”, which is not among the queues",
    "progress": "the progress of “{of}” names “{queue}”, at which it does not stop",
    "alternative": "an alternative of queue “{of}” is “{queue}”, which is not among the queues",
}


def spelt(pattern: str, sentence: str) -> AfterValidator:
    """A check whose refusal says what was expected, in words that are no pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise Unfit(sentence, value=value)
        return value

    return AfterValidator(check)


def check_once(what: str, ids: Sequence[str]) -> None:
    if twice := next((item for item in ids if ids.count(item) > 1), None):
        raise Unfit(TWICE_SENTENCES[what], id=twice)
