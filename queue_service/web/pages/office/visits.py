"""Who has come to an office page, what they sent with it, and the frame that all of these pages stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.fields import read_lists
from queue_service.web.house import House, house_of
from queue_service.web.languages import N_, language_of, sentence
from queue_service.web.pages.mistakes import check_own_page
from queue_service.web.pages.paper import page
from queue_service.web.staff import CSRF_FIELD, CSRF_HEADER, check_may, csrf_of, staff_with_some

MOST_FIELDS = 8_000

# The ways in the head of each page: where to, its words, and the right that it takes. One whose page is not there, in
# this process, is left out.
_WAYS = (
    ("/office", N_("Today"), Right.READ_REPORTS),
    ("/office/outreach", N_("Visits asked for"), Right.READ_REQUESTS),
    ("/office/trips", N_("Trips"), Right.READ_REQUESTS),
    ("/office/complaints", N_("Complaints"), Right.READ_COMPLAINTS),
    ("/office/setup", N_("Set-up"), Right.CHANGE_SETUP),
    ("/office/staff", N_("Staff"), Right.READ_STAFF),
    ("/office/devices", N_("Screens"), Right.READ_DEVICES),
    ("/office/keys", N_("Access keys"), Right.READ_KEYS),
    ("/office/connections", N_("Connections"), Right.READ_SETUP),
    ("/office/audit", N_("Audit trail"), Right.READ_AUDIT),
)


@dataclass(frozen=True)
class Visit:
    request: Request
    house: House
    staff: Staff
    language: str
    sent: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        return next(iter(self.sent.get(name, ())), "").strip()

    def say(self, template: str, **fields: object) -> str:
        return sentence(self.language, template, **fields)

    def may(self, right: Right, branch: str | None) -> bool:
        return self.staff.may(right, branch)

    def branches_with(self, right: Right) -> Iterator[Branch]:
        return (branch for branch in self.house.branches.all.values() if self.staff.may(right, branch.id))

    def check(self, right: Right, branch: str | None) -> None:
        """Raises Forbidden."""
        check_may(self.staff, right, branch)

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        response = page(
            self.request,
            f"office/{template}",
            status,
            self.language,
            ways=list(self._ways()),
            csrf=csrf_of(self.request),
            **context,
        )
        response.headers["Cache-Control"] = "no-store"  # a key may stand on it, and who does what
        return response

    def _ways(self) -> Iterator[tuple[str, str, bool]]:
        there = {getattr(route, "path", "") for route in self.request.app.routes}
        path = self.request.url.path
        for address, words, right in _WAYS:
            if address in there and self.staff.may_somewhere(right):
                is_here = path == address or (address != "/office" and path.startswith(f"{address}/"))
                yield address, self.say(words), is_here


async def visit(request: Request, right: Right) -> Visit:
    """Raises Unauthorized, Forbidden, Invalid. What is sent must carry the page's own mark (CSRF)."""
    sent: Mapping[str, Sequence[str]] = {}
    if request.method == "POST":
        check_own_page(request)
        sent = await read_lists(request, MOST_FIELDS)
        request = marked(request, next(iter(sent.get(CSRF_FIELD, ())), ""))
    staff = await staff_with_some(right, request)
    return Visit(request, house_of(request), staff, language_of(request), sent)


def marked(request: Request, mark: str) -> Request:
    """A form cannot send a header: its field says the same, and is checked in the same place."""
    request.scope["headers"] = [*request.scope["headers"], (CSRF_HEADER.lower().encode(), mark.encode())]
    return Request(request.scope, request.receive)
