"""The register's words: what is asked, and what an answer means. It says whether something agrees, and never what is
right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.contract import Undelivered
from queue_service.domain.identity_checks import Blocked, Result, Verdict

Json = dict[str, Any]

NAME, BIRTH_DATE = "NAMA_LGKP", "TGL_LHR"
_CODES = {
    11: Blocked.DECEASED,
    12: Blocked.DUPLICATE,
    13: Blocked.NOT_FOUND,
    14: Blocked.INACTIVE,
    15: Blocked.FORMAT,
    8: Blocked.FORMAT,
}
_AGREES = re.compile(r"\s*sesuai\s*(?:\(\s*(\d{1,3})\s*\))?\s*", re.IGNORECASE)
_DIFFERS = re.compile(r"\s*tidak\s+sesuai\s*(?:\(\s*\d{1,3}\s*\))?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Account:
    user: str
    password: str
    ip_user: str
    threshold: int


def question(account: Account, nik: str, name: str, birth_date: date | None) -> Json:
    """`TRESHOLD` is how the service spells it."""
    asked = {
        "USER_ID": account.user,
        "PASSWORD": account.password,
        "IP_USER": account.ip_user,
        "TRESHOLD": str(account.threshold),
        "NIK": nik,
    }
    if name:
        asked[NAME] = name
    if birth_date is not None:
        asked[BIRTH_DATE] = birth_date.isoformat()
    return asked


def read_verdict(answer: Any) -> Verdict:
    """Raises Undelivered for what cannot be understood, and for refusals of another kind."""
    told = _content(answer)
    if (code := _code(told)) is not None:
        if code not in _CODES:
            raise Undelivered(f"the register refuses with code {code}", is_refused=True)
        return Verdict(Result.BLOCKED, _CODES[code].value)
    degrees = [_degree(told[field]) for field in (NAME, BIRTH_DATE) if field in told]
    if not degrees:
        raise Undelivered("the register's answer says nothing about what was asked")
    if all(degree == 100 for degree in degrees):
        return Verdict(Result.MATCH)
    return Verdict(Result.PARTIAL if any(degrees) else Result.MISMATCH)


def _content(answer: Any) -> Mapping[str, Any]:
    """One object, in a list or not; a refusal stands in it or around it."""
    if isinstance(answer, Mapping):
        inner = answer.get("content", answer)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, Mapping) and inner:
            return inner
    raise Undelivered("the register's answer is none that is known here")


def _code(told: Mapping[str, Any]) -> int | None:
    """A text or a number; “00” goes with answers that are none of refusal."""
    if "RESPONSE_CODE" not in told:
        return None
    try:
        code = int(str(told["RESPONSE_CODE"]).strip())
    except ValueError:
        raise Undelivered("the register's answer is none that is known here") from None
    return code or None


def _degree(said: Any) -> int:
    """How far a field agrees, in percent."""
    text = str(said)
    if _DIFFERS.fullmatch(text):
        return 0
    if found := _AGREES.fullmatch(text):
        return 100 if found[1] is None else min(100, int(found[1]))
    raise Undelivered("the register's answer is none that is known here")
