"""For those who run it: is it up, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from queue_service.nudges import Hearing
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


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(house: TheHouse) -> Response:
    registry = CollectorRegistry()
    registry.register(HouseCollector(house))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class HouseCollector(Collector):
    def __init__(self, house: House) -> None:
        self._house = house

    def collect(self) -> Iterable[Metric]:
        hub, desk = self._house.hub, self._house.desk.counts
        yield GaugeMetricFamily("antrean_connections", "Streams open now", value=len(hub.connections))
        yield from _counters(
            ("antrean_connections_opened", "Streams ever opened", hub.counts.connections),
            ("antrean_connections_refused", "Streams refused because the server was full", hub.counts.refused),
            ("antrean_frames_sent", "Frames written to streams", hub.counts.frames),
            ("antrean_frames_skipped", "Frames that a slow reader did not get", hub.counts.skipped),
            ("antrean_entries_appended", "Journal entries made by this process", desk.appends),
            ("antrean_append_conflicts", "Decisions made again because others had written", desk.conflicts),
            ("antrean_idempotent_replays", "Requests answered as they had been before", desk.replays),
        )


def _counters(*found: tuple[str, str, int]) -> Iterator[Metric]:
    return (CounterMetricFamily(name, text, value=value) for name, text, value in found)
