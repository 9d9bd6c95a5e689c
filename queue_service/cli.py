"""The command `antrean`. Each of its commands loads what it needs itself, and none waits for the others'."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Coroutine
from datetime import datetime
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TypeVar

import click

from queue_service.demo import SPEED
from queue_service.domain.errors import Refusal
from queue_service.faults import Fault
from queue_service.logs import are_json, log, write_logs
from queue_service.records.roles import ROLES_OF_PEOPLE, Right, Role
from queue_service.replay import CLIENTS
from queue_service.settings import SettingRefused, Settings
from queue_service.version import VERSION
from queue_service.workers import Workers

ADDED_COMMANDS = "antrean.commands"
COLLECTED_AFTER = 50_000  # more objects made than dropped: a few megabytes

T = TypeVar("T")


class Ended(click.ClickException):
    """Told as everything else is: as a line of the log where that is for programs, else as a command's answer."""

    def show(self, file: IO[Any] | None = None) -> None:
        if are_json():
            log.critical(self.message)
        else:
            super().show(file)


def run(work: Coroutine[Any, Any, T]) -> T:
    """On uvloop where there is one; a fault that we know becomes a sentence and exit code 1."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except Fault as fault:
        raise Ended(f"{fault.heading}{fault}") from fault
    except (SettingRefused, Refusal, ValueError, OSError) as error:
        raise Ended(str(error)) from error


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


class Commands(click.Group):
    """Its own, and those that others add as entry points: this package may not know of them."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        loaded = (point.load() for point in entry_points(group=ADDED_COMMANDS, name=cmd_name))
        return next(loaded, None)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.commands, *entry_points(group=ADDED_COMMANDS).names})


@click.group(cls=Commands)
@click.version_option(VERSION)
def main() -> None:
    """Queues of public services, live. Settings come from the environment, prefix ANTREAN_."""
    gc.set_threshold(COLLECTED_AFTER)  # already for what the commands load: that is never dropped


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes behind the port.")
def serve(host: str, port: int, workers: int) -> None:
    """Run the service."""
    if workers > 1:
        run(_serve_by_workers(host, port, workers))
    else:
        from queue_service.serving import serve_alone

        run(serve_alone(host, port, partial(_say_where, host)))


async def _serve_by_workers(host: str, port: int, count: int) -> None:
    settings = Settings.from_environment()
    write_logs(settings.logs)
    workers = Workers(host, port, count, settings.drain_seconds)
    with TemporaryDirectory(prefix="antrean-meters-") as folder:
        os.environ.setdefault("ANTREAN_METERS_DIR", folder)  # which the workers inherit
        await workers.run(lambda: _say_where(host, workers.port))


def _say_where(host: str, port: int) -> None:
    log.info("Antrean listens on http://%s:%d", host, port)


@main.command(hidden=True)
@click.argument("sock", type=int)
@click.argument("line", type=int)
def worker(sock: int, line: int) -> None:
    """One of several; SOCK and LINE are files that `antrean serve --workers` has opened for it."""
    from queue_service.serving import serve_with_others

    run(serve_with_others(socket.socket(fileno=sock), socket.socket(fileno=line)))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def setup(file: Path) -> None:
    """Take up branches, queues and counters from FILE (YAML). May be run again and again."""
    from queue_service.setting_up import print_set_up

    run(print_set_up(file))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets real phones in.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--still", is_flag=True, help="Leave the stage empty: no simulated people.")
@click.option(
    "--speed", default=SPEED, show_default=True, type=click.FloatRange(0.1, 1000), help="Times as fast as life."
)
def demo(host: str, port: int, still: bool, speed: float) -> None:
    """Run everything in one process, with two example agencies and a living day."""
    from queue_service.demo.run import run_demo

    run(run_demo(host, port, speed, still))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--plan", is_flag=True, help="Only print the set-up file that the recording needs.")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the service runs.")
@click.option("--key", envvar="ANTREAN_KEY", help="Of an administrator, or of a clerk; or in ANTREAN_KEY.")
@click.option("--watch", metavar="QUEUE", help="Watch this queue as a phone does, and count the calls it sees.")
@click.option("--clients", default=CLIENTS, show_default=True, type=click.IntRange(1, 500), help="Requests at a time.")
@click.option(
    "--database",
    "database_url",
    metavar="URL",
    help="Count in the journal itself as well, such as sqlite:////path/antrean.db.",
)
def replay(file: Path, plan: bool, key: str | None, **options: Any) -> None:
    """Push the recorded tickets of FILE (CSV, docs/replay.md) through a running service, and compare."""
    from queue_service.replay.command import print_plan, print_replay

    if plan:
        run(print_plan(file))
    elif key is None:
        raise click.UsageError("Whose key? Give --key; `antrean key create --role administrator` makes one.")
    else:
        run(print_replay(file, key=key, **options))


@main.group()
def key() -> None:
    """Keys of staff."""


@key.command()
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--branch", help="Needed for clerks, supervisors and devices; others without one are for all.")
@click.option("--name", help="What it is for.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="It is valid for so many days; without, until it is revoked."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([right.value for right in Right]),
    help="It may do only this; more than one may be given. Needed for integrations.",
)
def create(role: str, branch: str | None, name: str | None, days: int | None, scopes: tuple[str, ...]) -> None:
    """Make a key and print it, this once."""
    if branch is None and role not in (Role.ADMINISTRATOR, Role.HEAD, Role.INTEGRATION):
        raise click.UsageError("Which branch is it for? Give --branch.")
    from queue_service.setting_up import print_new_key

    run(print_new_key(Role(role), branch, name, days, [Right(scope) for scope in scopes]))


@key.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key. KEY_ID is the part between its two underscores. A running service knows within two seconds."""
    from queue_service.setting_up import print_revoked

    run(print_revoked(key_id))


@main.group()
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


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def backup(file: Path, force: bool) -> None:
    """Write everything that the database holds to FILE (- for standard output). The service may run on."""
    from queue_service.backups.command import print_backup

    run(print_backup(file, force))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--discard", is_flag=True, help="Let go of what the database holds and the backup does not.")
@click.option(
    "--skip-numbers",
    metavar="N",
    type=click.IntRange(0, 100_000),
    help="Pass over so many more numbers in each queue today, instead of as many as seem needed.",
)
def restore(file: Path, discard: bool, skip_numbers: int | None) -> None:
    """Put a backup in the place of everything that the database holds. The service may run on."""
    from queue_service.backups.command import print_restore

    run(print_restore(file, discard, skip_numbers))


@main.command()
def verify() -> None:
    """Say whether past days are still as they were closed. Exit code 1 when one is not.

    Note the last digest of each branch somewhere else, or publish it: then nobody can alter what is behind it unseen.
    """
    from queue_service.verify import print_verification

    if not run(print_verification()):
        raise click.exceptions.Exit(1)


@main.group()
def draw() -> None:
    """Draws of places by lot."""


@draw.command()
@click.argument("source", metavar="URL|FILE")
def check(source: str) -> None:
    """Say whether a draw went as was promised. Exit code 1 when not.

    URL is where it is published, such as https://HOST/api/v1/branches/B/queues/Q/draw?day=2026-11-23, FILE what was
    read there. Nothing else is asked, so that anybody can check.
    """
    from queue_service.draw_check import print_check

    try:
        is_well = print_check(source)
    except (ValueError, OSError) as error:
        raise Ended(str(error)) from error
    if not is_well:
        raise click.exceptions.Exit(1)


@main.group()
def people() -> None:
    """Data of those who come: what is held, for how long, and what they may ask for."""


_WHOM = (
    click.option("--nik", help="All that is held under this NIK; - reads it from the input."),
    click.option("--phone", help="All that is held under this phone number; - as well."),
    click.option("--ticket", metavar="BRANCH/DAY/NUMBER", help="What is held with this number."),
)


def _of_somebody(command: Any) -> Any:
    for option in reversed(_WHOM):
        command = option(command)
    return command


@people.command()
@_of_somebody
def export(nik: str | None, phone: str | None, ticket: str | None) -> None:
    """Print all that is held about somebody, where it came from and who looked at it, as JSON."""
    from queue_service.people_commands import print_export

    run(print_export(nik, phone, ticket))


@people.command()
@_of_somebody
@click.option("--reason", required=True, help="Kept in the audit trail.")
def erase(nik: str | None, phone: str | None, ticket: str | None, reason: str) -> None:
    """Erase what is held about somebody. Their numbers stay."""
    from queue_service.people_commands import print_erased

    run(print_erased(nik, phone, ticket, reason))


@people.command()
def rotate() -> None:
    """Encrypt everything anew with the first of ANTREAN_PEOPLE_KEYS. The service may run on."""
    from queue_service.people_commands import print_rotation

    run(print_rotation())


@people.command()
def retention() -> None:
    """Erase what was kept long enough, where that was not done today, and print what was erased each day."""
    from queue_service.people_commands import print_retention

    run(print_retention())


@people.group()
def breach() -> None:
    """The list of breaches, and of who was told of them."""


_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])


@breach.command()
@click.option("--noticed", required=True, type=_MOMENT, help="When, such as 2026-11-23T09:00+0700.")
@click.option("--what", required=True, help="What happened, in a sentence. No names.")
@click.option("--data", "fields", required=True, help="Which data, such as “name, phone”.")
@click.option("--people", "persons", required=True, type=click.IntRange(0), help="How many people it concerns.")
def record(**found: Any) -> None:
    """Record a breach, and say by when those concerned and the authority are to be told."""
    from queue_service.people_commands import print_recorded

    run(print_recorded(**found))


@breach.command()
@click.argument("breach_id")
@click.option("--people", "people_at", type=_MOMENT, help="When those concerned were told.")
@click.option("--authority", "authority_at", type=_MOMENT, help="When the authority was told.")
def told(breach_id: str, people_at: datetime | None, authority_at: datetime | None) -> None:
    """Note when those concerned, or the authority, were told."""
    from queue_service.people_commands import print_told

    run(print_told(breach_id, people_at, authority_at))


@breach.command(name="list")
def list_() -> None:
    """Print all, with what is due."""
    from queue_service.people_commands import print_breaches

    run(print_breaches())


@main.command()
def doctor() -> None:
    """Say what is wrong here and how to mend it. Exit code 1 when something is."""
    from queue_service.doctor import print_findings

    if not run(print_findings()):
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    sys.exit(main())
