"""A person: asks over HTTP, asks again with the same key when no answer came, and leaves when the day ends."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from gevent.event import Event
from locust import FastHttpUser
from locust.env import Environment
from locust.exception import StopUser

from loadtests.crowd.followers import jitter
from loadtests.crowd.hall import hall

Json = dict[str, Any]

LATER = (429, 503)
ASSET = re.compile(r"""(?:href|src)="(/static/[^"]+)\"""")
IMPORT = re.compile(r"""(?:from|import) ?["']\./([\w.-]+\.js)["']""")


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection broke before there was one."""

    status: int
    body: Any
    etag: str = ""
    retry_after: float = 0.0

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Person(FastHttpUser):
    abstract = True
    network_timeout = 60.0
    connection_timeout = 30.0

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.leaving = Event()
        self.has_pages = False  # styles and modules, which a phone keeps for good
        hall.people.add(self)

    def stop(self, force: bool = False) -> bool:
        self.leaving.set()
        return bool(super().stop(force))

    def on_stop(self) -> None:
        hall.people.discard(self)

    # Time

    def pause(self, seconds: float) -> None:
        """At the speed of the run. Raises StopUser when it is time to leave."""
        self.idle(seconds / hall.speed)

    def idle(self, seconds: float) -> None:
        """The same by the clock."""
        if self.leaving.wait(seconds):
            raise StopUser

    def think(self, median: float) -> None:
        """Most people need about as long, and a few need much longer."""
        self.pause(min(6 * median, random.lognormvariate(0, 0.5) * median))

    # Asking

    def get(self, path: str, name: str, headers: Mapping[str, str] | None = None) -> Answer:
        with self.client.get(path, name=name, headers=dict(headers or {}), catch_response=True) as response:
            return answer_of(response)

    def act(
        self,
        path: str,
        name: str,
        kind: str,
        *,
        body: Json | None = None,
        label: str | None = None,
        counter: str | None = None,
        key: str | None = None,
        refusals: tuple[str, ...] = (),
    ) -> Answer:
        """The first definite answer. Until there is one it is asked again with the same key: it has happened or not."""
        once = uuid4().hex
        hall.pending[once] = (kind, label, counter)
        headers = {"Idempotency-Key": once, **({"Authorization": f"Bearer {key}"} if key else {})}
        tries = 0
        while True:
            answer = self._post(path, name, body, headers, refusals)
            if answer.status and answer.status not in LATER:
                del hall.pending[once]
                self._judge(name, answer, refusals)
                if answer.status in (200, 201):
                    hall.books.note(kind, answer.body["label"], counter)
                return answer
            hall.books.counts["asked again"] += 1
            self.idle(answer.retry_after + jitter(tries))
            tries += 1

    def _post(self, path: str, name: str, body: Json | None, headers: Json, refusals: tuple[str, ...]) -> Answer:
        with self.client.post(path, json=body, name=name, headers=headers, catch_response=True) as response:
            answer = answer_of(response)
            if answer.code in refusals:
                response.success()  # the rules refuse, as they should
            return answer

    def _judge(self, name: str, answer: Answer, refusals: tuple[str, ...]) -> None:
        if answer.code:
            hall.books.refusals[answer.code] += 1
        if not (answer.status in (200, 201, 204) or answer.code in refusals):
            hall.wrong_state(f"{name} was answered with {answer.status} {answer.code or answer.body}.")

    # Pages

    def load_page(self, path: str, name: str) -> None:
        """With all that it needs, where this phone has never been here before."""
        with self.client.get(path, name=name, catch_response=True) as response:
            wanted = ASSET.findall(response.text or "")
        loaded: set[str] = set()
        while wanted and not self.has_pages:
            asset = wanted.pop()
            if asset not in loaded:
                loaded.add(asset)
                wanted += self._load_asset(asset)

    def _load_asset(self, path: str) -> list[str]:
        """The modules that it imports."""
        with self.client.get(path, name="/static", catch_response=True) as response:
            modules = IMPORT.findall(response.text or "") if path.endswith(".js") else []
        folder = path.rpartition("/")[0]
        return [f"{folder}/{module}" for module in modules]


def answer_of(response: Any) -> Answer:
    headers = response.headers or {}
    text = response.text or ""
    is_json = "json" in headers.get("content-type", "")
    body = json.loads(text) if is_json and text else text
    return Answer(response.status_code or 0, body, headers.get("etag", ""), float(headers.get("retry-after", 0)))
