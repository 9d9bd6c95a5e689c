"""What somebody wrote in their own words, before anybody else reads it: numbers of people and addresses are found and
hidden. Names are not: no rule knows one from another word.

Sterner than `redaction`, which has to leave a log readable: here nine digits together are enough, but for dates and
amounts of money.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from queue_service.redaction import MASK, redacted

HIDDEN = "[disamarkan]"


class Kind(StrEnum):
    NUMBER = "number"  # a NIK, a card, a phone
    ADDRESS = "address"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Screened:
    """`text`: without what was found; `kinds`: what that was."""

    text: str
    kinds: Sequence[Kind]


_BETWEEN = r"[^\w\n]{0,3}\n?[^\w\n]{0,3}"
_RUN = re.compile(rf"\+?\d(?:{_BETWEEN}\d){{8,}}")
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


def screened(text: str) -> Screened:
    plain = _plain(text)
    kinds, told = list[Kind](), plain
    for kind, hide in ((Kind.MAIL, _hide_mail), (Kind.NUMBER, _hide_numbers), (Kind.ADDRESS, _hide_addresses)):
        hidden = hide(told)
        if hidden != told:
            kinds.append(kind)
        told = hidden
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
