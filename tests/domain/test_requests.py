from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from queue_service.domain import requesting as does
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.calendars import Calendar, Hours, SpecialDay
from queue_service.domain.errors import Invalid, NotAllowed, NotFound
from queue_service.domain.names import Name
from queue_service.domain.request_events import (
    KINDS,
    Received,
    RequestEntry,
    RequestEvent,
    Scheduled,
    event_fields,
    read_event,
)
from queue_service.domain.requests import (
    TRANSITIONS,
    Asker,
    Check,
    Dates,
    Need,
    OutreachRequest,
    Person,
    State,
    Step,
    Visit,
)
from queue_service.domain.working_days import due_on

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday
TODAY, PROMISED = date(2026, 11, 23), date(2026, 12, 21)
VILLAGE = "16.04.01.2001"
BEDRIDDEN = Person("1", "ktp-rekam", (Need.LYING, Need.OLDER), 1946)
PEOPLE = (BEDRIDDEN, Person("2", "kia"))
RECEIVED = Received("dukcapil", Asker.FAMILY, VILLAGE, PEOPLE, PROMISED, "page")
VISIT = Visit("bola-1", date(2026, 12, 1), "a", (("1", "A-001"), ("2", "A-002")))


def a_request(*events: RequestEvent, id_: str = "JB-26-00001") -> OutreachRequest:
    request = None
    for seq, event in enumerate((RECEIVED, *events), 1):
        request = does.apply(request, id_, RequestEntry(seq, NINE + timedelta(hours=seq), "test", event))
    assert request is not None
    return request


def after(request: OutreachRequest, *actions: does.RequestAction) -> OutreachRequest:
    for action in actions:
        event = does.decide(request, action)
        assert event is not None
        request = does.apply(request, request.id, RequestEntry(request.seq + 1, NINE, "test", event))
    return request


ACTIONS: dict[Step, does.RequestAction] = {
    Step.CHECK: does.PreCheck("1", Check.READY),
    Step.ASK: does.AskInfo("Nomor KK-nya berapa?"),
    Step.ANSWER: does.AnswerInfo(),
    Step.SCHEDULE: does.Schedule(VISIT),
    Step.TAKE_OUT: does.TakeOut(("1", "2"), "Jalan putus."),
    Step.MERGE: does.Merge(a_request(id_="JB-26-00002")),
    Step.DECLINE: does.Decline("Di luar wilayah kami."),
    Step.WITHDRAW: does.Withdraw(),
    Step.CHANGE_CONTACT: does.ChangeContact(),
    Step.CHOOSE_DATES: does.ChooseDates(date(2026, 12, 1), date(2026, 12, 3), TODAY),
    Step.JOIN: does.Join(a_request(id_="JB-26-00002")),
}
IN_STATE = {
    State.RECEIVED: a_request(),
    State.PRE_CHECK: after(a_request(), ACTIONS[Step.CHECK]),
    State.NEED_INFO: after(a_request(), ACTIONS[Step.ASK]),
    State.SCHEDULED: after(a_request(), ACTIONS[Step.SCHEDULE]),
    State.MERGED: after(a_request(), ACTIONS[Step.MERGE]),
    State.DECLINED: after(a_request(), ACTIONS[Step.DECLINE]),
    State.WITHDRAWN: after(a_request(), ACTIONS[Step.WITHDRAW]),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_step_from_every_state(step: Step, state: State) -> None:
    request, (allowed, target) = IN_STATE[state], TRANSITIONS[step]
    assert request.state is state
    if step is Step.SCHEDULE and state is State.SCHEDULED:  # for those who have no visit yet
        request = after(a_request(), does.Schedule(Visit("bola-1", VISIT.day, "a", (("1", "A-001"),))))
        action: does.RequestAction = does.Schedule(Visit("bola-2", VISIT.day, "b", (("2", "B-001"),)))
    else:
        action = ACTIONS[step] if state is not State.PRE_CHECK else _another(step)
    if state in allowed:
        assert after(request, action).state is (target or state)
    elif state is target and step in (Step.MERGE, Step.DECLINE, Step.WITHDRAW):
        assert does.decide(request, action) is None  # so it is already
    else:
        with pytest.raises(NotAllowed, match="JB-26-00001"):
            does.decide(request, action)


def _another(step: Step) -> does.RequestAction:
    return does.PreCheck("1", Check.PAPERS) if step is Step.CHECK else ACTIONS[step]


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_is_kept_as_it_was(kind: str) -> None:
    events: list[RequestEvent] = [RECEIVED]
    for step, request in {
        **dict.fromkeys(Step, IN_STATE[State.RECEIVED]),
        Step.ANSWER: IN_STATE[State.NEED_INFO],
        Step.TAKE_OUT: IN_STATE[State.SCHEDULED],
    }.items():
        event = does.decide(request, ACTIONS[step])
        assert event is not None
        events.append(event)
    (event,) = (one for one in events if one.kind == kind)
    assert read_event(kind, {**event_fields(event), "of_a_later_version": 1}) == event


def test_a_request_is_received_with_its_people_counted() -> None:
    services = frozenset({"ktp-rekam", "kia"})
    people = tuple(Person("", person.service, person.needs, person.birth_year) for person in PEOPLE)
    action = does.Receive("dukcapil", Asker.FAMILY, VILLAGE, people, PROMISED, "page", services)
    assert does.receive(action, NINE) == RECEIVED
    for wrong, names in (
        ((), "people"),
        (people * 51, "100"),
        ((Person("", "paspor"),), "paspor"),
        ((Person("", "kia", birth_year=2027),), "2026"),
        ((Person("", "kia", birth_year=1890),), "1896"),
    ):
        with pytest.raises(Invalid, match=names):
            does.receive(does.Receive("dukcapil", Asker.FAMILY, VILLAGE, wrong, PROMISED, "page", services), NINE)


def test_who_cannot_be_served_on_the_road_waits_for_no_visit() -> None:
    request = after(a_request(), does.PreCheck("2", Check.RECORDED), does.PreCheck("1", Check.PAPERS))
    assert [person.id for person in request.waiting] == ["1"]
    with pytest.raises(NotAllowed, match="has a visit already, or can have none"):
        does.decide(request, does.Schedule(VISIT))
    assert does.decide(request, does.PreCheck("1", Check.PAPERS)) is None
    with pytest.raises(NotFound):
        does.decide(request, does.PreCheck("9", Check.READY))


def test_a_request_may_need_two_visits_and_a_visit_may_fail() -> None:
    first = after(a_request(), does.Schedule(Visit("bola-1", VISIT.day, "a", (("1", "A-001"),))))
    assert (first.state, [person.id for person in first.waiting]) == (State.SCHEDULED, ["2"])
    with pytest.raises(NotAllowed):
        does.decide(first, does.Schedule(VISIT))
    both = after(first, does.Schedule(Visit("bola-2", VISIT.day, "c", (("2", "C-007"),))))
    assert both.waiting == () and both.visit is not None and both.visit.branch == "bola-2"
    one = after(both, does.TakeOut(("2", "9"), "Tidak di rumah."))
    assert (one.state, one.reason, len(one.visits)) == (State.SCHEDULED, "Tidak di rumah.", 1)
    none = after(one, does.TakeOut(("1", "2"), "Jembatan putus."))
    assert (none.state, none.visits, len(none.waiting)) == (State.PRE_CHECK, (), 2)


def test_a_visit_that_was_given_in_the_moment_of_a_withdrawal_is_none() -> None:
    request = IN_STATE[State.WITHDRAWN]
    event = Scheduled(VISIT.branch, VISIT.day, VISIT.queue, VISIT.labels)
    late = does.apply(request, request.id, RequestEntry(request.seq + 1, NINE, "test", event))
    assert (late.state, late.visits, late.seq) == (State.WITHDRAWN, (), request.seq + 1)


def test_people_of_a_merged_request_go_on_in_the_other() -> None:
    other = a_request(id_="JB-26-00002")
    joined = after(a_request(), does.Join(other))
    assert [person.id for person in joined.people] == ["1", "2", "3", "4"]
    assert joined.people[2].needs == BEDRIDDEN.needs
    with pytest.raises(NotAllowed):
        does.decide(other, does.Merge(other))


def test_dates_are_days_to_come() -> None:
    assert IN_STATE[State.RECEIVED].dates is None
    chosen = after(a_request(), ACTIONS[Step.CHOOSE_DATES])
    assert chosen.dates == Dates(date(2026, 12, 1), date(2026, 12, 3))
    assert does.decide(chosen, ACTIONS[Step.CHOOSE_DATES]) is None
    for first, last in ((TODAY, VISIT.day), (VISIT.day, TODAY), (VISIT.day, date(2028, 1, 1))):
        with pytest.raises(Invalid):
            does.decide(chosen, does.ChooseDates(first, last, TODAY))


@pytest.mark.parametrize("text", ["", "  ya ", "x" * 501, "a\x07bcdef"])
def test_reasons_are_sentences(text: str) -> None:
    for action in (does.Decline(text), does.AskInfo(text)):
        with pytest.raises(Invalid, match="5 to 500"):
            does.decide(a_request(), action)


def test_what_is_promised_goes_by_the_days_of_the_office() -> None:
    week = (Hours(frozenset({1, 2, 3, 4, 5}), time(8), time(15)),)
    holiday = {date(2026, 11, 25): SpecialDay(Name("Libur", "Holiday"))}
    queue = Queue("ktp", Name("KTP", "ID"), "A", Calendar(week, special=holiday))
    office = Branch("dukcapil", Name("D", "D"), ZoneInfo("Asia/Jakarta"), {"ktp": queue}, {})
    assert due_on(office, TODAY, 1) == date(2026, 11, 24)
    assert due_on(office, TODAY, 2) == date(2026, 11, 26)
    assert due_on(office, TODAY, 5) == date(2026, 12, 1)
    without_hours = Branch("dukcapil", Name("D", "D"), ZoneInfo("Asia/Jakarta"), {}, {})
    assert due_on(without_hours, TODAY, 20) == PROMISED
    never = Queue("ktp", Name("KTP", "ID"), "A", Calendar((Hours(frozenset(), time(8), time(15)),)))
    shut = Branch("dukcapil", Name("D", "D"), ZoneInfo("Asia/Jakarta"), {"ktp": never}, {})
    assert due_on(shut, TODAY, 20) == TODAY + timedelta(days=366)
