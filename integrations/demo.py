"""What `antrean demo` shows beside the queues: systems of others, played by doubles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from queue_service.web.house import House


@asynccontextmanager
async def outside_systems(house: House) -> AsyncIterator[list[str]]:
    """Sentences about them. The doubles stand among the tests, which only a checkout has."""
    try:
        from tests.doubles.demo import outside_systems as played
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("tests"):
            raise
        yield ["From a checkout, `make demo` shows the hospital's insurer and its SIMRS too."]
        return
    async with played(house) as notes:
        yield notes
