"""The command `antrean`."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import click

from queue_service.app import open_house
from queue_service.backups.command import print_backup, print_restore
from queue_service.backups.files import BackupRefused
from queue_service.backups.restore import Wanted
from queue_service.database import Unavailable
from queue_service.demo.opening import NotOurs
from queue_service.demo.run import SPEED, run_demo
from queue_service.doctor import examine
from queue_service.domain.errors import NotFound
from queue_service.listening import listening_socket
from queue_service.logs import are_json, log, write_logs
from queue_service.records.keys import Role
from queue_service.records.setup_files import SetupRefused, read_setup_file
from queue_service.replay.client import ReplayStopped
from queue_service.replay.command import print_plan, print_replay
from queue_service.replay.recordings import RecordingRefused
from queue_service.replay.run import CLIENTS
from queue_service.server import make_server
from queue_service.settings import SettingRefused, Settings
from queue_service.traces import traced
from queue_service.version import VERSION
from queue_service.web.house import House
from queue_service.workers import Parent, Workers, WorkersFailed, leave_signals_to_parent


class Ended(click.ClickException):
    """Told as everything else is: as a line of the log where that is for programs, else as a command's answer."""

    def show(self, file: IO[Any] | None = None) -> None:
        if are_json():
            log.critical(self.message)
        else:
            super().show(file)


def run(work: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one; a fault that we know becomes a sentence and exit code 1."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(work)
    except (
        SetupRefused,
        SettingRefused,
        NotOurs,
        RecordingRefused,
        ReplayStopped,
        NotFound,
        ValueError,
        WorkersFailed,
        BackupRefused,
    ) as error:
        raise Ended(str(error)) from error
    except Unavailable as error:
        raise Ended(f"The database cannot be used: {error}") from error
    except OSError as error:
        raise Ended(str(error)) from error


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


@click.group()
@click.version_option(VERSION)
def main() -> None:
    """Queues of public services, live. Settings come from the environment, prefix ANTREAN_."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes behind the port.")
def serve(host: str, port: int, workers: int) -> None:
    """Run the service."""
    run(_serve(host, port) if workers == 1 else _serve_by_workers(host, port, workers))


async def _serve(host: str, port: int) -> None:
    async with _serving() as house:
        sock = listening_socket(host, port)
        server = make_server(house, partial(_say_where, host, sock.getsockname()[1]))
        server.end_at_a_signal()
        await server.serve(sockets=[sock])


@asynccontextmanager
async def _serving() -> AsyncIterator[House]:
    settings = Settings.from_environment()
    write_logs(settings.logs)
    async with traced(), open_house(settings) as house:
        yield house


async def _serve_by_workers(host: str, port: int, count: int) -> None:
    settings = Settings.from_environment()
    write_logs(settings.logs)
    workers = Workers(host, port, count, settings.drain_seconds)
    with TemporaryDirectory(prefix="antrean-meters-") as folder:
        os.environ.setdefault("ANTREAN_METERS_DIR", folder)  # which the workers inherit
        await workers.run(partial(_say_where, host, workers.port))


def _say_where(host: str, port: int) -> None:
    log.info("Antrean listens on http://%s:%d", host, port)


@main.command(hidden=True)
@click.argument("sock", type=int)
@click.argument("line", type=int)
def worker(sock: int, line: int) -> None:
    """One of several; SOCK and LINE are files that `antrean serve --workers` has opened for it."""
    leave_signals_to_parent()
    run(_work(socket.socket(fileno=sock), socket.socket(fileno=line)))


async def _work(sock: socket.socket, line: socket.socket) -> None:
    async with _serving() as house:
        parent = Parent(line)
        server = make_server(house, parent.tell, shares_port=True)
        parent.obey(server.end)
        await server.serve(sockets=[sock])


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def setup(file: Path) -> None:
    """Take up branches, queues and counters from FILE (YAML). May be run again and again."""
    run(_set_up(file))


async def _set_up(file: Path) -> None:
    plan = read_setup_file(file)
    async with open_house(Settings.from_environment()) as house:
        changed = await house.branches.set_up(plan)
    click.echo(f"Set up: {', '.join(changed)}." if changed else "Everything was set up so already.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets real phones in.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--still", is_flag=True, help="Leave the stage empty: no simulated people.")
@click.option(
    "--speed", default=SPEED, show_default=True, type=click.FloatRange(0.1, 1000), help="Times as fast as life."
)
def demo(host: str, port: int, still: bool, speed: float) -> None:
    """Run everything in one process, with two example agencies and a living day."""
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
@click.option("--branch", help="Needed for all but administrators, whose key without a branch is for all.")
def create(role: str, branch: str | None) -> None:
    """Make a key and print it, this once."""
    if branch is None and role != Role.ADMINISTRATOR:
        raise click.UsageError("Which branch is it for? Give --branch.")
    run(_create_key(Role(role), branch))


async def _create_key(role: Role, branch: str | None) -> None:
    async with open_house(Settings.from_environment()) as house:
        if branch is not None:
            house.branches.get(branch)
        click.echo(await house.keys.create(role, branch, house.floors.clock()))


@key.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key. KEY_ID is the part between its two underscores. A running service knows within a minute."""
    run(_revoke_key(key_id))


async def _revoke_key(key_id: str) -> None:
    async with open_house(Settings.from_environment()) as house:
        if not await house.keys.revoke(key_id, house.floors.clock()):
            raise click.ClickException(f"There is no key {key_id}, or it was revoked before.")
    click.echo(f"Key {key_id} is revoked.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def backup(file: Path, force: bool) -> None:
    """Write everything that the database holds to FILE (- for standard output). The service may run on."""
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
    run(print_restore(file, Wanted(discard, skip_numbers)))


@main.command()
def doctor() -> None:
    """Say what is wrong here and how to mend it. Exit code 1 when something is."""
    run(_examine())


async def _examine() -> None:
    is_well = True
    async for finding in examine(Settings.from_environment()):
        click.echo(f"{'MEND' if finding.remedy else 'ok  '}  {finding.what}")
        if finding.remedy:
            is_well = False
            click.echo(f"      → {finding.remedy}")
    if not is_well:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    sys.exit(main())
