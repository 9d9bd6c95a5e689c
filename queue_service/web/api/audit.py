"""The audit trail, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from queue_service.records.audit import Audited
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.house import TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import Day, Json
from queue_service.web.staff import somebody_with
from queue_service.web.staff_shapes import Trail
from queue_service.web.trail import ID_DIGITS, Question, logins_seen, read_trail

router = APIRouter(prefix="/api/v1", tags=["audit"], responses=problems(401, 403, 422, 503))

Reader = Annotated[Staff, Depends(somebody_with(Right.READ_AUDIT))]
Words = Annotated[str, Query(max_length=80, pattern=r"^[ -~]*$")]


@router.get("/audit", response_model=Trail)
async def read(
    house: TheHouse,
    staff: Reader,
    by: Words = "",
    what: Words = "",
    branch: Words = "",
    day: Day | None = None,
    before: Annotated[str, Query(pattern=rf"^[0-9]{{1,{ID_DIGITS}}}$")] | None = None,
) -> Json:
    """What was done in the office, fifty at a time; of the branches where one may see it. `by`: a login, or a part of
    an id, of who did it or to whom; `what`: how its name begins."""
    question = Question(by.strip(), what.strip(), branch, day, int(before) if before else None)
    found, logins = await read_trail(house, staff, question), logins_seen(house, staff)
    return {
        "deeds": [_deed(one, logins) for one in found.entries],
        "before": None if found.before is None else str(found.before),
    }


def _deed(one: Audited, logins: Mapping[str, str]) -> Json:
    """The id as text: it is larger than what JavaScript can count."""
    deed = one.deed
    return {
        "id": str(one.id),
        "at": one.at,
        "by": deed.by,
        "login": logins.get(deed.by),
        "what": deed.what,
        "subject": deed.subject,
        "branch": deed.branch,
        "detail": deed.detail or {},
    }
