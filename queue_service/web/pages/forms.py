"""What a page's form brings with it, so that a double tap or a reload does a thing once."""

from __future__ import annotations

import hashlib
import re
import secrets
from urllib.parse import parse_qsl

from starlette.requests import Request as HttpRequest

from queue_service.domain.errors import Invalid
from queue_service.journal import Request
from queue_service.web.errands import fingerprint

_KEY = re.compile(r"[0-9a-f]{32}")

Form = dict[str, str]


def new_key() -> str:
    return secrets.token_hex(16)


async def read_form(request: HttpRequest) -> Form:
    """Raises Invalid. Ours are all urlencoded, which every browser sends."""
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise Invalid("The form cannot be read.") from None


def once(request: HttpRequest, form: Form) -> Request | None:
    """One key on a page serves several buttons: what is asked for is part of it. None when the form brings no key."""
    key = form.get("key", "")
    if not _KEY.fullmatch(key):
        return None
    asked = "\n".join(f"{name}={form.get(name, '')}" for name in ("queue", "class", "slot", "day") if name in form)
    digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
    return Request(f"page-{key}-{digest}", fingerprint("POST", request.url.path, asked.encode()))
