"""A form that brings a file."""

from __future__ import annotations

from typing import ClassVar

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from queue_service.records.roles import Right
from queue_service.web.house import house_of
from queue_service.web.languages import language_of
from queue_service.web.pages.mistakes import check_own_page
from queue_service.web.pages.office.visits import Visit, marked
from queue_service.web.sizes import LARGEST_LIST
from queue_service.web.staff import CSRF_FIELD, staff_with_some

MOST_FIELDS = 20


class _InMemory(MultiPartParser):
    """What people send is written to no disk before it is encrypted."""

    spool_max_size: ClassVar[int] = LARGEST_LIST + 1  # type: ignore[misc]


async def visit_with_file(request: Request, right: Right, name: str) -> tuple[Visit, bytes]:
    """As `visit`; what is no form brings no file. Raises Unauthorized, Forbidden."""
    check_own_page(request)
    parser = _InMemory(
        request.headers, request.stream(), max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_LIST
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        form = FormData()
    sent = {field: [text] for field, text in form.items() if isinstance(text, str)}
    request = marked(request, next(iter(sent.get(CSRF_FIELD, ())), ""))
    staff = await staff_with_some(right, request)
    file = form.get(name)
    content = b"" if file is None or isinstance(file, str) else await file.read()
    return Visit(request, house_of(request), staff, language_of(request), sent), content
