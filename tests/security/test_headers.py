"""Every answer, good or bad, tells the browser to keep to itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from queue_service.app import make_app, open_house
from queue_service.database import Unavailable
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import BROWSER, RSUD, Clock
from tests.security.asking import Answer, ask
from tests.security.callers import headers_of
from tests.security.doors import doors_of
from tests.security.matrix import a_busy_house, places
from tests.security.rows import ROWS

EXPECTED: Mapping[str, str] = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NEEDED = ("frame-ancestors 'none'", "base-uri 'none'")
LOOSE = re.compile(r"unsafe-|data:|https?:|\*")
INLINE = re.compile(rb"\sstyle=|<style|<script(?![^>]*(?:src=|application/json))|\son\w+=|javascript:", re.IGNORECASE)
STATIC_OR_SHARED = ("/static/", "/display/", "/queues/")


def faults(answer: Answer) -> Iterator[str]:
    headers = answer.headers
    policy = headers.get("content-security-policy", "")
    for name, value in EXPECTED.items():
        if headers.getlist(name) != [value]:
            yield f"{name} is {headers.getlist(name)}"
    if not policy.startswith(("default-src 'none'", "default-src 'self'")) or LOOSE.search(policy):
        yield f"its policy is “{policy}”"
    if not all(rule in policy for rule in NEEDED):
        yield f"its policy “{policy}” lacks one of {NEEDED}"
    if "camera=()" not in headers.get("permissions-policy", ""):
        yield "it may use the camera"
    if "cache-control" not in headers or "server" in headers:
        yield f"it says {dict(headers)}"
    if headers.get("content-type", "").startswith("text/html"):
        if "charset=utf-8" not in headers["content-type"]:
            yield "nobody knows its letters"
        if found := INLINE.search(answer.body):
            yield f"it holds {found[0]!r}"


async def test_every_door_answers_discreetly_whoever_asks(tmp_path: Path) -> None:
    wrong, open_to_caches = {}, {}
    async with a_busy_house(tmp_path) as house:
        app = make_app(house)
        administrator = await headers_of(house, "a")
        for method, path in doors_of(app):
            if method == "WS":
                continue
            for who, headers in (("nobody", {}), ("administrator", administrator)):
                address = path.format_map(await places(house, path, holds_ticket=who == "nobody"))
                answer = await ask(app, method, address, {**BROWSER, **headers}, ROWS[method, path].body)
                if found := list(faults(answer)):
                    wrong[method, path, who] = found
                is_private = who == "administrator" and not any(part in path for part in STATIC_OR_SHARED)
                if is_private and answer.headers["cache-control"] != "no-store":
                    open_to_caches[method, path] = answer.headers["cache-control"]
                if path == "/sign-out" and who == "administrator":
                    administrator = await headers_of(house, "a")
    assert wrong == {}
    assert open_to_caches == {}


REFUSED: tuple[tuple[int, str, str, dict[str, str], Any], ...] = (
    (404, "GET", "/nowhere", BROWSER, None),
    (404, "GET", "/api/v1/nowhere", {}, None),
    (404, "GET", "/static/nothing", {}, None),
    (404, "GET", "/t/nobody", BROWSER, None),
    (405, "DELETE", "/", BROWSER, None),
    (405, "TRACE", "/", {}, None),
    (405, "PUT", "/api/v1/branches", {}, None),
    (413, "POST", f"/api/v1/branches/{RSUD}/tickets", {}, "x" * 20_000),
    (422, "POST", f"/api/v1/branches/{RSUD}/tickets", {}, {"queue": 1}),
    (404, "POST", f"/b/{RSUD}/tickets", BROWSER, "queue=nowhere"),
    (403, "POST", "/sign-in", {**BROWSER, "Sec-Fetch-Site": "cross-site"}, "key=x"),
    (401, "POST", f"/api/v1/branches/{RSUD}/counters/3/open", {"Authorization": "Bearer nonsense"}, None),
    (
        403,
        "POST",
        "/screen/health",
        {},
        {"page": "", "version": "", "frame_age": None, "visible": True, "sound": None, "width": 1, "height": 1},
    ),
    (426, "GET", "/stream", {}, None),
)


async def test_refusals_are_no_exception(tmp_path: Path) -> None:
    async with a_busy_house(tmp_path) as house:
        app = make_app(house)
        for status, method, path, headers, body in REFUSED:
            answer = await ask(app, method, path, headers, body)
            assert (answer.status, list(faults(answer))) == (status, []), (method, path)


@pytest.mark.parametrize(("error", "status"), [(ZeroDivisionError("inside"), 500), (Unavailable("gone"), 503)])
async def test_faults_are_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def break_down(*_: object) -> None:
        raise error

    async with a_busy_house(tmp_path) as house:
        app = make_app(house)
        monkeypatch.setattr(house.floors, "get_today", break_down)
        for path, headers in ((f"/b/{RSUD}", BROWSER), (f"/api/v1/branches/{RSUD}", {})):
            answer = await ask(app, "GET", path, headers, raises=False)
            assert (answer.status, list(faults(answer))) == (status, []), path
            assert b"inside" not in answer.body


# Encrypted or not


@asynccontextmanager
async def behind_a_proxy(folder: Path, public_url: str | None = None) -> AsyncIterator[House]:
    settings = Settings(folder, f"sqlite:///{folder / 'antrean.db'}", public_url=public_url)
    trusted = replace(settings, trusted_proxies=(ip_network("192.0.2.0/24"),))
    async with open_house(trusted, Clock()) as house:
        yield house


ARRIVALS: tuple[tuple[dict[str, Any], str, bool], ...] = (
    ({}, "", False),
    ({"scheme": "https"}, "", True),
    ({}, "https", True),
    ({}, "HTTPS, http", True),
    ({}, "http, https", False),
    ({"client": ("198.51.100.7", 4711)}, "https", False),  # no proxy of ours
    ({"client": ("a socket", 0)}, "https", False),
)


async def test_only_what_came_encrypted_must_stay_so(tmp_path: Path) -> None:
    async with behind_a_proxy(tmp_path) as house:
        app = make_app(house)
        for scope, told, is_encrypted in ARRIVALS:
            headers = {**BROWSER, **({"X-Forwarded-Proto": told} if told else {})}
            answer = await ask(app, "GET", "/", headers, **scope)
            hsts = answer.headers.get("strict-transport-security")
            assert hsts == ("max-age=31536000" if is_encrypted else None), (scope, told)
            code = await ask(app, "POST", "/screen/code", headers, {"width": 1, "height": 1}, **scope)
            cookie = code.headers["set-cookie"]
            assert cookie.startswith("__Host-antrean_device=") is is_encrypted, (scope, told)
            assert ("; Secure" in cookie) is is_encrypted
            assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Domain" not in cookie
