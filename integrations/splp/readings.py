"""What is published of services, counters and days: nothing of a person. No I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Any

from queue_service.domain.branches import Branch, Queue
from queue_service.domain.events import Cancelled, Entry, Issued, Missed
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.names import Name
from queue_service.domain.outreach import OutreachService
from queue_service.domain.times import Stage, stages
from queue_service.domain.waits import knots, wait_for

STATES = {QueueState.OPEN: "buka", QueueState.PAUSED: "jeda", QueueState.CLOSED: "tutup"}

Json = dict[str, Any]


def services_of(branch: Branch) -> list[Json]:
    """At its counters, and where it comes to people."""
    outreach = branch.outreach.services.values() if branch.outreach else ()
    return [
        *(_service(branch, queue) for queue in branch.queues.values()),
        *(_visit(branch, each) for each in outreach),
    ]


def _visit(branch: Branch, service: OutreachService) -> Json:
    """Of an office whose teams go to villages and homes."""
    return {
        **_named(branch, "jemput_bola", service.id, service.name),
        "persyaratan": [each.id for each in service.requirements],
        "data_diminta": [],
        "jam_layanan": [],
        "kuota_harian": None,
        "ambil_di_tempat": False,
        "janji_temu": True,
    }


def _named(branch: Branch, kind: str, id_: str, name: Name) -> Json:
    agency = branch.agency.id if branch.agency else None
    return {**_where(branch), "instansi": agency, "jenis": kind, "antrean": id_, "nama": name.id, "nama_en": name.en}


def _service(branch: Branch, queue: Queue) -> Json:
    spans = [(sorted(each.days), each.span) for each in queue.calendar.hours]
    return {
        **_named(branch, "loket", queue.id, queue.name),
        "persyaratan": [],
        "data_diminta": [asked.value for asked in queue.asks.needs],
        "jam_layanan": [
            {"hari": days, "mulai": f"{span.opens:%H:%M}", "selesai": f"{span.closes:%H:%M}"} for days, span in spans
        ],
        "kuota_harian": queue.quota,
        "ambil_di_tempat": queue.walk_in,
        "janji_temu": queue.booking is not None,
    }


def counters_of(floor: Floor, now: datetime) -> list[Json]:
    return [_line(floor, queue, now) for queue in floor.branch.queues.values()]


def _line(floor: Floor, queue: Queue, now: datetime) -> Json:
    waiting = len(floor.line(queue.id))
    wait = wait_for(knots(floor, queue.id), waiting)
    called = [(ticket.label, ticket.counter or "") for ticket in floor.at_counters(queue.id)]
    names = floor.branch.counters
    return {
        **_where(floor.branch),
        "antrean": queue.id,
        "nama": queue.name.id,
        "status": STATES[floor.state_of(queue.id, now)],
        "dipanggil": [{"nomor": label, "loket": names[at].name.id if at in names else at} for label, at in called],
        "menunggu": waiting,
        "perkiraan_tunggu": None if wait is None else {"median_detik": wait[0], "p80_detik": wait[1]},
    }


@dataclass(frozen=True, slots=True)
class Volume:
    """Of a queue on a day. `waits`: how long each who was called had waited, in seconds."""

    issued: int
    called: int
    completed: int
    missed: int
    cancelled: int
    waits: tuple[float, ...]


def volumes(entries: Sequence[Entry]) -> dict[str, Volume]:
    """By queue; numbers count where they were issued, and waits where they were waited."""
    issued: dict[str, int] = defaultdict(int)
    for entry in entries:
        if isinstance(entry.event, Issued):
            issued[entry.event.queue] += 1
    by_queue: dict[str, list[Stage]] = defaultdict(list)
    for stage in stages(entries):
        by_queue[stage.queue].append(stage)
    return {queue: _volume(issued[queue], by_queue[queue]) for queue in {*issued, *by_queue}}


def _volume(issued: int, found: Iterable[Stage]) -> Volume:
    known = list(found)
    outcomes = [stage.outcome for stage in known]
    waits = (stage.waiting_seconds for stage in known)
    return Volume(
        issued=issued,
        called=sum(stage.called_at is not None for stage in known),
        completed=outcomes.count("completed") + outcomes.count("transferred"),
        missed=outcomes.count(Missed.kind),
        cancelled=outcomes.count(Cancelled.kind),
        waits=tuple(sorted(wait for wait in waits if wait is not None)),
    )


NOTHING = Volume(0, 0, 0, 0, 0, ())


def statistics_of(branch: Branch, found: dict[str, Volume]) -> list[Json]:
    return [
        {**_where(branch), "antrean": queue.id, "nama": queue.name.id, **_figures(found.get(queue.id, NOTHING))}
        for queue in branch.queues.values()
    ]


def _figures(volume: Volume) -> Json:
    return {
        "nomor_terbit": volume.issued,
        "dipanggil": volume.called,
        "selesai": volume.completed,
        "tidak_hadir": volume.missed,
        "batal": volume.cancelled,
        "tunggu_median_detik": round(median(volume.waits)) if volume.waits else None,
        "tunggu_p90_detik": round(percentile_90(volume.waits)) if volume.waits else None,
    }


def percentile_90(waits: Sequence[float]) -> float:
    """Of one wait that wait itself."""
    return quantiles(waits, n=10, method="inclusive")[8] if len(waits) > 1 else waits[0]


def _where(branch: Branch) -> Json:
    return {"cabang": branch.id, "nama_cabang": branch.name.id}
