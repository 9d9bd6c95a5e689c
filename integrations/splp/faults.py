"""What a gateway of the WSO2 kind says when it does not let a request through, in any of the forms in which it says it.
No I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from integrations.contract import Undelivered
from integrations.http import Answer

AUTHENTICATION = range(900900, 901000)
THROTTLING = range(900800, 900810)
OTHERS = range(900000, 910000)
REST_SECONDS = 300.0  # until a key is tried again that was not accepted
THROTTLED_SECONDS = 60.0  # where it does not say for how long
LONGEST_NAME = 80
_CODE = re.compile(rb"<(?:\w+:)?code>\s*(\d{6})\s*</")
_MESSAGE = re.compile(rb"<(?:\w+:)?message>([^<]{1,200})</")


@dataclass(frozen=True, slots=True)
class Fault:
    code: int
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.message}".rstrip()


def fault_in(answer: Answer) -> Fault | None:
    """None where the gateway has let it through, whatever became of it there."""
    try:
        found = _in_json(json.loads(answer.body))
    except (ValueError, RecursionError):
        found = _in_xml(answer.body)
    return found if found and found.code in OTHERS else None


def _in_json(body: Any) -> Fault | None:
    told = body.get("fault", body) if isinstance(body, dict) else None
    if not isinstance(told, dict):
        return None
    code = str(told.get("code", ""))
    message = str(told.get("message") or "")[:LONGEST_NAME]
    return Fault(int(code), message) if re.fullmatch(r"[0-9]{6}", code) else None


def _in_xml(body: bytes) -> Fault | None:
    code, message = _CODE.search(body), _MESSAGE.search(body)
    if code is None:
        return None
    return Fault(int(code[1]), message[1].decode(errors="replace")[:LONGEST_NAME] if message else "")


def failure_of(answer: Answer, fault: Fault) -> Undelivered:
    """None of them says anything about what was sent: so nothing is given up for it."""
    if fault.code in THROTTLING:
        rest = answer.failure().rest_seconds or THROTTLED_SECONDS
        return Undelivered(f"the gateway wants fewer requests ({fault})", rest_seconds=rest)
    if fault.code in AUTHENTICATION:
        return Undelivered(f"the gateway does not accept the key ({fault})", rest_seconds=REST_SECONDS)
    return Undelivered(f"the gateway does not let it through ({fault})", rest_seconds=answer.failure().rest_seconds)
