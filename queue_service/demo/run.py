"""`antrean demo`: service, example agencies and, unless it is to be still, a living day, all in one process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random

import click

from queue_service.app import open_house
from queue_service.demo.addresses import Sheet, base_address, is_for_this_machine_only, qr
from queue_service.demo.opening import take_up_examples
from queue_service.demo.outside import outside
from queue_service.demo.play import open_doors, play
from queue_service.demo.shapes import read_shapes
from queue_service.demo.stage import Stage
from queue_service.domain.actions import Issue
from queue_service.domain.floors import Floor
from queue_service.listening import listening_socket
from queue_service.logs import write_logs
from queue_service.records.roles import Role
from queue_service.server import make_server
from queue_service.settings import Settings
from queue_service.web.api.tickets import issue_ticket
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.house import House

WHILE_AWAY = "Whoever was away is asked again within a minute of coming back; nothing is lost meanwhile."
PHONE = ("rsud-lahat", "pendaftaran")  # where the phone in the terminal's code stands


async def run_demo(host: str, port: int, speed: float, *, is_still: bool, is_alone: bool) -> None:
    """Until it is interrupted. `is_alone`: without systems of others. Raises NotOurs, OSError and what `open_house`
    raises."""
    settings = Settings.from_environment()
    write_logs(settings.logs)
    async with open_house(settings) as house:
        await take_up_examples(house, settings)
        stage = None if is_still else Stage(house, read_shapes(), Random(), speed)  # noqa: S311 - chance, no secret
        sock = listening_socket(host, port)
        listening = asyncio.Event()
        server = make_server(house, listening.set)
        server.end_at_a_signal()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, server.end)  # its terminal is closed
        base = base_address(host, sock.getsockname()[1])
        async with _one_key(house) as key, outside(house, is_alone=is_alone or is_still) as others:
            if stage is not None:
                stage.fed, stage.shows = others.fed, others.shows
                await open_doors(stage)
            phone = await _phone(house, base, stage)
            sheet = Sheet(base, list(house.branches.all.values()), key, phone, others.lines, others.is_connected)
            notes = await _notes(house, host, stage)
            if others.is_connected:
                notes.append(WHILE_AWAY)
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(server.serve(sockets=[sock]))
                await listening.wait()
                _welcome(sheet, notes, stage)
                playing = tasks.create_task(play(stage)) if stage else None
                await serving
                if playing:
                    playing.cancel()
        _part(stage)


@asynccontextmanager
async def _one_key(house: House) -> AsyncIterator[str]:
    """For everything, and for as long as the demo runs."""
    key = await house.keys.create(Role.ADMINISTRATOR, None, house.floors.clock())
    try:
        yield key
    finally:
        await house.keys.revoke(key.split("_")[1], house.floors.clock())


def _welcome(sheet: Sheet, notes: Iterable[str], stage: Stage | None) -> None:
    click.echo(f"\n{_heading(stage)} Ctrl-C ends it.\n")
    click.echo(sheet.text())
    click.echo(f"\n{qr(sheet.phone[1])}\n")
    for note in notes:
        click.echo(note)


async def _notes(house: House, host: str, stage: Stage | None) -> list[str]:
    notes = []
    if is_for_this_machine_only(host):
        notes.append("Only this machine can open these addresses; `antrean demo --host 0.0.0.0` lets a real phone in.")
    if stage is None and (earlier := await _earlier_tickets(house)):
        notes.append(
            f"{earlier} tickets of an earlier run are still here; another ANTREAN_DATA_DIR makes an empty stage."
        )
    return notes


def _heading(stage: Stage | None) -> str:
    if stage is None:
        return "Antrean, with an empty stage: counters are closed, nobody waits."
    return f"Antrean, with a living day {stage.speed:g} times as fast as life."


async def _phone(house: House, base: str, stage: Stage | None) -> tuple[str, str]:
    branch, queue = PHONE
    if stage is None:
        return "The code below opens", f"{base}/b/{branch}"
    told = await issue_ticket(Errand(house, VISITOR, None), branch, Issue(queue))
    return f"The phone of {told['label']}", f"{base}{told['url']}"


async def _earlier_tickets(house: House) -> int:
    floors: list[Floor] = [await house.floors.get_today(branch) for branch in house.branches.all]
    return sum(len(floor.tickets) for floor in floors)


def _part(stage: Stage | None) -> None:
    if stage is None:
        click.echo("The demo has ended.")
        return
    done, calls = stage.done, stage.done["CallNext"] + stage.done["Call"]
    click.echo(f"The demo has ended: {done['Issue']} numbers taken, {calls} calls, {done['Complete']} completed.")
    if stage.refused:
        counted = ", ".join(f"{code} {count}" for code, count in stage.refused.most_common())
        click.echo(f"Refused by the rules meanwhile: {counted}.")
