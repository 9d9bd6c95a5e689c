"""The hall: what all people of this process have in common."""

from __future__ import annotations

import json
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from gevent.event import AsyncResult
from locust.env import Environment

from loadtests.criteria import Result
from loadtests.crowd.books import Books, Deed
from loadtests.crowd.pictures import Album
from loadtests.crowd.visits import Sight, Visit

if TYPE_CHECKING:
    from loadtests.crowd.followers import Follower
    from loadtests.crowd.people import Person

Json = dict[str, Any]
Chapter = Callable[[Books], tuple[list[Result], list[str]]]  # what a shape has to say: rows, and wrong states

PATIENCE = 30.0  # seconds for the service to answer at the beginning


class Hall:
    def __init__(self) -> None:
        self.books = Books()  # of this process; on the master, of all
        self.album = Album()
        self.people: set[Person] = set()
        self.followers: set[Follower] = set()
        self.pending: dict[str, Deed] = {}  # by idempotency key: asked, and not answered yet
        self.counters: list[str] = []  # that have no clerk yet
        self.clerks_waiting: deque[AsyncResult] = deque()
        self.chapters: list[Chapter] = []
        self.queues: list[str] = []
        self.classes: list[str] = []
        self.branch = self.host = self.key = ""
        self.scale = self.speed = 1.0
        self.quota = 0
        self._environment: Environment | None = None

    def open(self, environment: Environment) -> None:
        """With new books, at the branch of this run."""
        options = environment.parsed_options
        assert options is not None
        self._environment = environment
        self.books, self.album = Books(), Album()
        self.host, self.key = str(environment.host or "").rstrip("/"), options.key
        self.scale, self.speed, self.quota = options.scale, options.speed, options.quota
        self.branch = options.branch or self._ask("/api/v1/branches")["branches"][0]["id"]
        branch = self._ask(f"/api/v1/branches/{self.branch}")
        self.queues = [queue["id"] for queue in branch["queues"]]
        self.classes = [item["id"] for item in branch["classes"]]
        self.counters = [counter["id"] for counter in branch["counters"]]

    def _ask(self, path: str) -> Json:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urlopen(self.host + path, timeout=PATIENCE) as response:
                    answer: Json = json.load(response)
                    return answer
            except (URLError, ValueError) as error:
                if time.monotonic() > deadline or isinstance(error, ValueError):
                    raise SystemExit(
                        f"{self.host or 'Without --host there is nobody who'} does not answer: {error}"
                    ) from error
            time.sleep(0.5)

    @property
    def environment(self) -> Environment:
        assert self._environment is not None, "the hall is not open yet"
        return self._environment

    def wait_for_counter(self) -> AsyncResult:
        mine = AsyncResult()
        self.clerks_waiting.append(mine)
        return mine

    def stream_event(self, name: str, milliseconds: float, error: Exception | None = None, size: int = 0) -> None:
        """A line of Locust's statistics."""
        self._event("stream", name, milliseconds, error, size)

    def _event(self, kind: str, name: str, milliseconds: float, error: Exception | None, size: int = 0) -> None:
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=milliseconds,
            response_length=size,
            exception=error,
            context={},
        )

    def wrong_state(self, sentence: str) -> None:
        if self.books.wrong_state(sentence):
            self._event("wrong state", "", 0, Exception(sentence))

    def take_faults(self, sight: Sight) -> None:
        """What was wrong with what this phone saw goes into the books, and what only all of them can judge."""
        if sight.faults or self.album.faults:
            for fault in sight.faults + self.album.take_faults():
                self.wrong_state(fault)
            sight.faults = []
        if isinstance(sight, Visit) and (sight.passers or sight.returns or sight.calls_seen):
            self.books.passers |= sight.passers
            self.books.returns |= sight.returns
            self.books.calls_seen |= sight.calls_seen
            sight.passers, sight.returns, sight.calls_seen = set(), set(), set()

    def take_books(self) -> Json:
        """For the master: what is new since this was asked last."""
        taken, self.books = self.books, Books()
        taken.unanswered = self.unanswered()
        return taken.written()

    def unanswered(self) -> dict[str, list[Deed]]:
        return {f"{socket.gethostname()}/{os.getpid()}": list(self.pending.values())}


hall = Hall()
