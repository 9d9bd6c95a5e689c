"""For those who run it: is it up, is it ready, how is it doing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from queue_service import meters
from queue_service.domain.errors import NotFound
from queue_service.nudges import Hearing
from queue_service.shelves import Laid, sum_up, worker
from queue_service.web.errors import UpgradeRequired
from queue_service.web.house import House, TheHouse
from queue_service.web.problems import problem, problems

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "up"}


@router.get("/readyz", responses=problems(503))
async def readyz(house: TheHouse) -> dict[str, str]:
    """The database is reached and the journal can be read. A worker whose nudges are deaf is a second late, no more."""
    await house.branches.refresh()
    await house.journal.ends([house.floors.today(branch) for branch in house.branches.all])
    heard = house.nudges.hearing
    return {"status": "ready"} | ({"nudges": heard} if heard is not Hearing.OFF else {})


@router.get("/stream", responses=problems(426))
async def stream(request: Request) -> Response:
    """The stream is a WebSocket; whoever comes without asking for an upgrade is told."""
    return problem(request, UpgradeRequired("This is the opening of a WebSocket."), {"Upgrade": "websocket"})


@router.get("/field/authority.crt", response_class=PlainTextResponse, responses=problems(404))
async def authority(house: TheHouse) -> Response:
    """By whom the certificate of a laptop in the field is made: a tablet is told to trust it. Nothing elsewhere."""
    file = house.settings.authority
    if file is None or not await asyncio.to_thread(file.is_file):
        raise NotFound("There is nothing at this address.")
    return Response(await asyncio.to_thread(file.read_bytes), media_type="application/x-x509-ca-cert")


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(house: TheHouse) -> Response:
    """Of all processes that share a shelf; of this one, where there is none."""
    readings = read_house(house)
    laid = await house.shelf.exchange(readings) if house.shelf else [Laid(worker(), True, readings)]
    registry = CollectorRegistry()
    registry.register(Told(sum_up(laid)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def read_house(house: House) -> meters.Readings:
    """All that this process has counted, also what is counted where it happens by plain numbers."""
    hub, desk, nudges = house.hub, house.desk.counts, house.nudges
    meters.WORKERS.put(1)
    meters.CONNECTIONS.put(len(hub.connections))
    meters.WORKER_CONNECTIONS.put(len(hub.connections))
    meters.CONNECTIONS_OPENED.put(hub.counts.connections)
    meters.CONNECTIONS_REFUSED.put(hub.counts.refused)
    meters.FRAMES_SENT.put(hub.counts.frames)
    meters.FRAMES_SKIPPED.put(hub.counts.skipped)
    meters.ENTRIES_APPENDED.put(desk.appends)
    meters.APPEND_CONFLICTS.put(desk.conflicts)
    meters.TURNS.put(desk.turns)
    meters.IDEMPOTENT_REPLAYS.put(desk.replays)
    meters.NUDGES_SENT.put(nudges.counts.sent)
    meters.NUDGES_RECEIVED.put(nudges.counts.heard)
    meters.NUDGES_DEAF.put(nudges.hearing is Hearing.DEAF)
    meters.NUDGE_GAPS_HEALED.put(house.floors.healed)
    meters.LOOP_LAG_MAX.put(house.pulse.latest)
    meters.DEVICES.put_all(house.devices.counted(house.floors.clock()))
    return meters.read_meters()


class Told(Collector):
    """Readings, as Prometheus takes them."""

    def __init__(self, readings: meters.Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        return (_family(meter, self._readings[meter.name]) for meter in meters.METERS.values())


def _family(meter: meters.Meter[Any], values: Mapping[meters.Labels, Any]) -> Metric:
    if isinstance(meter, meters.Histogram):
        histogram = HistogramMetricFamily(meter.name, meter.text, labels=meter.labels)
        for labels, counts in values.items():
            edges = (*map(floatToGoString, meter.buckets), "+Inf")
            histogram.add_metric(labels, list(zip(edges, accumulate(counts[:-1]), strict=True)), counts[-1])
        return histogram
    kind = CounterMetricFamily if isinstance(meter, meters.Counter) else GaugeMetricFamily
    family = kind(meter.name, meter.text, labels=meter.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
