"""A gateway of the WSO2 kind: it looks at the key, counts, takes its prefix away, adds headers, and hands on.

Written from its manual's list of error codes; no code of it is here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tests.doubles.web import Answer, Handler, Request


class Form(StrEnum):
    """How it writes its errors: by version and by where they arise."""

    PLAIN = "plain"
    FAULT = "fault"
    XML = "xml"


@dataclass
class Gateway:
    """`header` empty: it lets everybody through. `strips`: whether it takes its prefix away before it hands on."""

    behind: Handler
    prefix: str = "/t/lahatkab.example/antrean/1.0"
    header: str = "authorizationsplp"
    scheme: str = "Bearer "
    key: str = "kunci-gerbang-contoh"
    form: Form = Form.PLAIN
    strips: bool = True
    throttled: int = 0  # requests still to be refused
    seen: list[Request] = field(default_factory=list)
    tell: Callable[[str], object] = lambda line: None

    async def answer(self, request: Request) -> Answer | None:
        self.seen.append(request)
        if not request.path.startswith(f"{self.prefix}/"):
            return self._refused(404, 900906, "No matching resource found in the API for the given request")
        if self.header and request.headers.get(self.header) is None:
            return self._refused(401, 900902, "Missing Credentials")
        if self.header and request.headers[self.header] != f"{self.scheme}{self.key}":
            return self._refused(401, 900901, "Invalid Credentials")
        if self.throttled:
            self.throttled -= 1
            return self._refused(429, 900802, "Resource level throttle out")
        headers = {name: value for name, value in request.headers.items() if name != self.header}
        headers |= {"x-forwarded-for": "192.0.2.77", "activityid": "0f4c", "x-jwt-assertion": "e30.e30.x"}
        path = request.path.removeprefix(self.prefix) if self.strips else request.path
        return await self.behind(replace(request, path=path, headers=headers))

    def _refused(self, status: int, code: int, message: str) -> Answer:
        described = f"{message}. Make sure you have provided the correct security credentials"
        if self.form is Form.XML:
            inner = f"<ams:code>{code}</ams:code><ams:message>{message}</ams:message>"
            body = f'<ams:fault xmlns:ams="http://wso2.org/apimanager/security">{inner}</ams:fault>'
            return Answer(body.encode(), status, "application/xml")
        told = {"code": str(code), "message": message, "description": described}
        shown = {"fault": {**told, "code": code}} if self.form is Form.FAULT else told
        return Answer(json.dumps(shown).encode(), status)
