"""From an entry to a webhook, and its signature. No I/O, no clock."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import Item
from queue_service.domain.events import from_ms

TYPES: Mapping[str, str] = {
    **{
        kind: f"ticket.{kind}"
        for kind in (
            *("issued", "called", "recalled", "serving", "completed", "no_show", "held", "requeued", "transferred"),
            *("reclassified", "moved", "taken_over"),
            *("given", "lapsed", "reminder_due"),
            *("booked", "rescheduled", "cancelled", "released", "stepped_away", "checked_in", "feedback", "undone"),
            *("concluded", "reopened"),
        )
    },
    "counter_set": "counter.set",
    "queue_set": "queue.set",
    "suspended": "queue.suspended",
    "day_closed": "branch.day_closed",
    "notice": "branch.notice",
    "numbers_skipped": "queue.numbers_skipped",
    "limit_set": "queue.limit_set",
    "draw_announced": "draw.announced",
    "draw_entered": "draw.entered",
    "draw_closed": "draw.closed",
    "drawn": "draw.drawn",
    "waiting_list_joined": "waiting_list.joined",
    "entry_withdrawn": "entry.withdrawn",
    "result_noted": "ticket.result_noted",
    **{kind: f"trip.{kind.removeprefix('trip_')}" for kind in ("trip_planned", "trip_cancelled")},
    **{kind: f"trip.{kind}" for kind in ("headed_for", "stop_reached", "stop_left")},
    **{kind: f"trip.{kind}" for kind in ("field_taken", "field_returned", "field_reclaimed")},
    "referral_offered": "referral.offered",
    "referred": "referral.sent",
    "referral_delayed": "referral.delayed",
    "referral_accepted": "referral.accepted",
    "referral_refused": "referral.refused",
    "referral_paper_ready": "referral.paper_ready",
    "referral_closed": "referral.closed",
}
PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret


def body_of(item: Item, ids: Mapping[str, str] | None = None) -> bytes:
    """`ids`: what others call the ticket, by the connection that told us."""
    at = from_ms(item.at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data: dict[str, Any] = {"branch": item.branch, "day": item.day.isoformat(), "seq": item.seq, **item.fields}
    data |= {"ids": dict(ids)} if ids else {}
    message = {"type": TYPES[item.kind], "timestamp": at, "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(message_id: str, at: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """`at`: of this try, in seconds. Each key signs."""
    signed = f"{message_id}.{at}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def read_secrets(text: str) -> list[bytes]:
    """One, or `NEW,OLD` while one replaces the other. Raises ValueError; its sentence never holds what was given."""
    words = [word.strip() for word in text.split(",")]
    if not 1 <= len(words) <= 2:
        raise ValueError("expected one secret, or two with a comma between")
    return [_read_secret(word) for word in words]


def _read_secret(word: str) -> bytes:
    if not word.startswith(PREFIX):
        raise ValueError(f"expected a secret that begins with {PREFIX}")
    try:
        key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"expected base64 after {PREFIX}") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"expected {SHORTEST} to {LONGEST} bytes after {PREFIX}, not {len(key)}")
    return key
