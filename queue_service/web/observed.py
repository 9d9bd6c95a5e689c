"""What is noted of each request: its id, its route, how it ended and how long it took. Never its address."""

from __future__ import annotations

import logging
import re
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queue_service.logs import request_id
from queue_service.meters import REQUEST_SECONDS
from queue_service.redaction import redacted
from queue_service.traces import mark_failed, request_span
from queue_service.web.house import House

log = logging.getLogger("antrean.requests")

HEADER = b"x-request-id"
SLOW_SECONDS = 1.0
_is_sane = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
_ours = token_hex(4)  # of this process
_numbers = count(1)
_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")  # of statuses; none: no answer was begun
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a client may invent others


class Observed:
    """Around the whole application: so that it sees also what the application answers to faults of its own."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        name = _id_of(scope)
        request_id.set(name)  # for the rest of this task: the server begins one for each request
        status = 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, name.encode())]
            await send(message)

        with request_span(scope["headers"], name) as span:
            try:
                await self._app(scope, receive, answered)
            finally:
                self._note(scope, status, perf_counter() - began)
                if span is not None:
                    _describe(span, scope, status)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = _method_of(scope), _route_of(scope)
        REQUEST_SECONDS.observe(seconds, (method, route, _CLASSES[status // 100]))
        if status >= 500 or seconds >= SLOW_SECONDS:
            said = {"method": method, "route": route, "status": status, "seconds": round(seconds, 3)}
            text = "A request failed" if status >= 500 else "A request took long"
            log.warning(text, extra=said | self._where(scope))

    def _where(self, scope: Scope) -> dict[str, str]:
        """Only what we have set up ourselves: anything else in an address came from outside."""
        given = scope.get("path_params", {})
        branch = self._house.branches.all.get(given.get("branch", ""))
        if branch is None:
            return {}
        counter = given.get("counter")
        return {"branch": branch.id} | ({"counter": counter} if counter in branch.counters else {})


def _describe(span: Any, scope: Scope, status: int) -> None:
    """In the words of OpenTelemetry."""
    method, route = _method_of(scope), _route_of(scope)
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        mark_failed(span)


def _id_of(scope: Scope) -> str:
    """The one that a proxy has given, so that its log and ours can be laid side by side."""
    for header, value in scope["headers"]:
        if header == HEADER:
            given: str = value.decode("latin-1")
            if _is_sane(given) and redacted(given) == given:
                return given
    return f"{_ours}-{next(_numbers):x}"


def _method_of(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "other"


def _route_of(scope: Scope) -> str:
    """Of the application's own table, or the folder that is served as it lies."""
    route = scope.get("route")
    return route.path if route is not None else scope.get("root_path") or "none"
