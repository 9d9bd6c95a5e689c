"""What this process counts, as plain numbers: whoever counts pays next to nothing.

There is no lock: everything is counted on the event loop's thread. `web/operations.py` tells of it.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

Labels = tuple[str, ...]
Readings = dict[str, dict[Labels, Any]]  # by a meter's name and its labels' values

LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
REQUESTS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
APPENDS = (1, 2, 5, 10, 20, 50, 100, 200)

PULSE_SECONDS = 0.1
PULSES_REMEMBERED = 600  # a minute

METERS: dict[str, Meter[Any]] = {}

V = TypeVar("V")


class Meter(Generic[V]):
    """`values`: what is told, by the values of its labels. One without labels is told from the start."""

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self.name = name
        self.text = text
        self.labels = labels
        self.values: dict[Labels, V] = {}
        METERS[name] = self


class Counter(Meter[float]):
    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.put(0)

    def add(self, amount: float = 1) -> None:
        self.values[()] += amount

    def put(self, total: float) -> None:
        """For what is counted by a plain number elsewhere already."""
        self.values[()] = total


class Gauge(Meter[float]):
    """Of several processes, the sum of the living is told."""

    def __init__(self, name: str, text: str, *labels: str) -> None:
        super().__init__(name, text, *labels)
        self.put(0)

    def put(self, value: float) -> None:
        self.values[()] = value


class WorkerGauge(Gauge):
    """Of several processes, each is told by itself."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text, "worker")


class SharedGauge(Gauge):
    """What all processes read in the same database: of several, one is told. `values`: of its label, where they are
    known."""

    def __init__(self, name: str, text: str, label: str, *values: str) -> None:
        Meter.__init__(self, name, text, label)
        self.put_all(dict.fromkeys(values, 0))

    def put_all(self, values: Mapping[str, float]) -> None:
        self.values = {(name,): value for name, value in values.items()}


class SharedStates(SharedGauge):
    """One for the state in which each is, and zero for the others."""

    def __init__(self, name: str, text: str, label: str) -> None:
        Meter.__init__(self, name, text, label, "state")

    def put_states(self, values: Mapping[tuple[str, str], bool]) -> None:
        self.values = {names: float(is_so) for names, is_so in values.items()}


class Histogram(Meter[list[float]]):
    """A value: a count for each bucket, one for what lies beyond, and the sum."""

    def __init__(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> None:
        super().__init__(name, text, *labels)
        self.buckets = buckets
        if not labels:
            self._begin(())

    def observe(self, value: float, labels: Labels = ()) -> None:
        counts = self.values.get(labels) or self._begin(labels)
        counts[bisect_left(self.buckets, value)] += 1
        counts[-1] += value

    def _begin(self, labels: Labels) -> list[float]:
        counts = self.values[labels] = [0] * (len(self.buckets) + 2)
        return counts


WORKERS = Gauge("antrean_workers", "Processes that this tells of")
CONNECTIONS = Gauge("antrean_connections", "Streams open now")
WORKER_CONNECTIONS = WorkerGauge("antrean_worker_connections", "Streams open now, by process")
CONNECTIONS_OPENED = Counter("antrean_connections_opened_total", "Streams ever opened")
CONNECTIONS_REFUSED = Counter(
    "antrean_connections_refused_total", "Streams refused because all places were taken, or too many came at once"
)
FRAMES_SENT = Counter("antrean_frames_sent_total", "Frames written to streams")
FRAMES_SKIPPED = Counter("antrean_frames_skipped_total", "Frames that a slow reader did not get")
COMMIT_TO_SEND = Histogram(
    "antrean_commit_to_send_seconds",
    "From a change's moment in the journal until the last stream to which it became due was written to",
    LAGS,
)
LOOP_LAG = Histogram("antrean_event_loop_lag_seconds", "How late a timer of a tenth of a second was", LAGS)
LOOP_LAG_MAX = WorkerGauge("antrean_event_loop_lag_max_seconds", "The latest timer of the last minute, by process")
ENTRIES_APPENDED = Counter("antrean_entries_appended_total", "Journal entries made")
APPEND_CONFLICTS = Counter("antrean_append_conflicts_total", "Decisions made again because others had written")
TURNS = Counter("antrean_turns_total", "Turns taken at a branch where several processes write")
IDEMPOTENT_REPLAYS = Counter("antrean_idempotent_replays_total", "Requests answered as they had been before")
COMMIT_SECONDS = Histogram("antrean_commit_seconds", "How long a commit to the journal took, retries included", LAGS)
COMMIT_APPENDS = Histogram("antrean_commit_appends", "Appends that shared one commit", APPENDS)
DATABASE_UNAVAILABLE = Counter("antrean_database_unavailable_total", "Times that the database could not be used")
NUDGES_SENT = Counter("antrean_nudges_sent_total", "Nudges told to other processes")
NUDGES_RECEIVED = Counter("antrean_nudges_received_total", "Nudges heard from other processes")
NUDGE_GAPS_HEALED = Counter(
    "antrean_nudge_gaps_healed_total", "Times that entries without a nudge were found by looking at the journal"
)
NUDGES_DEAF = Gauge("antrean_nudges_deaf", "Processes that should hear nudges and do not")
DEVICES = SharedGauge("antrean_devices", "Paired screens and kiosks, by how they do", "state", "dark", "stale", "live")
CONNECTION_STATE = SharedStates(
    "antrean_connection_state", "Connections to other systems, 1 for the state in which each is", "connection"
)
CONNECTION_LAG = SharedGauge(
    "antrean_connection_lag_seconds", "For how long the oldest of what is not delivered has been so", "connection"
)
CONNECTION_WAITING = SharedGauge("antrean_connection_waiting", "Entries not delivered yet", "connection")
CONNECTION_GIVEN_UP = SharedGauge(
    "antrean_connection_given_up", "Entries given up, until a person decides", "connection"
)
CONNECTION_TAKEN = SharedGauge(
    "antrean_connection_sent_today", "Entries that were taken, and requests that were answered, today", "connection"
)
CONNECTION_REFUSED = SharedGauge("antrean_connection_refused_today", "Refusals today", "connection")
REQUEST_SECONDS = Histogram(
    "antrean_http_request_seconds",
    "From a request's headers to the end of its answer",
    REQUESTS,
    *("method", "route", "status"),
)


def read_meters() -> Readings:
    """Of this process, and nothing that changes any more."""
    return {
        name: {labels: list(value) if isinstance(value, list) else value for labels, value in meter.values.items()}
        for name, meter in METERS.items()
    }


@contextmanager
def commit(appends: Sized) -> Iterator[None]:
    """Around one commit, whatever becomes of it. `appends`: what it held, as is known at its end."""
    before = time.perf_counter()
    try:
        yield
    finally:
        COMMIT_SECONDS.observe(time.perf_counter() - before)
        COMMIT_APPENDS.observe(len(appends))


class Pulse:
    """Whether the event loop comes round in time: what holds it up is felt by every phone."""

    def __init__(self) -> None:
        self._lags: deque[float] = deque(maxlen=PULSES_REMEMBERED)

    @contextmanager
    def beating(self) -> Iterator[None]:
        self._wait()
        try:
            yield
        finally:
            self._timer.cancel()

    def _wait(self) -> None:
        self._due = time.perf_counter() + PULSE_SECONDS
        self._timer = asyncio.get_running_loop().call_later(PULSE_SECONDS, self._beat)

    def _beat(self) -> None:
        lag = max(0.0, time.perf_counter() - self._due)
        self._lags.append(lag)
        LOOP_LAG.observe(lag)
        self._wait()

    @property
    def latest(self) -> float:
        """By how much the latest of the last minute came too late."""
        return max(self._lags, default=0.0)
