"""Filing a complaint, and reading it: for whoever complained, and for those who answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from starlette.requests import Request

from queue_service.domain import complaints
from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch
from queue_service.domain.complaint_events import (
    Accepted,
    Added,
    Doubted,
    Entry,
    Escalated,
    Filed,
    Rejected,
    Released,
    Sent,
    Sorted,
)
from queue_service.domain.complaint_figures import Figures, figures
from queue_service.domain.complaints import Complaint
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.events import CounterEvent, CounterSet
from queue_service.domain.floors import Floor
from queue_service.records.complaints.complaints import Filing, Words, read_number
from queue_service.records.complaints.passing import IsName
from queue_service.records.complaints.words import Kept
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.screening import screened
from queue_service.tokens import TicketName
from queue_service.web.errands import VISITOR
from queue_service.web.fields import Form
from queue_service.web.holders import held_by
from queue_service.web.house import House, house_of
from queue_service.web.languages import N_, sentence
from queue_service.web.leases import check_at_home
from queue_service.web.outside import in_words
from queue_service.web.proxies import address_of

SHORTEST, LONGEST = 10, 3000  # characters of what is written
LONGEST_CONTACT = 80
FILINGS: RateLimitItem = RateLimitItemPerMinute(20)  # from one address, behind which a hall may stand
TRIES: RateLimitItem = RateLimitItemPerMinute(30)  # of codes, from one address
TRIES_OF_ONE: RateLimitItem = RateLimitItemPerHour(10)  # for one number, from wherever

Json = dict[str, Any]

_HEADINGS = {
    "filed": N_("Received"),
    "sorted": N_("Counted as: {category}"),
    "answered": N_("Answer"),
    "added": N_("Added"),
    "escalated": N_("Passed on to SP4N-LAPOR!"),
    "sent": N_("Sent to SP4N-LAPOR!"),
    "released": N_("Not taken by SP4N-LAPOR! yet: it is sent again"),
    "doubted": N_("It is not known whether SP4N-LAPOR! has it: the office looks there"),
    "withheld": N_("Not passed on to SP4N-LAPOR! for now"),
    "accepted": N_("SP4N-LAPOR! has it as number {tracking}"),
    "rejected": N_("SP4N-LAPOR! did not take it"),
    "followed_up": N_("From SP4N-LAPOR!"),
    "closed": N_("The complaint is closed"),
}
_FOR_STAFF = (Sent, Released)  # whoever complained hears what came of it


@dataclass(frozen=True, slots=True)
class About:
    """Where it happened, as far as that is known: by the ticket from whose page somebody comes. `label`: of that."""

    day: date
    queue: str = ""
    counter: str = ""
    label: str = ""


async def about_ticket(house: House, branch: str, token: str) -> About | None:
    """The number itself is not kept with a complaint: it would say who complains."""
    try:
        name, floor = await held_by(house, token)
    except NotFound:
        return None
    if name.branch != branch:
        return None
    entries = await house.journal.read((branch, name.day))
    at = [entry.event for entry in entries if isinstance(entry.event, CounterEvent)]
    counters = [event.counter for event in at if event.label == name.label]
    return About(name.day, floor.ticket(name.label).queue, counters[-1] if counters else "", name.label)


async def file(request: Request, floor: Floor, form: Form, key: str, staff: Staff | None = None) -> Complaint:
    """Raises a Refusal, Unavailable."""
    house = house_of(request)
    check_at_home(house)
    await house.limits.check(FILINGS, "complaint", address_of(request))
    about = await about_ticket(house, floor.branch.id, form.get("ticket", "")) if form.get("ticket") else None
    day = about.day if about else floor.day
    counter = form.get("counter", "")
    filed = complaints.filed(
        floor.branch,
        house.floors.clock(),
        form.get("category", ""),
        queue=form.get("queue", ""),
        counter=counter,
        about=await _served_at(house, floor.branch.id, day, counter) if counter else (),
        anonymous=form.get("anonymous") == "yes",
        secret=form.get("secret") == "yes",
    )
    name = await _name_of(house, (floor.branch.id, day, about.label)) if about else ""
    filing = Filing(filed, words_in(form), contact_in(form), name)
    return await house.complaints.file(filing, key, VISITOR if staff is None else str(staff), house.floors.clock())


async def _name_of(house: House, ticket: tuple[str, date, str]) -> str:
    """Under which the ticket was taken, where its queue asks: to be hidden where it stands in what they write."""
    try:
        return (await house.people.get(ticket)).values.get(Field.NAME, "")
    except NotFound:
        return ""


async def _served_at(house: House, branch: str, day: date, counter: str) -> tuple[str, ...]:
    entries = await house.journal.read((branch, day))
    there = (entry for entry in entries if isinstance(entry.event, CounterEvent | CounterSet))
    return tuple(sorted({entry.by for entry in there if getattr(entry.event, "counter", "") == counter}))


def words_in(form: Form) -> str:
    """Raises Invalid."""
    words = form.get("words", "").replace("\r\n", "\n").strip()
    if not SHORTEST <= len(words) <= LONGEST:
        raise Invalid("Please write between {least} and {most} characters.", least=SHORTEST, most=LONGEST)
    return words


def contact_in(form: Form) -> str:
    """Kept only with consent. Raises Invalid."""
    contact = " ".join(form.get("contact", "").split())
    if len(contact) > LONGEST_CONTACT:
        raise Invalid("A phone number or e-mail address has at most {most} characters.", most=LONGEST_CONTACT)
    if contact and form.get("consent") != "yes":
        raise Invalid("Tick that we may keep how you can be reached, or leave it empty.")
    return contact


def last_seen(seq: str) -> int | None:
    """The last entry that whoever sends a form had before their eyes."""
    return int(seq) if seq.isdecimal() and len(seq) < 6 else None


async def figures_between(house: House, branch: Branch, since: date, until: date) -> list[Figures]:
    """Of those that were filed from `since` to `until`."""
    begin = datetime.combine(since, time(), branch.timezone)
    end = datetime.combine(until, time(), branch.timezone) + timedelta(days=1)
    found = await house.complaints.filed_between([branch.id], begin, end)
    return figures(found, branch, branch.day_of(house.floors.clock()))


def token_of(house: House, complaint: Complaint) -> str:
    name = TicketName(complaint.branch, complaint.filed_at.date(), complaint.number)
    return house.complaint_tokens.token_of(name)


async def held_complaint(house: House, token: str) -> Complaint:
    """Which complaint this is the token of. Raises NotFound."""
    name = house.complaint_tokens.read(token)
    if name is None:
        raise NotFound("There is no such complaint.")
    return await house.complaints.get(name.label)


async def found_by_code(request: Request, form: Form) -> Complaint:
    """Raises NotFound, TooMany."""
    house = house_of(request)
    await house.limits.check(TRIES, "complaint-code", address_of(request))
    number = read_number(form.get("number", "")[:40])
    await house.limits.check(TRIES_OF_ONE, "complaint-code", number)
    return await house.complaints.by_code(number, form.get("code", "")[:40])


async def seen_by(house: House, staff: Staff, number: str) -> Complaint:
    """Whoever it is about does not learn of it here. Raises NotFound."""
    complaint = await house.complaints.get(number)
    if not may_see(staff, complaint):
        raise NotFound("There is no such complaint.")
    return complaint


def may_see(staff: Staff, complaint: Complaint) -> bool:
    return staff.may(Right.READ_COMPLAINTS, complaint.branch) and not complaint.is_about(str(staff))


def steps_for_writer(complaint: Complaint, words: Words, branch: Branch, language: str) -> list[Json]:
    """Every step with its moment."""
    told = (entry for entry in complaint.entries if not isinstance(entry.event, _FOR_STAFF))
    steps = (_step(entry, words, branch, language) for entry in told)
    return [step | {"text": ""} if step["kind"] == Doubted.kind else step for step in steps]


def steps_for_staff(complaint: Complaint, words: Words, branch: Branch, language: str, is_name: IsName) -> list[Json]:
    """They read what the writer wrote without the numbers, addresses and names in it."""
    steps = [_step(entry, words, branch, language) for entry in complaint.entries]
    for step in steps:
        if step["is_written"]:
            shown = screened(step["text"], is_name)
            step |= {"text": shown.text, "is_hidden": bool(shown.kinds)}
    return steps


def _step(entry: Entry, words: Words, branch: Branch, language: str) -> Json:
    text, is_written = words.get((entry.seq, Kept.WORDS), ""), isinstance(entry.event, Filed | Added)
    return {
        "seq": entry.seq,
        "at": branch.local(entry.at),
        "kind": entry.event.kind,
        "heading": heading_of(entry, branch, language),
        "by": entry.by,
        "is_written": is_written,
        "text": in_words(language, text) if isinstance(entry.event, Doubted | Rejected) else text,
        "is_hidden": False,
        "is_erased": is_written and not text,
    }


def heading_of(entry: Entry, branch: Branch, language: str) -> str:
    fields: Json = {}
    if isinstance(entry.event, Sorted):
        known = {category.id: category.name.in_language(language) for category in branch.complaints.categories}
        fields = {"category": known.get(entry.event.category, entry.event.category)}
    elif isinstance(entry.event, Accepted):
        fields = {"tracking": entry.event.tracking}
    elif isinstance(entry.event, Escalated) and entry.event.tracking:
        passed, taken = (sentence(language, _HEADINGS[kind], tracking=entry.event.tracking) for kind in _BY_HAND)
        return f"{passed}. {taken}"
    return sentence(language, _HEADINGS[entry.event.kind], **fields)


_BY_HAND = ("escalated", "accepted")
