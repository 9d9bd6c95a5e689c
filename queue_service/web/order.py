"""The order of a queue in words, for anybody: where the rules are published, nobody can sell a place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from queue_service.domain.booking import limit
from queue_service.domain.branches import Booking, Queue, Rules
from queue_service.domain.floors import Floor
from queue_service.domain.order import Place, Reason, places, reason
from queue_service.domain.tickets import Ticket
from queue_service.web.languages import N_, clock, counted, sentence

Json = dict[str, Any]

_REASONS = {
    Reason.CAME: N_("Took the number at {time}."),
    Reason.RIGHT: N_("Due at {time} by an appointment or a right of precedence, as published."),
    Reason.URGENT: N_("Put in before the others by a clerk, as an emergency."),
    Reason.RETURNED: N_("Came back, or was sent here, and is due at {time}."),
}


def order_object(floor: Floor, queue: str, now: datetime, language: str) -> Json:
    plan = floor.branch.queue(queue)
    return {
        "branch": floor.branch.id,
        "queue": queue,
        "day": floor.day.isoformat(),
        "seq": floor.seq,
        "rules": list(_rules(floor, plan, language)),
        "order": [_place(floor, place, now, language) for place in places(floor, queue)],
    }


def _place(floor: Floor, place: Place, now: datetime, language: str) -> Json:
    due = floor.branch.local(place.due)
    why = sentence(language, _REASONS[place.reason], time=clock(language, due))
    if place.callable_at is not None and place.callable_at > now:
        later = clock(language, floor.branch.local(place.callable_at))
        why += " " + sentence(language, "Missed a call, and is passed over until {time}.", time=later)
    return {"label": place.label, "due": due.isoformat(), "why": why}


def why_next(floor: Floor, ticket: Ticket, language: str) -> str:
    """For the clerk, who sees the class as well."""
    why = sentence(language, _REASONS[reason(floor, ticket)], time=clock(language, floor.branch.local(ticket.due)))
    item = floor.branch.classes.get(ticket.ticket_class)
    return f"{item.name.in_language(language)}: {why}" if item is not None and item.minutes else why


def _rules(floor: Floor, queue: Queue, language: str) -> Iterator[str]:
    rules = floor.branch.rules
    yield sentence(language, "Who is due first is called first; of two who are due together, the lower number.")
    yield sentence(language, "A number is due when it is taken.")
    yield from _class_rules(floor, language)
    if rules.guard_minutes is not None:
        yield counted(
            language,
            "Who has waited {n} minute is passed by nobody who comes after that with a right of precedence.",
            "Who has waited {n} minutes is passed by nobody who comes after that with a right of precedence.",
            rules.guard_minutes,
        )
    if queue.booking:
        yield counted(
            language,
            "An appointment is due at its time; who comes more than {n} minute late is due on arrival.",
            "An appointment is due at its time; who comes more than {n} minutes late is due on arrival.",
            queue.booking.late_minutes,
        )
        yield from _booking_rules(floor, queue, queue.booking, language)
    if (draw := queue.draw) is not None:
        yield counted(
            language,
            "{n} place a day is drawn by lot, in a draw that anybody can check; the others wait in the drawn order.",
            "{n} places a day are drawn by lot, in a draw that anybody can check; the others wait in the drawn order.",
            draw.quota,
        )
    yield from _rules_of_coming_back(rules, language)
    if floor.branch.journeys:
        yield sentence(language, "Who is sent on is due from then; who is to come back, from when they were sent.")
    yield sentence(language, "A clerk may put an emergency in before all others; this list says so.")
    yield sentence(language, "A clerk may call a number out of turn; the journal keeps who did so, and when.")


def _class_rules(floor: Floor, language: str) -> Iterator[str]:
    for item in floor.branch.classes.values():
        if item.minutes:
            name = item.name.in_language(language)
            yield counted(
                language,
                "{name}: due {n} minute before the number is taken.",
                "{name}: due {n} minutes before the number is taken.",
                item.minutes,
                name=name,
            )


def _rules_of_coming_back(rules: Rules, language: str) -> Iterator[str]:
    yield counted(
        language,
        "Who misses a call may be called again after {n} minute, {calls} times in all.",
        "Who misses a call may be called again after {n} minutes, {calls} times in all.",
        rules.pause_minutes,
        calls=rules.max_calls,
    )
    yield counted(
        language,
        "Who steps away once keeps the place for {n} minute, and later is due on return.",
        "Who steps away once keeps the place for {n} minutes, and later is due on return.",
        rules.away_minutes,
    )


def _booking_rules(floor: Floor, queue: Queue, booking: Booking, language: str) -> Iterator[str]:
    if booking.release_late:
        yield counted(
            language,
            "Who has not come {n} minute after the appointment gives the place up.",
            "Who has not come {n} minutes after the appointment gives the place up.",
            booking.late_minutes,
        )
    yield sentence(language, "On a full day, places that become free go to those on the waiting list, in its order.")
    learned = floor.lots.limits.get(queue.id)
    if booking.overbook_percent and learned is not None:
        yield sentence(
            language,
            "{rate} of 100 who book do come: each time has {capacity} places, and is given to up to {most}.",
            rate=learned.show_percent,
            capacity=booking.per_slot,
            most=limit(floor, queue.id, booking),
        )
    elif booking.overbook_percent:
        yield sentence(
            language,
            "Each time has {capacity} places. Once it is known how many who book do come, up to {most} may be given.",
            capacity=booking.per_slot,
            most=booking.most,
        )
