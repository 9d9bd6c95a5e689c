"""From a complaint to LAPOR's words and back. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.lapor.settings import LaporSettings
from queue_service.domain.branches import Branch
from queue_service.domain.complaints import Complaint
from queue_service.records.complaints.passing import PassedOn
from queue_service.screening import screened

LONGEST_ID, LONGEST_TEXT = 40, 3000
_TRACKING = ("tracking_id", "tracking", "id")
_THEIRS = ("id", "followup_id", "uuid")
_TEXTS = ("content", "description", "message", "text")
_WHY = ("message", "error", "errors", "reason")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A follow-up: its id there, and its words, screened."""

    theirs: str
    text: str


def body_of(complaint: Complaint, passed: PassedOn, branch: Branch, settings: LaporSettings) -> Json:
    return {
        "title": passed.title,
        "content": passed.content,
        "channel": settings.channel,
        "user_id": settings.user_id,
        "is_new_user_slider": False,
        "is_disposisi_slider": True,
        "disposition_id": settings.disposition_id,
        "classification_id": settings.classification_id,
        "category_id": settings.categories.get(complaint.category, settings.category_id),
        "priority_program_id": settings.priority_program_id,
        "location_id": settings.location_id,
        "community_id": settings.community_id,
        "date_of_incident": branch.day_of(complaint.filed_at).isoformat(),
        "copy_externals": None,
        "info_disposition": "",
        "info_attachments": "[]",
        "tags_raw": settings.tags,
        "is_approval": False,
        "is_anonymous": complaint.filed.anonymous,
        "is_secret": complaint.filed.secret,
        "is_priority": False,
        "attachments": "[]",
    }


def tracking_in(answer: Any) -> str:
    """What LAPOR calls it from now on; empty where the answer does not say."""
    for part in _parts(answer):
        for name in _TRACKING:
            if isinstance(part.get(name), str | int) and str(part[name]).strip():
                return str(part[name]).strip()[:LONGEST_ID]
    return ""


def refusal_in(answer: Any) -> str:
    """Why it says no although its status is that of a yes; empty where it does not."""
    if not isinstance(answer, Mapping):
        return ""
    says_no = answer.get("success") is False or str(answer.get("status", "")).lower() in ("error", "failed", "false")
    return reason_in(answer) or "without a reason" if says_no else ""


def reason_in(answer: Any) -> str:
    """Screened: it may repeat what it was sent, or anything else."""
    given = next((answer[name] for name in _WHY if answer.get(name)), "") if isinstance(answer, Mapping) else ""
    return " ".join(screened(given if isinstance(given, str) else str(given)).text.split())[:200]


def follow_ups_in(answer: Any) -> tuple[list[Told], bool]:
    """Those of one page, and whether there is another. Raises ValueError where it is no such page."""
    results = answer.get("results") if isinstance(answer, Mapping) else None
    rows = results.get("data") if isinstance(results, Mapping) else None
    if not isinstance(rows, list) or not isinstance(results, Mapping):
        raise ValueError("no list of follow-ups")
    return list(_follow_ups(rows)), bool(results.get("next_page_url"))


def _follow_ups(rows: list[Any]) -> Iterator[Told]:
    for row in rows:
        if isinstance(row, Mapping):
            theirs = next((str(row[name]) for name in _THEIRS if row.get(name)), "")
            text = next((str(row[name]) for name in _TEXTS if row.get(name)), "")
            if theirs:
                yield Told(theirs[:LONGEST_ID], screened(text[:LONGEST_TEXT]).text.strip())


def _parts(answer: Any) -> Iterator[Mapping[str, Any]]:
    """Where an id may stand: within, before it is looked for outside."""
    if isinstance(answer, Mapping):
        yield from (answer[name] for name in ("results", "data", "result") if isinstance(answer.get(name), Mapping))
        yield answer
