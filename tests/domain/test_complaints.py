"""What may happen to a complaint, and by when it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from queue_service.domain.branches import Branch
from queue_service.domain.calendars import Calendar, Hours, SpecialDay
from queue_service.domain.complaint_events import KINDS, Entry, event_fields, read_event
from queue_service.domain.complaint_figures import figures
from queue_service.domain.complaints import (
    Accept,
    Action,
    Add,
    Answer,
    Close,
    Complaint,
    Doubt,
    Escalate,
    FollowUp,
    Passage,
    Reject,
    Release,
    Send,
    Sort,
    State,
    Withhold,
    apply,
    decide,
    filed,
    fold,
)
from queue_service.domain.errors import NotAllowed, NotFound, Refusal
from queue_service.domain.names import Name
from queue_service.domain.working_days import due_on, is_working_day
from queue_service.records.setup_files import read_setup_file

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # a Friday in Lahat
LAHAT = Path(__file__).parents[2] / "examples" / "lahat.yaml"


def a_branch() -> Branch:
    return read_setup_file(LAHAT).branches[0].branch()


def with_calendar(calendar: Calendar) -> Branch:
    branch = a_branch()
    return replace(branch, queues={id_: replace(queue, calendar=calendar) for id_, queue in branch.queues.items()})


BRANCH = a_branch()


def a_complaint(category: str = "waiting", at: datetime = NOON) -> Complaint:
    return fold("AD-0000-0001", [Entry(1, at, "visitor", filed(BRANCH, at, category))])


def after(complaint: Complaint, *actions: Action, at: datetime = NOON) -> Complaint:
    for action in actions:
        event = decide(complaint, action, BRANCH)
        if event is not None:
            complaint = apply(complaint.number, complaint, Entry(complaint.seq + 1, at, "clerk:a", event))
    return complaint


SENT = (Escalate("lapor"), Send())
TAKEN = (*SENT, Accept("L-1"))
UNKNOWN = (*SENT, Doubt())


@pytest.mark.parametrize(
    ("before", "action", "is_allowed"),
    [
        ((), Close(), False),  # nobody has been answered
        ((Answer(),), Close(), True),
        ((Answer(), Close()), Add(), False),
        ((Answer(), Close()), Answer(), False),
        ((Answer(), Close()), Escalate("lapor"), False),
        ((), Accept("L-1"), False),
        ((), FollowUp("1"), False),
        ((Escalate("lapor"),), FollowUp("1"), False),
        ((Escalate("lapor"),), Escalate("lapor"), False),
        (TAKEN, Escalate("lapor"), False),
        (TAKEN, Accept("L-2"), False),
        (TAKEN, Reject(), False),
        (TAKEN, FollowUp("1"), True),
        ((Escalate("lapor"), Reject()), Escalate("lapor"), True),
        ((Escalate("", "L-1"),), FollowUp("1"), True),
        ((Escalate("lapor"),), Escalate("", "L-1"), False),  # it may go out at any moment: keep it back first
        ((Escalate("lapor"), Withhold()), Escalate("", "L-1"), True),
        ((Escalate("lapor"), Withhold()), Send(), False),
        (SENT, Send(), False),  # by another process
        (SENT, Withhold(), False),
        ((*SENT, Release()), Send(), True),
        (UNKNOWN, Send(), False),
        (UNKNOWN, Release(), False),
        (UNKNOWN, Escalate("lapor"), False),
        (UNKNOWN, Accept("L-1"), True),  # staff have found it there
        ((*UNKNOWN, Withhold()), Escalate("lapor"), True),  # or have not
        ((Answer(), *UNKNOWN), Close(), False),
        ((Answer(), *UNKNOWN, Withhold()), Close(), True),
    ],
)
def test_what_may_be_done_depends_on_what_was(before: tuple[Action, ...], action: Action, is_allowed: bool) -> None:
    complaint = after(a_complaint(), *before)
    if is_allowed:
        assert after(complaint, action).seq == complaint.seq + 1
    else:
        with pytest.raises(NotAllowed):
            decide(complaint, action, BRANCH)


def test_the_same_follow_up_is_heard_once() -> None:
    complaint = after(a_complaint(), *TAKEN, FollowUp("1"), FollowUp("1"), FollowUp("2"))
    assert complaint.escalation is not None
    assert complaint.escalation.heard == {"1", "2"}
    assert [entry.event.kind for entry in complaint.entries] == [
        "filed",
        "escalated",
        "sent",
        "accepted",
        "followed_up",
        "followed_up",
    ]


def test_its_states_follow_its_entries() -> None:
    complaint = a_complaint()
    assert complaint.state is State.RECEIVED
    complaint = after(complaint, Answer(), *TAKEN)
    assert (complaint.state, complaint.answered_at) == (State.ANSWERED, NOON)
    assert complaint.escalation is not None
    assert (complaint.escalation.passage, complaint.escalation.tracking) == (Passage.TAKEN, "L-1")
    assert after(complaint, Close()).closed_at == NOON


def test_who_writes_again_after_an_answer_waits_for_another() -> None:
    answered = after(a_complaint(), Add(), Answer())
    assert not a_complaint().is_answered_back and not answered.is_answered_back
    assert after(answered, Add(), *SENT).is_answered_back
    assert not after(answered, Add(), Answer()).is_answered_back


def test_a_weekend_does_not_count() -> None:
    assert a_complaint().due == date(2026, 11, 24)  # two days after a Friday: Tuesday
    assert a_complaint("abuse").due == date(2027, 2, 12)  # sixty: twelve weeks


def test_a_branch_s_own_hours_and_holidays_say_which_days_count() -> None:
    six_days = (Hours(frozenset({1, 2, 3, 4, 5, 6}), NOON.time(), NOON.replace(hour=8).time()),)
    holiday = {date(2026, 11, 23): SpecialDay(Name("Libur", "Holiday"))}
    branch = with_calendar(Calendar(six_days, special=holiday))
    assert is_working_day(branch, date(2026, 11, 21))  # a Saturday
    assert not is_working_day(branch, date(2026, 11, 22))
    assert not is_working_day(branch, date(2026, 11, 23))
    assert due_on(branch, NOON.date(), 2) == date(2026, 11, 24)
    always = with_calendar(Calendar(special=holiday))
    assert due_on(always, NOON.date(), 2) == date(2026, 11, 25)  # the holiday holds where hours do not


def test_a_branch_that_is_never_open_again_has_a_day_all_the_same() -> None:
    closed = {NOON.date() + timedelta(days=n): SpecialDay(Name("Tutup", "Closed")) for n in range(400)}
    assert due_on(with_calendar(Calendar(special=closed)), NOON.date(), 2) > NOON.date()


def test_sorting_it_anew_counts_from_the_day_of_the_complaint() -> None:
    sorted_ = after(a_complaint(), Sort("conduct"), at=NOON + timedelta(days=5))
    assert (sorted_.category, sorted_.due) == ("conduct", date(2026, 12, 10))
    assert decide(sorted_, Sort("conduct"), BRANCH) is None
    with pytest.raises(NotFound):
        decide(sorted_, Sort("strange"), BRANCH)


def test_what_the_branch_does_not_have_is_refused() -> None:
    for wrong in ({"category": "strange"}, {"queue": "strange"}, {"counter": "strange"}):
        with pytest.raises(Refusal):
            filed(BRANCH, NOON, **{"category": "waiting", **wrong})


def test_entries_are_read_as_they_were_written() -> None:
    actions = (Sort("place"), Add(), Answer(), *UNKNOWN, Withhold(), *SENT, Release(), Send(), Reject(), *TAKEN)
    told = after(a_complaint(), *actions, FollowUp("1"), Close()).entries
    assert {entry.event.kind for entry in told} == set(KINDS)
    for entry in told:
        assert read_event(entry.event.kind, event_fields(entry.event)) == entry.event


def test_a_wish_that_differs_from_the_usual_is_written() -> None:
    """`anonymous` and `secret` are usually so: left out then, and only then."""
    for wishes in ({"anonymous": False}, {"secret": False}, {"anonymous": False, "secret": False}, {}):
        begun = filed(BRANCH, NOON, "waiting", **wishes)
        written = event_fields(begun)
        assert {name: written[name] for name in ("anonymous", "secret") if name in written} == wishes
        assert read_event("filed", {**written, "something": "new"}) == begun
    before = {"branch": BRANCH.id, "category": "waiting", "due": "2026-11-24", "queue": "", "about": [], "secret": True}
    assert read_event("filed", before) == filed(BRANCH, NOON, "waiting")  # as earlier versions wrote all of it


def test_figures_tell_what_was_answered_in_time() -> None:
    in_time = after(a_complaint(), Answer(), at=NOON + timedelta(days=4))
    too_late = after(a_complaint(), Answer(), Close(), at=NOON + timedelta(days=5))
    waiting, moved = a_complaint("conduct"), after(a_complaint("place"), Sort("conduct"))
    found = figures([in_time, too_late, waiting, moved, a_complaint()], BRANCH, date(2026, 11, 26))
    told = {row.category: row for row in found}
    waits = told["waiting"]
    assert (waits.filed, waits.answered, waits.in_time, waits.late, waits.open) == (3, 2, 1, 2, 2)
    assert (told["conduct"].filed, told["conduct"].late, told["place"].filed) == (2, 0, 0)
