"""SP4N-LAPOR! as it is reached through the bus: what it takes, refuses and says afterwards. In memory."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.doubles.outages import Outages
from tests.doubles.web import HANG_UP, Answer, Request

KEY = "kunci-lapor-contoh"
PREFIX = "/lapor/3.0.0"
PER_PAGE = 2
_WHOLE = ("channel", "user_id", "disposition_id", "classification_id", "category_id", "location_id")
_BOOLEAN = ("is_new_user_slider", "is_disposisi_slider", "is_approval", "is_anonymous", "is_secret", "is_priority")
_TEXT = ("title", "content", "date_of_incident", "info_disposition", "info_attachments", "tags_raw", "attachments")
_MAY_BE_EMPTY = ("priority_program_id", "community_id", "copy_externals")

Json = dict[str, Any]


class Lapor:
    def __init__(self, key: str = KEY, tell: Callable[[str], object] = lambda line: None) -> None:
        self._key = key
        self._tell = tell
        self.complaints: dict[str, Json] = {}  # by tracking id
        self.follow_ups: dict[str, list[Json]] = {}
        self.refuses = ""  # with this reason, until it is empty again
        self.loses = 0  # answers to so many complaints, which it takes all the same
        self.is_terse = False  # takes one without saying its number
        self.outages = Outages(time.monotonic)

    async def answer(self, request: Request) -> Answer | None:
        if request.path == "/_outage":
            return self._outage(request)
        answer = await self.outages.around(lambda: self._answer(request))
        if request.method == "POST" and self.loses:
            self.loses -= 1
            return HANG_UP
        return answer

    def _outage(self, request: Request) -> Answer:
        if request.method == "POST":
            try:
                self.outages.told(json.loads(request.body))
            except ValueError as error:
                return _told({"message": str(error)}, 400)
        return _told(dict(self.outages.shown()))

    def _answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(PREFIX).lstrip("/")
        if path.startswith("_followup/") and request.method == "POST":  # for whoever tries it by hand
            self.say(path.removeprefix("_followup/"), request.body.decode())
            return _told({"status": "success"})
        if request.headers.get("auth") != f"Bearer {self._key}" or request.headers.get("token") != f"{{{self._key}}}":
            return _told({"status": "error", "message": "Unauthorized"}, 401)
        if (request.method, path) == ("POST", "complaints/complaint"):
            return self._take(request)
        if (found := re.fullmatch(r"complaints/([^/]+)/followups", path)) and request.method == "GET":
            return self._said(found[1], request.query)
        return _told({"status": "error", "message": "Not found"}, 404)

    def _take(self, request: Request) -> Answer:
        body = json.loads(request.body)
        if wrong := list(_faults(body)):
            return _told({"status": "error", "message": f"wrong: {', '.join(wrong)}"}, 422)
        if self.refuses:
            return _told({"success": False, "message": self.refuses})
        tracking = str(7_600_000 + len(self.complaints) + 1)
        self.complaints[tracking] = body
        self._tell(f"{tracking}  {body['title']}\n{body['content']}")
        return _told({"status": "success", "results": {} if self.is_terse else {"tracking_id": int(tracking)}})

    def say(self, tracking: str, text: str) -> None:
        """The agency's answer there."""
        said = self.follow_ups.setdefault(tracking, [])
        said.append({"id": 900 + len(said), "content": text, "created_at": "2026-11-23 10:00:00"})

    def _said(self, tracking: str, query: str) -> Answer:
        if tracking not in self.complaints:
            return _told({"status": "error", "message": "Complaint not found"}, 404)
        page, said = int(parse_qs(query).get("page", ["1"])[0]), self.follow_ups.get(tracking, [])
        rows = said[(page - 1) * PER_PAGE : page * PER_PAGE]
        is_more = len(said) > page * PER_PAGE
        after = f"http://elsewhere.example/complaints/{tracking}/followups?page={page + 1}" if is_more else None
        return _told({"status": "success", "results": {"data": rows, "current_page": page, "next_page_url": after}})


def _faults(body: Mapping[str, Any]) -> Any:
    known = {*_WHOLE, *_BOOLEAN, *_TEXT, *_MAY_BE_EMPTY}
    yield from sorted(set(body) ^ known)
    yield from (name for name in _WHOLE if type(body.get(name)) is not int)
    yield from (name for name in _BOOLEAN if type(body.get(name)) is not bool)
    yield from (name for name in _TEXT if type(body.get(name)) is not str)
    yield from (name for name in ("title", "content") if not str(body.get(name, "")).strip())


def _told(value: Json, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)
