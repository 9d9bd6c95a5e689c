"""How a command is run, and how it says that it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import IO, Any, TypeVar

import click

from queue_service.domain.errors import Refusal
from queue_service.faults import Fault
from queue_service.logs import are_json, log
from queue_service.settings import SettingRefused

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
