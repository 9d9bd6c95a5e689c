"""What programs say of another system, in the reader's language as far as the words are our own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from queue_service.web.languages import N_, sentence

_KNOWN: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"(?P<variable>ANTREAN_[A-Z0-9_]+) is not set\."), N_("{variable} is not set in the environment.")),
    (re.compile(r"no answer (?:in time|within \d+ seconds)"), N_("no answer in time")),
    (re.compile(r"it cannot be reached: (?P<why>.*)", re.DOTALL), N_("it cannot be reached: {why}")),
    (
        re.compile(r"it is there: it answered (?P<status>\d+) to a plain GET, and nothing was sent"),
        N_("it is there: it answered {status} to a plain GET, and nothing was sent"),
    ),
    (re.compile(r"it answered (?P<what>.*)", re.DOTALL), N_("it answered {what}")),
    (re.compile(r"it was answered (?P<status>\d+)"), N_("it was answered {status}")),
    (
        re.compile(r"(?P<host>\S+) leads to (?P<address>\S+), which is private; allow_private: true would let it"),
        N_("{host} leads to {address}, which is private; allow_private: true would let it"),
    ),
)


def in_words(language: str, said: str) -> str:
    for known, words in _KNOWN:
        if found := known.fullmatch(said):
            return sentence(language, words, **found.groupdict())
    return said
