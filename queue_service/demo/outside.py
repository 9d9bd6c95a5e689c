"""Systems of others that the demo shows too, where something is installed that plays them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from queue_service.demo.addresses import Line
from queue_service.journal import Beside
from queue_service.web.house import House

GROUP = "antrean.demo"


Shows = Callable[[str], Beside]  # what somebody who takes a number in this queue shows of themselves


@dataclass(slots=True)
class Outside:
    """`lines`: what to print of them. `fed`: queues, by branch, to which they bring all who come. `shows`: where others
    than these are asked who they are."""

    lines: list[Line] = field(default_factory=list)
    fed: set[tuple[str, str]] = field(default_factory=set)
    is_connected: bool = False
    shows: dict[str, Shows] = field(default_factory=dict)  # by branch


Played = Callable[[House], AbstractAsyncContextManager[Outside]]


@asynccontextmanager
async def outside(house: House, *, is_alone: bool) -> AsyncIterator[Outside]:
    """All of them together; `is_alone`: none."""
    async with AsyncExitStack() as all_:
        together = Outside()
        for point in () if is_alone else entry_points(group=GROUP):
            played: Played = point.load()
            one = await all_.enter_async_context(played(house))
            together.lines += one.lines
            together.fed |= one.fed
            together.shows |= one.shows
            together.is_connected |= one.is_connected
        yield together
