"""What cannot be shown, in the same dress as what can."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from queue_service.database import Unavailable
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Refusal
from queue_service.journal import KeyReused
from queue_service.web.devices import NotPaired
from queue_service.web.errors import Forbidden, NumberGone, PasswordNeeded, Unauthorized
from queue_service.web.languages import N_, language_of, sentence
from queue_service.web.pages.paper import page
from queue_service.web.problems import RETRY_SECONDS, status_of

log = logging.getLogger("antrean.pages")

ErrorHandler = Callable[[Request, Any], Response | Awaitable[Response]]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_TITLES = {
    400: N_("That could not be read"),
    401: N_("Please sign in"),
    403: N_("Not allowed"),
    404: N_("Nothing is here"),
    405: N_("Nothing is here"),
    409: N_("That is not possible now"),
    412: N_("Somebody else was quicker"),
    422: N_("That could not be read"),
    429: N_("One moment, please"),
    503: N_("Back in a moment"),
}
_FAULT = N_("Something broke")
_DETAILS = {
    404: N_("The address may have been mistyped, or the ticket is from long ago."),
    503: N_("The service cannot be reached right now. No number is lost. This page tries again by itself."),
}
_REGRET = N_("The fault is ours and was noted. Please try again, or ask at the desk.")
_PAIR = N_("Pair this screen")
_AGAIN_SECONDS = 10


class PageRoute(APIRoute):
    """Turns whatever a page raises into a page."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_kindly(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthorized:
                return RedirectResponse("/sign-in?" + urlencode({"next": _here(request)}), 303)
            except PasswordNeeded:
                return RedirectResponse("/account/password", 303)
            except NumberGone as gone:
                return _gone_page(request, gone)
            except NotPaired as refusal:
                return problem_page(request, 403, said(request, refusal), [(_PAIR, "/screen")])
            except Refusal as refusal:
                return problem_page(request, status_of(refusal), said(request, refusal))
            except (Unavailable, KeyReused, RequestValidationError, HTTPException) as error:
                return problem_page(request, _status_of(error))

        return handle_kindly


def _here(request: Request) -> str:
    query = request.url.query if request.method == "GET" else ""
    return f"{request.url.path}?{query}" if query else request.url.path


def _status_of(error: Exception) -> int:
    if isinstance(error, Unavailable):
        log.warning("The database is away: %s", error)
        return 503
    return error.status_code if isinstance(error, HTTPException) else 422


def problem_page(
    request: Request, status: int, detail: str | None = None, first: Sequence[tuple[str, str]] = ()
) -> Response:
    """Also for the application, where no page's route was reached. `detail` is in the reader's language already."""
    language = language_of(request)
    if detail is None or status == 503:
        detail = sentence(language, _DETAILS.get(status, _REGRET))
    ways = [(sentence(language, N_("To the start")), "/")]
    if status == 403:
        ways.insert(0, (sentence(language, N_("Sign in as somebody else")), "/sign-in"))
    if status in (429, 503):
        ways.insert(0, (sentence(language, N_("Try again")), _way_back(request)))
    ways = [*((sentence(language, words), way) for words, way in first), *ways]
    response = page(
        request,
        "problem.html",
        status,
        title=sentence(language, _TITLES.get(status, _FAULT)),
        number=status,
        detail=detail,
        ways=ways,
        retry_after=_AGAIN_SECONDS if status == 503 and request.method == "GET" else None,
    )
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _gone_page(request: Request, gone: NumberGone) -> Response:
    language = language_of(request)
    return page(
        request,
        "problem.html",
        status_of(gone),
        title=sentence(language, N_("Please go to a counter")),
        number=gone.fields["label"],
        detail=sentence(
            language,
            N_(
                "This number is no longer known here: the records had to be put back to an earlier state. "
                "Show it at a counter, or take a new number."
            ),
        ),
        ways=[(sentence(language, N_("Take a new number")), f"/b/{gone.fields['branch']}")],
        retry_after=None,
    )


def _way_back(request: Request) -> str:
    """The page itself, or the one that a form stands on: /t/TOKEN for /t/TOKEN/cancel."""
    path = request.url.path
    return path if request.method == "GET" or path.count("/") < 3 else path.rpartition("/")[0]


def said(request: HTTPConnection, refusal: Refusal, branch: Branch | None = None, language: str | None = None) -> str:
    """The refusal in the reader's language; where the branch is known, places by their names."""
    language = language or language_of(request)
    return sentence(language, refusal.sentence, **(_named(refusal, branch, language) if branch else refusal.fields))


def _named(refusal: Refusal, branch: Branch, language: str) -> dict[str, object]:
    fields = dict(refusal.fields)
    asked = str(fields.get("queue"))
    if (place := branch.queues.get(asked) or branch.journeys.get(asked)) is not None:
        fields["queue"] = place.name.in_language(language)
    return fields


def check_own_page(request: Request) -> None:
    """For forms: browsers say where a form was sent from. Raises Forbidden."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("The request did not come from our own page.")


def install(app: FastAPI) -> None:
    """Unknown addresses and faults outside any page's route get a page too, where a browser asked for one."""
    for kind in (HTTPException, Exception):
        app.add_exception_handler(kind, _page_or(app.exception_handlers.get(kind)))


def _page_or(otherwise: ErrorHandler | None) -> ErrorHandler:
    async def handle(request: Request, error: Any) -> Response:
        if _is_for_people(request) or otherwise is None:
            if not isinstance(error, HTTPException):
                log.error("An unforeseen fault", exc_info=error)
            return problem_page(request, error.status_code if isinstance(error, HTTPException) else 500)
        answer = otherwise(request, error)
        return await answer if isinstance(answer, Awaitable) else answer

    return handle


def _is_for_people(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
