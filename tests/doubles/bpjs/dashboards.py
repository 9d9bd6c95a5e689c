"""How long people waited at each clinic, by what the bookings tell. The one answer that is not encrypted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.bpjs.bookings import Booking, Task
from tests.doubles.bpjs.replies import NOTHING, Refusal, Reply

SPANS = range(1, 7)  # each from the task of that number to the next


def dashboard(bookings: Iterable[Booking], whose: str, hospital: Mapping[str, Any], now_ms: int) -> Reply:
    """`whose`: `rs` for the times that the hospital gave, `server` for when it gave them."""
    if whose not in ("rs", "server"):
        raise Refusal("waktu tidak sesuai")
    groups: dict[tuple[str, str], list[Booking]] = defaultdict(list)
    for booking in bookings:
        groups[booking.fields["tanggalperiksa"], booking.fields["kodepoli"]].append(booking)
    items = [
        {
            **hospital,
            "kodepoli": clinic,
            "namapoli": group[0].fields["namapoli"],
            "tanggal": day,
            "jumlah_antrean": len(group),
            **_waits(group, whose),
            "insertdate": now_ms,
        }
        for (day, clinic), group in sorted(groups.items())
    ]
    return Reply({"list": items}, is_plain=True) if items else NOTHING


def _waits(group: list[Booking], whose: str) -> dict[str, float]:
    """In seconds: altogether, and on average of those who have both ends."""
    found: dict[str, float] = {}
    for span in SPANS:
        lengths = [
            (_end(each.tasks[span + 1], whose) - _end(each.tasks[span], whose)) / 1000
            for each in group
            if span in each.tasks and span + 1 in each.tasks
        ]
        found[f"waktu_task{span}"] = sum(lengths)
        found[f"avg_waktu_task{span}"] = sum(lengths) / len(lengths) if lengths else 0
    return found


def _end(task: Task, whose: str) -> int:
    return task.at_ms if whose == "rs" else task.received_ms
