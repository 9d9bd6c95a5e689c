"""BPJS's queue service as a hospital or a Puskesmas meets it: one account of each, all of it in memory.

README.md tells what it does beyond the specification, and what nobody could verify.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Self

from tests.doubles.bpjs import page
from tests.doubles.bpjs.hospital import Hospital
from tests.doubles.bpjs.masters import Masters, read_masters
from tests.doubles.bpjs.puskesmas import Puskesmas
from tests.doubles.bpjs.replies import Refusal, Reply
from tests.doubles.bpjs.routes import Routes, find, hospital_routes, puskesmas_routes
from tests.doubles.bpjs.seal import Credentials, check, check_login, seal
from tests.doubles.outages import Outages
from tests.doubles.web import Answer, Request, WebServer

HOSPITAL, PUSKESMAS = "/antreanrs", "/antreanfktp"
TOLERANCE_SECONDS = 300
REMEMBERED = 50_000  # calls; the bookings themselves are never forgotten


class BpjsDouble:
    """For `async with`. `clock`: seconds since 1970, as BPJS has them. What it was told is in `hospital` and
    `puskesmas`, and every call in `told`, oldest first."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        masters: Masters | None = None,
        credentials: Credentials | None = None,
        clock: Callable[[], float] = time.time,
        tolerance_seconds: float = TOLERANCE_SECONDS,
    ) -> None:
        self.credentials = credentials or Credentials()
        self.clock = clock
        self.tolerance_seconds = tolerance_seconds
        masters = masters or read_masters()
        self.hospital = Hospital(masters)
        self.puskesmas = Puskesmas(masters)
        self.outages = Outages(time.monotonic)
        self.told: deque[Mapping[str, Any]] = deque(maxlen=REMEMBERED)
        self.web = WebServer(self._handle, host, port)
        self.routes: Mapping[str, Routes] = {
            HOSPITAL: hospital_routes(self.hospital, self.now_ms),
            PUSKESMAS: puskesmas_routes(self.puskesmas),
        }

    @property
    def hospital_url(self) -> str:
        return self.web.url + HOSPITAL

    @property
    def puskesmas_url(self) -> str:
        return self.web.url + PUSKESMAS

    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    async def __aenter__(self) -> Self:
        await self.web.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.web.stop()

    async def _handle(self, request: Request) -> Answer | None:
        base = next((each for each in self.routes if request.path.startswith(f"{each}/")), None)
        if base is None:
            return self._by_hand(request)
        return await self.outages.around(lambda: self._answer(base, request))

    def _answer(self, base: str, request: Request) -> Answer:
        path = request.path.removeprefix(base)
        found = find(self.routes[base], request.method, path)
        if found is None:
            return self._json({"message": "no Route matched with those values"}, HTTPStatus.NOT_FOUND)
        call, values = found
        body: Any = None
        try:
            check(request.headers, self.credentials, self.clock(), self.tolerance_seconds)
            if base == PUSKESMAS:
                check_login(request.headers, self.credentials)
            if request.method == "POST":
                body = _read(request.body)
                reply = call(body)
            else:
                reply = call(*values)
        except Refusal as refusal:
            reply = refusal.reply
        self.told.append(
            {"at_ms": self.now_ms(), "path": request.path, "body": body, "code": reply.code, "message": reply.message}
        )
        return self._json(self._enveloped(base, reply, request.headers.get("x-timestamp", "")))

    def _enveloped(self, base: str, reply: Reply, stamp: str) -> Mapping[str, Any]:
        response = reply.response
        if response is not None and not reply.is_plain:
            response = seal(response, self.credentials, stamp)
        metadata = {"code": reply.code, "message": reply.message}
        # A Puskesmas's answers come from PCare's side of the house, whose spelling is another.
        return {"response": response, "metadata" if base == HOSPITAL else "metaData": metadata}

    # For hand trials, and for tests in other processes

    def _by_hand(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/":
                return Answer(page.shown(self.hospital, self.outages).encode(), kind="text/html; charset=utf-8")
            case "GET", "/_told":
                return self._json(self._all_told())
            case "GET", "/_outage":
                return self._json(self.outages.shown())
            case "POST", "/_outage":
                return self._do(request, lambda wish: self.outages.told(wish))
            case "POST", "/_mobile":
                return self._do(request, lambda wish: self.hospital.take_mobile(wish, self.now_ms()))
        return self._json({"message": "not found"}, HTTPStatus.NOT_FOUND)

    def _do(self, request: Request, act: Callable[[Mapping[str, Any]], object]) -> Answer:
        is_form = "urlencoded" in request.headers.get("content-type", "").lower() and not request.body.startswith(b"{")
        try:
            act(page.read_form(request.body) if is_form else _read(request.body))
        except (Refusal, ValueError) as error:
            message = error.reply.message if isinstance(error, Refusal) else str(error)
            return self._json({"message": message}, HTTPStatus.BAD_REQUEST)
        if is_form:
            return Answer(b"", HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        return self._json(self.outages.shown())

    def _all_told(self) -> Mapping[str, Any]:
        return {
            "bookings": {
                code: {
                    **each.fields,
                    "sumberdata": each.source,
                    "status": each.status,
                    "tasks": {str(number): task.at_ms for number, task in each.tasks.items()},
                    "received": {str(number): task.received_ms for number, task in each.tasks.items()},
                    "farmasi": each.pharmacy,
                    "batal": each.cancelled_because,
                }
                for code, each in self.hospital.bookings.items()
            },
            "schedule_requests": self.hospital.schedule_requests,
            "puskesmas": [
                {**each.fields, "panggil": each.called, "batal": each.cancelled_because}
                for each in self.puskesmas.visits.values()
            ],
            "calls": list(self.told),
        }

    def _json(self, value: object, status: int = HTTPStatus.OK) -> Answer:
        body = json.dumps(value, ensure_ascii=False).encode()
        return Answer(body, status, headers={"Date": formatdate(self.clock(), usegmt=True)})


def _read(body: bytes) -> Mapping[str, Any]:
    """JSON, whatever the label says. Raises Refusal."""
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal("Format JSON tidak sesuai")
    return given
