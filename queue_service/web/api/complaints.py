"""How complaints were dealt with, in figures; what they say is for the office's pages only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from queue_service.domain.complaint_figures import Figures
from queue_service.domain.errors import Invalid
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.complaints import figures_between
from queue_service.web.house import TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import Day, Json
from queue_service.web.staff import member_with

router = APIRouter(prefix="/api/v1", tags=["complaints"], responses=problems(401, 403, 404, 422, 503))

Reader = Annotated[Staff, Depends(member_with(Right.READ_REPORTS))]
_LONGEST, _FIRST, _LAST = timedelta(days=731), date(2000, 1, 1), date(2100, 1, 1)


class ComplaintReport(BaseModel):
    branch: str
    since: date
    until: date
    categories: list[Figures]


@router.get("/branches/{branch}/complaints/figures", response_model=ComplaintReport)
async def read(branch: str, since: Day, until: Day, house: TheHouse, staff: Reader) -> Json:
    """Of those that were filed from `since` to `until`, by kind; two years at most."""
    if not (_FIRST <= since <= until <= _LAST and until - since <= _LONGEST):
        raise Invalid("since, until: expected two days, the earlier first, with at most two years between them.")
    found = await figures_between(house, house.branches.get(branch), since, until)
    return {"branch": branch, "since": since, "until": until, "categories": found}
