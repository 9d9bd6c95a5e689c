"""A folder in which the processes of one service lay what they have counted, so that each can tell of all.

`prometheus_client` has files for this too. They would have to be written at each count, by a library that was told of
the folder before it was loaded; they grow in number with every restart, and somebody must say which process is dead.
Here counting stays what it is without a folder. A process holds a lock on its place for as long as it lives, and the
kernel lets go of it; whoever comes next takes the place over and goes on counting from there. So there are never more
places than there were processes at a time, no total falls, and nothing is counted twice.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from queue_service.meters import METERS, Gauge, Labels, Readings, SharedGauge, WorkerGauge, read_meters

_APART = "\t"  # between the values of labels


@dataclass(frozen=True, slots=True)
class Laid:
    """What one process has laid down."""

    worker: str
    lives: bool
    readings: Readings


class Shelf:
    """This process's place in the folder; taken until the process ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._number, self._lock = _free_place(folder)
        left = _read(folder, self._number, lives=False)
        self._before = left.readings if left else {}
        self._turn = asyncio.Lock()
        self._put(read_meters())

    def close(self) -> None:
        """Gives the place up."""
        os.close(self._lock)

    async def put(self, readings: Readings) -> None:
        async with self._turn:
            await asyncio.to_thread(self._put, readings)

    async def exchange(self, readings: Readings) -> list[Laid]:
        """Of all who live, and of those before them. What has been told of this process is never more than has been
        laid down: another would tell less afterwards, and a total would seem to fall."""
        await self.put(readings)
        return await asyncio.to_thread(lambda: list(self._all()))

    def _put(self, readings: Readings) -> None:
        written = self._folder / f"{self._number}.new"
        written.write_text(json.dumps({"worker": worker(), "readings": _plain(_carried_on(readings, self._before))}))
        written.replace(_file(self._folder, self._number))

    def _all(self) -> Iterator[Laid]:
        for path in self._folder.glob("*.json"):
            number = int(path.stem)
            laid = _read(self._folder, number, number == self._number or _is_taken(self._folder, number))
            if laid is not None:
                yield laid


def worker() -> str:
    """What this process is called, here and in the log."""
    return str(os.getpid())


def sum_up(laid: Iterable[Laid]) -> Readings:
    """What was counted is added up, whoever counted it; what is so now, only the living can say."""
    told: Readings = {name: {} for name in METERS}
    for one in laid:
        for name in METERS.keys() & one.readings.keys():
            values = one.readings[name]
            if isinstance(METERS[name], WorkerGauge):
                values = {(one.worker,): values[()]}
            if one.lives and isinstance(METERS[name], SharedGauge):
                told[name] = dict(values)
            elif one.lives or not isinstance(METERS[name], Gauge):
                told[name] = _sum(told[name], values)
    return told


def _carried_on(readings: Readings, before: Readings) -> Readings:
    return {
        name: values if isinstance(METERS[name], Gauge) else _sum(values, before.get(name, {}))
        for name, values in readings.items()
    }


def _sum(one: Mapping[Labels, Any], other: Mapping[Labels, Any]) -> dict[Labels, Any]:
    return {**one, **{labels: _plus(one[labels], more) if labels in one else more for labels, more in other.items()}}


def _plus(one: Any, more: Any) -> Any:
    if not isinstance(one, list):
        return one + more
    # Another version's buckets may be others.
    return [a + b for a, b in zip(one, more, strict=True)] if len(one) == len(more) else one


def _free_place(folder: Path) -> tuple[int, int]:
    """Its number, and the descriptor that holds it."""
    for number in count(1):
        lock = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        if _take(lock, fcntl.LOCK_EX):
            return number, lock
        os.close(lock)
    raise AssertionError("There is always one more place.")


def _is_taken(folder: Path, number: int) -> bool:
    lock = os.open(folder / f"{number}.lock", os.O_RDONLY)
    try:
        return not _take(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def _take(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.json"


def _read(folder: Path, number: int, lives: bool) -> Laid | None:
    """None for what was never laid down whole."""
    try:
        laid = json.loads(_file(folder, number).read_text())
        return Laid(laid["worker"], lives, _rich(laid["readings"]))
    except (OSError, ValueError):
        return None


def _plain(readings: Readings) -> dict[str, dict[str, Any]]:
    return {name: {_APART.join(labels): value for labels, value in values.items()} for name, values in readings.items()}


def _rich(plain: Mapping[str, Mapping[str, Any]]) -> Readings:
    return {
        name: {tuple(key.split(_APART)) if key else (): value for key, value in values.items()}
        for name, values in plain.items()
    }
