"""Complaints, for those who answer them: which are due, what was written, and what is done about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.complaint_figures import Figures
from queue_service.domain.complaints import Accept, Action, Answer, Close, Complaint, Escalate, Passage, Sort, Withhold
from queue_service.domain.errors import Invalid, Refusal
from queue_service.records.complaints.complaints import Step, Words
from queue_service.records.complaints.passing import PassedOn, category_name, passed_on, prepared, title_of
from queue_service.records.complaints.words import Kept
from queue_service.records.connections import read_connections
from queue_service.records.roles import Right
from queue_service.screening import HIDDEN, screened
from queue_service.web.complaints import (
    LONGEST,
    SHORTEST,
    figures_between,
    last_seen,
    may_see,
    seen_by,
    steps_for_staff,
)
from queue_service.web.languages import N_, day_and_month
from queue_service.web.pages.complaints import ELSEWHERE, STATE_WORDS
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.problems import status_of
from queue_service.web.trail import logins_seen

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]
Named = tuple[str, list[tuple[str, Figures]]]  # of a branch, its kinds

ROOT = "/office/complaints"
CHANNEL = "lapor"  # the system of a connection that complaints are passed on by
CLOSED_SHOWN = 50
USUAL_SPAN = timedelta(days=90)
SHORTEST_ANSWER, LONGEST_TRACKING, LONGEST_CONTENT = 5, 40, 10_000

_PASSAGES = {
    Passage.WAITING: N_("on its way to SP4N-LAPOR!"),
    Passage.SENT: N_("on its way to SP4N-LAPOR!"),
    Passage.UNKNOWN: N_("perhaps at SP4N-LAPOR!: look there"),
    Passage.WITHHELD: N_("not passed on for now"),
    Passage.TAKEN: N_("at SP4N-LAPOR!"),
    Passage.REFUSED: N_("refused by SP4N-LAPOR!"),
}


_REVEALED = {what.value: what for what in (Kept.WORDS, Kept.CONTACT)}


@router.get(ROOT)
async def list_all(request: Request) -> Response:
    at = await visit(request, Right.READ_COMPLAINTS)
    seen = {branch.id: branch for branch in at.branches_with(Right.READ_COMPLAINTS)}
    store, today = at.house.complaints, _today(at, seen)
    is_open = [each for each in await store.open_at(seen) if may_see(at.staff, each)]
    closed = [each for each in await store.closed_at(seen, CLOSED_SHOWN) if may_see(at.staff, each)]
    since = _day(request.query_params.get("since", ""), today - USUAL_SPAN)
    until = _day(request.query_params.get("until", ""), today)
    return at.page(
        "complaints.html",
        complaints=[_row(at, each, seen[each.branch]) for each in is_open],
        closed=[_row(at, each, seen[each.branch]) for each in closed],
        figures=[item async for item in _figures(at, list(seen.values()), since, until)],
        since=since.isoformat(),
        until=until.isoformat(),
        several=len(seen) > 1,
    )


@router.get(f"{ROOT}/{{number}}")
async def show(number: str, request: Request) -> Response:
    at = await visit(request, Right.READ_COMPLAINTS)
    return await _page(at, await seen_by(at.house, at.staff, number))


@router.post(f"{ROOT}/{{number}}")
async def act(number: str, request: Request) -> Response:
    at = await visit(request, Right.ANSWER_COMPLAINTS)
    complaint = await seen_by(at.house, at.staff, number)
    at.check(Right.ANSWER_COMPLAINTS, complaint.branch)
    try:
        if at.first("do") == "reveal":
            return await _page(at, complaint, revealed=await _reveal(at, complaint))
        await _do(at, complaint)
    except Refusal as refusal:
        now = await seen_by(at.house, at.staff, number)
        return await _page(at, now, status_of(refusal), said(at.request, refusal))
    return RedirectResponse(f"{ROOT}/{number}", 303)


async def _do(at: Visit, complaint: Complaint) -> None:
    """Raises a Refusal."""
    action, words = await _action(at, complaint)
    step = Step(action, str(at.staff), words, last_seen(at.first("seq")))
    branch = at.house.branches.get(complaint.branch)
    await at.house.complaints.act(complaint.number, step, branch, at.house.floors.clock())


async def _action(at: Visit, complaint: Complaint) -> tuple[Action, str]:
    """And its words. Raises Invalid."""
    match at.first("do"):
        case "answer":
            return Answer(), _text(at, "words", SHORTEST_ANSWER, LONGEST)
        case "close":
            return Close(), ""
        case "sort":
            return Sort(at.first("category")), ""
        case "pass-on":
            words, connection = await _agreed(at, complaint), await channel_of(at, complaint)
            by_hand = not connection or at.first("tracking") or at.first("by") == "hand"
            return Escalate("", _tracking(at)) if by_hand else Escalate(connection), words
        case "found":
            return Accept(_tracking(at)), ""
        case "withhold":
            return Withhold(), ""
    raise Invalid("The form cannot be read.")


def _tracking(at: Visit) -> str:
    """Raises Invalid."""
    tracking = at.first("tracking")
    if not tracking or len(tracking) > LONGEST_TRACKING or not tracking.isprintable():
        raise Invalid("Type the number that SP4N-LAPOR! has given to it.")
    return tracking


def _text(at: Visit, name: str, least: int, most: int) -> str:
    """Raises Invalid."""
    text = at.first(name).replace("\r\n", "\n")
    if not least <= len(text) <= most:
        raise Invalid("Please write between {least} and {most} characters.", least=least, most=most)
    return text


async def _agreed(at: Visit, complaint: Complaint) -> str:
    """What leaves, as it was read. Raises Invalid where people are still known by it: it is to be read once more."""
    store, branch = at.house.complaints, at.house.branches.get(complaint.branch)
    found = screened(
        _text(at, "content", SHORTEST, LONGEST_CONTENT), store.is_name(complaint, await store.words_of(complaint))
    )
    if found.kinds:
        raise Invalid(
            "Something by which people are known still stood in the text. It is hidden now: read it once more."
        )
    return PassedOn(title_of(complaint, branch), found.text).words


def _passing(at: Visit, complaint: Complaint, words: Words, problem: str) -> PassedOn:
    """What would leave, or has left; what staff have written instead, where that was not taken."""
    branch, is_name = at.house.branches.get(complaint.branch), at.house.complaints.is_name(complaint, words)
    if not complaint.may_be_passed_on:
        return passed_on(complaint, words, branch, is_name)
    if problem and (edited := at.first("content")):
        return PassedOn(title_of(complaint, branch), screened(edited, is_name).text)
    return prepared(complaint, words, branch, is_name)


async def _reveal(at: Visit, complaint: Complaint) -> Json:
    what, seq = _REVEALED.get(at.first("what")), at.first("entry")
    if what is None or not seq.isdecimal() or len(seq) > 5:
        raise Invalid("The form cannot be read.")
    why = (str(at.staff), at.first("reason"))
    text = await at.house.complaints.reveal(complaint, what, int(seq), why, at.house.floors.clock())
    return {"what": what.value, "seq": int(seq), "text": text}


async def channel_of(at: Visit, complaint: Complaint) -> str:
    """The connection that would carry it; empty where there is none."""
    known = await at.house.database.read(read_connections)
    of_it = (each.plan for each in known if each.plan.system == CHANNEL)
    return next((plan.id for plan in of_it if not plan.branches or complaint.branch in plan.branches), "")


async def _page(
    at: Visit, complaint: Complaint, status: int = 200, problem: str = "", revealed: Json | None = None
) -> Response:
    branch = at.house.branches.get(complaint.branch)
    words = await at.house.complaints.words_of(complaint)
    is_name = at.house.complaints.is_name(complaint, words)
    steps = steps_for_staff(complaint, words, branch, at.language, is_name)
    for step in steps:
        if revealed and revealed["what"] == Kept.WORDS and revealed["seq"] == step["seq"]:
            step |= {"text": revealed["text"], "is_hidden": False}
    return at.page(
        "complaint.html",
        status,
        problem=problem,
        complaint=complaint,
        **_row(at, complaint, branch),
        steps=steps,
        logins=logins_seen(at.house, at.staff),
        contact=revealed["text"] if revealed and revealed["what"] == Kept.CONTACT else "",
        has_contact=(1, Kept.CONTACT) in words,
        may_answer=at.may(Right.ANSWER_COMPLAINTS, complaint.branch),
        categories=[(each.id, each.name.in_language(at.language)) for each in branch.complaints.categories],
        passing=_passing(at, complaint, words, problem),
        hidden=HIDDEN,
        is_passing=bool(problem) and at.first("do") == "pass-on",
        channel=await channel_of(at, complaint),
        by_hand=ELSEWHERE,
        sent=at.first("words") if problem else "",
        longest_content=LONGEST_CONTENT,
        longest=LONGEST,
    )


def _row(at: Visit, complaint: Complaint, branch: Branch) -> Json:
    today, passed = branch.day_of(at.house.floors.clock()), complaint.escalation
    counter = branch.counters.get(complaint.filed.counter)
    queue = branch.queues.get(complaint.filed.queue)
    return {
        "number": complaint.number,
        "branch": branch.name.in_language(at.language),
        "category": category_name(complaint, branch, at.language),
        "where": ", ".join(each.name.in_language(at.language) for each in (queue, counter) if each),
        "filed": day_and_month(at.language, branch.local(complaint.filed_at)),
        "due": day_and_month(at.language, complaint.due),
        "is_late": complaint.is_late(today),
        "state": at.say(STATE_WORDS[complaint.state]),
        "passage": at.say(_PASSAGES[passed.passage]) if passed else "",
        "is_unknown": complaint.passage is Passage.UNKNOWN,
        "is_answered_back": complaint.is_answered_back,
        "by": complaint.entries[0].by,
    }


def _today(at: Visit, seen: dict[str, Branch]) -> date:
    now: datetime = at.house.floors.clock()
    return next(iter(seen.values())).day_of(now) if seen else now.date()


def _day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if date(2000, 1, 1) <= day <= date(2100, 1, 1) else otherwise


async def _figures(at: Visit, branches: Sequence[Branch], since: date, until: date) -> AsyncIterator[Named]:
    for branch in branches:
        rows = [row for row in await figures_between(at.house, branch, since, until) if row.filed]
        if rows:
            yield branch.name.in_language(at.language), list(_named(rows, branch, at.language))


def _named(rows: Sequence[Figures], branch: Branch, language: str) -> Iterator[tuple[str, Figures]]:
    known = {each.id: each.name.in_language(language) for each in branch.complaints.categories}
    return ((known.get(row.category, row.category), row) for row in rows)
