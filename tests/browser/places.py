"""What others do at a branch while a test looks at a page of it."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2


@dataclass(frozen=True)
class Ticket:
    label: str
    token: str

    @property
    def page(self) -> str:
        return f"/t/{self.token}"


class Place:
    def __init__(self, url: str, branch: str, key: str) -> None:
        self.branch = branch
        # There is no TLS here, and to read all authorities takes longer than the test's requests.
        self._visitors = httpx2.Client(base_url=f"{url}/api/v1", verify=False)
        self._clerks = httpx2.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, verify=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._visitors.close()
        self._clerks.close()

    def issue(self, queue: str = "poli-anak", ticket_class: str = "general") -> Ticket:
        body = {"queue": queue, "class": ticket_class}
        answer = self._visitors.post(f"/branches/{self.branch}/tickets", json=body).raise_for_status().json()
        return Ticket(answer["label"], answer["token"])

    def hold_own(self, ticket: Ticket, action: str) -> None:
        """What its holder does with a ticket, on another device."""
        self._visitors.post(f"/tickets/{ticket.token}/{action}").raise_for_status()

    def read(self, ticket: Ticket) -> dict[str, Any]:
        shape: dict[str, Any] = self._visitors.get(f"/tickets/{ticket.token}").raise_for_status().json()
        return shape

    def queue(self, queue: str = "poli-anak") -> dict[str, Any]:
        path = f"/branches/{self.branch}/queues/{queue}"
        shape: dict[str, Any] = self._visitors.get(path).raise_for_status().json()
        return shape

    def at(self, counter: str) -> dict[str, Any]:
        path = f"/branches/{self.branch}/counters/{counter}"
        shape: dict[str, Any] = self._clerks.get(path).raise_for_status().json()
        return shape

    def act(self, counter: str, *actions: str, **body: Any) -> None:
        """What the clerk at a counter does, one after the other."""
        for action in actions:
            path = f"/branches/{self.branch}/counters/{counter}/{action}"
            self._clerks.post(path, json=body or None).raise_for_status()

    def call(self, counter: str, ticket: Ticket) -> None:
        self.act(counter, "call", label=ticket.label)

    def set_queue(self, queue: str, action: str) -> None:
        self._clerks.post(f"/branches/{self.branch}/queues/{queue}/{action}").raise_for_status()

    def give_notice(self, text: str, until: str) -> None:
        body = {"text": text, "until": until}
        self._clerks.post(f"/branches/{self.branch}/notices", json=body).raise_for_status()
