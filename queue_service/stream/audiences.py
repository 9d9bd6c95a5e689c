"""Everyone who watches one queue, and the frame that they should have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from os import write
from typing import Protocol

from queue_service.domain.floors import Floor
from queue_service.stream.frames import Cause, text_frame

SLICE = 200  # connections written to before others get their turn: about two milliseconds
SPACING_SECONDS = 0.1  # between two frames of a busy queue


@dataclass(slots=True)
class Counts:
    connections: int = 0  # ever opened
    frames: int = 0
    skipped: int = 0  # frames that a slow reader did not get
    refused: int = 0  # turned away at the door, or let in only to be told that all places are taken


class Watcher(Protocol):
    """A connection, as an audience sees it."""

    direct: Audience | None
    descriptor: int

    def watches(self, audience: Audience) -> bool: ...

    def is_clear(self, audience: Audience) -> bool:
        """Whether its descriptor may be written to."""

    def finish(self, rest: bytes) -> None: ...

    def deliver(self, audience: Audience, frame: bytes) -> bool:
        """Whether it still watches this audience."""


class Audience:
    """Its watchers stand in two lists: those who have the newest frame, and those it is still due to.

    A newer frame makes everyone due again, those who have waited longest first; so each watcher gets the newest state
    there is at its turn, and none is starved by a queue that changes faster than it can be told.
    """

    __slots__ = (
        "_counts",
        "_due",
        "_marks",
        "_served",
        "build",
        "floor",
        "frame",
        "is_outdated",
        "is_scheduled",
        "next_at",
        "payload",
        "queue",
        "round",
        "since",
        "why",
    )

    def __init__(self, floor: Floor, queue: str, build: Callable[[Audience], bytes], counts: Counts) -> None:
        self.floor = floor
        self.queue = queue
        self.build = build
        self.why: list[Cause] = []  # since the frame that was last sent out
        self.since: datetime | None = None  # the first of these changes
        self.is_outdated = True
        self.is_scheduled = False
        self.payload = b""
        self.frame = b""
        self.round = b""  # what goes out now: no cause of a change is told to the same watcher twice
        self.next_at = 0.0  # loop time before which no frame goes out
        self._counts = counts
        self._served: list[Watcher] = []
        self._due: list[Watcher] = []
        # For those who became due together: how many are due when the last of them has been told, and since when.
        self._marks: list[tuple[int, datetime]] = []

    def current(self) -> bytes:
        """The newest frame, built when somebody first asks for it."""
        if self.is_outdated:
            self.payload = self.build(self)
            self.frame = text_frame(self.payload)
            self.is_outdated = False
        return self.frame

    def take_over(self, floor: Floor) -> None:
        """Another floor of the same place stands for this queue now; nobody is to be shown the one before any more."""
        self.floor = floor
        self.why = []
        self.is_outdated = True
        if self._due:
            self.round = self.current()

    def join(self, watcher: Watcher) -> None:
        """A newcomer has been sent the current frame."""
        self._served.append(watcher)

    def forget(self, watcher: Watcher) -> None:
        for watchers in (self._served, self._due):
            if watcher in watchers:
                watchers.remove(watcher)

    def begin_round(self, now: float) -> None:
        """From here on the newest frame is due to everyone."""
        self.round = self.current()
        self.next_at = now + SPACING_SECONDS
        self._marks = [(due + len(self._served), since) for due, since in self._marks]
        if self.since is not None:
            self._marks.append((0, self.since))
        self.forget_causes()
        self._due = self._served[::-1] + self._due  # taken from the end
        self._served = []

    def send_slice(self) -> bool:
        """Whether anyone is still due."""
        frame, due, size = self.round, self._due, len(self.round)
        now = due[: -SLICE - 1 : -1]  # the last come first
        del due[-SLICE:]
        direct, has_lost = 0, False
        for watcher in now:  # this runs for every phone and every frame
            if watcher.direct is self or watcher.is_clear(self):
                direct += 1
                try:
                    sent = write(watcher.descriptor, frame)
                except OSError:  # full or gone: its transport finds out which
                    sent = 0
                if sent != size:
                    watcher.finish(frame[sent:])
            elif not watcher.deliver(self, frame):
                has_lost = True
        self._counts.frames += direct
        self._served += [watcher for watcher in now if watcher.watches(self)] if has_lost else now
        return bool(due)

    def pop_told(self) -> list[datetime]:
        """Changes that the last of those who became due by them has just been told of."""
        if not self._marks or self._marks[0][0] < len(self._due):
            return []
        told = [since for due, since in self._marks if due >= len(self._due)]
        del self._marks[: len(told)]
        return told

    def forget_causes(self) -> None:
        self.why, self.since = [], None

    def drop_gone(self) -> None:
        self._served = [watcher for watcher in self._served if watcher.watches(self)]

    @property
    def is_empty(self) -> bool:
        return not (self._served or self._due)
