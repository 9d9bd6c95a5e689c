"""What a page's form brings with it, so that a double tap or a reload does a thing once."""

from __future__ import annotations

import hashlib
import re
import secrets

from starlette.requests import Request as HttpRequest

from queue_service.journal import Request
from queue_service.web.errands import fingerprint
from queue_service.web.fields import Form as Form
from queue_service.web.fields import read_form as read_form

_KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    return secrets.token_hex(16)


def once(request: HttpRequest, form: Form) -> Request | None:
    """One key on a page serves several buttons: what is asked for is part of it. None when the form brings no key."""
    key = form.get("key", "")
    if not _KEY.fullmatch(key):
        return None
    named = ("queue", "journey", "class", "slot", "day")
    asked = "\n".join(f"{name}={form.get(name, '')}" for name in named if name in form)
    digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
    return Request(f"page-{key}-{digest}", fingerprint("POST", request.url.path, asked.encode()))
