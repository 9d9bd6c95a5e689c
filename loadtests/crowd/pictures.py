"""Frames of a queue as pictures: read once, however many phones get the same bytes, and checked on their own. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

Json = dict[str, Any]
Named = tuple[str, str, int]  # queue, epoch, seq

LABEL = re.compile(r"[A-Z]{1,3}-\d{3,}")
KEPT = 4096  # pictures of the latest states, for comparing


class Picture:
    """One state of one queue."""

    def __init__(self, frame: Json) -> None:
        self.queue: str = frame["queue"]
        self.epoch: str = frame["epoch"]
        self.seq: int = frame["seq"]
        self.at: int = frame["at"]
        self.waiting: list[list[Any]] = frame["waiting"]
        self.now: dict[str, tuple[str, str]] = {label: (counter, state) for label, counter, state in frame["now"]}
        self.content: Json = {name: value for name, value in frame.items() if name not in ("why", "day")}
        self.faults = list(self._faults(frame))

    @property
    def name(self) -> Named:
        return self.queue, self.epoch, self.seq

    @cached_property
    def places(self) -> dict[str, int]:
        """How many stand before each label that waits."""
        return {label: ahead for ahead, label in enumerate(self.labels())}

    def labels(self) -> Iterator[str]:
        for prefix, first, last in self.waiting:
            for number in range(first, last + 1):
                yield f"{prefix}-{number:03d}"

    def shows(self, other: Picture) -> bool:
        """Whether both show visitors the same."""
        return (self.waiting, self.now, self.content["state"]) == (other.waiting, other.now, other.content["state"])

    def _faults(self, frame: Json) -> Iterator[str]:
        where = f"{self.queue} at seq {self.seq}"
        waiting, counters = list(self.labels()), [counter for _, counter, _ in frame["now"]]
        if len(set(waiting)) < len(waiting):
            yield f"{where}: somebody waits twice: {frame['waiting']}."
        if both := self.now.keys() & set(waiting):
            yield f"{where}: {', '.join(sorted(both))} is called and waits."
        if len(self.now) < len(frame["now"]):
            yield f"{where}: somebody is called to two counters: {frame['now']}."
        if len(set(counters)) < len(counters):
            yield f"{where}: a counter has two visitors: {frame['now']}."
        for label, counter, state in frame["now"]:
            if not LABEL.fullmatch(label) or state not in ("called", "serving") or not counter:
                yield f"{where}: nobody can read {[label, counter, state]}."


class Album:
    """The pictures that came to this process. One state has one picture, on whatever way it comes."""

    def __init__(self) -> None:
        self._read: dict[bytes, Picture] = {}
        self._named: dict[Named, Picture] = {}
        self.faults: list[str] = []  # since they were last taken

    def of_frame(self, payload: bytes, frame: Json | None = None) -> Picture:
        """Of the bytes of a frame; `frame` where they were parsed already."""
        known = self._read.get(payload)
        if known is None:
            known = self._read[payload] = self.of(json.loads(payload) if frame is None else frame)
            _forget(self._read)
        return known

    def of(self, frame: Json) -> Picture:
        picture = Picture(frame)
        self.faults += picture.faults
        known = self._named.setdefault(picture.name, picture)
        if picture.seq and known.content != picture.content:  # before the first entry there is no moment to agree on
            self.faults.append(
                f"{picture.queue} has two pictures at seq {picture.seq}: {known.content} and {picture.content}."
            )
        _forget(self._named)
        return picture

    def take_faults(self) -> list[str]:
        taken, self.faults = self.faults, []
        return taken


def _forget(kept: dict[Any, Picture]) -> None:
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
