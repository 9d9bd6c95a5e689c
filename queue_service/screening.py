"""What somebody wrote in their own words, before anybody else reads it: numbers of people and addresses are found and
hidden. Names are where they are given as such, and where they are known; no rule knows another from a word.

Sterner than `redaction`, which has to leave a log readable: here nine digits together are enough, but for dates and
amounts of money.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from queue_service.redaction import MASK, redacted

HIDDEN = "[disamarkan]"


class Kind(StrEnum):
    NUMBER = "number"  # a NIK, a card, a phone
    ADDRESS = "address"
    MAIL = "mail"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Screened:
    """`text`: without what was found; `kinds`: what that was."""

    text: str
    kinds: Sequence[Kind]


_BETWEEN = r"[^\w\n]{0,3}\n?[^\w\n]{0,3}"
_RUN = re.compile(rf"\+?\d(?:{_BETWEEN}\d){{8,}}")
_SHORTEST_NAME = 3
_LEAST, _NIK = 9, 13  # digits: of a phone with its area; from then on whatever it looks like
_DAY = r"(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}[/.-]\d{1,2}[/.-]\d{1,2})"
_is_moment = re.compile(rf"{_DAY}(?:[ T,]{{1,2}}\d{{1,2}}[.:]\d{{2}}(?:[.:]\d{{2}})?)?").fullmatch
_is_money = re.compile(r"(?:rp|idr)\.?\s*$", re.IGNORECASE).search
_MAIL = re.compile(r"[^\s@,;:<>()]+@[^\s@,;:<>()]+\.[^\s@,;:<>()]+")

# An address goes on to the end of its clause: a line, a full stop that ends no abbreviation, or one of these words.
_NEXT = r"\s+(?:dan|tetapi|tapi|namun|karena|sudah|saat|ketika|agar|supaya)\b"
_REST = rf"(?:(?!(?:(?<=\w{{4}})|(?<=\d))\.(?:\s|$)|[;\n!?()]|{_NEXT}).){{1,90}}"
_ADDRESS = re.compile(
    rf"\b(?:alamat|rumah|domisili|kediaman)(?:\s+(?:rumah|saya|kami|lengkap))*\s*(?:di\b|:|adalah\b|ada di\b){_REST}"
    rf"|\b(?:tinggal|berdomisili|beralamat)\s+di\b{_REST}"
    rf"|\b(?:jl|jln)\b\.?\s*{_REST}"
    rf"|\b(?-i:[Jj]alan|JALAN)\s+(?=(?-i:[A-Z0-9])){_REST}"
    r"|\b(?:gg|gang|lr|lrg|lorong|dusun|dsn|kampung|kp|perum|perumahan|komplek|kompleks|blok)\b\.?\s+"
    r"(?=(?-i:[A-Z0-9]))[\w'/.-]+(?:\s+(?=(?-i:[A-Z0-9]))[\w'/.-]+){0,4}"
    r"|\brt\b[\s./:-]*\d{1,3}(?:[\s/.,-]*(?:\brw\b)?[\s./:-]*\d{1,3})?"
    r"|\brw\b[\s./:-]*\d{1,3}",
    re.IGNORECASE,
)


# The words after it are a name: as many as begin with a capital.
_INTRODUCED = re.compile(
    r"(\b(?:nama(?:\s+(?:saya|kami|ibu|bapak|ayah|anak|suami|istri|pasien|pemohon|lengkap|panggilan))*"
    r"|atas nama|a\.n\.?|bernama)\s*(?:adalah|ialah|:|=)?\s+)"
    r"((?-i:[A-Z])[\w'’.-]*[\w](?:\s+(?-i:[A-Z])[\w'’.-]*[\w]){0,3})",
    re.IGNORECASE,
)
_WORD = re.compile(rf"{re.escape(HIDDEN)}|[^\W\d_]+")
_SEVERAL = re.compile(rf"{re.escape(HIDDEN)}(?:[ \t]+{re.escape(HIDDEN)})+")


def nobody(word: str) -> bool:
    """Where no name is known."""
    return False


def name_words(name: str) -> frozenset[str]:
    """By which its owner is known: not by an initial, or by a word like “di”."""
    return frozenset(word.casefold() for word in _WORD.findall(_plain(name)) if len(word) >= _SHORTEST_NAME)


def screened(text: str, is_name: Callable[[str], bool] = nobody) -> Screened:
    """`is_name`: whether a word, in small letters, is part of a name that is to be hidden. What comes out stays as it
    is when it is screened again."""
    hides: Mapping[Kind, Callable[[str], str]] = {**_HIDES, Kind.NAME: partial(_hide_names, is_name=is_name)}
    kinds, told, before = list[Kind](), _plain(text), ""
    while told != before:  # what is hidden may bring together what was apart
        before = told
        for kind, hide in hides.items():
            hidden = hide(told)
            if hidden != told and kind not in kinds:
                kinds.append(kind)
            told = hidden
        told = _SEVERAL.sub(HIDDEN, told)
    return Screened(told, kinds)


def _plain(text: str) -> str:
    """Digits of any script as ours, and nothing between them that nobody sees."""
    written = unicodedata.normalize("NFKC", text.replace("\r\n", "\n"))
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in written)
    return "".join(c for c in digits if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t")


def _hide_mail(text: str) -> str:
    return _MAIL.sub(HIDDEN, text)


def _hide_numbers(text: str) -> str:
    return redacted(_RUN.sub(_hide_run, text)).replace(MASK, HIDDEN)


def _hide_run(found: re.Match[str]) -> str:
    run = found[0]
    digits = sum(map(str.isdecimal, run))
    if digits < _LEAST or _is_moment(run):
        return run
    if digits < _NIK and run[0] != "0" and _is_money(found.string[max(0, found.start() - 8) : found.start()]):
        return run
    return HIDDEN


def _hide_addresses(text: str) -> str:
    return _ADDRESS.sub(HIDDEN, text)


def _hide_names(text: str, is_name: Callable[[str], bool]) -> str:
    def hide(found: re.Match[str]) -> str:
        word = found[0]
        return HIDDEN if len(word) >= _SHORTEST_NAME and is_name(word.casefold()) else word

    told = _INTRODUCED.sub(rf"\1{HIDDEN}", text)
    return told if is_name is nobody else _WORD.sub(hide, told)


_HIDES: Mapping[Kind, Callable[[str], str]] = {
    Kind.MAIL: _hide_mail,
    Kind.NUMBER: _hide_numbers,
    Kind.ADDRESS: _hide_addresses,
}
