"""The fields of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl

from starlette.requests import Request

from queue_service.domain.errors import Invalid

Form = dict[str, str]
Lists = Mapping[str, Sequence[str]]


async def read_form(request: Request) -> Form:
    """Raises Invalid. Ours are all urlencoded, which every browser sends."""
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))
    except ValueError:
        raise Invalid("The form cannot be read.") from None


async def read_lists(request: Request, most: int) -> Lists:
    """Of a form in which a name may stand several times. Raises Invalid."""
    try:
        text = (await request.body()).decode()
        return parse_qs(text, keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise Invalid("The form cannot be read.") from None
