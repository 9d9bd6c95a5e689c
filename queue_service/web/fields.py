"""The fields of a form."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from queue_service.domain.errors import Invalid

Form = dict[str, str]


async def read_form(request: Request) -> Form:
    """Raises Invalid. Ours are all urlencoded, which every browser sends."""
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))
    except ValueError:
        raise Invalid("The form cannot be read.") from None
