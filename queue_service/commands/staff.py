from __future__ import annotations

from typing import Any

import click

from queue_service.commands.running import run
from queue_service.records.roles import ROLES_OF_PEOPLE, Role


@click.group()
def staff() -> None:
    """Accounts of people."""


_role = click.option("--role", required=True, type=click.Choice([role.value for role in ROLES_OF_PEOPLE]))
_branch = click.option("--branch", help="Without: all branches.")


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="As colleagues know them.")
@_role
@_branch
@click.option("--queue", "queues", multiple=True, help="Calls only from this queue; more than one may be given.")
@click.option("--openid", help="The e-mail or user name by which the OpenID Connect provider knows them.")
def add(login: str, queues: tuple[str, ...], **options: Any) -> None:
    """Make an account and print a password that is good once, for three days."""
    from queue_service.staffing import print_added

    run(print_added(login, queues=frozenset(queues), **options))


@staff.command("list")
def list_staff() -> None:
    """All accounts, with what each may do."""
    from queue_service.staffing import print_staff

    run(print_staff())


@staff.command()
@click.argument("login")
def disable(login: str) -> None:
    """Sign LOGIN out everywhere and let nobody sign in as them. A running service knows within two seconds."""
    from queue_service.staffing import print_disabled

    run(print_disabled(login))


@staff.command()
@click.argument("login")
def enable(login: str) -> None:
    """Let LOGIN sign in again."""
    from queue_service.staffing import print_enabled

    run(print_enabled(login))


@staff.command()
@click.argument("login")
def password(login: str) -> None:
    """Print a new password for LOGIN that is good once, for three days; the one of before ends."""
    from queue_service.staffing import print_password

    run(print_password(login))


@staff.command()
@click.argument("login")
@click.argument("name", required=False)
def openid(login: str, name: str | None) -> None:
    """Let LOGIN sign in by the OpenID Connect provider.

    NAME: the e-mail or user name by which it knows them; without one, they sign in by it no more. Whom it has signed in
    as LOGIN so far is forgotten.
    """
    from queue_service.staffing import print_openid

    run(print_openid(login, name))


@staff.command()
@click.argument("login")
@_role
@_branch
@click.option("--queue", "queues", multiple=True, help="Calls only from this queue; more than one may be given.")
def grant(login: str, role: str, branch: str | None, queues: tuple[str, ...]) -> None:
    """Let LOGIN do at the branch what the role may. It ends their sessions."""
    from queue_service.staffing import print_granted

    run(print_granted(login, Role(role), branch, frozenset(queues)))


@staff.command("revoke")
@click.argument("login")
@_role
@_branch
def revoke_grant(login: str, role: str, branch: str | None) -> None:
    """Take that back. It ends their sessions."""
    from queue_service.staffing import print_ungranted

    run(print_ungranted(login, Role(role), branch))
