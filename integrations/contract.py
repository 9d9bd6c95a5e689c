"""What the engine asks of every system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from queue_service.faults import Fault
from queue_service.journal.appends import Place


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a journal. `id` never changes, so that a receiver knows what it has had before."""

    epoch: str
    branch: str
    day: date
    seq: int
    at_ms: int
    kind: str
    fields: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.epoch}_{self.branch}_{self.day}_{self.seq}"

    @property
    def place(self) -> Place:
        return self.branch, self.day


class Undelivered(Exception):
    """`is_refused`: the other side is there, and does not want this one; else it was away. `rest_seconds`: it asks to
    be left alone for so long."""

    def __init__(self, sentence: str, *, is_refused: bool = False, rest_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.is_refused = is_refused
        self.rest_seconds = rest_seconds


class NotReady(Fault):
    """This connection cannot run; the sentence says what is missing."""


class Sender(ABC):
    def wants(self, kind: str) -> bool:
        return True

    @abstractmethod
    async def send(self, item: Item) -> None:
        """Returns once the other side has taken it. Raises Undelivered."""

    @abstractmethod
    async def close(self) -> None: ...


class SystemSettings(BaseModel, ABC):
    """What a set-up file may say under `settings:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: Annotated[int, Field(ge=2, le=100)] = 12  # of an entry that is refused; then it is given up

    @abstractmethod
    def open(self, connection: str, environment: Mapping[str, str]) -> Sender:
        """Secrets stand in the environment only. Raises NotReady."""
