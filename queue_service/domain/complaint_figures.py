"""How complaints were dealt with: how many of each kind, and how many of them in the time that was promised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from queue_service.domain.branches import Branch
from queue_service.domain.complaints import Complaint, Passage


@dataclass(frozen=True, slots=True)
class Figures:
    """`late`: answered after the day that was promised, or still not answered and past it."""

    category: str
    filed: int
    answered: int
    in_time: int
    late: int
    open: int
    passed_on: int


def figures(complaints: Iterable[Complaint], branch: Branch, today: date) -> list[Figures]:
    """Of one branch; kinds in the order of the set-up, and behind them those that it has no more."""
    by_kind: dict[str, list[Complaint]] = {each.id: [] for each in branch.complaints.categories}
    for complaint in complaints:
        by_kind.setdefault(complaint.category, []).append(complaint)
    return [_of_kind(category, those, branch, today) for category, those in by_kind.items()]


def _of_kind(category: str, those: list[Complaint], branch: Branch, today: date) -> Figures:
    answered = [each for each in those if each.answered_at is not None]
    in_time = sum(each.is_in_time(branch) for each in answered)
    return Figures(
        category=category,
        filed=len(those),
        answered=len(answered),
        in_time=in_time,
        late=len(answered) - in_time + sum(each.is_late(today) for each in those),
        open=sum(each.is_open for each in those),
        passed_on=sum(each.escalation is not None and each.escalation.passage is Passage.TAKEN for each in those),
    )
