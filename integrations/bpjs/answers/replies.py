"""What is said to Mobile JKN, and in which envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse

ACCEPTED, DECLINED, UNKNOWN_PATIENT, FAILED = 200, 201, 202, 401
FAILURE = "Maaf terjadi kesalahan, hubungi Administrator."


class Declined(Exception):
    """The sentence is shown to whoever asked by their phone."""

    def __init__(self, sentence: str, code: int = DECLINED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    response: Mapping[str, Any] | list[Any] | None = None
    message: str = "Ok"
    code: int = ACCEPTED

    @classmethod
    def to(cls, declined: Declined) -> Reply:
        return cls(None, declined.sentence, declined.code)

    def in_envelope(self, *, tells_status: bool) -> JSONResponse:
        """`tells_status`: the HTTP status says the same as the code."""
        metadata = {"message": self.message, "code": self.code}
        content = {"metadata": metadata} if self.response is None else {"response": self.response, "metadata": metadata}
        return JSONResponse(content, self.code if tells_status else 200)
