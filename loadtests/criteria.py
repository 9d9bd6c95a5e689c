"""What was asked for, what was measured, and by how much it was missed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A figure, and the limit it was to keep: `most`, or `least`, or none when it is told for the reader only."""

    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool:
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def criterion(self) -> str:
        if self.most is not None:
            return f"≤ {figure(self.most)} {self.unit}".strip()
        return f"≥ {figure(self.least)} {self.unit}".strip() if self.least is not None else ""

    @property
    def verdict(self) -> str:
        limit = self.most if self.most is not None else self.least
        if limit is None:
            return ""
        if self.is_met:
            return "met"
        return f"**missed by {abs(self.value - limit) / limit:.0%}**" if limit else "**missed**"


def figure(value: float) -> str:
    """Three significant digits, and whole numbers whole."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(title: str, results: Iterable[Result]) -> str:
    lines = [f"### {title}", "", "| what | criterion | measured | verdict | |", "|---|---|---|---|---|"]
    for r in results:
        cells = (r.name, r.criterion, f"{figure(r.value)} {r.unit}".strip(), r.verdict, r.note)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
