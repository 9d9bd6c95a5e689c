"""How truly a day was told to the insurer: which visits lack which times, or were refused and why. No I/O, no clock.

What is missing stays missing: the way to better figures is a click at the right moment, and this shows whose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from integrations.bpjs.visits import (
    ABSENT,
    ARRIVED,
    PREPARING,
    READY,
    TREATED,
    TREATING,
    WAITING,
    Visit,
    Ways,
    What,
    words_of,
)
from integrations.contract import Item

Seconds = dict[int, float]  # by the task that the stretch begins with

NOT_SEEN = 1_000_000  # misses, so that none counts


@dataclass(frozen=True, slots=True)
class Finding:
    """About one booking. `lacks`: tasks that should be there. `came_after_all`: after the insurer was told that the
    visitor had not. `refused`: what it answered, of the entry that waits or was given up."""

    label: str
    code: str
    lacks: Sequence[int] = ()
    is_announced: bool = True
    came_after_all: bool = False
    refused: str = ""

    @property
    def is_fine(self) -> bool:
        return self.is_announced and not (self.lacks or self.came_after_all or self.refused)

    @property
    def faults(self) -> Iterator[str]:
        """But for what it lacks."""
        if not self.is_announced:
            yield "not announced: neither card nor NIK is known"
        if self.came_after_all:
            yield "told as absent, and treated afterwards"
        if self.refused:
            yield f"not delivered: {self.refused}"

    @property
    def sentence(self) -> str:
        lacks = [f"lacks task {', '.join(map(str, self.lacks))}"] if self.lacks else []
        return f"{self.label}: {'; '.join([*lacks, *self.faults])}"


@dataclass(frozen=True, slots=True)
class ClinicQuality:
    queue: str
    bookings: int
    fine: int
    findings: Sequence[Finding]


def quality(
    visits: Iterable[tuple[Visit, Sequence[Item]]], ways: Ways, failures: Mapping[str, str], *, is_over: bool
) -> list[ClinicQuality]:
    """By clinic. `failures`: by label, what the deliveries say. `is_over`: nothing more will come of that day."""
    found: dict[str, list[Finding]] = {}
    for visit, history in visits:
        for queue, finding in _findings(visit, history, ways, failures, is_over):
            found.setdefault(queue, []).append(finding)
    return [
        ClinicQuality(queue, len(all_), sum(each.is_fine for each in all_), [each for each in all_ if not each.is_fine])
        for queue, all_ in sorted(found.items())
    ]


def _findings(
    visit: Visit, history: Sequence[Item], ways: Ways, failures: Mapping[str, str], is_over: bool
) -> Iterator[tuple[str, Finding]]:
    patient = words_of(history, replace(ways, absent_after=NOT_SEEN), visit.is_new)
    for begun in (word for word in visit.words if word.what is What.ADD):
        nth = begun.nth
        told = {word.task for word in visit.of(nth) if word.what is What.TASK}
        has_pharmacy = any(word.what is What.PHARMACY for word in visit.of(nth))
        was_treated = any(word.nth == nth and word.task in (TREATING, TREATED) for word in patient)
        is_absent = ABSENT in told
        yield (
            begun.queue,
            Finding(
                visit.label,
                visit.codes.get(nth, ""),
                () if is_absent else _lacks(told, visit.is_new and nth == 1, has_pharmacy, is_over),
                is_announced=nth in visit.codes or (is_absent and not was_treated),
                came_after_all=is_absent and was_treated,
                refused=failures.get(visit.label, ""),
            ),
        )


def _lacks(told: set[int], is_new: bool, has_pharmacy: bool, is_over: bool) -> tuple[int, ...]:
    """Of a visit that goes on, only what should have come before what there is."""
    last = (READY if has_pharmacy else TREATED) if is_over else max(told, default=0)
    expected = [*range(ARRIVED if is_new else WAITING, TREATED + 1), PREPARING, READY]
    return tuple(task for task in expected if task <= last and task not in told)


@dataclass(frozen=True, slots=True)
class Compared:
    """Of one clinic: how many bookings, and how long each stretch took on average, by theirs and by ours."""

    poli: str
    theirs: int
    ours: int
    their_seconds: Seconds
    our_seconds: Seconds


def compare(
    dashboard: Iterable[Mapping[str, object]], visits: Iterable[Visit], poli_of: Mapping[str, str]
) -> list[Compared]:
    """`dashboard`: as the insurer tells it, in seconds. `poli_of`: by queue. Only what was announced is compared."""
    counted: dict[str, int] = {}
    stretches: dict[str, dict[int, list[float]]] = {}
    for visit in visits:
        for begun in (word for word in visit.words if word.what is What.ADD and word.nth in visit.codes):
            poli = poli_of[begun.queue]
            counted[poli] = counted.get(poli, 0) + 1
            at = {word.task: word.ms for word in visit.of(begun.nth) if word.what is What.TASK}
            for task in range(ARRIVED, READY):
                if task in at and task + 1 in at:
                    stretches.setdefault(poli, {}).setdefault(task, []).append((at[task + 1] - at[task]) / 1000)
    theirs = {str(item["kodepoli"]): item for item in dashboard}
    return [
        Compared(
            poli,
            int(_number(theirs.get(poli, {}), "jumlah_antrean")),
            counted.get(poli, 0),
            {task: _number(theirs.get(poli, {}), f"avg_waktu_task{task}") for task in range(ARRIVED, READY)},
            {task: sum(all_) / len(all_) for task, all_ in stretches.get(poli, {}).items()},
        )
        for poli in sorted({*theirs, *counted})
    ]


def _number(item: Mapping[str, object], name: str) -> float:
    """It comes as a number or as its digits."""
    return float(str(item.get(name) or 0))
