"""What Prometheus reads: it counts what was done, and names nobody."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.samples import Sample

from tests.service.callers import Caller
from tests.service.meters import samples, scrape
from tests.service.offices import Office, running_office
from tests.service.phones import Phone
from tests.service.plans import a_branch
from tests.service.wires import Wire

NIK, NUMBER, NAME = "3201994107900123", "081234567890", "Ibu Rahasia"
Key = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    env = {"ANTREAN_MAX_CONNECTIONS": "3"}
    branches = [a_branch(name) for name in ("hitung", "lama", "penuh", "nama", "rute")]
    with running_office(tmp_path_factory.mktemp("metrics"), branches, env) as running:
        yield running


class Difference:
    """What a scrape tells more than the one before it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._before = self._values()

    def _values(self) -> dict[Key, float]:
        return {key_of(sample): sample.value for sample in samples(self._port)}

    def read(self) -> dict[Key, float]:
        now = self._values()
        return {key: value - self._before.get(key, 0) for key, value in now.items()}


def key_of(sample: Sample) -> Key:
    return sample.name, tuple(sorted(sample.labels.items()))


def plain(name: str) -> Key:
    return f"antrean_{name}", ()


async def test_counters_count_what_was_done(office: Office) -> None:
    changed = Difference(office.port)
    phone = Phone(office.port, "branch=hitung&queue=umum")
    async with Caller(office.port, office.administrator) as caller, asyncio.TaskGroup() as group:
        watching = group.create_task(phone.watch())
        await phone.until_shown("umum", 0)
        for key in ("a", "b", "a"):
            await caller.post("/branches/hitung/tickets", {"queue": "umum"}, idempotency=f"hitung-{key}")
        await phone.until_shown("umum", 2)
        watched = {key: value for key, value in changed.read().items() if key == plain("connections")}
        watching.cancel()
    done = changed.read()
    assert watched == {plain("connections"): 1}
    assert done[plain("connections_opened_total")] == 1
    assert done[plain("entries_appended_total")] == 2
    assert done[plain("idempotent_replays_total")] == 1
    assert done[plain("frames_sent_total")] >= 2
    assert done[plain("frames_skipped_total")] == done[plain("append_conflicts_total")] == 0
    assert done[plain("commit_seconds_count")] == done[plain("commit_appends_count")] >= 2
    assert done[plain("commit_appends_sum")] == 3
    assert 0 < done[plain("commit_seconds_sum")] < 30
    assert 1 <= done[plain("commit_to_send_seconds_count")] <= 2
    assert 0 < done[plain("commit_to_send_seconds_sum")] < 30
    issued = (("method", "POST"), ("route", "/api/v1/branches/{branch}/tickets"), ("status", "2xx"))
    assert done["antrean_http_request_seconds_count", issued] == 3


async def test_the_loop_s_lag_is_felt(office: Office) -> None:
    changed = Difference(office.port)
    async with asyncio.timeout(30):
        while (done := changed.read())[plain("event_loop_lag_seconds_count")] < 5:
            await asyncio.sleep(0.1)
    worker = (("worker", str(office.server.process.pid)),)
    latest = {key_of(sample): sample.value for sample in samples(office.port)}
    assert latest["antrean_event_loop_lag_max_seconds", worker] >= 0
    assert done[plain("event_loop_lag_seconds_sum")] >= 0


async def test_one_too_many_is_counted_as_refused(office: Office) -> None:
    changed = Difference(office.port)
    wires = [Wire(office.port).open("branch=penuh") for _ in range(3)]
    with Wire(office.port).open("branch=penuh") as late:
        assert late.ended().code == 1013
    done = changed.read()
    for wire in wires:
        wire.close()
    assert (done[plain("connections_refused_total")], done[plain("connections_opened_total")]) == (1, 3)


async def test_requests_are_told_by_their_route_and_never_by_their_address(office: Office) -> None:
    changed = Difference(office.port)
    async with Caller(office.port, office.administrator) as caller:
        token = (await caller.post("/branches/rute/tickets", {"queue": "umum"})).json["token"]
        await caller.get(f"/tickets/{token}")
        await caller.get("/tickets/none-of-ours")
        await caller.get(f"/nowhere/{token}")
        await caller.ask("PROPFIND", f"/tickets/{token}")
    done = {
        tuple(value for _, value in labels): value
        for (name, labels), value in changed.read().items()
        if name == "antrean_http_request_seconds_count" and value
    }
    reading = "/api/v1/tickets/{token}"
    assert done.pop(("GET", "/metrics", "2xx")) == 1
    assert done == {
        ("POST", "/api/v1/branches/{branch}/tickets", "2xx"): 1,
        ("GET", reading, "2xx"): 1,
        ("GET", reading, "4xx"): 1,
        ("GET", "none", "4xx"): 1,
        ("other", reading, "4xx"): 1,
    }


async def test_metrics_name_nobody(office: Office) -> None:
    secrets = {office.administrator, NIK, NUMBER, NAME, "kunci-rahasia"}
    visitor = {"name": NAME, "nik": NIK, "phone": NUMBER}
    async with Caller(office.port, office.administrator) as caller:
        taken = await caller.post("/branches/nama/tickets", {"queue": "umum"}, idempotency="kunci-rahasia")
        refused = await caller.post("/branches/nama/tickets", {"queue": "umum", "visitor": visitor})
        for address in (f"/tickets/{taken.json['token']}", f"/branches/{NIK}", f"/branches/{NUMBER}", "/tickets/x"):
            await caller.get(address)
    text = scrape(office.port).lower()
    labels = {value for sample in samples(office.port) for name, value in sample.labels.items() if name == "route"}
    assert (taken.status, refused.status) == (201, 422)
    assert [secret for secret in secrets | {taken.json["token"]} if secret.lower() in text] == []
    assert "hitung" not in text
    assert labels
    assert all(re.fullmatch(r"none|(/[a-z0-9.-]*|/\{[a-z_]+\})+", label) for label in labels), labels


def test_a_single_process_leaves_no_files(office: Office) -> None:
    names = {path.name for path in Path(office.folder).rglob("*")}
    database = {"antrean.db", "antrean.db-shm", "antrean.db-wal"}
    assert {"secret", "antrean.db"} <= names <= {"secret", "people-keys", "server.log"} | database
