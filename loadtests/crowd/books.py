"""The books: what people were told, and what of it was wrong. Pure; the master adds up those of its workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Deed = tuple[str, str | None, str | None]  # kind as the journal calls it, label, counter
Json = dict[str, Any]

MOST_SENTENCES = 200  # of wrong states that are kept; all are counted
GENERAL = "general"

# What lets somebody wait again, by where they come from.
WAYS_BACK: Mapping[str, frozenset[str]] = {
    "called": frozenset({"requeued", "undone", "transferred"}),
    "serving": frozenset({"requeued", "undone", "transferred"}),
    "held": frozenset({"checked_in", "requeued", "undone"}),
    "no_show": frozenset({"checked_in", "requeued", "undone"}),
    "completed": frozenset({"undone"}),
    "cancelled": frozenset(),
}
# After these a label may be called once more.
RELEASES = frozenset({"no_show", "held", "requeued", "undone", "transferred"})


@dataclass
class Books:
    told: Counter[Deed] = field(default_factory=Counter)
    classes: dict[str, str] = field(default_factory=dict)  # of the labels that were issued
    refusals: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    passers: set[str] = field(default_factory=set)  # seen ahead of a general ticket with a lower number
    returns: set[tuple[str, str]] = field(default_factory=set)  # labels that wait again, and the state they had before
    calls_seen: set[tuple[str, str]] = field(default_factory=set)  # label and counter, as its own phone showed it
    presses: list[tuple[float, int]] = field(
        default_factory=list
    )  # when a number was asked for; it, or 0 for none left
    unanswered: dict[str, list[Deed]] = field(default_factory=dict)  # by process: asked, and never answered

    def note(self, kind: str, label: str | None, counter: str | None = None) -> None:
        self.told[kind, label, counter] += 1

    def wrong_state(self, sentence: str) -> bool:
        """Whether the sentence is kept."""
        self.counts["wrong states"] += 1
        is_kept = len(self.wrong) < MOST_SENTENCES and sentence not in self.wrong
        if is_kept:
            self.wrong.append(sentence)
        return is_kept

    def numbers(self) -> Counter[str]:
        """How often each label was given out."""
        given: Counter[str] = Counter()
        for (kind, label, _), times in self.told.items():
            if kind == "issued" and label is not None:
                given[label] += times
        return given

    def verdict(self) -> list[str]:
        """Every wrong state: those that were seen, and those that only all books together show."""
        return [*self.wrong, *self._given_twice(), *self._called_twice(), *self._passed_by(), *self._came_back()]

    def _given_twice(self) -> Iterator[str]:
        for label, times in self.numbers().items():
            if times > 1:
                yield f"{label} was given to {times} visitors."

    def _called_twice(self) -> Iterator[str]:
        calls: Counter[str] = Counter()
        releases: Counter[str] = Counter()
        for (kind, label, _), times in self.told.items():
            if label is not None and kind == "called":
                calls[label] += times
            elif label is not None and kind in RELEASES:
                releases[label] += times
        for label, times in calls.items():
            if times > 1 + releases[label] + self._unanswered_about(label, RELEASES):
                let_go = releases[label]
                yield f"{label} was called twice: {times} clerks were told so, and {let_go} of them let go of it."

    def _passed_by(self) -> Iterator[str]:
        """Only those of a priority class may stand before a lower number that has never left its place."""
        for label in self.passers:
            if self.classes.get(label) == GENERAL:
                yield f"{label} stood before a lower number without any right to."

    def _came_back(self) -> Iterator[str]:
        done: dict[str, set[str]] = {}
        for kind, label, _ in self.told:
            if label is not None:
                done.setdefault(label, set()).add(kind)
        for label, before in self.returns:
            ways = WAYS_BACK[before]
            if not (ways & done.get(label, set()) or self._unanswered_about(label, ways)):
                yield f"{label} was {before} and waits again, and nobody brought it back."

    def _unanswered_about(self, label: str, kinds: frozenset[str]) -> int:
        deeds = [deed for deeds in self.unanswered.values() for deed in deeds]
        return sum(kind in kinds and named in (None, label) for kind, named, _ in deeds)

    # From process to process, and into a file

    def written(self) -> Json:
        return {
            "told": [[*deed, times] for deed, times in self.told.items()],
            "classes": self.classes,
            "refusals": dict(self.refusals),
            "counts": dict(self.counts),
            "wrong": self.wrong,
            "passers": sorted(self.passers),
            "returns": sorted(self.returns),
            "calls_seen": sorted(self.calls_seen),
            "presses": self.presses,
            "unanswered": self.unanswered,
        }

    def add(self, written: Json) -> None:
        """What another process has noted since it told last; its unanswered requests as they are now."""
        for kind, label, counter, times in written["told"]:
            self.told[kind, label, counter] += times
        self.classes.update(written["classes"])
        self.refusals.update(written["refusals"])
        self.counts.update(written["counts"])
        self.wrong += [sentence for sentence in written["wrong"] if sentence not in self.wrong]
        self.passers.update(written["passers"])
        self.returns.update((label, before) for label, before in written["returns"])
        self.calls_seen.update((label, counter) for label, counter in written["calls_seen"])
        self.presses += [(at, number) for at, number in written["presses"]]
        for process, deeds in written["unanswered"].items():
            self.unanswered[process] = [(kind, label, counter) for kind, label, counter in deeds]
