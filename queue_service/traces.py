"""OpenTelemetry traces, off unless its own environment variables ask for them; we load nothing of it before.

What stands in a span: routes, kinds of actions, branches, numbers. Never a token, nor anything about a visitor.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

from queue_service.version import VERSION

_NOTHING: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None


def are_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return exporter == "otlp" or (not exporter and any(environment.get(name) for name in endpoints))


@asynccontextmanager
async def traced() -> AsyncIterator[None]:
    """For as long as this process serves. What was not sent yet is sent at the end."""
    global _tracer
    if not are_wanted():
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "antrean")
    ours: dict[str, str | int] = {"service.name": name, "service.version": VERSION, "process.pid": os.getpid()}
    provider = TracerProvider(resource=Resource.create(ours))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("antrean", VERSION)
    try:
        yield
    finally:
        _tracer = None
        await asyncio.to_thread(provider.shutdown)


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """Within the span that is open now."""
    if _tracer is None:
        return _NOTHING
    return _current(name, attributes=attributes)


def request_span(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> AbstractContextManager[Any]:
    """Within the caller's, should it tell of one; it is named when its route is known. None where traces are off."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    carried = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in _CARRIERS}
    return _current("request", context=extract(carried), kind=SpanKind.SERVER, attributes={"request.id": request_id})


def batch_span(name: str, causes: Iterable[Any], **attributes: Any) -> AbstractContextManager[Any]:
    """What is done at once for several: within none of their spans, and linked to each."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.context import Context
    from opentelemetry.trace import Link

    links = [Link(cause) for cause in causes if cause is not None and cause.is_valid]
    return _current(name, context=Context(), links=links, attributes=attributes)


def current() -> Any:
    """What `batch_span` takes as a cause."""
    if _tracer is None:
        return None
    from opentelemetry.trace import get_current_span

    return get_current_span().get_span_context()


def mark_failed(opened: Any) -> None:
    from opentelemetry.trace import StatusCode

    opened.set_status(StatusCode.ERROR)


_CARRIERS = frozenset({b"traceparent", b"tracestate"})


def _current(name: str, **how: Any) -> AbstractContextManager[Any]:
    # What an exception says may be about a visitor: that there was one is enough, and what it was stands in the log.
    opened: AbstractContextManager[Any] = _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False, **how
    )
    return opened
