"""What would come of another system's records, where that can be looked at beforehand.

Asked, as figures are, by whoever serves connections: only there are secrets and the way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from queue_service.records.systems import UnknownSystem, model_of


@dataclass(frozen=True, slots=True)
class Previewed:
    """A record as it would be understood, and what would come of it. `given`: what is kept of people, by name only.
    `done`: the steps; `said`: why it would be refused, or why nothing is to be done; with `fields` it is a refusal of
    our rules, whose sentence they belong to."""

    id: str
    act: str = ""
    branch: str = ""
    queue: str = ""
    counter: str = ""
    day: str = ""
    time: str = ""
    given: Sequence[str] = ()
    done: Sequence[str] = ()
    label: str = ""
    said: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    is_refused: bool = False


def has_preview(system: str) -> bool:
    try:
        return bool(getattr(model_of(system), "has_preview", False))
    except UnknownSystem:
        return False
