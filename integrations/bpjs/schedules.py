"""What the insurer's register of doctors (HFIS) says of the days to come, held against how we are set up. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from integrations.bpjs.calls import Slot
from integrations.bpjs.clinics import ClinicPlan, read_hours
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.calendars import Span

DAY_OFF = {"id": "Libur menurut HFIS", "en": "Day off in HFIS"}  # by which our own exceptions are known again

Json = dict[str, Any]
Register = Mapping[tuple[str, date], Sequence[Slot]]  # by clinic code and day, as far as it was asked for


def days_off(clinics: Sequence[ClinicPlan], register: Register) -> Iterator[tuple[date, str]]:
    """Days and queues on which all who practise there are away, and the register says so outright: a doctor of whom it
    says nothing may be missing in it."""
    days = sorted({day for _, day in register})
    for queue in dict.fromkeys(clinic.queue for clinic in clinics):
        its = [clinic for clinic in clinics if clinic.queue == queue]
        for day in days:
            held = [practice for clinic in its for practice in _of(clinic, register.get((clinic.poli, day), ()))]
            if held and all(practice.is_off for practice in held) and _are_all_known(its, register, day):
                yield day, queue


def _are_all_known(clinics: Iterable[ClinicPlan], register: Register, day: date) -> bool:
    return all((clinic.poli, day) in register for clinic in clinics)


def _of(clinic: ClinicPlan, practices: Iterable[Slot]) -> list[Slot]:
    return [practice for practice in practices if practice.doctor == clinic.doctor]


def exceptions_with(exceptions: Sequence[Json], off: Iterable[tuple[date, str]], asked: Iterable[date]) -> list[Json]:
    """Those of a branch, brought up to date for the days that were asked for; what people wrote stays as it is."""
    days = {day.isoformat() for day in asked}
    kept = [each for each in exceptions if each["name"] != DAY_OFF or each["day"] not in days]
    by_day: dict[str, list[str]] = {}
    for day, queue in off:
        by_day.setdefault(day.isoformat(), []).append(queue)
    ours = [
        {"day": day, "name": DAY_OFF, "hours": [], "queues": sorted(left)}
        for day, queues in sorted(by_day.items())
        if (left := [queue for queue in queues if not _is_said(kept, day, queue)])
    ]
    return [*kept, *ours]


def _is_said(exceptions: Iterable[Json], day: str, queue: str) -> bool:
    return any(each["day"] == day and (not each["queues"] or queue in each["queues"]) for each in exceptions)


@dataclass(frozen=True, slots=True)
class Difference:
    """`hours`, `capacity`: what the register says, where an administrator may take it over."""

    clinic: ClinicPlan
    day: date
    sentence: str
    hours: str = ""
    capacity: int = 0


def differences(branch: Branch, clinics: Iterable[ClinicPlan], register: Register) -> Iterator[Difference]:
    for clinic in clinics:
        queue = branch.queues.get(clinic.queue)
        for day in sorted({day for poli, day in register if poli == clinic.poli}):
            held = [each for each in _of(clinic, register[clinic.poli, day]) if not each.is_off]
            if queue is not None:
                yield from _compared(clinic, queue, day, held)


def _compared(clinic: ClinicPlan, queue: Queue, day: date, held: Sequence[Slot]) -> Iterator[Difference]:
    told = f"{clinic.poli}, doctor {clinic.doctor}, {day}"
    is_open = queue.calendar.spans(day) != ()
    same = next((practice for practice in held if practice.hours == clinic.hours), None)
    if not held:
        if is_open:
            yield Difference(clinic, day, f"{told}: no practice in HFIS, and {queue.id} is open")
        return
    if not is_open:
        yield Difference(clinic, day, f"{told}: practice in HFIS, and {queue.id} is closed")
    if same is None:
        hours = held[0].hours if len(held) == 1 else ""
        listed = ", ".join(practice.hours for practice in held)
        yield Difference(clinic, day, f"{told}: {listed} in HFIS, {clinic.hours} here", hours=hours)
    elif same.capacity and same.capacity != clinic.quota_jkn + clinic.quota_non_jkn:
        quota = clinic.quota_jkn + clinic.quota_non_jkn
        yield Difference(clinic, day, f"{told}: {same.capacity} places in HFIS, {quota} here", capacity=same.capacity)


def agreed(found: Iterable[Difference]) -> dict[tuple[str, int, str], tuple[str, int]]:
    """What can be taken over for a clinic, doctor and hours: hours and capacity on which all days agree."""
    by_clinic: dict[tuple[str, int, str], set[tuple[str, int]]] = {}
    for each in found:
        if each.hours or each.capacity:
            key = each.clinic.poli, each.clinic.doctor, each.clinic.hours
            by_clinic.setdefault(key, set()).add((each.hours, each.capacity))
    return {key: next(iter(values)) for key, values in by_clinic.items() if len(values) == 1}


def clinics_with(clinics: Iterable[Json], taken: Mapping[tuple[str, int, str], tuple[str, int]]) -> list[Json]:
    """The set-up's, with what was agreed to. Whatever the capacity, those without insurance keep their places."""
    changed = []
    for clinic in clinics:
        hours, capacity = taken.get((clinic["poli"], clinic["doctor"], clinic["hours"]), ("", 0))
        new = {**clinic, "hours": hours} if hours else dict(clinic)
        if capacity:
            others = min(int(clinic.get("quota_non_jkn", 0)), capacity)
            new |= {"quota_non_jkn": others, "quota_jkn": capacity - others}
        changed.append(new)
    return changed


def per_slot(queue: Queue, hours: str, capacity: int) -> int | None:
    """How many a time of the queue has to take, so that all who fit into the hours can book one."""
    if queue.booking is None or not capacity:
        return None
    span = Span(*read_hours(hours))
    minutes = (span.closes.hour * 60 + span.closes.minute) - (span.opens.hour * 60 + span.opens.minute)
    return max(1, ceil(capacity / max(1, minutes // queue.booking.slot_minutes)))


def days_ahead(today: date, days: int) -> list[date]:
    return [today + timedelta(days=ahead) for ahead in range(days)]
