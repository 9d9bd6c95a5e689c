"""What every page is printed on: templates, languages, the headers that keep a page to itself."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.web.languages import (
    DISPLAY,
    LANGUAGES,
    clock,
    counted,
    day_and_month,
    language_of,
    long_date,
    sentence,
    translations,
    weekday,
)
from queue_service.web.pages.assets import Assets
from queue_service.web.pages.estimates import closed_words, duration, opening_hours
from queue_service.web.staff import cookie_name
from queue_service.web.standards import decree_words

static = Assets(DISPLAY / "static")

LOCALES_OF_BROWSERS = {"id": "id-ID", "en": "en-GB"}

_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+")
_A_YEAR = 365 * 24 * 3600
_WORTH_COMPRESSING = 800


@cache
def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(DISPLAY / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Queues and counters keep the order of the set-up file in what is handed to browser modules.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
    environment.globals.update(asset=static.url, version=static.version)
    return environment


def page(request: Request, template: str, status: int = 200, language: str | None = None, **context: Any) -> Response:
    chosen = request.query_params.get("lang") if language is None else None
    language = language or language_of(request)
    text = (
        templates()
        .get_template(template)
        .render(
            language=language,
            request=request,
            other_languages=_others(request, language),
            **_words(language),
            **context,
        )
    )
    response = Response(text, status, headers=_headers(request), media_type="text/html")
    if chosen == language:
        response.set_cookie("lang", language, max_age=_A_YEAR, httponly=True, samesite="lax")
    return _compressed(request, response)


def names_of(branch: Branch, language: str) -> dict[str, dict[str, str]]:
    """What a frame calls by an id, by name."""
    return {
        "queues": {queue.id: queue.name.in_language(language) for queue in branch.queues.values()},
        "counters": {counter.id: counter.name.in_language(language) for counter in branch.counters.values()},
    }


def _words(language: str) -> dict[str, Callable[..., object]]:
    """What templates say: `text` and `both` leave the fields open, for the browser modules to fill in."""
    return {
        "say": partial(sentence, language),
        "count": partial(counted, language),
        "text": translations(language).gettext,
        "both": partial(_both, language),
        "clock": partial(clock, language),
        "long_date": partial(long_date, language),
        "short_day": partial(day_and_month, language),
        "weekday": partial(weekday, language),
        "duration": partial(duration, language),
        "hours": partial(opening_hours, language),
        "why_closed": partial(closed_words, language),
        "decree_words": partial(decree_words, language),
    }


def _both(language: str, one: str, many: str) -> tuple[str, str]:
    spoken = translations(language)
    return spoken.ngettext(one, many, 1), spoken.ngettext(one, many, 2)


def _others(request: Request, language: str) -> list[tuple[str, str, str]]:
    return [
        (other, name, "?" + request.url.include_query_params(lang=other).query)
        for other, name in LANGUAGES.items()
        if other != language
    ]


def _headers(request: Request) -> dict[str, str]:
    host = request.headers.get("host", "")
    # Older Safari does not count a socket to the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return {
        # Of what staff see, nothing stays behind in the browser.
        "Cache-Control": "no-store" if cookie_name(request) in request.cookies else "private, no-cache",
        "Content-Security-Policy": (
            f"default-src 'self'; connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        ),
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
    }


def _compressed(request: Request, response: Response) -> Response:
    if "gzip" in request.headers.get("accept-encoding", "") and len(response.body) > _WORTH_COMPRESSING:
        response.body = gzip.compress(bytes(response.body), compresslevel=6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response
