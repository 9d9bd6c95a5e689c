"""Accounts in the hands of those who look after them, whether on the office pages or over the API.

Here stands who may; what is done is in `records/staff/changes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from queue_service.domain.errors import Invalid, NotFound
from queue_service.records.roles import RIGHTS, Right
from queue_service.records.staff.accounts import Account
from queue_service.records.staff.changes import (
    add_account,
    allow_openid,
    disable_account,
    enable_account,
    read_grants,
    rename_account,
    set_grants,
    set_password,
)
from queue_service.records.staff.grants import Grant, Staff
from queue_service.records.staff.passwords import ONCE, new_one_time_password
from queue_service.web.errors import Forbidden
from queue_service.web.house import House
from queue_service.web.staff import check_giving, check_may

Done = TypeVar("Done")


def sees(staff: Staff, account: Account) -> bool:
    everyone = staff.may(Right.READ_STAFF, None)
    return everyone or any(staff.may(Right.READ_STAFF, grant.branch) for grant in account.grants)


def seen_account(house: House, staff: Staff, account: str) -> Account:
    """Raises NotFound, also for one whom this member of the staff may not see."""
    known = house.sessions.accounts.get(account)
    if known is None or not sees(staff, known):
        raise NotFound("There is no such account.")
    return known


def may_change(staff: Staff, account: Account) -> bool:
    """What concerns all of an account, such as its password, is for those who could grant all that it has."""
    given = [(right, grant.branch) for grant in account.grants for right in _needed(grant)]
    return all(staff.may(right, branch) for right, branch in given or [(Right.CHANGE_STAFF, None)])


def own_account(house: House, staff: Staff, account: str) -> Account:
    """One to be changed as a whole. Raises NotFound, Forbidden."""
    known = seen_account(house, staff, account)
    if not may_change(staff, known):
        raise Forbidden("You may not do this here. An administrator can say who may.")
    return known


def check_other(staff: Staff, account: str) -> None:
    """Raises Forbidden."""
    if staff.account == account:
        raise Forbidden("Nobody can take their own account away.")


def check_grant(house: House, staff: Staff, grant: Grant) -> None:
    """Raises Forbidden, Invalid, and NotFound for a branch or queue that is not there."""
    check_giving(staff, _needed(grant), grant.branch)
    if grant.branch is None:
        if grant.queues:
            raise Invalid("grants: queues are of one branch; name it beside them.")
    else:
        branch = house.branches.get(grant.branch)
        for queue in grant.queues:
            branch.queue(queue)


def _needed(grant: Grant) -> Sequence[Right]:
    return (Right.CHANGE_STAFF, *RIGHTS[grant.role])


async def make_account(
    house: House, staff: Staff, login: str, name: str, grants: Sequence[Grant], openid: str | None = None
) -> tuple[str, str]:
    """Its id, and a password that is good once. Raises Forbidden, NotFound, Invalid, NotAllowed."""
    if not grants:
        check_may(staff, Right.CHANGE_STAFF, None)
    for grant in grants:
        check_grant(house, staff, grant)
    password = new_one_time_password()
    kept = await house.passwords.hash(password)

    def write(connection: Connection, by: str, now: datetime) -> str:
        id_ = add_account(connection, by, login, name, now)
        if openid:
            allow_openid(connection, by, id_, openid, now)
        set_grants(connection, by, id_, grants, now)
        set_password(connection, by, id_, kept, now, now + ONCE)
        return id_

    return await change_account(house, staff, write), password


async def renew_password(house: House, staff: Staff, account: str) -> str:
    """One that is good once. Raises NotFound, Forbidden."""
    own_account(house, staff, account)
    password = new_one_time_password()
    kept = await house.passwords.hash(password)
    await change_account(
        house, staff, lambda connection, by, now: set_password(connection, by, account, kept, now, now + ONCE)
    )
    return password


async def describe_account(
    house: House, staff: Staff, account: str, name: str, openid: str | None, is_disabled: bool | None = None
) -> None:
    """What of it is another than before is changed, all or nothing; `is_disabled` None: as it is.

    Raises NotFound, Forbidden, Invalid, NotAllowed.
    """
    known = own_account(house, staff, account)
    if is_disabled:
        check_other(staff, account)

    def write(connection: Connection, by: str, now: datetime) -> None:
        if name != known.name:
            rename_account(connection, by, account, name, now)
        if (openid or "").casefold() != (known.openid_name or ""):
            allow_openid(connection, by, account, openid, now)
        if is_disabled is not None:
            (disable_account if is_disabled else enable_account)(connection, by, account, now)

    await change_account(house, staff, write)


async def put_grants(house: House, staff: Staff, account: str, wanted: Iterable[Grant]) -> None:
    """In the place of all that it had. Of those that stay nothing is asked. Raises NotFound, Forbidden."""
    seen_account(house, staff, account)
    after = frozenset(wanted)

    def write(connection: Connection, by: str, now: datetime) -> None:
        before = frozenset(read_grants(connection, account))
        for grant in after - before:
            check_grant(house, staff, grant)
        for grant in before - after:
            check_may(staff, Right.CHANGE_STAFF, grant.branch)
        set_grants(connection, by, account, after, now)

    await change_account(house, staff, write)


async def change_account(house: House, staff: Staff, write: Callable[[Connection, str, datetime], Done]) -> Done:
    """In one transaction; this process knows at once, others within two seconds."""
    now = house.floors.clock()
    done = await house.database.write(lambda connection: write(connection, str(staff), now))
    await house.sessions.look(now)
    return done
