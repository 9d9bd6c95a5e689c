"""What a refusal means. The texts were met in the field and none is official: they are matched by pieces of them, and
one that nobody knows is for a person to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from integrations.bpjs.envelope import EMPTY

ADD, TIME, CANCEL, PHARMACY = "/antrean/add", "/antrean/updatewaktu", "/antrean/batal", "/antrean/farmasi/add"

CANCELLED_TASK = 99


class Meaning(Enum):
    DONE = "done"  # it is there already
    BEHIND = "behind"  # they are further: `last_task` tells how far, and 99 that it is over
    EARLIER_MISSING = "earlier missing"  # a task before it has to come first
    OUT_OF_ORDER = "out of order"  # its time is before that of the task before; only a person can mend it
    UNKNOWN_BOOKING = "unknown booking"  # it has to be added first
    NOT_LET_IN = "not let in"  # account, signature or clock: nothing goes until that is mended
    NOTHING_FOUND = "nothing found"
    PASSING = "passing"  # later it may be taken as it is
    REFUSED = "refused"  # for good


@dataclass(frozen=True, slots=True)
class Verdict:
    meaning: Meaning
    last_task: int | None = None

    @property
    def is_over(self) -> bool:
        """Nothing more of this booking will be taken."""
        return self.meaning is Meaning.BEHIND and self.last_task == CANCELLED_TASK


# In this order: the first that fits holds. No call named: of any; no code named: with any.
_RULES: tuple[tuple[str | None, int | None, str, Meaning], ...] = (
    (None, 401, r"", Meaning.NOT_LET_IN),
    (None, 403, r"", Meaning.NOT_LET_IN),
    (ADD, None, r"rujukan|kartu|peserta|surat kontrol", Meaning.REFUSED),  # these expire too
    (None, None, r"signature|expired|unauthori[sz]ed", Meaning.NOT_LET_IN),
    (None, None, r"gagal dicoba kembali", Meaning.PASSING),
    (None, EMPTY, r"", Meaning.NOTHING_FOUND),
    (None, None, r"^no content$", Meaning.NOTHING_FOUND),
    (ADD, 208, r"", Meaning.DONE),
    (ADD, None, r"duplikasi kode ?booking", Meaning.DONE),
    (ADD, None, r"", Meaning.REFUSED),  # “… tidak ditemukan” is about a doctor or a schedule here
    (TIME, 208, r"", Meaning.DONE),
    (TIME, None, r"task ?id ?= ?\d+ sudah ada", Meaning.DONE),
    (TIME, None, r"task ?id terakhir ?[=:]? ?(\d{1,3})\b", Meaning.BEHIND),
    (TIME, None, r"tidak ditemukan|tidak terdaftar", Meaning.UNKNOWN_BOOKING),
    (TIME, None, r"tidak boleh kurang|waktu sebelumnya", Meaning.OUT_OF_ORDER),
    (TIME, None, r"belum ada|sebelumnya belum|belum terkirim", Meaning.EARLIER_MISSING),
    (PHARMACY, 208, r"", Meaning.DONE),
    (PHARMACY, None, r"sudah ada", Meaning.DONE),
    # Not met in the field, but what else could it be: the first answer was lost on its way.
    (CANCEL, 208, r"", Meaning.DONE),
    (CANCEL, None, r"sudah (di)?batal", Meaning.DONE),
    (None, None, r"tidak ditemukan|tidak terdaftar", Meaning.UNKNOWN_BOOKING),
)
_COMPILED = tuple((call, code, re.compile(text), meaning) for call, code, text, meaning in _RULES)


def judge(call: str, code: int, message: str) -> Verdict:
    """`call`: its path. The whole text belongs in the log, since what is not known here is REFUSED."""
    if 500 <= code < 600:
        return Verdict(Meaning.PASSING)
    said = " ".join(message.casefold().split())
    for of_call, of_code, text, meaning in _COMPILED:
        if of_call in (None, call) and of_code in (None, code) and (found := text.search(said)):
            return Verdict(meaning, int(found[1]) if meaning is Meaning.BEHIND else None)
    return Verdict(Meaning.REFUSED)
