"""The command `antrean`. Each of its commands loads what it needs itself, and none waits for the others'."""

from __future__ import annotations

import gc
import os
import socket
import sys
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from queue_service.commands.cases import cases
from queue_service.commands.field import field
from queue_service.commands.keys import key
from queue_service.commands.people import people
from queue_service.commands.requests import requests
from queue_service.commands.running import Ended, run
from queue_service.commands.staff import staff
from queue_service.demo import SPEED
from queue_service.logs import log, write_logs
from queue_service.replay import CLIENTS
from queue_service.settings import Settings
from queue_service.version import VERSION
from queue_service.workers import Workers

ADDED_COMMANDS = "antrean.commands"
COLLECTED_AFTER = 50_000  # more objects made than dropped: a few megabytes


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


main.add_command(key)
main.add_command(staff)
main.add_command(people)
main.add_command(cases)
main.add_command(field)
main.add_command(requests)


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
@click.option("--still", is_flag=True, help="Leave the stage empty: nobody and nothing is simulated.")
@click.option("--alone", is_flag=True, help="Without the hospital's insurer and its own system.")
@click.option(
    "--speed", default=SPEED, show_default=True, type=click.FloatRange(0.1, 1000), help="Times as fast as life."
)
def demo(host: str, port: int, speed: float, *, still: bool, alone: bool) -> None:
    """Run everything in one process, with two example agencies and a living day."""
    from queue_service.demo.run import run_demo

    run(run_demo(host, port, speed, is_still=still, is_alone=alone))


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


@main.command()
def doctor() -> None:
    """Say what is wrong here and how to mend it. Exit code 1 when something is."""
    from queue_service.doctor import print_findings

    if not run(print_findings()):
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    sys.exit(main())
