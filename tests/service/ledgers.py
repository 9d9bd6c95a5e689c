"""What people were told, against what the journal says: nothing lost, nothing twice, nothing out of nowhere."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.service.journals import Row

Deed = tuple[str, str | None, str | None]  # kind, label, counter

KINDS = {
    "cancel": "cancelled",
    "step-away": "stepped_away",
    "check-in": "checked_in",
    "feedback": "feedback",
    "call-next": "called",
    "call": "called",
    "recall": "recalled",
    "serve": "serving",
    "complete": "completed",
    "no-show": "no_show",
    "hold": "held",
    "requeue": "requeued",
    "transfer": "transferred",
    "undo": "undone",
}
COUNTED = {"issued", *KINDS.values()}


@dataclass(frozen=True, slots=True)
class Account:
    """`recovered`: done before a crash, though nobody had been told so until they asked again."""

    acknowledged: int
    lost: list[Deed]
    duplicated: list[Deed]
    unexpected: list[Deed]
    recovered: int = 0

    def __str__(self) -> str:
        return (
            f"acknowledged {self.acknowledged}, lost {len(self.lost)}, duplicated {len(self.duplicated)}, "
            f"unexpected {len(self.unexpected)}, recovered {self.recovered}"
        )

    def wrongs(self) -> list[str]:
        """One line for each deed that is not as it was told."""
        found = {"lost": self.lost, "duplicated": self.duplicated, "unexpected": self.unexpected}
        return [f"{what}: {deed}" for what, deeds in found.items() for deed in deeds]

    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected)


@dataclass
class Ledger:
    told: Counter[Deed] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    recovered: int = 0

    def note(self, action: str, label: str, counter: str | None = None) -> None:
        """An answer said that this was done."""
        self.told[("issued" if action == "issue" else KINDS[action], label, counter)] += 1

    def against(self, rows: Iterable[Row]) -> Account:
        written = Counter(row.deed for row in rows if row.kind in COUNTED)
        more = written - self.told
        issued = Counter(label for (kind, label, _), n in written.items() if kind == "issued" for _ in range(n))
        twice = [("issued", label, None) for label, n in issued.items() if n > 1]
        return Account(
            acknowledged=self.told.total(),
            lost=list((self.told - written).elements()),
            duplicated=twice + [deed for deed in more if deed in self.told],
            unexpected=[deed for deed in more if deed not in self.told],
            recovered=self.recovered,
        )
