"""Which queue is which clinic, doctor and practice hours of the insurance's register (HFIS)."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_is_hours = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])").fullmatch


def read_hours(text: str) -> tuple[time, time]:
    """`08:00-12:00`, also with blanks around the dash. Raises ValueError."""
    found = _is_hours(text.replace(" ", ""))
    if found is None:
        raise ValueError("expected practice hours such as 08:00-12:00")
    first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if first >= last:
        raise ValueError("expected practice hours that end after they begin")
    return first, last


def _check_hours(text: str) -> str:
    read_hours(text)
    return text.replace(" ", "")


class ClinicPlan(BaseModel):
    """`poli` is the code of the subspecialty. `queue` is where those who come to this doctor in these hours wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: str
    poli: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,10}$")]
    poli_name: str
    doctor: Annotated[int, Field(gt=0)]
    doctor_name: str
    hours: Annotated[str, AfterValidator(_check_hours)]
    quota_jkn: Annotated[int, Field(ge=0, le=1000)] = 0
    quota_non_jkn: Annotated[int, Field(ge=0, le=1000)] = 0
