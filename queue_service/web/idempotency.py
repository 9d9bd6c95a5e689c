"""The header `Idempotency-Key`: what makes a repeated request the same one."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import Request as HttpRequest

from queue_service.journal import Request

_NOTE = "The same key with the same body has one effect and gets the same answer, for 24 hours."


async def _request(
    http: HttpRequest,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$", description=_NOTE),
    ] = None,
) -> Request | None:
    if key is None:
        return None
    return Request(key, fingerprint(http.method, http.url.path, await http.body()))


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


Idempotent = Annotated[Request | None, Depends(_request)]
