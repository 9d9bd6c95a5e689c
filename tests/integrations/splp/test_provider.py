"""What we publish on the service bus, asked for through a gateway of its kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
from click.testing import CliRunner

from integrations.contract import Opening
from integrations.splp.command import splp
from integrations.splp.openapi import description
from integrations.splp.readings import percentile_90, services_of
from integrations.splp.system import SplpSystem
from queue_service.app import make_app
from queue_service.domain.actions import CallNext, Complete, Serve
from queue_service.domain.names import Name
from queue_service.domain.outreach import Outreach, OutreachService
from queue_service.domain.standards import Standard
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup_file
from queue_service.web.house import House
from tests.doubles.splp.gateway import Gateway
from tests.doubles.web import Answer, Request
from tests.houses import CHILDREN, LAHAT, RSUD, Clock, a_house, a_visitor, issue, open_counter
from tests.web.wired import set_up_connections

OWN = "/connections/bus"
PLAN = ConnectionPlan(id="bus", system="splp", branches=[RSUD])


@dataclass
class Bus:
    house: House
    clock: Clock
    gateway: Gateway
    direct: httpx2.AsyncClient

    async def get(self, path: str, query: str = "", **headers: str) -> Answer:
        """Through the gateway, as a subscribed agency asks."""
        asked = {
            "authorizationsplp": f"Bearer {self.gateway.key}",
            **{n.replace("_", "-"): v for n, v in headers.items()},
        }
        answer = await self.gateway.answer(Request("GET", f"{self.gateway.prefix}{path}", asked, query=query))
        assert answer is not None
        return answer

    async def read(self, path: str, query: str = "") -> Any:
        answer = await self.get(path, query)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)


@asynccontextmanager
async def a_bus(folder: Path, mount: str = OWN) -> AsyncIterator[Bus]:
    clock = Clock()
    async with a_house(folder, clock) as house, a_visitor(house) as direct:
        await set_up_connections(house, PLAN)
        transport = httpx2.ASGITransport(make_app(house))

        async def hand_on(request: Request) -> Answer:
            async with httpx2.AsyncClient(transport=transport, base_url="http://antrean") as client:
                address = f"{mount}{request.path}?{request.query}"
                told = await client.request(request.method, address, headers=dict(request.headers))
            return Answer(told.content, told.status_code, told.headers.get("content-type", ""), dict(told.headers))

        yield Bus(house, clock, Gateway(hand_on), direct)


async def serve_some(bus: Bus) -> None:
    """Three come; two are called after one and three minutes, and served."""
    for _ in range(3):
        await issue(bus.house)
    await open_counter(bus.house)
    for minutes in (1, 2):
        bus.clock.turn(minutes=minutes)
        for action in (CallNext("3"), Serve("3"), Complete("3")):
            await bus.house.desk.act(RSUD, action, "clerk:test")


async def test_services_counters_and_figures_are_read_through_the_gateway(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        await serve_some(bus)
        services = (await bus.read("/layanan"))["layanan"]
        assert {one["cabang"] for one in services} == {RSUD}
        assert CHILDREN in {one["antrean"] for one in services}
        await bus.house.desk.act(RSUD, CallNext("3"), "clerk:test")
        (line,) = [one for one in (await bus.read("/loket/status"))["loket"] if one["antrean"] == CHILDREN]
        assert (line["status"], line["menunggu"], line["dipanggil"][0]["nomor"]) == ("buka", 0, "B-003")
        told = await bus.read("/statistik/harian", "tanggal=2026-11-23")
        (figures,) = [one for one in told["statistik"] if one["antrean"] == CHILDREN]
        assert (figures["nomor_terbit"], figures["dipanggil"], figures["selesai"]) == (3, 3, 2)
        assert (figures["tunggu_median_detik"], figures["tunggu_p90_detik"]) == (180, 180)
        (idle,) = [one for one in told["statistik"] if one["antrean"] == "poli-dalam"]
        assert (idle["nomor_terbit"], idle["tunggu_median_detik"]) == (0, None)


async def test_nothing_of_a_person_is_told(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        await serve_some(bus)
        token = "/t/"
        for path in ("/layanan", "/loket/status", "/statistik/harian"):
            body = (await bus.get(path)).body.decode()
            assert "clerk" not in body and token not in body and "antrean_" not in body


async def test_a_prefix_that_the_gateway_leaves_is_passed_over(tmp_path: Path) -> None:
    async with a_bus(tmp_path, f"{OWN}/t/lahatkab.example/antrean/1.0") as bus:
        for path, status in (("/layanan/", 200), ("/loket/status", 200), ("/tidak-ada", 404), ("/xlayanan", 404)):
            assert (await bus.get(path)).status == status


async def test_answers_may_be_kept_and_are_asked_for_again_by_their_tag(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        first = await bus.get("/loket/status")
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "public, max-age=5"
        assert "set-cookie" not in first.headers and "vary" not in first.headers
        for given in (tag, f'W/{tag}, "other"', "*"):
            again = await bus.get("/loket/status", if_none_match=given)
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        await issue(bus.house)
        changed = await bus.get("/loket/status", if_none_match=tag)
        assert (changed.status, changed.headers["etag"] != tag) == (200, True)
        past = await bus.get("/statistik/harian", "tanggal=2026-11-20")
        assert past.headers["cache-control"] == "public, max-age=3600"
        head = await bus.direct.head(f"{OWN}/layanan")
        assert (head.status_code, head.content) == (200, b"")


async def test_a_day_is_reckoned_anew_after_a_minute_and_not_before(tmp_path: Path) -> None:
    async def issued(bus: Bus) -> int:
        told = await bus.read("/statistik/harian")
        return sum(one["nomor_terbit"] for one in told["statistik"])

    async with a_bus(tmp_path) as bus:
        assert await issued(bus) == 0
        await issue(bus.house)
        assert await issued(bus) == 0
        bus.clock.turn(seconds=61)
        assert await issued(bus) == 1


ASKED = (
    ("/statistik/harian", "tanggal=kemarin", 400),
    ("/statistik/harian", "tanggal=2026-11-24", 400),
    ("/statistik/harian", "tanggal=1999-01-01", 400),
    ("/layanan", "cabang=disdukcapil-lahat", 404),  # not of this connection
    ("/layanan", f"cabang={RSUD}&entah=apa", 200),
)


async def test_what_is_asked_wrongly_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        for path, query, status in ASKED:
            answer = await bus.get(path, query)
            assert answer.status == status
            assert status == 200 or json.loads(answer.body)["detail"]


async def test_nothing_can_be_written(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            answer = await bus.direct.request(method, f"{OWN}/layanan")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_the_gateway_lets_nobody_in_without_its_key(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        answer = await bus.get("/layanan", authorizationsplp="Bearer salah")
        assert (answer.status, json.loads(answer.body)["code"]) == (401, "900901")


async def test_the_description_is_one_that_others_accept_and_that_is_true(tmp_path: Path) -> None:
    import schemathesis  # here: it takes a second, and every process of the tests reads this file

    async with a_bus(tmp_path) as bus:
        await serve_some(bus)
        described = await bus.read("/openapi.json")
        assert described["openapi"].startswith("3.0.")
        assert {server["url"] for server in described["servers"]} == {"."}
        schema = schemathesis.openapi.from_dict(described)
        schema.validate()
        for path in described["paths"]:
            operation = schema[path]["GET"]
            answer = await bus.direct.get(f"{OWN}{path}")
            operation.validate_response(schemathesis.Response.from_any(answer))
        asked = await bus.direct.get(f"{OWN}/layanan?cabang=entah")
        schema["/layanan"]["GET"].validate_response(schemathesis.Response.from_any(asked))


def test_a_command_writes_the_description_for_the_portal(tmp_path: Path) -> None:
    file = tmp_path / "antrean.json"
    done = CliRunner().invoke(splp, ["openapi", str(file), "--title", "Antrean Lahat"])
    assert done.exit_code == 0, done.output
    described = json.loads(file.read_text())
    assert described["info"]["title"] == "Antrean Lahat"
    assert described["paths"] == description()["paths"]
    assert json.loads(CliRunner().invoke(splp, ["openapi"]).output)["openapi"] == described["openapi"]


async def test_the_button_says_what_can_be_given(tmp_path: Path) -> None:
    async with a_bus(tmp_path) as bus:
        found = await SplpSystem().probe(Opening(PLAN, bus.house, {}))
        assert found == "All 3 readings of 1 branches can be given; nothing was sent."


def test_services_are_told_with_what_to_have_ready_at_counters_and_at_home() -> None:
    branch = read_setup_file(LAHAT).branches[0].branch()
    name, ready = Name("Perekaman KTP-el", "ID card recording"), Name("Kartu keluarga", "Family card")
    (first, *others) = branch.queues.values()
    at_counter = replace(first, standard=Standard(requirements=(ready,)))
    queues = {queue.id: queue for queue in (at_counter, *others)}
    office = replace(
        branch, queues=queues, outreach=Outreach("16.04", {"ktp": OutreachService("ktp", name, 15, (ready,))})
    )
    told = services_of(office)[-1]
    assert (told["jenis"], told["nama"], told["persyaratan"]) == ("jemput_bola", name.id, ["Kartu keluarga"])
    assert [one["persyaratan"] for one in services_of(office)[:2]] == [["Kartu keluarga"], []]
    described = {**description(), "$ref": "#/components/schemas/Layanan"}
    assert jsonschema_rs.Draft4Validator(described).is_valid(told | {"instansi": "Disdukcapil", "kuota_harian": 1})
    assert set(told) == set(services_of(office)[0])


def test_nine_of_ten_waits_are_shorter() -> None:
    assert percentile_90([7.0]) == 7.0
    assert percentile_90([float(n) for n in range(1, 12)]) == 10.0
    assert timedelta(seconds=percentile_90([0.0, 100.0])) == timedelta(seconds=90)
