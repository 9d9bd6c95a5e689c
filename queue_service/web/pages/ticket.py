"""The holder's page: everything about one ticket, true without JavaScript and kept true with it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain import actions
from queue_service.domain.actions import HolderAction
from queue_service.domain.branches import early_minutes
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.events import from_ms, to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status
from queue_service.tokens import TicketName
from queue_service.web.cases import case_object
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.holders import act_for_holder, held_by
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import N_, clock, counted, language_of, long_date, sentence
from queue_service.web.pages.away import away_words
from queue_service.web.pages.codes import code_of, qr_of
from queue_service.web.pages.estimates import expected_call
from queue_service.web.pages.forms import Form, read_form
from queue_service.web.pages.itinerary import errands_of
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import LOCALES_OF_BROWSERS, names_of, page
from queue_service.web.pages.trip_choices import of_trip, take_another
from queue_service.web.postponing import days_instead, postpone_ticket
from queue_service.web.problems import status_of
from queue_service.web.proxies import public_url
from queue_service.web.standards import standard_object, standard_of
from queue_service.web.views import branch_short, ticket_view

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

_ASKED_TWICE = ("cancel", "step-away", "postpone")


@router.get("/t/{token}")
async def show(token: str, request: Request, house: TheHouse) -> Response:
    return await ticket_page(request, house, token)


@router.get("/t/{token}/{action}")
async def ask_again(token: str, action: str, request: Request, house: TheHouse) -> Response:
    """What a dialog asks where there is JavaScript."""
    name, floor = await held_by(house, token)
    language = language_of(request)
    ticket = ticket_view(floor, name.label, house.floors.clock())
    if action not in _ASKED_TWICE or action not in ticket["can"]:
        return RedirectResponse(f"/t/{token}", 303)
    branch = branch_short(floor.branch, language)
    if action == "postpone":
        days = days_instead(floor.branch.queue(ticket["queue"]), name.day)
        choices = [{"day": day.isoformat(), "words": long_date(language, day)} for day in days]
        return page(request, "postpone.html", token=token, ticket=ticket, branch=branch, days=choices)
    return page(request, "confirm.html", token=token, action=action, ticket=ticket, branch=branch)


@router.post("/t/{token}/{action}", dependencies=[Depends(check_own_page)])
async def act(token: str, action: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    errand = Errand(house, VISITOR, None)
    try:
        if action == "visit":
            return RedirectResponse(f"/t/{await take_another(house, token, form.get('stop', ''))}", 303)
        if action == "postpone":
            await postpone_ticket(errand, token, _day(form.get("day", "")))
        else:
            await act_for_holder(errand, token, lambda label: _action(action, label, form))
    except NotFound:
        raise
    except Refusal as refusal:
        return await ticket_page(request, house, token, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/t/{token}", 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("day: expected one of the next days of service.") from None


def _action(action: str, label: str, form: Form) -> HolderAction:
    if action == "move":
        return actions.Move(label, form.get("queue", ""))
    if action == "feedback":
        score = form.get("score", "")
        if score not in ("1", "2", "3", "4"):
            raise Invalid("score: expected a number from 1 to 4.")
        return actions.GiveFeedback(label, int(score))
    simple = {"cancel": actions.Cancel, "step-away": actions.StepAway, "check-in": actions.CheckIn}
    if action not in simple:
        raise NotFound("There is nothing at this address.")
    return simple[action](label)


async def ticket_page(request: Request, house: House, token: str, status: int = 200, problem: str = "") -> Response:
    name, floor = await held_by(house, token)
    now, language = house.floors.clock(), language_of(request)
    ticket = ticket_view(floor, name.label, now)
    queue: Json = json.loads(house.hub.snapshot(floor, ticket["queue"]))
    is_over = name.day < floor.branch.day_of(now)
    state, names = "over" if is_over else str(ticket["state"]), names_of(floor.branch, language)
    notices = [] if is_over else _notices(floor, ticket["queue"], now)
    return page(
        request,
        "ticket.html",
        status,
        token=token,
        problem=problem,
        away="" if is_over else away_words(floor, language),
        ticket=ticket,
        queue=queue,
        state=state,
        can=[] if is_over else ticket["can"],
        branch=branch_short(floor.branch, language),
        names=names,
        counter=names["counters"].get(ticket["counter"], ""),
        place=_place(language, floor, ticket, queue, now),
        **await of_trip(house, name, floor, language),
        **_in_words(language, floor, ticket, now),
        arrival=_arrival(request, house, name) if state == "booked" else None,
        kept=_kept(language, house, name, ticket),
        suspended=None if is_over else _suspended(language, floor, ticket, names),
        errands=await errands_of(house, name, floor, language),
        now_rows=[{"label": label, "counter": names["counters"].get(at, at)} for label, at, _ in queue["now"][:4]],
        notices=[notice["text"] for notice in notices],
        **await _of_visit(house, floor, name, ticket, language),
        data={
            "token": token,
            "ticket": {**ticket, "state": state},
            "queue": None if is_over else queue,
            "notices": notices,
            "names": names,
            **_where_and_when(floor, language, now),
        },
    )


def _in_words(language: str, floor: Floor, ticket: Json, now: datetime) -> Json:
    return {
        "appointment": _appointment(language, floor, ticket, now),
        "held_words": _held_words(language, floor, ticket),
        "missed_words": _missed_words(language, floor, ticket, now),
        "day": long_date(language, floor.day),
        "now": floor.branch.local(now),
    }


def _where_and_when(floor: Floor, language: str, now: datetime) -> Json:
    return {"timezone": floor.branch.timezone.key, "locale": LOCALES_OF_BROWSERS[language], "at": to_ms(now)}


def _place(language: str, floor: Floor, ticket: Json, queue: Json, now: datetime) -> Json:
    ahead = ticket["ahead"]
    local = floor.branch.local
    words, is_range = expected_call(language, ticket["wait"], local(from_ms(queue["at"])), local(now))
    ahead_words = counted(language, "person ahead of you", "people ahead of you", ahead or 0)
    return {
        "ahead": "–" if ahead is None else ahead,
        "words": sentence(language, "You are next") if ahead == 0 else ahead_words,
        "wait": words,
        "is_range": is_range,
    }


def _steps(language: str, floor: Floor, ticket: Json, names: Json) -> list[Json]:
    facts = {stop["queue"]: _stop_words(language, floor, stop) for stop in ticket["stops"][1:]}
    return [
        {
            "name": names["queues"].get(queue, queue),
            "state": state,
            "facts": facts.get(queue, "") if state in ("waiting", "ahead") else "",
        }
        for queue, state in ticket["steps"]
    ]


def _stop_words(language: str, floor: Floor, stop: Json) -> str:
    """At a stop where this visitor has no place yet: how many wait there now."""
    if stop["state"] == "ahead":
        return counted(language, "{n} person waits there now", "{n} people wait there now", stop["ahead"])
    if not stop["ahead"]:
        return "" if stop["ahead"] is None else sentence(language, "You are next")
    return f"{stop['ahead']} " + counted(language, "person ahead of you", "people ahead of you", stop["ahead"])


def promised_words(language: str, floor: Floor, ticket: Json, now: datetime) -> str:
    """Until when it is to be done, once somebody has begun."""
    if ticket["promise"] is None or ticket["state"] in ("completed", "cancelled"):
        return ""
    due = datetime.fromisoformat(ticket["promise"]["due_at"])
    if due < now:
        return sentence(language, "This takes longer than was promised. Please speak to a clerk.")
    at = {"day": long_date(language, due.date()), "time": clock(language, due)}
    return sentence(language, "Promised to be done by {day}, {time}", **at)


async def _of_visit(house: House, floor: Floor, name: TicketName, ticket: Json, language: str) -> Json:
    """Its stops, what is published of what its holder came for, what is promised, and the paper."""
    held = floor.ticket(name.label)
    return {
        "steps": _steps(language, floor, ticket, names_of(floor.branch, language)),
        "step_words": step_words(language),
        "standard": standard_object(standard_of(floor.branch, held), name.day, language),
        "promised": promised_words(language, floor, ticket, house.floors.clock()),
        "paper": await paper_of(house, floor, name, language),
        "follows": bool(held.promise) or _is_followed(floor, name.label),
    }


def _is_followed(floor: Floor, label: str) -> bool:
    journey = floor.branch.journeys.get(floor.ticket(label).journey)
    return journey is not None and bool(journey.progress)


async def paper_of(house: House, floor: Floor, name: TicketName, language: str) -> Json | None:
    """How far the paper is that this number began; asked for only once it has left its first counter."""
    ticket = floor.ticket(name.label)
    if not _is_followed(floor, name.label) or not (ticket.visited or ticket.status is Status.COMPLETED):
        return None
    case = (await house.cases.of_ticket(name.branch, name.day, name.label)).get(ticket.journey)
    return None if case is None else case_object(house, case, language, house.floors.clock())


def _suspended(language: str, floor: Floor, ticket: Json, names: Json) -> Json | None:
    if ticket["suspended_until"] is None:
        return None
    words = suspended_words(floor, from_ms(ticket["suspended_until"]), language)
    others = [{"id": queue, "name": names["queues"][queue]} for queue in ticket["alternatives"]]
    return {"words": words, "others": others}


def suspended_words(floor: Floor, until: datetime, language: str) -> str:
    if until >= floor.ends_at:
        return sentence(language, "Nobody serves this queue on that day")
    return sentence(language, "Nobody serves this queue until {time}", time=clock(language, floor.branch.local(until)))


def _appointment(language: str, floor: Floor, ticket: Json, now: datetime) -> Json:
    """When it is, in words, and from when its holder may say that they have come."""
    if ticket["slot"] is None:
        return {"day": "", "time": "", "from": ""}
    slot = floor.branch.local(from_ms(ticket["slot"]))
    opens = slot - timedelta(minutes=early_minutes(floor.branch.queue(ticket["queue"])))
    return {
        "day": long_date(language, slot.date()),
        "time": clock(language, slot),
        "from": "" if opens <= now else clock(language, opens),
    }


def _arrival(request: Request, house: House, name: TicketName) -> Json:
    """What is shown at the kiosk."""
    return {"qr": qr_of(f"{public_url(request)}{request.url.path}"), "code": code_of(house.secrets, name)}


def _kept(language: str, house: House, name: TicketName, ticket: Json) -> Json | None:
    """The number that keeps this one's place on another day."""
    if ticket["kept"] is None:
        return None
    day, label = date.fromisoformat(ticket["kept"][0]), ticket["kept"][1]
    token = house.tokens.token_of(TicketName(name.branch, day, label))
    return {"day": long_date(language, day), "label": label, "token": token}


def _held_words(language: str, floor: Floor, ticket: Json) -> str:
    if ticket["away_until"] is None:
        return sentence(language, "The clerk set your number aside")
    until = floor.branch.local(from_ms(ticket["away_until"]))
    return sentence(language, "Your place is kept until {time}", time=clock(language, until))


def _missed_words(language: str, floor: Floor, ticket: Json, now: datetime) -> str:
    if "check-in" not in ticket["can"]:
        return sentence(language, "You were called {calls} times. Please speak to a clerk.", calls=ticket["calls"])
    if ticket["callable_at"] is not None and from_ms(ticket["callable_at"]) > now:
        again = floor.branch.local(from_ms(ticket["callable_at"]))
        words = "Tap when you are here. You can be called again from {time}."
        return sentence(language, words, time=clock(language, again))
    return sentence(language, "Tap when you are here, and you will be called again.")


def step_words(language: str) -> dict[str, str]:
    words = {
        "waiting": N_("waiting"),
        "called": N_("called"),
        "serving": N_("being served"),
        "held": N_("set aside"),
        "no_show": N_("missed"),
        "completed": N_("completed"),
        "cancelled": N_("cancelled"),
        "booked": N_("booked"),
        "ahead": N_("later"),
    }
    return {state: sentence(language, word) for state, word in words.items()}


def _notices(floor: Floor, queue: str, now: datetime) -> list[Json]:
    return [
        {"text": notice.text, "until": to_ms(notice.until), "queue": notice.queue}
        for notice in floor.notices
        if notice.until > now and notice.queue in (None, queue)
    ]
