"""How many newcomers a process lets in at a time: their handshakes must not hold up those who are inside."""

from __future__ import annotations

from http import HTTPStatus

RETRY_SECONDS = range(1, 6)  # one of them by lot, so that those who were turned away do not return together


class Admission:
    """Places come free at so many a second, and at most one second's worth of them is kept."""

    __slots__ = ("_a_second", "_counted_at", "_places", "is_closed")

    def __init__(self, a_second: int) -> None:
        self._a_second = float(a_second)
        self._places = self._a_second
        self._counted_at = float("-inf")
        self.is_closed = False  # for good: the process stops

    def admits(self, now: float) -> bool:
        """Whether the next one may come in, at this moment of the loop's clock; if so, a place is taken."""
        if self.is_closed:
            return False
        self._places = min(self._a_second, self._places + (now - self._counted_at) * self._a_second)
        self._counted_at = now
        if self._places < 1:
            return False
        self._places -= 1
        return True


def refusals(status: int, body: bytes) -> tuple[bytes, ...]:
    """Whole answers, ready to be sent, one for each of the waits: a herd must be cheap to turn away."""
    return tuple(_answer(status, body, seconds) for seconds in RETRY_SECONDS)


def _answer(status: int, body: bytes, retry_seconds: int) -> bytes:
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Connection: close",
        f"Retry-After: {retry_seconds}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
