"""Accounts from the set-up file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from queue_service.records.plans import GrantPlan, StaffPlan
from queue_service.records.staff.accounts import Account, find_account
from queue_service.records.staff.changes import add_account, allow_openid, rename_account, set_grants

SETUP = "setup"  # what the audit trail calls the file


def set_up_staff(connection: Connection, plans: Iterable[StaffPlan], now: datetime) -> list[str]:
    """The logins of what is new or changed. An account that the file does not name stays as it is."""
    return [plan.login for plan in plans if any(list(_set_up(connection, plan, now)))]


def as_plans(accounts: Iterable[Account]) -> list[StaffPlan]:
    """As the file would have them. One that is disabled is none of them: to a file it would be a new one."""
    return [
        StaffPlan(
            login=account.login,
            name=account.name,
            openid=account.openid_name,
            grants=[
                GrantPlan.model_validate({"role": grant.role, "branch": grant.branch, "queues": sorted(grant.queues)})
                for grant in account.grants
            ],
        )
        for account in accounts
        if not account.is_disabled
    ]


def _set_up(connection: Connection, plan: StaffPlan, now: datetime) -> Iterator[bool]:
    known = find_account(connection, plan.login)
    id_ = add_account(connection, SETUP, plan.login, plan.name, now) if known is None else known.id
    yield known is None
    if known is not None and known.name != plan.name:
        rename_account(connection, SETUP, id_, plan.name, now)
        yield True
    openid_name = plan.openid.casefold() if plan.openid else None
    if openid_name != (None if known is None else known.openid_name):
        allow_openid(connection, SETUP, id_, openid_name, now)
        yield True
    yield set_grants(connection, SETUP, id_, [grant.grant() for grant in plan.grants], now)
