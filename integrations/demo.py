"""What `antrean demo` shows beside the queues: systems of others, played by doubles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from queue_service.demo.outside import Outside
from queue_service.web.house import House


@asynccontextmanager
async def outside_systems(house: House) -> AsyncIterator[Outside]:
    """The doubles stand among the tests, which only a checkout has."""
    try:
        from tests.outside.systems import outside_systems as played
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("tests"):
            raise
        yield Outside([("Insurer and SIMRS", "in a checkout only: `make demo`")])
        return
    async with played(house) as outside:
        yield outside
