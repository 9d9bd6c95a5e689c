"""An agency's system at the wire, as several of them are: a list of visits in JSON behind a token in a header, by pages
or all at once, and an address that takes what we tell. And one that takes referrals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from tests.doubles.web import HANG_UP, Answer, Request, WebServer

PAGE = 2  # visits

Told = Mapping[str, Any]


@dataclass
class AgencySystem:
    """`told`: what it was told, by the key that makes a message the same. `fails`: before it understands anything."""

    token: str
    header: str = "authorization"
    visits: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)  # each try
    asked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of what was asked
    fails: Callable[[Request], Answer | bool | None] = lambda request: False
    in_envelope: bool = True
    next_is: str = ""

    def server(self) -> WebServer:
        return WebServer(self._handle)

    async def _handle(self, request: Request) -> Answer | None:
        failure = self.fails(request)
        if failure is not False:
            return HANG_UP if failure is None or failure is True else failure
        if request.headers.get(self.header) != self.token:
            return Answer(b'{"message": "token salah"}', 401)
        if request.method == "GET":
            answer = self._list(request)
            self.statuses.append(answer.status)
            return answer
        return self._take(request)

    def _list(self, request: Request) -> Answer:
        self.asked.append(request.query)
        asked = {name: values[0] for name, values in parse_qs(request.query).items()}
        found = sorted(self.visits, key=lambda visit: str(visit.get("diubah", "")))
        if since := asked.get("sejak"):
            found = [visit for visit in found if str(visit["diubah"]) >= since]
        page = int(asked["hal"]) if "hal" in asked else None
        shown = found if page is None else found[(page - 1) * PAGE : page * PAGE]
        body: Any = shown
        if self.in_envelope:
            following = self.next_is or (f"?hal={page + 1}" if page and len(found) > page * PAGE else None)
            body = {"sukses": True, "hasil": {"data": shown}, "berikut": following}
        content = json.dumps(body).encode()
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == etag:
            return Answer(b"", 304, headers={"ETag": etag})
        return Answer(content, headers={"ETag": etag})

    def _take(self, request: Request) -> Answer:
        key = request.headers["idempotency-key"]
        self.arrived.append(key)
        is_form = "form" in request.headers["content-type"]
        message: Told = dict(parse_qsl(request.body.decode())) if is_form else json.loads(request.body)
        self.told.setdefault(key, message)
        return Answer(json.dumps({"sukses": True, "data": {"id": f"D-{len(self.told)}"}}).encode())


@dataclass
class ReferralDesk:
    """`says`: what it answers to a new one; to one that it knows, it answers as before. `has`: all that it was given,
    by their ids. `tells`: what it tells of them to whoever asks."""

    token: str
    says: Told = field(default_factory=dict)
    status: int = 200
    has: dict[str, Told] = field(default_factory=dict)
    taken_back: list[Told] = field(default_factory=list)
    tells: list[Told] = field(default_factory=list)
    tries: int = 0
    is_away: bool = False
    _answers: dict[str, Answer] = field(default_factory=dict)

    def server(self) -> WebServer:
        return WebServer(self._handle)

    async def _handle(self, request: Request) -> Answer | None:
        self.tries += 1
        if self.is_away:
            return HANG_UP
        if request.headers.get("authorization") != self.token:
            return Answer(b'{"message": "token salah"}', 401)
        if request.method == "GET":
            return Answer(json.dumps(self.tells).encode())
        message = json.loads(request.body)
        if request.path.endswith("/batal"):
            self.taken_back.append(message)
            return Answer(b"{}")
        id_ = message["rujukan"]["id"]
        assert request.headers["idempotency-key"] == id_
        self.has[id_] = message
        if id_ not in self._answers:
            self._answers[id_] = Answer(json.dumps(self.says).encode(), self.status)
        return self._answers[id_]
