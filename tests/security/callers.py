"""Who may come to a door: everybody whom the service tells apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from queue_service.records.devices import Asked, Assignment, Face
from queue_service.records.roles import RIGHTS, Right, Role
from queue_service.records.staff.changes import add_account, set_grants
from queue_service.records.staff.grants import Grant
from queue_service.records.staff.sessions import Way, begin_session
from queue_service.web.house import House
from queue_service.web.staff import COOKIE, CSRF_HEADER, csrf_token
from tests.houses import RSUD

DISDUKCAPIL = "disdukcapil-lahat"

NAMES: Mapping[str, str] = {
    "n": "nobody",
    "t": "holder of the ticket",
    "c": "clerk",
    "o": "clerk of another branch",
    "s": "supervisor",
    "p": "supervisor of another branch",
    "h": "head",
    "a": "administrator",
    "b": "administrator of another branch",
    "i": "integration with all scopes that it may have",
    "j": "integration for reports only",
    "k": "key of a device",
    "d": "paired device, by its cookie",
}

# By a session, as from a browser.
PEOPLE: Mapping[str, Grant] = {
    "c": Grant(Role.CLERK, RSUD),
    "o": Grant(Role.CLERK, DISDUKCAPIL),
    "s": Grant(Role.SUPERVISOR, RSUD),
    "p": Grant(Role.SUPERVISOR, DISDUKCAPIL),
    "h": Grant(Role.HEAD, RSUD),
    "a": Grant(Role.ADMINISTRATOR),
    "b": Grant(Role.ADMINISTRATOR, DISDUKCAPIL),
}
KEYS: Mapping[str, tuple[Role, frozenset[Right]]] = {
    "i": (Role.INTEGRATION, RIGHTS[Role.INTEGRATION]),
    "j": (Role.INTEGRATION, frozenset({Right.READ_REPORTS})),
    "k": (Role.DEVICE, frozenset()),
}

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Caller:
    letter: str
    headers: Headers

    @property
    def is_known(self) -> bool:
        """As one of the staff: then it is refused for what it is, and else for being nobody."""
        return self.letter in PEOPLE or self.letter in KEYS


async def callers(house: House) -> AsyncIterator[Caller]:
    for letter in NAMES:
        yield Caller(letter, await headers_of(house, letter))


async def headers_of(house: House, letter: str) -> Headers:
    """What its requests bring, for as long as nobody ends it."""
    if letter in PEOPLE:
        cookie = house.sessions.cookie_of(await begin(house, await add_member(house, [PEOPLE[letter]])))
        return {"Cookie": f"{COOKIE}={cookie}", CSRF_HEADER: csrf_token(house.secrets, cookie)}
    if letter in KEYS:
        role, scopes = KEYS[letter]
        key = await house.keys.create(role, RSUD, house.floors.clock(), scopes=scopes)
        return {"Authorization": f"Bearer {key}"}
    if letter == "d":
        return {"Cookie": f"antrean_device={(await pair(house))[1]}"}
    return {}


async def pair(house: House) -> tuple[str, str]:
    """A new screen's id, and its cookie."""
    now = house.floors.clock()
    invitation = await house.devices.ask("", Asked("192.0.2.1", 1920, 1080), now)
    device = await house.devices.accept(invitation.code, Assignment(RSUD, Face.LOBBY, "TV"), "test", now)
    return device.id, invitation.cookie


async def add_member(house: House, grants: Sequence[Grant]) -> str:
    """A new account's id."""
    now, login = house.floors.clock(), f"member.{len(house.sessions.accounts)}"

    def write(connection: Connection) -> str:
        account = add_account(connection, "test", login, "Member", now)
        set_grants(connection, "test", account, grants, now)
        return account

    account = await house.database.write(write)
    await house.sessions.look(now)
    return account


async def begin(house: House, account: str) -> str:
    """A new session's id."""
    now = house.floors.clock()

    def write(connection: Connection) -> str:
        session = house.sessions.new(now, Way.PASSWORD, "test", account=account)
        begin_session(connection, session)
        return str(session["id"])

    session = await house.database.write(write)
    await house.sessions.look(now)
    return session
