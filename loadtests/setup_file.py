"""The branches that are loaded, as a set-up file. JSON is YAML too, so nothing is needed to write it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

QUEUE = "poli"
CLASSES = ("general", "lansia")


@dataclass(frozen=True)
class BranchPlan:
    """One queue, open at all hours, and counters named 1, 2, 3 …"""

    id: str
    counters: int

    def written(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.id,
            "classes": [{"id": CLASSES[1], "name": {"id": "Lansia", "en": "Elderly"}, "minutes": 10}],
            "queues": [{"id": QUEUE, "name": "Poli", "prefix": "A"}],
            "counters": [{"id": str(n), "name": str(n), "queues": [QUEUE]} for n in range(1, self.counters + 1)],
        }


def write_setup_file(path: Path, branches: list[BranchPlan]) -> None:
    path.write_text(json.dumps({"branches": [branch.written() for branch in branches]}, indent=1))


def class_of(n: int) -> str:
    """Every fifth visitor comes with priority: the waiting are then many short runs of numbers, not one long one."""
    return CLASSES[n % 5 == 4]
