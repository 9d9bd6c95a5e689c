"""The command `antrean` with a fault built in, as `FAILING="exit=committed:20" python -m tests.faults.failing serve`.

The product knows nothing of this: what is to fail is wrapped before the command begins.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from queue_service import cli, serving
from queue_service.database import Database, sqlite
from queue_service.desk import Desk
from queue_service.floors import Floors, wall_clock
from queue_service.journal import Journal

VARIABLE = "FAILING"
EXIT_CODE = 86
SHOWN_SECONDS = 0.05  # in which what is known goes out to the screens
INSERTS = "INSERT INTO entries"
INSERTS_KEYS = "INSERT INTO idempotency_keys"


@dataclass
class Fault:
    """Strikes when it has been passed by so many times."""

    times: int
    strike: Callable[[], None]

    def is_due(self) -> bool:
        self.times -= 1
        return self.times == 0

    def pass_by(self) -> None:
        if self.is_due():
            self.strike()


def wrap(owner: Any, name: str, made: Callable[[Any], Any]) -> None:
    setattr(owner, name, made(getattr(owner, name)))


# The steps of the write path


def decided(fault: Fault) -> None:
    """Before the journal hears of it."""

    def made(append: Callable[..., Any]) -> Callable[..., Any]:
        def append_or_not(*args: Any, **named: Any) -> Any:
            fault.pass_by()
            return append(*args, **named)

        return append_or_not

    wrap(Journal, "append", made)


def inserted(fault: Fault) -> None:
    """The entries stand in the transaction, their idempotency keys do not."""

    @event.listens_for(Engine, "before_cursor_execute")
    def look(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(INSERTS_KEYS):
            fault.pass_by()


def written(fault: Fault) -> None:
    """Everything stands in the transaction, and it is not committed."""

    @event.listens_for(Engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(INSERTS):
            connection.info["has_entries"] = True

    @event.listens_for(Engine, "commit")
    def look(connection: Any) -> None:
        if connection.info.pop("has_entries", False):
            fault.pass_by()


def committed(fault: Fault) -> None:
    """It is durable, and this process has not taken note of it."""
    has_entries = []

    @event.listens_for(Engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(INSERTS):
            has_entries.append(True)

    def made(write: Callable[..., Any]) -> Callable[..., Any]:
        async def write_and_not_return(*args: Any) -> Any:
            answer = await write(*args)
            if has_entries:
                has_entries.clear()
                fault.pass_by()
            return answer

        return write_and_not_return

    wrap(Database, "write", made)


def told(fault: Fault) -> None:
    """The floor has it, and no screen yet."""

    def made(tell: Callable[..., Any]) -> Callable[..., Any]:
        def tell_and_no_more(floors: Floors, place: Any, entries: Sequence[Any], *rest: Any) -> Any:
            answer = tell(floors, place, entries, *rest)
            if entries:
                fault.pass_by()
            return answer

        return tell_and_no_more

    wrap(Floors, "tell", made)


def shown(fault: Fault) -> None:
    """The screens show it, and whoever asked for it has no answer."""

    def made(act: Callable[..., Any]) -> Callable[..., Any]:
        async def act_and_not_answer(*args: Any, **named: Any) -> Any:
            answer = await act(*args, **named)
            if fault.is_due():
                await asyncio.sleep(SHOWN_SECONDS)
                fault.strike()
            return answer

        return act_and_not_answer

    wrap(Desk, "act", made)


POINTS = {point.__name__: point for point in (decided, inserted, written, committed, told, shown)}


# What may be built in


def exit_at(what: str) -> None:
    """`POINT:TIMES`: ends like a process whose machine has died."""
    point, times = what.split(":")
    POINTS[point](Fault(int(times), lambda: os._exit(EXIT_CODE)))


def pause_at(what: str) -> None:
    """`POINT:TIMES:SECONDS`: the whole process stands still."""
    point, times, seconds = what.split(":")
    POINTS[point](Fault(int(times), lambda: time.sleep(float(seconds))))


def turn_clock(what: str) -> None:
    """`FILE`: by how many seconds the clock is wrong, read each time that it is looked at."""
    path = Path(what)

    def wrong_clock() -> datetime:
        return wall_clock() + timedelta(seconds=float(path.read_text()))

    wrap(serving, "open_house", lambda opened: functools.partial(opened, clock=wrong_clock))


def set_constant(what: str) -> None:
    """`MODULE:NAME:NUMBER`: so that a test need not wait for a minute."""
    module, name, number = what.split(":")
    wrap(
        importlib.import_module(module), name, lambda known: float(number) if isinstance(known, float) else int(number)
    )


def flush_less(what: str) -> None:
    """`NORMAL` or `OFF`: how SQLite is told to keep what is committed."""

    def made(prepare: Callable[..., Any]) -> Callable[..., Any]:
        def prepare_less(connection: Any, record: Any) -> None:
            prepare(connection, record)
            connection.execute(f"PRAGMA synchronous={what}")

        return prepare_less

    wrap(sqlite, "_prepare_sqlite", made)


FAULTS = {"exit": exit_at, "pause": pause_at, "clock": turn_clock, "set": set_constant, "synchronous": flush_less}


def main() -> None:
    for order in os.environ.get(VARIABLE, "").split():
        kind, _, what = order.partition("=")
        FAULTS[kind](what)
    cli.main()


if __name__ == "__main__":
    main()
