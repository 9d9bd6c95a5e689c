"""Traces, as a collector receives them; and that nothing of them is there unless somebody asked."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.service.callers import Caller
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
NIK = "3201994107900123"


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP, and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()

    @property
    def spans(self) -> list[Span]:
        return [span for request in self._requests() for scope in request.scope_spans for span in scope.spans]

    @property
    def resources(self) -> list[dict[str, Any]]:
        return [attributes(request.resource) for request in self._requests()]

    def _requests(self) -> Iterator[Any]:
        for body in self.bodies:
            yield from ExportTraceServiceRequest.FromString(body).resource_spans


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.paths.add(self.path)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, *_: object) -> None:
        """Nobody needs to read it."""


@contextmanager
def a_collector() -> Iterator[Collector]:
    with Collector() as collector:
        serving = threading.Thread(target=collector.serve_forever)
        serving.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            serving.join()


def an_office(folder: Path, environment: Mapping[str, str]) -> AbstractContextManager[Office]:
    return running_office(folder, [a_branch("balai")], environment)


def endpoint(collector: Collector) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}


def attributes(holder: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in holder.attributes}


async def live(office: Office) -> str:
    """A few requests; the token that one of them gave."""
    async with Caller(office.port, office.administrator) as caller:
        headers = {"X-Request-ID": "jejak-1", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        taken = await caller.ask("POST", "/branches/balai/tickets", {"queue": "umum"}, headers)
        token: str = taken.json["token"]
        await caller.get(f"/tickets/{token}")
        await caller.post(f"/tickets/{token}/cancel", idempotency="kunci-rahasia")
        await caller.post(f"/branches/{NIK}/tickets", {"queue": "umum"})
        await caller.get(f"/nothing/{token}")
    return token


async def test_a_collector_receives_what_was_done(tmp_path: Path) -> None:
    with a_collector() as collector:
        with an_office(tmp_path, endpoint(collector)) as office:
            token = await live(office)
            key = office.administrator
        spans = collector.spans
    issuing = one(spans, "POST /api/v1/branches/{branch}/tickets", status=201)
    acting = next(span for span in spans if span.name == "act" and span.parent_span_id == issuing.span_id)
    commit = next(span for span in spans if span.name == "commit" and acting.span_id in linked(span))
    assert (issuing.trace_id.hex(), issuing.parent_span_id.hex()) == (TRACE, PARENT)
    assert issuing.kind == Span.SPAN_KIND_SERVER
    assert attributes(issuing) == {
        "request.id": "jejak-1",
        "http.request.method": "POST",
        "http.route": "/api/v1/branches/{branch}/tickets",
        "http.response.status_code": 201,
    }
    assert attributes(acting) == {"action": "Issue", "branch": "balai"}
    assert attributes(commit) == {"appends": 1}
    assert commit.parent_span_id == b""
    reading, missing = one(spans, "GET /api/v1/tickets/{token}", status=200), one(spans, "GET none", status=404)
    assert reading.trace_id != missing.trace_id
    assert collector.paths == {"/v1/traces"}
    assert {resource["service.name"] for resource in collector.resources} == {"antrean"}
    sent = b"".join(collector.bodies)
    assert [secret for secret in (token, key, NIK, "kunci-rahasia") if secret.encode() in sent] == []


def one(spans: list[Span], name: str, *, status: int) -> Span:
    (found,) = (span for span in spans if span.name == name and attributes(span)["http.response.status_code"] == status)
    assert found.status.code == Status.STATUS_CODE_UNSET
    return found


def linked(span: Span) -> set[bytes]:
    return {link.span_id for link in span.links}


async def test_a_collector_that_is_not_there_harms_nobody(tmp_path: Path) -> None:
    with a_collector() as collector:
        nowhere = endpoint(collector)
    with an_office(tmp_path, nowhere | {"OTEL_EXPORTER_OTLP_TIMEOUT": "1"}) as office:
        assert await live(office)
        assert office.server.stop() == 0
        lines = office.server.log_lines()
    assert any(line["logger"].startswith("opentelemetry") for line in lines)


@pytest.mark.parametrize(
    "off", [{}, {"OTEL_TRACES_EXPORTER": "none"}, {"OTEL_SDK_DISABLED": "true"}], ids=["unasked", "none", "disabled"]
)
async def test_unasked_nothing_is_sent_and_nothing_is_loaded(tmp_path: Path, off: dict[str, str]) -> None:
    with a_collector() as collector:
        asked = endpoint(collector) if off else {}
        with an_office(tmp_path, asked | off) as office:
            await live(office)
            loaded = libraries(office.server.process.pid)
    assert collector.bodies == []
    assert not any("google" in path for path in loaded)


async def test_asked_for_it_is_loaded(tmp_path: Path) -> None:
    """Without this, the test before would pass also if it looked for the wrong library."""
    with a_collector() as collector, an_office(tmp_path, endpoint(collector)) as office:
        assert any("google" in path for path in libraries(office.server.process.pid))


def libraries(pid: int) -> set[str]:
    """Native ones that a process has loaded, protobuf's among them."""
    maps = (line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines())
    return {fields[5] for fields in maps if len(fields) > 5 and ".so" in fields[5]}
