"""Asking who somebody is, where the queue they chose asks for it: one page between the choice and the number.

What was typed is never sent back, not even to who typed it: a page may be left open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.errors import Invalid, Refusal
from queue_service.domain.nik import Doubt
from queue_service.records.people.given import NOTHING, Given, read_given
from queue_service.web.api.tickets import doubts_about
from queue_service.web.languages import sentence
from queue_service.web.pages.forms import Form
from queue_service.web.pages.mistakes import said
from queue_service.web.pages.paper import page
from queue_service.web.views import branch_short

DOUBT_SENTENCES = {
    Doubt.PROVINCE: "The first two digits are of no province that is known here.",
    Doubt.BIRTH: "The digits of the day of birth (7 to 12) are no day.",
    Doubt.SERIAL: "The last four digits are zeros.",
}
_CARRIED = ("key", "queue", "class", "slot", "lang", "journey", "day")  # what was chosen before
_FOR_BROWSERS = {
    Field.NAME: ("name", "text"),
    Field.PHONE: ("tel", "tel"),
    Field.NIK: ("off", "numeric"),
    Field.CARD: ("off", "numeric"),
    Field.RECORD: ("off", "text"),
    Field.REFERENCE: ("off", "text"),
}

Json = dict[str, Any]


def given_in(form: Form) -> Given:
    values = {asked.value: form[asked] for asked in Field if asked in form}
    return Given(values, form.get("consent") == "yes") if values else NOTHING


def queue_chosen(branch: Branch, form: Form) -> Queue | None:
    """Of a journey, the one that it begins with."""
    journey = branch.journeys.get(form.get("journey", ""))
    return branch.queues.get(journey.stages[0][0] if journey else form.get("queue", ""))


def question(queue: Queue | None, form: Form, language: str) -> Json | None:
    """What is still to be asked before a number is taken; None when nothing is."""
    if queue is None or not queue.asks:
        return None
    if "asked" not in form:
        return asked_of(queue, form, language)
    given = given_in(form)
    try:
        read_given(queue, given)
    except Invalid:
        return None  # it will be refused, and that is said there
    doubts = [] if "sure" in form else doubts_about(given)
    if not doubts:
        return None
    return asked_of(queue, {**form, "sure": "1"}, language, doubts=doubts)


def asked_of(queue: Queue, form: Form, language: str, *, problem: str = "", doubts: Iterable[Doubt] = ()) -> Json:
    asks = queue.asks
    return {
        "carried": {name: form[name] for name in (*_CARRIED, "sure") if name in form},
        "chosen": "journey" if form.get("journey") else "queue",
        "queue_name": queue.name.in_language(language),
        "purpose": asks.purpose.in_language(language),
        "fields": [
            {
                "name": asked,
                "complete": _FOR_BROWSERS[asked][0],
                "mode": _FOR_BROWSERS[asked][1],
                "needed": asked in asks.required,
            }
            for asked in (*asks.required, *asks.optional)
        ],
        "problem": problem,
        "doubts": [sentence(language, DOUBT_SENTENCES[doubt]) for doubt in doubts],
    }


def refused(
    request: Request, branch: Branch, queue: Queue | None, form: Form, refusal: Refusal, language: str
) -> Json | None:
    """The question once more, with what was wrong; None where nothing was asked."""
    if queue is None or not queue.asks:
        return None
    return asked_of(queue, form, language, problem=said(request, refusal, branch, language))


def person_page(
    request: Request, branch: Branch, asked: Json, address: str, language: str, status: int = 200
) -> Response:
    days = {asked_for.value: days for asked_for, days in branch.retention_days.items()}
    return page(
        request,
        "person.html",
        status,
        branch=branch_short(branch, language),
        asked=asked,
        address=address,
        days=days,
        words=field_words(language),
    )


def field_words(language: str) -> dict[str, str]:
    return {asked.value: sentence(language, FIELD_SENTENCES[asked]) for asked in Field}


FIELD_SENTENCES = {
    Field.NAME: "Full name",
    Field.PHONE: "Mobile phone number",
    Field.NIK: "NIK (16 digits on the identity card)",
    Field.CARD: "BPJS card number (13 digits)",
    Field.RECORD: "Medical record number",
    Field.REFERENCE: "Referral or control letter number",
    Field.IHS: "SATUSEHAT number",
}
