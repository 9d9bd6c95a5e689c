"""From a refusal to RFC 9457 problem details, in the language asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from queue_service.database import Unavailable
from queue_service.domain.errors import Invalid, NobodyWaiting, NotFound, Refusal, Refused
from queue_service.journal import KeyReused
from queue_service.stream.connections import BadHandshake, StreamUnavailable, WrongOrigin
from queue_service.web.errors import (
    DatabaseAway,
    Forbidden,
    KeyUsedForOther,
    PlanChanged,
    PlanNotNamed,
    TooLarge,
    TooMany,
    Unauthorized,
    UpgradeRequired,
)
from queue_service.web.house import house_of
from queue_service.web.languages import DEFAULT, language_of, sentence

log = logging.getLogger("antrean.web")

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2


STATUS_CODES: Mapping[type[Refusal], int] = {
    NotFound: 404,
    Invalid: 422,
    NobodyWaiting: 409,
    Refused: 409,
    Unauthorized: 401,
    Forbidden: 403,
    WrongOrigin: 403,
    TooLarge: 413,
    TooMany: 429,
    KeyUsedForOther: 422,
    UpgradeRequired: 426,
    PlanChanged: 412,
    PlanNotNamed: 428,
    DatabaseAway: 503,
    StreamUnavailable: 503,
}

_SENTENCES = {  # what the framework itself refuses
    404: "There is nothing at this address.",
    405: "This address does not take {method}.",
    400: "The request cannot be read.",
}


FIELD_SENTENCES = {  # by the kind of fault that pydantic names
    "missing": "{field}: is needed",
    "extra_forbidden": "{field}: is not known here",
    "json_invalid": "{field}: this is not JSON",
    "string_type": "{field}: expected text",
    "string_too_short": "{field}: is too short",
    "string_too_long": "{field}: is too long",
    "int_type": "{field}: expected a whole number",
    "int_from_float": "{field}: expected a whole number",
    "int_parsing": "{field}: expected a whole number",
    "greater_than_equal": "{field}: is too small",
    "less_than_equal": "{field}: is too large",
    "list_type": "{field}: expected a list",
    "date_from_datetime_parsing": "{field}: expected a day such as 2026-11-23",
    "date_parsing": "{field}: expected a day such as 2026-11-23",
    "datetime_parsing": "{field}: expected a time such as 2026-11-23T10:00:00+07:00",
    "timezone_aware": "{field}: expected a time such as 2026-11-23T10:00:00+07:00",
    "datetime_from_date_parsing": "{field}: expected a time such as 2026-11-23T10:00:00+07:00",
}


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` is stable; `detail` is a sentence for people."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Loket 3 masih melayani A-012."])
    code: str = Field(examples=["counter_busy"])
    join: str | None = Field(None, description="With slot_full: where to join the waiting list of a full day.")


def status_of(refusal: Refusal) -> int:
    if isinstance(refusal, BadHandshake):
        return refusal.status
    return next(STATUS_CODES[kind] for kind in type(refusal).__mro__ if kind in STATUS_CODES)


def problem_body(status: int, code: str, detail: str, **more: str) -> bytes:
    said = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    return json.dumps({**said, **more}, ensure_ascii=False).encode(errors="replace")


def describe(refusal: Refusal, accept_language: str) -> tuple[int, bytes]:
    """For the stream, which refuses before there is a request of the framework's."""
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"accept-language", accept_language.encode("latin-1", "replace"))],
        }
    )
    status = status_of(refusal)
    detail = sentence(language_of(request), refusal.sentence, **refusal.fields)
    return status, problem_body(status, refusal.code, detail)


def problem(request: Request, refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    status = status_of(refusal)
    language = language_of(request)
    detail = sentence(language, refusal.sentence, **_named(request, refusal.fields, language))
    extra = dict(headers or {})
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        extra["Retry-After"] = str(refusal.fields.get("seconds", RETRY_SECONDS))
    more = {"join": str(refusal.fields["join"])} if "join" in refusal.fields else {}
    return Response(problem_body(status, refusal.code, detail, **more), status, extra, MEDIA_TYPE)


def _named(request: Request, fields: Mapping[str, object], language: str) -> dict[str, object]:
    """A queue by the name that people know, where its branch is in the address."""
    house, branch = house_of(request), request.path_params.get("branch", "")
    known = "queue" in fields and house.floors.is_set_up(branch)
    floor = house.floors.find(house.floors.today(branch)) if known else None
    queue = floor.branch.queues.get(str(fields["queue"])) if floor else None
    return {**fields, "queue": queue.name.in_language(language)} if queue else dict(fields)


def _refused(request: Request, error: Any) -> Response:
    return problem(request, error)


def _unavailable(request: Request, error: Any) -> Response:
    log.warning("The database is away: %s", error)
    return problem(request, DatabaseAway("This cannot be made durable now. Please try again in a moment."))


def _key_reused(request: Request, error: Any) -> Response:
    return problem(request, KeyUsedForOther("Idempotency-Key: this key was used before, for another request."))


def _invalid(request: Request, error: Any) -> Response:
    language = language_of(request)
    faults = "; ".join(_faults(error, language))
    return problem(request, Invalid("{faults}.", faults=faults))


def _faults(error: RequestValidationError, language: str) -> Iterator[str]:
    for fault in error.errors()[:5]:
        field = ".".join(str(step) for step in fault["loc"][1:]) or str(fault["loc"][0])
        template = FIELD_SENTENCES.get(fault["type"], "{field}: not as expected")
        yield sentence(language, template, field=field[:80])


def _framework(request: Request, error: Any) -> Response:
    status = error.status_code
    if status == 400:  # the framework's word for a body that is not even text
        return problem(request, Invalid(FIELD_SENTENCES["json_invalid"], field="body"))
    template = _SENTENCES.get(status, "The request cannot be carried out.")
    fields = {"method": request.method} if status == 405 else {}
    detail = sentence(language_of(request), template, **fields)
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    headers = {"Allow": ", ".join(_allowed(request))} if status == 405 else error.headers
    return Response(problem_body(status, code, detail), status, headers, MEDIA_TYPE)


def _allowed(request: Request) -> list[str]:
    """Of every route at this address; the framework names the first route's."""
    there = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in there for method in getattr(route, "methods", None) or ()})


def _fault(request: Request, error: Any) -> Response:
    """What we did not foresee. The path may hold a token: it stays out of the log."""
    log.error("An unforeseen fault", exc_info=error)
    detail = sentence(DEFAULT, "Something went wrong on our side. It was noted.")
    return Response(problem_body(500, "internal_error", detail), 500, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(KeyReused, _key_reused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _fault)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: which problems it answers with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}
