"""Ways of being away, on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tests.doubles.web import HANG_UP, Answer

PORTS = {"bpjs": 8090, "simrs": 8092, "lapor": 8093, "dukcapil": 8094}  # whom `antrean-double outage` speaks to
KINDS = ("down", "slow", "html", "500", "lost-answer")
SLOW_SECONDS = 12.0  # longer than most clients wait

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class Outages:
    """`down`: hangs up, and nothing happens. `slow`: it happens, and the answer is late. `html`: a gateway's page.
    `lost-answer`: it happens, and then the connection ends. Until told, for some time, or for so many requests."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.kind: str | None = None
        self._until: float | None = None
        self._times: int | None = None
        self._delay = SLOW_SECONDS

    def begin(
        self, kind: str, *, seconds: float | None = None, times: int | None = None, delay: float = SLOW_SECONDS
    ) -> None:
        """Raises ValueError."""
        if kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}, or none")
        self.kind, self._times, self._delay = kind, times, delay
        self._until = None if seconds is None else self._clock() + seconds

    def end(self) -> None:
        self.kind = None

    def told(self, wish: Mapping[str, Any]) -> None:
        """As `POST /_outage` says it. Raises ValueError."""
        kind = str(wish.get("kind") or "none")
        if kind == "none":
            return self.end()
        numbers = {name: float(wish[name]) for name in ("seconds", "delay") if wish.get(name)}
        times = int(wish["times"]) if wish.get("times") else None
        return self.begin(kind, times=times, **numbers)

    def shown(self) -> Mapping[str, Any]:
        left = None if self._until is None else max(0.0, self._until - self._clock())
        return {"kind": self.current(), "seconds": left, "times": self._times} if self.current() else {"kind": None}

    def current(self) -> str | None:
        is_over = (self._until is not None and self._clock() >= self._until) or self._times == 0
        return None if is_over else self.kind

    async def around(self, act: Callable[[], Answer]) -> Answer | None:
        kind = self.current()
        if kind is not None and self._times is not None:
            self._times -= 1
        match kind:
            case "down":
                return HANG_UP
            case "html":
                return Answer(HTML, 502, "text/html")
            case "500":
                return Answer(b"", 500)
            case "lost-answer":
                act()
                return HANG_UP
            case "slow":
                answer = act()
                await asyncio.sleep(self._delay)
                return answer
        return act()
