from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Face(StrEnum):
    """The page that a device shows."""

    LOBBY = "lobby"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Assignment:
    """`queues`: which of them a lobby's screen shows; none: all."""

    branch: str
    face: Face
    name: str
    queues: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"/{self.face}/{self.branch}" + (f"?queues={','.join(self.queues)}" if self.queues else "")


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    shows: Assignment
    paired_at: datetime
