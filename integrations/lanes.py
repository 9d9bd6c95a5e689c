"""What has to go in order, and what was read and is not written off yet. No I/O, no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.contract import Item
from queue_service.journal.appends import Place
from queue_service.records.deliveries import Parking

Lane = tuple[Place, str]


def lane_of(item: Item) -> Lane:
    return item.place, _lane_name(item.fields)


def _lane_name(fields: Mapping[str, Any]) -> str:
    """A ticket's is its label; what is about none goes by counter, or by queue."""
    if label := fields.get("label"):
        return str(label)
    of = next((what for what in ("counter", "queue") if fields.get(what)), None)
    return f"{of} {fields[of]}" if of else "branch"


@dataclass(frozen=True, slots=True)
class Parked:
    """An item that stands, or is to stand, among the deliveries."""

    item: Item
    state: Parking = Parking.BEHIND
    failures: int = 0
    refusals: int = 0
    since_ms: int = 0
    next_at_ms: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to `seq` everything of this place is delivered, or among `parked`."""

    place: Place
    seq: int
    parked: list[Parked]


class Window:
    """Of each place, the entries between its cursor and how far it was read. Each is delivered or parked some time, in
    whatever order; the cursor follows once all before it are."""

    def __init__(self, cursors: Mapping[Place, int]) -> None:
        self._written = dict(cursors)
        self._read = dict(cursors)
        self._open: dict[Place, dict[int, Item]] = {}
        self._parked: dict[Place, list[Parked]] = {}
        self._lanes: dict[Lane, deque[Item]] = {}  # the first of each may be under way
        self._idle: dict[Lane, None] = {}  # nothing of it is; in the order in which their turn comes
        self.failed: set[Lane] = set()  # the deliveries do not tell of them yet

    def begin(self, place: Place, seq: int) -> None:
        self._written[place] = self._read[place] = seq

    def __len__(self) -> int:
        """What is kept in memory."""
        return sum(map(len, self._open.values())) + sum(map(len, self._parked.values()))

    @property
    def cursors(self) -> Mapping[Place, int]:
        return self._written

    def read_to(self, place: Place) -> int:
        return self._read.get(place, 0)

    def skip(self, item: Item) -> None:
        """Nobody wants it."""
        self._read[item.place] = item.seq

    def add(self, item: Item) -> None:
        """The next of its place."""
        self._read[item.place] = item.seq
        self._open.setdefault(item.place, {})[item.seq] = item
        lane = lane_of(item)
        if lane not in self._lanes:
            self._lanes[lane] = deque()
            self._idle[lane] = None
        self._lanes[lane].append(item)

    def add_behind(self, item: Item) -> None:
        """The next of its place; others of its lane stand among the deliveries."""
        self._read[item.place] = item.seq
        self._park(Parked(item))

    def start(self) -> Item | None:
        """One whose turn it is; it is under way then."""
        if not self._idle:
            return None
        lane = next(iter(self._idle))
        del self._idle[lane]
        return self._lanes[lane][0]

    def deliver(self, item: Item) -> None:
        lane = lane_of(item)
        del self._open[item.place][item.seq]
        self._lanes[lane].popleft()
        if self._lanes[lane]:
            self._idle[lane] = None
        else:
            del self._lanes[lane]

    def fail(self, parked: Parked) -> None:
        """It, and all of its lane behind it."""
        lane = lane_of(parked.item)
        for item in self._lanes.pop(lane):
            del self._open[item.place][item.seq]
            self._park(parked if item is parked.item else Parked(item))
        self.failed.add(lane)

    def _park(self, parked: Parked) -> None:
        self._parked.setdefault(parked.item.place, []).append(parked)

    def progress(self) -> Iterator[Progress]:
        for place, read in self._read.items():
            seq = min(self._open.get(place) or (read + 1,)) - 1
            if seq > self._written.get(place, 0):
                parked = [each for each in self._parked.get(place, ()) if each.item.seq <= seq]
                yield Progress(place, seq, sorted(parked, key=lambda each: each.item.seq))

    def write_off(self, done: Progress) -> None:
        """It is durable."""
        self._written[done.place] = done.seq
        left = [each for each in self._parked.pop(done.place, ()) if each.item.seq > done.seq]
        if left:
            self._parked[done.place] = left
        self.failed = {lane_of(each.item) for some in self._parked.values() for each in some}

    def forget(self, place: Place) -> None:
        """Nothing of it is open, and nothing will come."""
        for known in (self._written, self._read, self._open, self._parked):
            known.pop(place, None)
