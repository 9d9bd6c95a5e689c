"""Sessions: kept in the database, looked up in memory."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from queue_service.database import Database
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.keys import Keys
from queue_service.records.roles import Role
from queue_service.records.staff.accounts import Account, read_accounts, read_version
from queue_service.records.staff.changes import end_sessions
from queue_service.records.staff.grants import Staff
from queue_service.records.staff.tables import sessions
from queue_service.records.tables import keys as key_table
from queue_service.secrets import Secrets

LONGEST = timedelta(hours=12)  # from signing in, whatever happens
IDLE = timedelta(minutes=30)  # without a request
IDLE_AT_COUNTERS = LONGEST  # a counter may be quiet for hours, and its clerk must not be signed out over a visitor
NOTED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=1)  # after its end

NewRow = dict[str, Any]


class Way(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the name of a way in
    KEY = "key"
    OPENID = "openid"


@dataclass(slots=True)
class Session:
    """`staff`: who has it. `account` None: it was opened with a key."""

    id: str
    staff: Staff
    account: Account | None
    way: Way
    device: str
    begun_at: datetime
    used_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Unless it is used before."""
        return min(self.begun_at + LONGEST, self.used_at + idle_limit(self.staff))

    @property
    def needs_password(self) -> bool:
        """It was opened with one that somebody else made, and is good for nothing but choosing another."""
        return self.way is Way.PASSWORD and self.account is not None and self.account.once_until is not None


def idle_limit(staff: Staff) -> timedelta:
    at_counters_only = all(grant.role in (Role.CLERK, Role.DEVICE) for grant in staff.grants)
    return IDLE_AT_COUNTERS if at_counters_only else IDLE


class Sessions:
    """And with them the accounts and keys that they are of: what a process knows of staff is one reading."""

    def __init__(self, database: Database, secret: Secrets, keys: Keys) -> None:
        self._database = database
        self._secrets = secret
        self._keys = keys
        self._version: tuple[int, int] | None = None
        self._accounts: dict[str, Account] = {}
        self._known: dict[str, Session] = {}
        self._used: dict[str, datetime] = {}  # not written yet
        self._refreshing = asyncio.Lock()  # else an older reading that took longer could replace a newer one

    @property
    def accounts(self) -> Mapping[str, Account]:
        """All, also the disabled, by id, in the order of their logins."""
        return self._accounts

    def new(
        self, now: datetime, way: Way, device: str, *, account: str | None = None, key: str | None = None
    ) -> NewRow:
        """To be inserted in the transaction that notes the sign-in."""
        at = to_ms(now)
        whose = {"account": account, "key": key, "way": way.value, "device": device[:80]}
        return {"id": secrets.token_hex(16), **whose, "begun_ms": at, "used_ms": at}

    def cookie_of(self, session: str) -> str:
        return f"{session}.{self._secrets.digest('session', session.encode()).hex()}"

    async def find(self, cookie: str, now: datetime) -> Session | None:
        """Costs no look into the database, but for a session that this process does not know, or thinks is over."""
        id_, _, mac = cookie.partition(".")
        digests = self._secrets.digests("session", id_.encode())
        if not any(hmac.compare_digest(good.hex().encode(), mac.encode()) for good in digests):
            return None  # somebody made it up
        session = self._known.get(id_)
        if session is None or session.ends_at <= now:
            session = await self._read(id_, now)  # another process may have seen more of it
        if session is None or session.ends_at <= now or not self._is_valid(session, now):
            return None
        if session.used_at <= now - NOTED_EVERY:
            session.used_at = self._used[session.id] = now
        return session

    async def of_account(self, account: str, now: datetime) -> list[Session]:
        """Those that are not over, the latest first."""
        asked = select(sessions).where(sessions.c.account == account, sessions.c.ended_ms.is_(None))
        rows = await self._database.read(lambda connection: connection.execute(asked).all())
        found = [session for row in rows if (session := self._session(row)) and session.ends_at > now]
        return sorted(found, key=lambda session: session.begun_at, reverse=True)

    async def end(self, session: Session, now: datetime) -> None:
        """This process knows at once, others within two seconds. Raises Unavailable."""
        await self._database.write(lambda connection: _end(connection, session, now))
        await self.look(now)

    async def look(self, now: datetime, anew: bool = False) -> None:
        """To be done every second, and after every change: takes up what others did, and writes who was here.

        `anew`: as if something had changed. Raises Unavailable.
        """
        async with self._refreshing:
            await self._write_use()
            await self._refresh(now, None if anew else self._version)

    async def _write_use(self) -> None:
        used, self._used = self._used, {}
        try:
            if used:
                await self._database.write(lambda connection: _note_use(connection, used))
        except BaseException:
            self._used = used | self._used
            raise

    async def _refresh(self, now: datetime, known: tuple[int, int] | None) -> None:
        found = await self._database.read(lambda connection: _read_newer(connection, known, now))
        if found is None:
            return
        await self._keys.refresh()
        self._version, self._accounts = found.version, found.accounts
        self._known = {row.id: session for row in found.sessions if (session := self._session(row))}

    async def forget(self, now: datetime) -> None:
        """What has been over for long."""
        before = to_ms(now - LONGEST - KEPT)
        await self._database.write(
            lambda connection: connection.execute(delete(sessions).where(sessions.c.begun_ms < before))
        )

    async def _read(self, id_: str, now: datetime) -> Session | None:
        asked = select(sessions).where(sessions.c.id == id_, sessions.c.ended_ms.is_(None))
        async with self._refreshing:  # else one that ends meanwhile could be put back
            row = await self._database.read(lambda connection: connection.execute(asked).one_or_none())
            if row is None:
                self._known.pop(id_, None)
                return None
            if row.account not in self._accounts and (row.key is None or self._keys.get(row.key, now) is None):
                await self._refresh(now, None)  # whoever it is came a moment ago
            session = self._session(row)
            if session is not None:
                self._known[id_] = session
            return session

    def _session(self, row: Row[Any]) -> Session | None:
        begun_at, used_at = from_ms(row.begun_ms), from_ms(row.used_ms)
        if (known := self._known.get(row.id)) is not None:
            used_at = max(used_at, known.used_at)
        if row.account is not None:
            account = self._accounts.get(row.account)
            if account is None or account.is_disabled:
                return None
            return Session(row.id, account.staff, account, Way(row.way), row.device, begun_at, used_at)
        key = self._keys.get(row.key, begun_at)
        return Session(row.id, key.staff, None, Way(row.way), row.device, begun_at, used_at) if key else None

    def _is_valid(self, session: Session, now: datetime) -> bool:
        """A key may have expired or been revoked here a moment ago; an account's sessions end with what it loses."""
        return session.account is not None or self._keys.get(session.staff.id.partition(":")[2], now) is not None


@dataclass(frozen=True, slots=True)
class _Reading:
    version: tuple[int, int]
    accounts: dict[str, Account]
    sessions: list[Row[Any]]


def _read_newer(connection: Connection, known: tuple[int, int] | None, now: datetime) -> _Reading | None:
    version = read_version(connection)  # first: what comes meanwhile is read once more
    if version == known:
        return None
    living = select(sessions).where(sessions.c.ended_ms.is_(None), sessions.c.begun_ms > to_ms(now - LONGEST))
    rows = list(connection.execute(living).all())
    return _Reading(version, read_accounts(connection), rows)


def begin_session(connection: Connection, row: NewRow) -> None:
    connection.execute(insert(sessions).values(**row))


def _end(connection: Connection, session: Session, now: datetime) -> None:
    if session.account is not None:
        end_sessions(connection, session.account.id, now, session.id)
        return
    ended = update(sessions).where(sessions.c.id == session.id, sessions.c.ended_ms.is_(None))
    connection.execute(ended.values(ended_ms=to_ms(now)))
    key = session.staff.id.partition(":")[2]
    connection.execute(update(key_table).where(key_table.c.id == key).values(version=key_table.c.version + 1))


def _note_use(connection: Connection, used: Mapping[str, datetime]) -> None:
    later = update(sessions).where(sessions.c.id == bindparam("which"), sessions.c.used_ms < bindparam("at"))
    rows = [{"which": id_, "at": to_ms(at)} for id_, at in used.items()]
    connection.execute(later.values(used_ms=bindparam("at")), rows)
