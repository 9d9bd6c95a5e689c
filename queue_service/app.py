"""The one file that wires it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from queue_service.database import Unavailable, make_engine, migrate
from queue_service.desk import Desk
from queue_service.floors import Clock, Floors, wall_clock
from queue_service.journal import Journal
from queue_service.records.branches import Branches
from queue_service.records.keys import Keys
from queue_service.secrets import load_secrets
from queue_service.settings import Settings
from queue_service.stream.connections import Gate
from queue_service.stream.hub import Hub
from queue_service.tokens import Tokens
from queue_service.version import VERSION
from queue_service.web import api, operations, pages, problems
from queue_service.web.house import House
from queue_service.web.limits import RateLimits
from queue_service.web.openapi import describe_api
from queue_service.web.sizes import BodyLimit

DESCRIPTION = "Queues of public services, live: take a number, see your place, call the next."
CHORES_EVERY = timedelta(minutes=1)


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock = wall_clock) -> AsyncIterator[House]:
    """Everything a process needs, from settings to a running hub. Raises Unavailable when there is no database."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    chores: list[asyncio.Task[None]] = []
    try:
        await migrate(engine)
        house = await _furnish(settings, engine, clock)
        chores = [
            asyncio.create_task(work)
            for work in (house.floors.keep_current(), house.hub.keep_time(), _do_chores(house))
        ]
        yield house
        await house.hub.close()
        await house.journal.close()
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await engine.dispose()


async def _furnish(settings: Settings, engine: AsyncEngine, clock: Clock) -> House:
    secrets = load_secrets(settings.secret, settings.data_dir)
    branches, keys, journal = Branches(engine), Keys(engine, secrets), Journal(engine)
    await branches.refresh()
    await keys.refresh()
    floors = Floors(journal, branches, clock)
    return House(
        settings=settings,
        secrets=secrets,
        tokens=Tokens(secrets),
        branches=branches,
        keys=keys,
        journal=journal,
        floors=floors,
        desk=Desk(journal, floors),
        hub=Hub(floors, await journal.epoch(), settings.max_connections),
        limits=RateLimits(settings.rate_limits),
    )


async def _do_chores(house: House) -> None:
    while True:
        try:
            await house.journal.forget_keys(house.floors.clock())
            await house.keys.refresh()
        except Unavailable:
            pass  # the next round does it
        await asyncio.sleep(CHORES_EVERY.total_seconds())


def make_app(house: House) -> FastAPI:
    app = FastAPI(
        title="Antrean",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    app.openapi = lambda: describe_api(app)  # type: ignore[method-assign]
    problems.install(app)
    app.include_router(api.router)
    app.include_router(operations.router)
    pages.install(app)
    app.add_middleware(BodyLimit)
    return app


def stream_protocol(house: House) -> Callable[..., asyncio.Protocol]:
    """What uvicorn is given as its WebSocket class."""
    return Gate(house.hub, house.tokens, house.settings.allowed_origins, problems.describe).connection
