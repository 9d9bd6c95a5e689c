"""No request body of ours is large, but for a set-up's, a list's and what comes from the field: one that is gets 413
before it is read."""

from __future__ import annotations

import contextlib
import re

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queue_service.records.cases.exports import LARGEST_FILE
from queue_service.web.errors import TooLarge
from queue_service.web.problems import problem

LARGEST_BODY = 16 * 1024  # bytes
LARGEST_SET_UP = 512 * 1024
LARGEST_REQUEST = 64 * 1024  # for a visit: a hundred people
LARGEST_LIST = 4 * 1024 * 1024  # of people in villages: ten thousand
LARGEST_EXPORT = LARGEST_FILE + 16 * 1024
_LARGER = (  # the first that fits
    (LARGEST_SET_UP, r"/office/setup/.*|/api/v1/(branches/[^/]+/setup|calendars/[^/]+|connections/[^/]+)"),
    (LARGEST_SET_UP, r"/api/v1/branches/[^/]+/days/[^/]+/field/[^/]+/.+"),
    (LARGEST_EXPORT, r"/cases/[^/]+/import|/api/v1/branches/[^/]+/cases/import"),
    (LARGEST_LIST, r"/office/outreach/[^/]+/import"),
    (LARGEST_REQUEST, r"(/api/v1/branches|/b|/office/outreach)/[^/]+/(requests|outreach|new)"),
)


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            return await self._app(scope, receive, send)
        length = next((value for name, value in scope["headers"] if name == b"content-length"), None)
        if length is None:
            return await self._count(scope, receive, send, _largest(scope["path"]))
        if not length.isdigit() or (int(length) > LARGEST_BODY and int(length) > _largest(scope["path"])):
            return await _refuse(scope, receive, send)
        await self._app(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send, largest: int) -> None:
        """A chunked body says no length; it ends, for the app, where it grows too large."""
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= largest else {"type": "http.disconnect"}

        async def answered(message: Message) -> None:
            if taken <= largest:
                await send(message)

        with contextlib.suppress(ClientDisconnect):
            await self._app(scope, counted, answered)
        if taken > largest:
            await _refuse(scope, receive, send)


def _largest(path: str) -> int:
    return next((size for size, pattern in _LARGER if re.fullmatch(pattern, path)), LARGEST_BODY)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = problem(Request(scope), TooLarge("The request is larger than any that is needed here."))
    await refusal(scope, receive, send)
