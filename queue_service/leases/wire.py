"""Entries and other things as they travel: plain JSON, and the marks by which two states of a thing are told apart."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from queue_service.domain.entries import KINDS, event_fields, read_event
from queue_service.domain.errors import Invalid
from queue_service.domain.events import Entry, from_ms, to_ms
from queue_service.journal.appends import Place
from queue_service.journal.chains import Running

Json = dict[str, Any]
LONGEST_BY, LONGEST_FIELDS = 64, 8 * 1024  # characters


def in_json(entry: Entry) -> Json:
    event = entry.event
    return {
        "seq": entry.seq,
        "at_ms": to_ms(entry.at),
        "by": entry.by,
        "kind": event.kind,
        "fields": event_fields(event),
    }


def read_entry(values: Mapping[str, Any]) -> Entry:
    """Raises Invalid for anything but what `in_json` makes."""
    kind = values["kind"]
    if kind not in KINDS:
        raise Invalid("kind: this version does not know “{kind}”.", kind=str(kind)[:32])
    try:
        event = read_event(kind, values["fields"])
        entry = Entry(values["seq"], from_ms(values["at_ms"]), values["by"], event)
        is_same = encoded(in_json(entry)) == encoded(values)
    except (TypeError, ValueError, OverflowError, AttributeError, KeyError):
        is_same = False
    if not is_same or len(entry.by) > LONGEST_BY or len(encoded(values["fields"])) > LONGEST_FIELDS:
        raise Invalid("entry {seq}: not as the journal keeps it.", seq=str(values["seq"])[:9])
    return entry


def digest_of(place: Place, lease: str, entries: Iterable[Entry]) -> str:
    """Of how a day under this lease begins."""
    running = Running(place, lease)
    for entry in entries:
        running.add(entry)
    return running.digest


def encoded(content: Any) -> str:
    """The same text for the same content, on both sides."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def mark_of(content: Any, key: bytes = b"") -> str:
    """Two states of a thing with the same mark are the same; nothing at all has none.

    `key`: for what holds personal data, whose plain digest would tell: there are few enough NIK to try all.
    """
    return "" if content is None else hmac.digest(key, encoded(content).encode(), "sha256").hex()
