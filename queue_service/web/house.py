"""Everything that a request may need, wired once by `app.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from queue_service.database import Database
from queue_service.desk import Desk
from queue_service.floors import Floors
from queue_service.identities import Identities
from queue_service.journal import Journal
from queue_service.meters import Pulse
from queue_service.nudges import Nudges
from queue_service.records.branches import Branches
from queue_service.records.cases.cases import Cases
from queue_service.records.complaints.complaints import Complaints
from queue_service.records.devices import Devices
from queue_service.records.keys import Keys
from queue_service.records.outreach import Requests
from queue_service.records.people.people import People
from queue_service.records.staff.passwords import Passwords
from queue_service.records.staff.sessions import Sessions
from queue_service.referring import Referring
from queue_service.regions import Regions
from queue_service.secrets import Secrets
from queue_service.settings import Settings
from queue_service.shelves import Shelf
from queue_service.stream.hub import Hub
from queue_service.tokens import Tokens
from queue_service.web.limits import RateLimits

if TYPE_CHECKING:
    from queue_service.web.openid import Provider


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    secrets: Secrets
    tokens: Tokens
    entry_tokens: Tokens  # of draws and waiting lists: for a queue and an entry, in the place of a label
    case_tokens: Tokens  # for a request number, in the place of a label
    complaint_tokens: Tokens  # for a complaint's number in the place of a label
    request_tokens: Tokens  # of requests for visits: for an office and a request, on the day it was received
    database: Database
    branches: Branches
    keys: Keys
    people: People
    cases: Cases
    complaints: Complaints
    identities: Identities
    requests: Requests
    regions: Regions
    sessions: Sessions
    passwords: Passwords
    devices: Devices
    provider: Provider | None  # by which staff may sign in
    journal: Journal
    floors: Floors
    nudges: Nudges
    desk: Desk
    referring: Referring
    hub: Hub
    limits: RateLimits
    pulse: Pulse
    shelf: Shelf | None  # where other processes tell of what they have counted


def house_of(connection: HTTPConnection) -> House:
    house: House = connection.app.state.house
    return house


async def _house(connection: HTTPConnection) -> House:
    # A plain function would be sent to a thread and back for every request.
    return house_of(connection)


TheHouse = Annotated[House, Depends(_house)]
