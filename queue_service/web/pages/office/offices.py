"""The branches that take requests for visits, for the pages about them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.records.outreach.given import outreach_of
from queue_service.records.roles import Right
from queue_service.web.pages.office.visits import Visit, visit


async def choose_office(request: Request, root: str, title: str) -> Response:
    """Where there is only one, its page at once."""
    at = await visit(request, Right.READ_REQUESTS)
    offices = [branch for branch in at.branches_with(Right.READ_REQUESTS) if branch.outreach is not None]
    if len(offices) == 1:
        return RedirectResponse(f"{root}/{offices[0].id}", 303)
    named = [(one.id, one.name.in_language(at.language)) for one in offices]
    return at.page("offices.html", title=at.say(title), root=root, offices=named)


def office_of(at: Visit, branch: str, right: Right) -> Branch:
    """Raises Forbidden or NotFound."""
    at.check(right, branch)
    office = at.house.branches.get(branch)
    outreach_of(office)
    return office
