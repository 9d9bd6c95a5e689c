"""What `antrean replay` prints."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from queue_service.replay.plan import setup_text
from queue_service.replay.recordings import read_recording
from queue_service.replay.report import report
from queue_service.replay.run import replay


async def print_plan(file: Path) -> None:
    click.echo(setup_text(read_recording(file)), nl=False)


async def print_replay(file: Path, **options: Any) -> None:
    """Ends with exit code 1 when anything differs."""
    outcome = await replay(read_recording(file), say=partial(click.echo, err=True), **options)
    click.echo(report(outcome))
    if not outcome.is_as_recorded:
        raise click.exceptions.Exit(1)
