"""The one file that wires it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from queue_service.casework import Casework
from queue_service.chores import Chore, doing
from queue_service.closing import Closing, ClosingTime
from queue_service.desk import Desk
from queue_service.floors import LOOK_SECONDS, Clock, Floors, wall_clock
from queue_service.identities import Identities
from queue_service.journal import Journal
from queue_service.leases.listing import KEPT, forget_differences
from queue_service.meters import Pulse
from queue_service.nudges import Nudges
from queue_service.records.cases.cases import Cases
from queue_service.records.complaints.complaints import Complaints
from queue_service.records.opening import Records, open_records
from queue_service.records.outreach import Requests
from queue_service.records.people.keys import KeyRing, load_key_ring
from queue_service.records.people.people import People
from queue_service.records.people.retention import Retention
from queue_service.referring import CLOCK, Referring
from queue_service.regions import read_regions
from queue_service.rounds import Rounds
from queue_service.secrets import Secrets, load_secrets
from queue_service.settings import Settings
from queue_service.shelves import Shelf
from queue_service.stream.admission import Admission
from queue_service.stream.connections import Gate
from queue_service.stream.hub import Hub
from queue_service.tokens import Tokens
from queue_service.version import VERSION
from queue_service.web import api, operations, pages, problems
from queue_service.web.connections import read_meters
from queue_service.web.headers import Discreet
from queue_service.web.house import House
from queue_service.web.limits import RateLimits
from queue_service.web.openapi import describe_api
from queue_service.web.providers import open_provider
from queue_service.web.services import Services
from queue_service.web.sizes import BodyLimit
from queue_service.web.trips import give_back

ROUND_SECONDS = 3.0  # until a free place is passed on
CONNECTIONS_SECONDS = 10.0  # how old what /metrics tells of them may be
SHELF_SECONDS = 1.0  # how old what one process tells of another may be

# The framework's own would tell of addresses, and those hold tokens; see traces.py.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}

DESCRIPTION = "Queues of public services, live: take a number, see your place, call the next."


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock = wall_clock) -> AsyncIterator[House]:
    """Everything a process needs, from settings to a running hub. Raises Unavailable when there is no database."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    secrets = load_secrets(settings.secret, settings.data_dir)
    for place, keys in settings.day_keys.items():
        secrets.take_along(place, keys)
    key_ring = load_key_ring(settings.people_keys, settings.data_dir)
    async with open_records(settings.database_url, secrets) as records:
        house = await _furnish(settings, secrets, key_ring, records, clock)
        closing = Closing(records.database, house.journal, house.desk, house.floors, house.branches)
        rounds = Rounds(records.database, house.journal, house.desk, house.floors, house.branches, secrets)
        async with doing(*_chores(house, closing, rounds)), house.nudges.alive():
            with house.pulse.beating():
                yield house
        await house.journal.close()
        if house.shelf:
            await house.shelf.put(operations.read_house(house))
            house.shelf.close()


def _chores(house: House, closing: Closing, rounds: Rounds) -> Iterator[Chore]:
    yield Chore("Looking at the journal", lambda: _look(house), lambda: LOOK_SECONDS)
    yield Chore("Ticking", house.hub.tick, house.hub.seconds_to_tick)
    casework = Casework(house.cases, house.floors, house.branches)
    yield Chore("Following papers", casework.follow, lambda: ROUND_SECONDS)
    closing_time = ClosingTime(house.desk, house.floors, house.branches)
    yield Chore("Sending home who waits as a queue closes", closing_time.send_home, lambda: 10.0)
    yield Chore("Closing the days that are over", closing.close_days, lambda: 60.0)
    yield Chore("Seeing to the places of days to come", rounds.go, lambda: ROUND_SECONDS)
    yield Chore("Learning who comes", rounds.learn, lambda: 60.0)
    yield Chore("Forgetting old keys", lambda: house.journal.forget_keys(house.floors.clock()), lambda: 60.0)
    yield Chore("Seeing to referrals", house.referring.go, lambda: ROUND_SECONDS)
    yield Chore("Giving back places on trips", lambda: give_back(house, CLOCK), lambda: ROUND_SECONDS)
    retention = Retention(house.people.database, house.branches, house.floors.clock)
    yield Chore("Erasing what was kept long enough", lambda: _erase(house, retention), lambda: 600.0)
    yield Chore("Looking at the staff", lambda: house.sessions.look(house.floors.clock()), lambda: LOOK_SECONDS)
    yield Chore("Forgetting old sessions", lambda: house.sessions.forget(house.floors.clock()), lambda: 3600.0)
    yield Chore("Looking for changed screens", house.devices.refresh, lambda: LOOK_SECONDS)
    yield Chore("Reading how the screens do", lambda: house.devices.refresh(anew=True), lambda: 10.0)
    yield Chore("Reading how the connections do", lambda: read_meters(house), lambda: CONNECTIONS_SECONDS)
    if shelf := house.shelf:
        yield Chore("Telling the others", lambda: shelf.put(operations.read_house(house)), lambda: SHELF_SECONDS)


async def _erase(house: House, retention: Retention) -> None:
    if run := await retention.run():
        await house.journal.forget_claims(run.day)
        await house.database.write(partial(forget_differences, before=run.day - KEPT))


async def _look(house: House) -> None:
    if await house.floors.look():
        # What came or went with a restore.
        await house.sessions.look(house.floors.clock(), anew=True)
        await house.devices.refresh(anew=True)


async def _furnish(settings: Settings, secrets: Secrets, key_ring: KeyRing, records: Records, clock: Clock) -> House:
    journal = Journal(records.database)
    await journal.epoch()  # begins the first one
    floors = Floors(journal, records.branches, clock, frozenset([settings.field_lease or ""]) - {""})
    people = People(records.database, key_ring)
    nudges = Nudges(settings.redis_url, floors.hear)
    desk, identities, cases = Desk(journal, floors, nudges.tell), Identities(people, floors), Cases(records.database)
    floors.on_load = nudges.follow
    return House(
        settings=settings,
        secrets=secrets,
        tokens=Tokens(secrets),
        entry_tokens=Tokens(secrets, "entry"),
        case_tokens=Tokens(secrets, "case"),
        complaint_tokens=Tokens(secrets, "complaint"),
        request_tokens=Tokens(secrets, "request"),
        database=records.database,
        branches=records.branches,
        keys=records.keys,
        people=people,
        cases=cases,
        complaints=Complaints(records.database, key_ring, secrets),
        requests=Requests(records.database, key_ring, are_elsewhere=settings.field_lease is not None),
        regions=read_regions(settings.data_dir),
        identities=identities,
        sessions=records.sessions,
        passwords=records.passwords,
        devices=records.devices,
        provider=open_provider(settings.openid),
        journal=journal,
        floors=floors,
        nudges=nudges,
        desk=desk,
        referring=Referring(records.database, desk, floors, records.branches, people, identities, cases),
        hub=Hub(floors, settings.max_connections, Admission(settings.handshakes_a_second)),
        limits=RateLimits(settings.rate_limits, settings.redis_url),
        pulse=Pulse(),
        shelf=Shelf(settings.meters_dir) if settings.meters_dir else None,
    )


def make_app(house: House) -> FastAPI:
    app = Discreet(
        title="Antrean",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.house = house
    app.openapi = lambda: describe_api(app)  # type: ignore[method-assign]
    problems.install(app)
    # Taken over flat: include_router would look for each request's route anew at every level.
    for router in (*api.routers, operations.router):
        app.routes.extend(router.routes)
    pages.install(app)
    app.mount("/connections", Services(house))
    app.add_middleware(BodyLimit)
    return app


def stream_protocol(house: House) -> Callable[..., asyncio.Protocol]:
    """What uvicorn is given as its WebSocket class."""
    settings = house.settings
    origins = settings.allowed_origins | ({settings.public_url} if settings.public_url else set())
    return Gate(house.hub, house.tokens, origins, problems.describe).connection
