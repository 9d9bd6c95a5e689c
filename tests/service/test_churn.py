"""Thousands who come and go: nothing of them stays behind."""

import http.client
import json
import random
import time
from collections.abc import Iterator

import pytest

from tests.service.meters import metrics, open_files, resident_kilobytes
from tests.service.offices import Office, running_office
from tests.service.plans import QUEUES, a_branch
from tests.service.wires import TEXT, Wire, close_frame, frame, handshake

GAUGE = "antrean_connections"
SETTLED_SECONDS = 20
QUIET_LOOKS = 10  # that find the same, and nobody there
KEPT_KILOBYTES = 3000  # less than a third of a kilobyte for each who came, when ten thousand did


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    everybody = {"ANTREAN_HANDSHAKES_A_SECOND": "100000"}  # one after the other, they may come quicker than usual
    with running_office(tmp_path_factory.mktemp("churn"), [a_branch("balai")], everybody) as running:
        yield running


def come_and_go(office: Office, rng: random.Random) -> None:
    """In one of the ways in which phones and networks do that."""
    wire = Wire(office.port)
    way = rng.randrange(8)
    if way == 0:
        wire.send(handshake("branch=balai")[: rng.randrange(200)])
        wire.reset()
        return
    if way == 1:
        wire.send(handshake("branch=balai"))
        wire.reset()
        return
    if way == 2:
        wire.send(handshake("ticket=nobody"))
        assert wire.reply().status == 404
    else:
        wire.open("branch=balai")
    if way == 3:
        wire.send(close_frame(1000))
        assert wire.ended().code == 1000
    elif way == 4:
        wire.send(frame(TEXT, b"\xff"))
        assert wire.ended().code == 1007
    elif way == 5:
        wire.read()
        wire.reset()
    elif way == 6:
        wire.send(frame(TEXT, b"cut in the middle")[:9])
    wire.close()


def issue(office: Office, queue: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=30)
    headers = {"Content-Type": "application/json", "Connection": "close"}
    connection.request("POST", "/api/v1/branches/balai/tickets", json.dumps({"queue": queue}), headers)
    assert connection.getresponse().status == 201
    connection.close()


def settled(office: Office) -> tuple[int, float]:
    """Open files and streams, once each queue has moved on without those who left, and all is quiet."""
    for queue in QUEUES:
        issue(office, queue)
    deadline = time.monotonic() + SETTLED_SECONDS
    quiet, last = 0, (0, -1.0)
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        time.sleep(0.1)
        now = open_files(office.server.process.pid), metrics(office.port)[GAUGE]
        quiet = quiet + 1 if now == last and now[1] == 0 else 0
        last = now
    return last


@pytest.mark.parametrize(
    ("before", "rounds"), [(1000, 1000), pytest.param(40_000, 10_000, marks=pytest.mark.slow, id="after 40,000")]
)
def test_thousands_come_and_go_and_leave_nothing_behind(office: Office, before: int, rounds: int) -> None:
    """After others before them, so that what the allocator keeps for the next crowd is there already."""
    rng, pid = random.Random(32), office.server.process.pid
    for _ in range(before):
        come_and_go(office, rng)
    warm = settled(office)
    memory = resident_kilobytes(pid)
    for _ in range(rounds):
        come_and_go(office, rng)
    after = settled(office)
    kept = resident_kilobytes(pid) - memory
    print(f"\n{rounds} came and went: files {warm[0]} → {after[0]}, streams {after[1]:.0f}, {kept} KB kept")
    assert after == (warm[0], 0)
    assert kept < KEPT_KILOBYTES
