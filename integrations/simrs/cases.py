"""Which visits are to be looked at again, and how each stands. Pure, but for what it remembers to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.simrs.compare import Change, changes
from integrations.simrs.snapshot import (
    Picture,
    Prescription,
    Row,
    Stage,
    Unreadable,
    Visit,
    believed,
    read_prescription,
    read_visit,
    word,
)
from integrations.simrs.translate import Case, Place, latest_at_each
from queue_service.domain.branches import Branch

if TYPE_CHECKING:
    from integrations.simrs.settings import ClinicPlan, SimrsSettings


class CaseBook:
    def __init__(self, settings: SimrsSettings, branch: Branch) -> None:
        self._settings = settings
        self._branch = branch
        self._gone: set[str] = set()
        self._doubts: list[str] = []
        self._rows: Mapping[str, Row] = {}  # what `_known_medicine` was read from
        self._known_medicine: dict[str, tuple[Prescription, ...]] = {}

    def take_doubts(self) -> list[str]:
        doubts, self._doubts = self._doubts, []
        return doubts

    def read(self, row: Row) -> Visit | None:
        """None where it is no outpatient's, or cannot be read."""
        try:
            return read_visit(row, self._branch.timezone)
        except Unreadable:
            return None

    def cases(
        self,
        before: Picture,
        after: Picture,
        visits: Iterable[Change[str]],
        waiting: Collection[str],
        now: datetime,
        *,
        heard: Iterable[str] | None,
        is_gap: bool,
    ) -> list[Case]:
        """Of all about whom something has changed, and those who wait for another try; the earliest first, and at last
        who is called. `heard`: each call in order, where somebody has listened; after a gap only the last count."""
        changed = {change.key: change for change in visits}
        is_heard = heard is not None and not is_gap
        calls = in_last_order(heard or ()) if is_heard else called(before.calls, after.calls, 2)
        medicine_calls = called(before.pharmacy_calls, after.pharmacy_calls, 0)
        medicine = self._medicine(after)
        touched = {**dict.fromkeys(changed), **dict.fromkeys(waiting), **dict.fromkeys(calls)}
        touched |= dict.fromkeys(each.visit for each in self._touched_medicine(before, after))
        touched |= self._unsent(after, medicine)
        ids_of_medicine = {each.id: each.visit for visit in medicine.values() for each in visit}
        touched |= dict.fromkeys(ids_of_medicine[each] for each in medicine_calls if each in ids_of_medicine)
        called_for_medicine = {ids_of_medicine.get(each) for each in medicine_calls}
        found = [
            self._case(
                visit,
                changed.get(visit, Change(visit, before.visits.get(visit), after.visits.get(visit))),
                medicine.get(visit, ()),
                now,
                is_called=visit in calls,
                is_called_for_medicine=visit in called_for_medicine,
                rings=bool(before.visits),
            )
            for visit in touched
        ]
        cases = [case for case in found if case is not None]
        order = {visit: n for n, visit in enumerate(calls, 1)}
        cases = without_old_receptions(cases) if is_gap else cases
        return sorted(cases, key=lambda case: (order.get(case.id, 0), place_in_time(case)))

    def _case(
        self,
        id_: str,
        change: Change[str],
        medicine: tuple[Prescription, ...],
        now: datetime,
        *,
        is_called: bool,
        is_called_for_medicine: bool,
        rings: bool,
    ) -> Case | None:
        visit, was = self._read_aloud(change.after, now), self.read(change.before) if change.before else None
        if change.after is not None and visit is None:
            return None
        clinic, came_from = self._place_of(visit), self._place_of(was)
        compounded = any(each.is_compounded for each in medicine)
        went_back = visit is not None and visit.stage in (Stage.WAITING, Stage.RECEIVED)
        went_back = went_back and (id_ in self._gone or (was is not None and self._is_past(was)))
        (self._gone.add if visit is None else self._gone.discard)(id_)
        settings = self._settings
        return Case(
            id_,
            visit,
            settings.leads == "simrs",
            clinic,
            self._journey_of(visit),
            came_from.queue if came_from and came_from != clinic else "",
            went_back,
            is_called,
            rings,
            visit is not None
            and settings.received == "serve"
            and (visit.stage is Stage.RECEIVED or visit.received_at is not None),
            visit is not None and settings.examined == "complete" and visit.examined_at is not None,
            medicine,
            self._pharmacy(is_compounded=compounded),
            settings.pharmacy.queues if settings.pharmacy else (),
            is_called_for_medicine,
            settings.pharmacy is not None and settings.pharmacy.ends == "validated",
        )

    def _is_past(self, visit: Visit) -> bool:
        is_examined = self._settings.examined == "complete" and visit.examined_at is not None
        return visit.stage in (Stage.OVER, Stage.CANCELLED) or is_examined

    def _read_aloud(self, row: Row | None, now: datetime) -> Visit | None:
        if row is None:
            return None
        try:
            visit = read_visit(row, self._branch.timezone)
        except Unreadable as error:
            self._doubts.append(str(error))
            return None
        if visit is None:
            return None
        visit, doubts = believed(visit, now)
        self._doubts += doubts
        return visit

    def _medicine(self, picture: Picture) -> dict[str, tuple[Prescription, ...]]:
        if picture.prescriptions != self._rows:
            self._rows, self._known_medicine = picture.prescriptions, self._read_medicine(picture)
        return self._known_medicine

    def _read_medicine(self, picture: Picture) -> dict[str, tuple[Prescription, ...]]:
        found: dict[str, list[Prescription]] = defaultdict(list)
        if self._settings.pharmacy:
            for row in picture.prescriptions.values():
                if prescription := read_prescription(row, self._branch.timezone):
                    found[prescription.visit].append(prescription)
        return {visit: tuple(sorted(each, key=lambda one: one.id)) for visit, each in found.items()}

    def _touched_medicine(self, before: Picture, after: Picture) -> Iterable[Prescription]:
        if self._settings.pharmacy:
            for change in changes(before.prescriptions, after.prescriptions):
                row = change.after or change.before
                if row and (prescription := read_prescription(row, self._branch.timezone)):
                    yield prescription

    def _unsent(self, picture: Picture, medicine: Mapping[str, Iterable[Prescription]]) -> dict[str, None]:
        """Where our counters lead, nothing in the SIMRS says that a clerk here is done with somebody."""
        if self._settings.leads == "simrs":
            return {}
        return {
            visit: None
            for visit, each in medicine.items()
            if visit in picture.visits and any(not one.handed_at for one in each)
        }

    def _place_of(self, visit: Visit | None) -> Place | None:
        plan = self._plan_of(visit)
        return Place(plan.queue, plan.counter or self._counter_of(plan.queue)) if plan else None

    def _plan_of(self, visit: Visit | None) -> ClinicPlan | None:
        if visit is None:
            return None
        at = visit.registered_at.astimezone(self._branch.timezone).time() if visit.registered_at else None
        return self._settings.clinic_of(visit.clinic, visit.doctor, at)

    def _journey_of(self, visit: Visit | None) -> str:
        plan = self._plan_of(visit)
        if visit is None or plan is None:
            return ""
        return (plan.new_journey if visit.is_new else plan.journey) or ""

    def _pharmacy(self, *, is_compounded: bool) -> Place | None:
        plan = self._settings.pharmacy
        if plan is None:
            return None
        if is_compounded and plan.compounded_queue:
            queue, counter = plan.compounded_queue, plan.compounded_counter
        else:
            queue, counter = plan.queue, plan.counter
        return Place(queue, counter or self._counter_of(queue))

    def _counter_of(self, queue: str) -> str:
        return next((each.id for each in self._branch.counters.values() if queue in each.queues), "")


def called(before: Mapping[tuple[str, ...], Row], after: Mapping[tuple[str, ...], Row], at: int) -> dict[str, None]:
    """Who has been called since: a row is new or names another, or it rings again. `at`: where it names whom."""
    found: dict[str, None] = {}
    for change in changes(before, after):
        if change.after is None:
            continue
        named = word(change.after[at])
        was = change.before
        rings = word(change.after[-1]) != "0" and was is not None and word(was[-1]) == "0"
        if was is None or word(was[at]) != named or rings:
            found[named] = None
    return found


def in_last_order(visits: Iterable[str]) -> dict[str, None]:
    """Each once: where it came last."""
    return dict(reversed(dict.fromkeys(reversed(list(visits))).items()))


def without_old_receptions(cases: list[Case]) -> list[Case]:
    """After a gap only the last who was received at each counter is there now."""
    received = [
        (case.id, case.visit.received_at, case.clinic.counter)
        for case in cases
        if case.is_received and not case.is_over and case.clinic and case.visit and case.visit.received_at
    ]
    last = latest_at_each(received)
    return [replace(case, is_received=case.is_received and case.id in last) for case in cases]


def place_in_time(case: Case) -> tuple[float, int, str]:
    """By the last moment that is known of it, then by its number."""
    visit = case.visit
    if visit is None:
        return 0.0, 0, case.id
    moments = (visit.registered_at, visit.sent_at, visit.received_at, visit.examined_at)
    last = max((moment.timestamp() for moment in moments if moment), default=0.0)
    return last, visit.number or 0, case.id
