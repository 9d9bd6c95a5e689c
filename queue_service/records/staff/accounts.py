"""Accounts as they stand in the database, and as each process keeps them in memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from queue_service.domain.events import from_ms
from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant, Staff
from queue_service.records.staff.tables import accounts, grants
from queue_service.records.tables import keys


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    login: str
    name: str
    grants: tuple[Grant, ...]
    has_password: bool
    once_until: datetime | None  # of a password that somebody else made; its owner must choose another
    openid_name: str | None
    is_linked: bool  # to somebody whom a provider has signed in
    is_disabled: bool

    @property
    def staff(self) -> Staff:
        """No name: the journal holds nothing about anybody."""
        return Staff(f"clerk:{self.id}", self.grants, account=self.id)


def read_accounts(connection: Connection) -> dict[str, Account]:
    """All of them, also the disabled, by id, in the order of their logins."""
    granted: Mapping[str, list[Grant]] = defaultdict(list)
    for row in connection.execute(select(grants).order_by(grants.c.branch, grants.c.role)):
        granted[row.account].append(grant_of(row))
    rows = connection.execute(select(accounts).order_by(accounts.c.login)).all()
    return {row.id: _account(row, tuple(granted[row.id])) for row in rows}


def grant_of(row: Row[Any]) -> Grant:
    return Grant(Role(row.role), row.branch or None, frozenset(json.loads(row.queues)))


def _account(row: Row[Any], granted: tuple[Grant, ...]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        grants=granted,
        has_password=row.password is not None,
        once_until=None if row.once_until_ms is None else from_ms(row.once_until_ms),
        openid_name=row.openid_name,
        is_linked=row.openid_subject is not None,
        is_disabled=row.disabled_ms is not None,
    )


def read_version(connection: Connection) -> tuple[int, int]:
    """Of all accounts and of all keys. It rises with every change that others must learn of."""
    asked = (select(func.coalesce(func.sum(table.c.version), 0)).scalar_subquery() for table in (accounts, keys))
    return tuple(connection.execute(select(*asked)).one())


def find_account(connection: Connection, login: str) -> Row[Any] | None:
    """As it is kept, with its hash; None also for a login that is none."""
    return connection.execute(select(accounts).where(accounts.c.login == login.strip().casefold())).one_or_none()
