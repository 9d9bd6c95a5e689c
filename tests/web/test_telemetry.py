"""The framework could trace requests by itself, by their addresses: it must not."""

from pathlib import Path

import httpx2
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from queue_service.app import make_app
from tests.houses import a_house


async def test_the_framework_traces_nothing(tmp_path: Path) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    async with a_house(tmp_path) as house:
        assert await status_of(make_app(house), "/api/v1/tickets/a-token") == 404
    assert kept.get_finished_spans() == ()
    assert await status_of(FastAPI(), "/a-token") == 404
    assert [(span.attributes or {}).get("url.path") for span in kept.get_finished_spans()] == ["/a-token"]


async def status_of(app: FastAPI, path: str) -> int:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        return (await client.get(path)).status_code
