"""What goes over the wire: payloads as JSON, and WebSocket frames around them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from queue_service.domain.coming import outlook
from queue_service.domain.decisions import possible_actions
from queue_service.domain.events import (
    CheckedIn,
    Concluded,
    Entry,
    Issued,
    Noticed,
    Reopened,
    SteppedAway,
    TicketEvent,
    Undone,
    to_ms,
)
from queue_service.domain.floors import Floor
from queue_service.domain.folding_referrals import referrals_from
from queue_service.domain.referral_events import REFERRAL_EVENTS, ReferralEvent
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.visiting import MOVABLE, alternatives
from queue_service.domain.waits import knots

Cause = tuple[str | None, str]  # a label, or None where it would tell too much; and why something moved

_TOLD_AS = {
    CheckedIn.kind: "requeued",
    SteppedAway.kind: "held",
    Concluded.kind: "completed",
    Reopened.kind: "requeued",
}
_UNTOLD = {"feedback", "booked", "given", "lapsed", "reminder_due", "rescheduled", "released", "result_noted"}
_UNTOLD |= {kind.kind for kind in REFERRAL_EVENTS}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text_frame(payload: bytes) -> bytes:
    """RFC 6455 §5.2: one unfragmented, unmasked text frame."""
    length = len(payload)
    if length < 126:
        return b"\x81" + bytes((length,)) + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


def epoch_of(floor: Floor) -> str:
    """Differs between days as well: a new day's seq starts from 0, and must still be shown."""
    return hashlib.sha256(f"{floor.epoch}/{floor.branch.id}/{floor.day}".encode()).hexdigest()[:8]


def queue_payload(floor: Floor, queue: str, why: Sequence[Cause], now: datetime) -> bytes:
    line = floor.line(queue)
    travels: dict[str, Any] = {} if floor.trip is None else {"trip": trip_object(floor, queue, now)}
    if floor.lease is not None and floor.is_elsewhere:
        travels["away"] = to_ms(floor.lease.since)
    return _json(
        {
            "type": "queue",
            "branch": floor.branch.id,
            "queue": queue,
            "epoch": epoch_of(floor),
            "seq": floor.seq,
            "at": to_ms(floor.at or now),
            "state": floor.state_of(queue, now),
            "waiting": runs(line.labels()),
            "now": [(ticket.label, ticket.counter, ticket.status) for ticket in floor.at_counters(queue)],
            "wait": knots(floor, queue),
            "why": why,
            **travels,
        }
    )


def trip_object(floor: Floor, queue: str, now: datetime, due: datetime | None = None) -> dict[str, Any] | None:
    """When the team comes to this stop, or to one of its people who is `due` there; None where nobody travels."""
    found = outlook(floor, queue, now, due)
    if found is None:
        return None
    earliest, latest = to_ms(found.earliest), to_ms(found.latest)
    return {"coming": found.coming, "stops": found.stops, "earliest": earliest, "latest": latest}


def snapshot_payload(queue_payload: bytes, floor: Floor) -> bytes:
    """The queue's object as HTTP gives it: with the day."""
    return queue_payload[:-1] + b',"day":"' + floor.day.isoformat().encode() + b'"}'


def runs(labels: Iterable[str]) -> list[list[str | int]]:
    """`[prefix, first, last]` for each stretch of consecutive numbers."""
    found: list[list[str | int]] = []
    prefix, last = "", -1
    for label in labels:
        its_prefix, _, digits = label.rpartition("-")
        number = int(digits)
        if its_prefix == prefix and number == last + 1:
            found[-1][2] = number
        else:
            found.append([its_prefix, number, number])
        prefix, last = its_prefix, number
    return found


def ticket_object(floor: Floor, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What its holder, and nobody else, is told about a ticket."""
    callable_at = floor.callable_at(ticket) if ticket.status in (Status.NO_SHOW, Status.WAITING) else None
    suspended = floor.suspended_until(ticket.queue, now) if ticket.status in MOVABLE else None
    return {
        "type": "ticket",
        "label": ticket.label,
        "branch": floor.branch.id,
        "day": floor.day.isoformat(),
        "queue": ticket.queue,
        "state": ticket.status,
        "counter": ticket.counter,
        "steps": list(_steps(ticket)),
        "epoch": epoch_of(floor),
        "seq": floor.seq,
        "calls": ticket.calls,
        "announced_at": to_ms(ticket.announced_at) if ticket.announced_at else None,
        "callable_at": to_ms(callable_at) if callable_at else None,
        "away_until": to_ms(ticket.away_until) if ticket.away_until else None,
        "slot": to_ms(ticket.slot) if ticket.slot else None,
        "released": ticket.is_released,
        "lapsed": ticket.has_lapsed,
        "reminded": ticket.reminded,
        "kept": list(ticket.kept) if ticket.kept else None,
        "suspended_until": to_ms(suspended) if suspended else None,
        "alternatives": alternatives(floor, ticket, now),
        "trip": trip_object(floor, ticket.queue, now, ticket.slot) if floor.trip is not None else None,
        "errands": [(one.id, one.standing, one.told_seq) for one in referrals_from(floor, ticket.label)],
        "can": [HOLDERS_WORDS[action.__name__] for action in possible_actions(floor, ticket.label, now)],
    }


def _steps(ticket: Ticket) -> Iterator[tuple[str, str]]:
    """A stop that is open beside the first one waits as well, also while its visitor is at a counter elsewhere."""
    yield from ((queue, "completed") for queue in ticket.visited)
    yield ticket.queue, ticket.status
    yield from ((stop.queue, "waiting") for stop in ticket.beside)
    yield from ((stop.queue, "ahead") for stage in ticket.ahead for stop in stage)


HOLDERS_WORDS = {
    "Move": "move",
    "Postpone": "postpone",
    "Cancel": "cancel",
    "StepAway": "step-away",
    "CheckIn": "check-in",
    "GiveFeedback": "feedback",
}


def ticket_frame(floor: Floor, label: str, now: datetime) -> bytes:
    return text_frame(_json(ticket_object(floor, floor.tickets[label], now)))


def notice_frame(floor: Floor, notice: Noticed) -> bytes:
    return text_frame(
        _json(
            {
                "type": "notice",
                "branch": floor.branch.id,
                "queue": notice.queue,
                "text": notice.text,
                "until": to_ms(notice.until),
            }
        )
    )


def gone_frame(floor: Floor, label: str) -> bytes:
    """To the holder of a number that the journal does not hold any more."""
    return text_frame(_json({"type": "gone", "branch": floor.branch.id, "day": floor.day.isoformat(), "label": label}))


def tick_frame(now: datetime) -> bytes:
    return text_frame(_json({"type": "tick", "at": to_ms(now)}))


def label_of(entry: Entry) -> str | None:
    """Which ticket an entry is about."""
    event = entry.event
    if isinstance(event, ReferralEvent):
        return None if event.of else event.label
    return event.label if isinstance(event, (TicketEvent, Undone)) else None


def causes(floor: Floor, queue: str, entries: Iterable[Entry]) -> list[Cause]:
    """Why this queue looks different after these entries."""
    found: list[Cause] = []
    for entry in entries:
        label, event = label_of(entry), entry.event
        if label is None or event.kind in _UNTOLD or not _concerns(floor, queue, label):
            continue
        if isinstance(event, Issued) and _has_priority(floor, event):
            # Who is old, ill or expecting is nobody else's business.
            found.append((None, "priority"))
        elif isinstance(event, CheckedIn) and floor.tickets[label].slot is not None:
            found.append((None, "booked"))
        else:
            found.append((label, _TOLD_AS.get(event.kind, event.kind)))
    return found


def _concerns(floor: Floor, queue: str, label: str) -> bool:
    ticket = floor.tickets[label]
    return queue in ticket.queues or queue in ticket.visited[-1:]


def _has_priority(floor: Floor, event: Issued) -> bool:
    ticket_class = floor.branch.classes.get(event.ticket_class)
    return ticket_class is not None and ticket_class.minutes > 0
