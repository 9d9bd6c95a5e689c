"""What is done to accounts: each of these is noted in the audit trail, and ends the sessions that it must end.

They are plain functions of a connection, for one transaction. Whoever has written calls `Sessions.look`, so that the
own process knows at once; the others look every second.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from queue_service.domain.errors import Invalid, NotAllowed, NotFound
from queue_service.domain.events import to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.staff.accounts import grant_of
from queue_service.records.staff.grants import Grant
from queue_service.records.staff.tables import accounts, grants, sessions

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
LONGEST_NAME = 80
LONGEST_OPENID_NAME = 255


def get_account(connection: Connection, account: str) -> Row[Any]:
    row = connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
    if row is None:
        raise NotFound("There is no such account.")
    return row


def add_account(connection: Connection, by: str, login: str, name: str, now: datetime) -> str:
    """Its id. It can do nothing yet: it has no grant, and no way to sign in. Raises Invalid, NotAllowed."""
    login, name = login.strip().casefold(), _checked_name(name)
    if not _LOGIN.fullmatch(login):
        raise Invalid("login: expected 2 to 64 letters, digits and . _ @ -, such as petugas.farmasi.")
    if connection.execute(select(accounts.c.id).where(accounts.c.login == login)).first():
        raise NotAllowed("The login “{login}” is taken.", login=login)
    id_ = secrets.token_hex(6)
    connection.execute(insert(accounts).values(id=id_, login=login, name=name, created_ms=to_ms(now), version=1))
    note(connection, Deed(by, "account.added", id_), now)
    return id_


def rename_account(connection: Connection, by: str, account: str, name: str, now: datetime) -> None:
    _change(connection, account, name=_checked_name(name))
    note(connection, Deed(by, "account.renamed", account), now)


def _checked_name(name: str) -> str:
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise Invalid("name: expected 1 to {most} characters.", most=LONGEST_NAME)
    return name.strip()


def disable_account(connection: Connection, by: str, account: str, now: datetime) -> bool:
    """Whether it was enabled."""
    if get_account(connection, account).disabled_ms is not None:
        return False
    _change(connection, account, disabled_ms=to_ms(now))
    end_sessions(connection, account, now)
    note(connection, Deed(by, "account.disabled", account), now)
    return True


def enable_account(connection: Connection, by: str, account: str, now: datetime) -> bool:
    """Whether it was disabled."""
    if get_account(connection, account).disabled_ms is None:
        return False
    _change(connection, account, disabled_ms=None)
    note(connection, Deed(by, "account.enabled", account), now)
    return True


def give_grant(connection: Connection, by: str, account: str, grant: Grant, now: datetime) -> None:
    """In the place of one of the same role and branch."""
    others = [
        each for each in read_grants(connection, account) if (each.role, each.branch) != (grant.role, grant.branch)
    ]
    set_grants(connection, by, account, [*others, grant], now)


def take_grant(connection: Connection, by: str, account: str, role: str, branch: str | None, now: datetime) -> bool:
    """Whether there was one."""
    before = read_grants(connection, account)
    left = [grant for grant in before if (grant.role, grant.branch) != (role, branch)]
    return len(left) < len(before) and set_grants(connection, by, account, left, now)


def set_grants(connection: Connection, by: str, account: str, wanted: Iterable[Grant], now: datetime) -> bool:
    """Whether that is a change; then it ends the account's sessions."""
    after = {(grant.role, grant.branch): grant for grant in wanted}
    if set(after.values()) == set(read_grants(connection, account)):
        return False
    connection.execute(delete(grants).where(grants.c.account == account))
    for grant in after.values():
        row = {"role": grant.role.value, "branch": grant.branch or "", "queues": json.dumps(sorted(grant.queues))}
        connection.execute(insert(grants).values(account=account, **row))
    _change(connection, account)
    end_sessions(connection, account, now)
    said = ", ".join(sorted(f"{grant.role}@{grant.branch or '*'}" for grant in after.values()))
    note(connection, Deed(by, "account.granted", account, detail={"grants": said[:500]}), now)
    return True


def read_grants(connection: Connection, account: str) -> tuple[Grant, ...]:
    rows = connection.execute(select(grants).where(grants.c.account == account))
    return tuple(grant_of(row) for row in rows)


def set_password(
    connection: Connection, by: str, account: str, kept: str, now: datetime, once_until: datetime | None = None
) -> None:
    """`kept`: its hash. `once_until`: somebody else knows it, and its owner must choose another by then."""
    _change(connection, account, password=kept, once_until_ms=None if once_until is None else to_ms(once_until))
    end_sessions(connection, account, now)
    note(connection, Deed(by, "account.password", account, detail={"once": int(once_until is not None)}), now)


def confirm_password(connection: Connection, account: str, before: str, kept: str) -> bool:
    """Whether the account is still to be entered by the password whose hash was `before`; from now on it is `kept`.

    It is written even where it stays the same: whoever changes it at this moment comes before or after, not between.
    """
    same = (accounts.c.id == account) & (accounts.c.password == before) & accounts.c.disabled_ms.is_(None)
    return connection.execute(update(accounts).where(same).values(password=kept)).rowcount == 1


def allow_openid(connection: Connection, by: str, account: str, name: str | None, now: datetime) -> None:
    """By which verified e-mail or user name a provider may name this account's owner; the link of before is undone."""
    name = name.strip().casefold() if name and name.strip() else None
    if name is not None and len(name) > LONGEST_OPENID_NAME:
        raise Invalid("openid: expected at most {most} characters.", most=LONGEST_OPENID_NAME)
    taken = select(accounts.c.id).where(accounts.c.openid_name == name, accounts.c.id != account)
    if name is not None and connection.execute(taken).first():
        raise NotAllowed("“{name}” is allowed for another account already.", name=name)
    _change(connection, account, openid_name=name, openid_issuer=None, openid_subject=None)
    end_sessions(connection, account, now)
    note(connection, Deed(by, "account.openid", account, detail={"allowed": int(name is not None)}), now)


def link_openid(connection: Connection, account: str, issuer: str, subject: str, now: datetime) -> None:
    _change(connection, account, openid_issuer=issuer, openid_subject=subject)
    note(connection, Deed(f"clerk:{account}", "account.linked", account), now)


def end_sessions(connection: Connection, account: str, now: datetime, *ids: str) -> int:
    """All of the account, or those that are named; how many there were."""
    living = (sessions.c.account == account) & sessions.c.ended_ms.is_(None)
    if ids:
        living &= sessions.c.id.in_(ids)
    ended = connection.execute(update(sessions).where(living).values(ended_ms=to_ms(now))).rowcount
    if ended:
        _change(connection, account)
    return ended


def sign_out(connection: Connection, by: str, account: str, now: datetime, *ids: str) -> int:
    """As `end_sessions`, when somebody else wants it so."""
    ended = end_sessions(connection, account, now, *ids)
    if ended:
        note(connection, Deed(by, "account.signed-out", account, detail={"sessions": ended}), now)
    return ended


def _change(connection: Connection, account: str, **values: Any) -> None:
    get_account(connection, account)
    row = update(accounts).where(accounts.c.id == account)
    connection.execute(row.values(version=accounts.c.version + 1, **values))
