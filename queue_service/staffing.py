"""`antrean staff`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
from sqlalchemy import Connection

from queue_service.faults import Fault
from queue_service.records.keys import COMMAND
from queue_service.records.opening import Records
from queue_service.records.roles import Role
from queue_service.records.staff.accounts import Account, find_account
from queue_service.records.staff.changes import (
    add_account,
    allow_openid,
    disable_account,
    enable_account,
    give_grant,
    set_password,
    take_grant,
)
from queue_service.records.staff.grants import Grant
from queue_service.records.staff.passwords import ONCE, new_one_time_password
from queue_service.setting_up import open_records_here

T = TypeVar("T")


async def print_added(
    login: str, *, name: str, role: str, branch: str | None, queues: frozenset[str], openid: str | None
) -> None:
    now = datetime.now(UTC)
    async with open_records_here() as records:
        grant = _grant(records, Role(role), branch, queues)
        password = new_one_time_password()
        kept = await records.passwords.hash(password)

        def write(connection: Connection) -> None:
            account = add_account(connection, COMMAND, login, name, now)
            give_grant(connection, COMMAND, account, grant, now)
            if openid is not None:
                allow_openid(connection, COMMAND, account, openid, now)
            set_password(connection, COMMAND, account, kept, now, now + ONCE)

        await records.database.write(write)
    _print_password(login, password, now)


async def print_password(login: str) -> None:
    now = datetime.now(UTC)
    async with open_records_here() as records:
        password = new_one_time_password()
        kept = await records.passwords.hash(password)
        await records.database.write(
            lambda connection: set_password(connection, COMMAND, _id(connection, login), kept, now, now + ONCE)
        )
    _print_password(login, password, now)


def _print_password(login: str, password: str, now: datetime) -> None:
    until = (now + ONCE).astimezone()
    click.echo(
        f"{login.strip().casefold()} signs in at /sign-in with this password, once, until {until:%Y-%m-%d %H:%M}:"
    )
    click.echo(password)


async def print_staff() -> None:
    async with open_records_here() as records:
        accounts = records.sessions.accounts.values()
    for account in accounts:
        click.echo(f"{account.login}  {account.name}  {_told(account)}")
    if not accounts:
        click.echo("There are no accounts yet. `antrean staff add` makes one.")


def _told(account: Account) -> str:
    granted = "; ".join(_granted(grant) for grant in account.grants) or "may do nothing"
    ways = [
        word for word, is_there in (("password", account.has_password), ("openid", account.openid_name)) if is_there
    ]
    told = [granted, " or ".join(ways) or "no way to sign in"]
    return ", ".join([*told, "disabled"] if account.is_disabled else told)


def _granted(grant: Grant) -> str:
    queues = f" ({', '.join(sorted(grant.queues))})" if grant.queues else ""
    return f"{grant.role} of {grant.branch or 'all branches'}{queues}"


async def print_disabled(login: str) -> None:
    was_enabled = await _change(login, lambda connection, id_, now: disable_account(connection, COMMAND, id_, now))
    click.echo(f"{login} is disabled and signed out." if was_enabled else f"{login} was disabled already.")


async def print_enabled(login: str) -> None:
    was_disabled = await _change(login, lambda connection, id_, now: enable_account(connection, COMMAND, id_, now))
    click.echo(f"{login} may sign in again." if was_disabled else f"{login} was enabled already.")


async def print_openid(login: str, name: str | None) -> None:
    await _change(login, lambda connection, id_, now: allow_openid(connection, COMMAND, id_, name, now))
    click.echo(f"{login} signs in by the provider as {name}." if name else f"{login} does not sign in by the provider.")


async def print_granted(login: str, role: Role, branch: str | None, queues: frozenset[str]) -> None:
    async with open_records_here() as records:
        grant = _grant(records, role, branch, queues)
    await _change(login, lambda connection, id_, now: give_grant(connection, COMMAND, id_, grant, now))
    click.echo(f"{login} is now {_granted(grant)}.")


async def print_ungranted(login: str, role: Role, branch: str | None) -> None:
    was = await _change(login, lambda connection, id_, now: take_grant(connection, COMMAND, id_, role, branch, now))
    if not was:
        raise Fault(f"{login} was not {_granted(Grant(role, branch))}.")
    click.echo(f"{login} is no longer {_granted(Grant(role, branch))}.")


def _grant(records: Records, role: Role, branch: str | None, queues: frozenset[str]) -> Grant:
    """Raises NotFound, Fault."""
    if branch is not None:
        plan = records.branches.get(branch)
        for queue in queues:
            plan.queue(queue)
    elif queues:
        raise Fault("Those of which branch? Give --branch beside --queue.")
    return Grant(role, branch, queues)


async def _change(login: str, change: Callable[[Connection, str, datetime], T]) -> T:
    now = datetime.now(UTC)
    async with open_records_here() as records:
        return await records.database.write(lambda connection: change(connection, _id(connection, login), now))


def _id(connection: Connection, login: str) -> str:
    """Raises Fault."""
    row = find_account(connection, login)
    if row is None:
        raise Fault(f"There is no account “{login}”. `antrean staff list` shows all.")
    id_: str = row.id
    return id_
