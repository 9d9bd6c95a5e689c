"""What programs say of another system, in the reader's language as far as the words are our own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import entry_points
from string import Formatter

from queue_service.web.languages import sentence

GROUP = "antrean.words"  # each names a sequence of English sentences; what varies in them stands in braces

# Of several sentences one after the other, and of several parts of one.
_BETWEEN = ((re.compile(r"(?<=[.?]) "), " "), (re.compile("; "), "; "))


def in_words(language: str, said: str) -> str:
    for known, template in _known():
        if found := known.fullmatch(said):
            fields = found.groupdict()
            kept = {name: text if name == "said" else in_words(language, text) for name, text in fields.items()}
            return sentence(language, template, **kept)
    for between, blank in _BETWEEN:
        if len(several := between.split(said)) > 1:
            return blank.join(in_words(language, each) for each in several)
    return said


@cache
def _known() -> Sequence[tuple[re.Pattern[str], str]]:
    """In the order of their tables: the first that fits holds."""
    tables = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [(re.compile("".join(_pattern(words)), re.DOTALL), words) for table in tables for words in table.load()]


def _pattern(template: str) -> Iterator[str]:
    for literal, name, _, _ in Formatter().parse(template):
        yield re.escape(literal)
        if name:
            # What is ours ends with its sentence; another may follow.
            yield rf"(?P<{name}>.+?)" if name == "said" else rf"(?P<{name}>(?:(?![.?] ).)+?)"
