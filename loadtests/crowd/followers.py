"""Following the stream as a phone does: it reconnects with full jitter, and notes how long everything took."""

from __future__ import annotations

import json
import random
import time

import gevent
from gevent.event import Event

from loadtests.crowd.hall import Hall
from loadtests.crowd.sockets import Ended, Refused, WebSocket
from loadtests.crowd.visits import Sight, Visit

CONNECT_SECONDS = 30.0
SILENT_SECONDS = 60.0  # without anything, ticks included, the connection is dead
STABLE_SECONDS = 60.0  # after which the next failure is the first one again
LOOK_SECONDS = 1.0  # how often a quiet connection looks whether all is settled
FINAL = (404, 422)


def jitter(tries: int) -> float:
    """Seconds before the next attempt."""
    return random.uniform(0, min(30.0, 2.0**tries))


class Follower:
    """Keeps `sight` current in a greenlet of its own, from `with` to its end."""

    def __init__(self, hall: Hall, query: str, sight: Sight) -> None:
        self.sight = sight
        self.changed = Event()  # whenever anything new is shown
        self.is_live = False
        self._hall = hall
        self._address = f"{hall.host.replace('http', 'ws', 1)}/stream?{query}"
        self._query = query
        self._socket: WebSocket | None = None
        self._tries = 0
        self._lost_at: float | None = None
        self._greenlet: gevent.Greenlet | None = None

    def __enter__(self) -> Follower:
        self._hall.followers.add(self)
        self._greenlet = gevent.spawn(self._follow)
        return self

    def __exit__(self, *_: object) -> None:
        self._hall.followers.discard(self)
        if self._greenlet is not None:
            self._greenlet.kill()
        self.is_live = False  # for those who still look whether it falls behind

    def cut(self) -> None:
        """Loses the connection, and comes back as after any other loss."""
        if self._socket is not None:
            self._socket.cut()

    def wait(self, seconds: float) -> bool:
        """Whether anything new was shown meanwhile."""
        is_new: bool = self.changed.wait(seconds)
        self.changed.clear()
        return is_new

    def _follow(self) -> None:
        while True:
            try:
                self._connect()
            except Refused as refusal:
                if refusal.status in FINAL:
                    self._hall.wrong_state(f"{self.sight.who}: {refusal}.")
                    return
                self._lose(str(refusal))
            except (Ended, OSError) as error:
                self._lose(error.args[0] if isinstance(error, Ended) else "the connection broke")
            gevent.sleep(jitter(self._tries))
            self._tries += 1

    def _lose(self, reason: str) -> None:
        self._hall.books.counts["connections lost" if self.is_live else "connections refused"] += 1
        if self.is_live:
            self._lost_at = time.perf_counter()
        self.is_live = False
        self._hall.stream_event("lost", 0, Exception(reason) if "closed with" not in reason else None)

    def _connect(self) -> None:
        began = time.perf_counter()
        self._socket = WebSocket(self._address, CONNECT_SECONDS)
        try:
            self.sight.connected()
            self._read_all(self._socket, began)
        finally:
            self._socket.cut()
            self._socket = None

    def _read_all(self, stream: WebSocket, began: float) -> None:
        silent_since = time.monotonic()
        stable_at = silent_since + STABLE_SECONDS
        while True:
            text = stream.read(LOOK_SECONDS)
            if text is None:
                if time.monotonic() - silent_since > SILENT_SECONDS:
                    raise Ended(None)
            else:
                silent_since = time.monotonic()
                if not self.is_live:
                    self._arrive(began)
                self._take(text)
            if silent_since > stable_at:
                self._tries = 0
            if not stream.has_more:
                self._settle()

    def _arrive(self, began: float) -> None:
        self.is_live = True
        self._hall.books.counts["connections"] += 1
        self._hall.stream_event("first frame", (time.perf_counter() - began) * 1000)
        if self._lost_at is not None:
            self._hall.books.counts["came back"] += 1
            self._hall.stream_event("back after a loss", (time.perf_counter() - self._lost_at) * 1000)
            self._lost_at = None

    def _take(self, text: bytes) -> None:
        arrived = time.time() * 1000
        self._hall.books.counts["frames"] += 1
        if text.startswith(b'{"type":"queue"'):
            picture = self._hall.album.of_frame(text)
            if self.sight.take(picture):
                self._hall.stream_event("commit to phone", max(0.0, arrived - picture.at), size=len(text))
        elif text.startswith(b'{"type":"ticket"') and isinstance(self.sight, Visit):
            self.sight.take_ticket(json.loads(text))
        elif text.startswith(b'{"type":"gone"') and isinstance(self.sight, Visit):
            self.sight.is_gone = True
        self.changed.set()

    def _settle(self) -> None:
        if isinstance(self.sight, Visit):
            self.sight.settle(time.monotonic())
        self._hall.take_faults(self.sight)
