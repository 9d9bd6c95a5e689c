"""A referral's life: every step from every standing, and whole lives drawn at random over several days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.actions import Issue
from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch
from queue_service.domain.decisions import decide
from queue_service.domain.entries import event_fields, read_event
from queue_service.domain.errors import Invalid, NotAllowed, NotFound, Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.folding_referrals import referrals_from
from queue_service.domain.referral_actions import (
    Accept,
    CloseReferral,
    Delay,
    Offer,
    OfReferral,
    Refer,
    Refuse,
    ReportPaper,
)
from queue_service.domain.referral_events import ReferralEvent
from queue_service.domain.referrals import (
    ENDED,
    OPEN,
    TRANSITIONS,
    ErrandPlan,
    Outcome,
    Paper,
    Reason,
    Referral,
    Standing,
    Step,
    begun,
    caught_up,
    next_look,
)
from tests.domain.examples import BRANCH, CLINIC, NINE, a_name

PAPERS = (Paper("birth"), Paper("card", a_name("Card")))
ERRAND = ErrandPlan(
    *("born", a_name("Born"), (CLINIC,), "registry", "akta", a_name("They get it.")), papers=PAPERS, gives=(Field.NIK,)
)
HOSPITAL: Branch = replace(BRANCH, errands={ERRAND.id: ERRAND})
DUE = NINE + timedelta(days=3)
THERE = DUE.date()


@dataclass
class Days:
    """The journals of a branch, day by day, and what all of them together tell of referrals."""

    now: datetime = NINE
    floors: dict[date, Floor] = field(default_factory=dict)
    told: dict[str, Referral] = field(default_factory=dict)
    entries: list[tuple[date, Entry]] = field(default_factory=list)

    @property
    def floor(self) -> Floor:
        day = HOSPITAL.day_of(self.now)
        return self.floors.setdefault(day, Floor(HOSPITAL, day))

    def act(self, action: OfReferral | Issue) -> list[Event]:
        floor = self.floor
        events = decide(floor, action, self.now)
        for event in events:
            entry = Entry(floor.seq + 1, self.now, "clerk:1", read_event(event.kind, event_fields(event)))
            apply(floor, entry)
            self.entries.append((floor.day, entry))
            if isinstance(entry.event, ReferralEvent):
                known = self.told.get(entry.event.referral) or begun(HOSPITAL.id, floor.day, entry.event)
                self.told[entry.event.referral] = known.after(floor.day, entry)
        return list(events)

    def begin(self, id_: str = "r1") -> Referral:
        return self.told.get(id_) or Referral(id_, HOSPITAL.id, HOSPITAL.day_of(NINE), "A-001", ERRAND.id)


STEPS: dict[Step, Callable[[Referral], OfReferral]] = {
    Step.OFFER: lambda one: Offer(one, ERRAND.id),
    Step.REFER: lambda one: Refer(one, ERRAND.id, "w1", ("nik",)),
    Step.DELAY: lambda one: Delay(one, Reason.AWAY),
    Step.ACCEPT: lambda one: Accept(one, one.attempt, "C-001", THERE, DUE),
    Step.REFUSE: lambda one: Refuse(one, Reason.FULL),
    Step.WITHDRAW: lambda one: CloseReferral(one, Outcome.WITHDRAWN),
    Step.FINISH: lambda one: CloseReferral(one, Outcome.DONE),
    Step.REPORT: lambda one: CloseReferral(one, Outcome.READY),
    Step.MISS: lambda one: CloseReferral(one, Outcome.MISSED),
}
# That are so already: nothing happens, and nobody is refused.
SAME = {
    (Standing.DELAYED, Step.DELAY),
    (Standing.ACCEPTED, Step.ACCEPT),
    (Standing.DONE, Step.FINISH),
    (Standing.READY, Step.REPORT),
    (Standing.MISSED, Step.MISS),
    (Standing.WITHDRAWN, Step.WITHDRAW),
}


def a_referral_that_is(standing: Standing | None) -> Days:
    ways: dict[Standing | None, list[Step]] = {
        None: [],
        Standing.OFFERED: [Step.OFFER],
        Standing.SENT: [Step.REFER],
        Standing.DELAYED: [Step.REFER, Step.DELAY],
        Standing.ACCEPTED: [Step.REFER, Step.ACCEPT],
        Standing.REFUSED: [Step.REFER, Step.REFUSE],
        Standing.DONE: [Step.REFER, Step.ACCEPT, Step.FINISH],
        Standing.READY: [Step.REFER, Step.ACCEPT, Step.REPORT],
        Standing.MISSED: [Step.REFER, Step.ACCEPT, Step.MISS],
        Standing.WITHDRAWN: [Step.OFFER, Step.WITHDRAW],
    }
    days = Days()
    days.act(Issue(CLINIC))
    for step in ways[standing]:
        days.act(STEPS[step](days.begin()))
    assert days.begin().standing == standing
    return days


@pytest.mark.parametrize(("standing", "step"), list(product((None, *Standing), Step)))
def test_each_step_is_possible_from_where_the_table_has_it_and_from_nowhere_else(
    standing: Standing | None, step: Step
) -> None:
    days = a_referral_that_is(standing)
    allowed, target = TRANSITIONS[step]
    action = STEPS[step](days.begin())
    if standing in allowed and (standing, step) not in SAME:
        assert len(days.act(action)) == 1
        assert days.begin().standing is target
        assert list(referrals_from(days.floor, "A-001")) == list(days.told.values())
    elif (standing, step) in SAME or step in (Step.OFFER, Step.DELAY):
        assert days.act(action) == []
        assert days.begin().standing is standing
    else:
        with pytest.raises(NotAllowed):
            days.act(action)
        assert days.begin().standing is standing


@given(st.lists(st.tuples(st.sampled_from(list(STEPS)), st.integers(0, 40)), max_size=14))
def test_what_days_of_journals_tell_is_one_life(steps: list[tuple[Step, int]]) -> None:
    days = Days()
    days.act(Issue(CLINIC))
    attempts = 0
    for step, hours in steps:
        days.now += timedelta(hours=hours)
        before = days.begin()
        try:
            days.act(STEPS[step](before))
        except Refusal:
            assert days.begin() == before
        after = days.begin()
        attempts += after.attempt - before.attempt
        # Whoever knows only what this day's journal tells, and what was told before it, knows all.
        assert caught_up(before, days.floor.day, days.floor.referrals.get("r1", ())) == after
        check_nothing_hangs(after, days.now)
    sent = [entry for _, entry in days.entries if entry.event.kind == "referred"]
    assert len(sent) == attempts == days.begin().attempt
    for day, entry in days.entries:
        event = entry.event
        if isinstance(event, ReferralEvent):
            assert (event.of or day.isoformat(), event.label) == (HOSPITAL.day_of(NINE).isoformat(), "A-001")


def check_nothing_hangs(referral: Referral, now: datetime) -> None:
    """It has ended, waits for its visitor, has its place, or is looked at again; and past its time that is said."""
    if referral.standing in OPEN:
        assert referral.answer_by is not None
        assert referral.is_unanswered(referral.answer_by + timedelta(seconds=1))
        assert not referral.is_unanswered(referral.answer_by)
        assert next_look(referral, now) is not None
    elif referral.standing is Standing.ACCEPTED:
        assert (referral.number, referral.on, referral.due) == ("C-001", THERE, DUE)
        assert next_look(referral, now) is not None
    else:
        assert referral.standing in {None, Standing.OFFERED, *ENDED}
    assert next_look(replace(referral, standing=Standing.READY), now) is None


def test_each_paper_gets_ready_by_itself_and_with_the_last_all_is_done() -> None:
    days = a_referral_that_is(Standing.DONE)
    assert days.act(ReportPaper(days.begin(), "card")) and days.begin().standing is Standing.DONE
    assert days.act(ReportPaper(days.begin(), "card")) == []
    days.now += timedelta(days=2)
    with pytest.raises(NotFound):
        days.act(ReportPaper(days.begin(), "another"))
    assert [event.kind for event in days.act(ReportPaper(days.begin(), "birth"))] == [
        "referral_paper_ready",
        "referral_closed",
    ]
    assert (days.begin().standing, days.begin().ready) == (Standing.READY, ("card", "birth"))
    with pytest.raises(NotAllowed):
        a_referral_that_is(Standing.SENT).act(ReportPaper(a_referral_that_is(Standing.SENT).begin(), "card"))


def test_a_wait_for_another_reason_is_told_once() -> None:
    days = a_referral_that_is(Standing.DELAYED)
    assert [len(days.act(Delay(days.begin(), Reason.PENDING))) for _ in range(2)] == [1, 0]
    assert (days.begin().standing, days.begin().reason) == (Standing.DELAYED, Reason.PENDING)


def test_a_day_later_it_goes_on_in_that_days_journal() -> None:
    days = a_referral_that_is(Standing.SENT)
    days.now += timedelta(days=1)
    (accepted,) = days.act(STEPS[Step.ACCEPT](days.begin()))
    assert isinstance(accepted, ReferralEvent)
    assert accepted.of == "2026-11-23"
    assert days.begin().standing is Standing.ACCEPTED
    assert list(referrals_from(days.floor, "A-001")) == []  # that number of this day is another's
    (before,) = referrals_from(days.floors[date(2026, 11, 23)], "A-001")
    assert before.standing is Standing.SENT


def test_the_newer_of_what_is_known_counts() -> None:
    days = a_referral_that_is(Standing.SENT)
    stale = days.begin()
    days.act(CloseReferral(stale, Outcome.WITHDRAWN))
    with pytest.raises(NotAllowed):
        days.act(Accept(stale, 1, "C-001", THERE, DUE))


def test_an_answer_to_an_earlier_attempt_counts_for_nothing() -> None:
    days = a_referral_that_is(Standing.REFUSED)
    days.act(STEPS[Step.REFER](days.begin()))
    with pytest.raises(NotAllowed):
        days.act(Accept(days.begin(), 1, "C-001", THERE, DUE))
    days.act(Accept(days.begin(), 2, "C-002", THERE, DUE))
    assert days.begin().number == "C-002"


def test_nothing_goes_over_that_the_errand_does_not_give() -> None:
    days = a_referral_that_is(Standing.OFFERED)
    with pytest.raises(Invalid):
        days.act(Refer(days.begin(), ERRAND.id, "w1", ("nik", "phone")))


def test_only_a_number_that_there_is_can_be_referred() -> None:
    days = Days()
    with pytest.raises(NotFound):
        days.act(Offer(days.begin(), ERRAND.id))
    with pytest.raises(NotFound):
        days.act(Offer(days.begin(), "unknown"))
    tomorrow = replace(days.begin(), day=date(2026, 11, 24))
    with pytest.raises(NotAllowed):
        days.act(Offer(tomorrow, ERRAND.id))


def test_a_time_that_is_over_cannot_be_wanted() -> None:
    days = a_referral_that_is(Standing.REFUSED)
    with pytest.raises(NotAllowed):
        days.act(Refer(days.begin(), ERRAND.id, "w1", (), wanted=NINE))


def test_a_referral_changes_nobodys_place() -> None:
    days = a_referral_that_is(Standing.SENT)
    assert [ticket.label for ticket in days.floor.waiting(CLINIC)] == ["A-001"]
    assert days.floor.copy().referrals == days.floor.referrals
