"""Which queue is meant by a clinic, a doctor and the hours of practice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from integrations.bpjs.clinics import ClinicPlan, read_hours
from queue_service.domain.booking import slots
from queue_service.domain.branches import Branch, Queue

_read_hours = re.compile(r"\s*([0-9]{1,2}[:.][0-9]{2})\s*-\s*([0-9]{1,2}[:.][0-9]{2})\s*").fullmatch


@dataclass(frozen=True)
class Practice:
    """A clinic at the branch where its queue is."""

    branch: Branch
    clinic: ClinicPlan

    @property
    def queue(self) -> Queue:
        return self.branch.queue(self.clinic.queue)

    @property
    def share(self) -> str:
        """By which the places that are given to the insured are counted; one queue may serve several hours."""
        return f"jkn {self.clinic.hours}"

    def span(self, day: date) -> tuple[datetime, datetime]:
        opens, closes = read_hours(self.clinic.hours)
        return self._moment(day, opens), self._moment(day, closes)

    def _moment(self, day: date, local: time) -> datetime:
        return datetime.combine(day, local, self.branch.timezone).astimezone(UTC)

    def times(self, day: date) -> list[datetime]:
        """When appointments of that day begin within its hours; none where it is not held."""
        opens, closes = self.span(day)
        return [slot for slot in slots(self.branch, self.queue, day) if opens <= slot < closes]


def practices_of(branches: Sequence[Branch], clinics: Iterable[ClinicPlan]) -> Iterator[Practice]:
    """Without those whose queue no branch has at this moment."""
    for clinic in clinics:
        branch = next((branch for branch in branches if clinic.queue in branch.queues), None)
        if branch is not None:
            yield Practice(branch, clinic)


def normal_hours(text: str) -> str:
    """Blanks around the dash occur, and so do points instead of colons. Other text stays what it is."""
    read = _read_hours(text)
    if read is None:
        return text
    return "-".join(part.replace(".", ":").zfill(5) for part in read.groups())
