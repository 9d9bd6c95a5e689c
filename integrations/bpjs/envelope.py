"""What stands around each answer. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.bpjs.cipher import Unreadable

DONE = 200
DONE_REFERENCE = 1  # of `ref/…` only
EMPTY = 204


@dataclass(frozen=True, slots=True)
class Envelope:
    code: int
    message: str
    response: Any  # as it came: encrypted where it is a text

    def is_done(self, path: str) -> bool:
        return self.code == DONE or (self.code == DONE_REFERENCE and path.startswith("/ref/"))


def read_envelope(body: bytes) -> Envelope:
    """Raises Unreadable."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the answer is no JSON") from None
    about = _about(said)
    code, message = about.get("code"), about.get("message")
    return Envelope(_number(code), message if isinstance(message, str) else "", said.get("response"))


def _about(said: Any) -> Mapping[str, Any]:
    if isinstance(said, dict):
        for name in ("metadata", "metaData"):
            if isinstance(said.get(name), dict):
                found: Mapping[str, Any] = said[name]
                return found
    raise Unreadable("the answer has no metadata")


def _number(code: Any) -> int:
    if isinstance(code, int) and not isinstance(code, bool):
        return code
    if isinstance(code, str) and code.strip().isascii() and code.strip().isdecimal() and len(code) <= 9:
        return int(code)
    raise Unreadable("the answer's metadata has no code")


def unwrap(response: Any) -> Any:
    """The catalogue prints `{"list": […]}` where the service mostly sends the bare list."""
    if isinstance(response, dict) and "list" in response:
        return response["list"]
    return response
