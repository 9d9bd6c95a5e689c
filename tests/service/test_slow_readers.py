"""A client that stops reading costs little, delays nobody, and finds the newest state when it reads again."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from tests.service.callers import Caller
from tests.service.meters import resident_kilobytes
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import CLOSE, PING, PONG, TEXT, Wire, frame

STALLED = 40
CHEAP_KILOBYTES = 100  # for each connection that does not read
WAITING = 900
CHANGES = 300
SMALL_BUFFER = 4096


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server of its own: others' memory would be measured with ours."""
    with running_office(tmp_path_factory.mktemp("slow"), [a_branch("balai"), a_branch("lain")]) as running:
        yield running


async def issue(office: Office, branch: str, numbers: int, people: int = 20) -> None:
    """Classes in turn, so that the waiting are many short runs of numbers and the frame is large."""
    callers = [Caller(office.port) for _ in range(people)]

    async def take(who: int) -> None:
        for n in range(who, numbers, people):
            body = {"queue": "umum", "class": "lansia" if n % 2 else "general"}
            assert (await callers[who].post(f"/branches/{branch}/tickets", body)).status == 201
        await callers[who].hang_up()

    await asyncio.gather(*(take(who) for who in range(people)))


def newest(wire: Wire, seq: int) -> list[int]:
    """The seqs of all frames up to the one of this seq."""
    seqs = [wire.read()["seq"]]
    while seqs[-1] < seq:
        seqs.append(wire.read()["seq"])
    return seqs


async def test_those_who_do_not_read_cost_little_and_delay_nobody(office: Office) -> None:
    pid, query = office.server.process.pid, "branch=balai&queue=umum"
    await issue(office, "balai", WAITING)
    async with Caller(office.port) as caller:
        readers = [Wire(office.port).open(query) for _ in range(2)]
        stalled = [Wire(office.port, receive_buffer=SMALL_BUFFER).open(query) for _ in range(STALLED)]
        reading = [asyncio.create_task(asyncio.to_thread(newest, wire, WAITING + CHANGES)) for wire in readers]
        before = resident_kilobytes(pid)
        for _ in range(CHANGES // 100):
            await issue(office, "balai", 100, people=5)
        seen = await asyncio.gather(*reading)
        cost = (resident_kilobytes(pid) - before) / STALLED
        snapshot = (await caller.get("/branches/balai/queues/umum")).json
    last = [newest(wire, snapshot["seq"])[-1] for wire in stalled]
    print(f"\nframes of {len(json.dumps(snapshot))} bytes: {len(seen[0])} to each reader, {cost:.0f} KB for each of {STALLED} stalled")
    assert cost < CHEAP_KILOBYTES
    assert seen[0][-5:] == seen[1][-5:]
    assert all(later >= earlier for seqs in seen for earlier, later in zip(seqs, seqs[1:], strict=False))
    assert set(last) == {WAITING + CHANGES}
    for wire in (*stalled, *readers):
        assert wire.is_alive()
        wire.close()


async def test_pings_that_nobody_reads_the_answers_of_cost_little(office: Office) -> None:
    """Pongs count as well: a client that only talks must not fill the server's memory."""
    pid, pings = office.server.process.pid, frame(PING, b"a" * 125) * 200
    before = resident_kilobytes(pid)
    with Wire(office.port, receive_buffer=SMALL_BUFFER).open("branch=lain") as flood:
        flood.socket.setblocking(False)
        sent = 0
        for _ in range(2000):
            try:
                sent += flood.socket.send(pings)
            except BlockingIOError:
                break
            except ConnectionError:
                break
        with Wire(office.port).open("branch=lain") as neighbour:
            assert neighbour.is_alive()
        cost = resident_kilobytes(pid) - before
    print(f"\n{sent // 1024} KB of pings sent, {cost} KB kept")
    assert cost < 10 * CHEAP_KILOBYTES


async def test_words_from_the_branch_reach_a_slow_reader_too(office: Office) -> None:
    """What it finds when it reads again includes the notice that was given meanwhile."""
    await issue(office, "lain", 400)
    with Wire(office.port, receive_buffer=SMALL_BUFFER).open("branch=lain") as slow:
        with Wire(office.port).open("branch=lain") as reader:
            for _ in range(25):
                await issue(office, "lain", 1, people=1)
                seq = (await snapshot_of(office, "lain"))["seq"]
                await asyncio.to_thread(newest_of, reader, "umum", seq)
            async with Caller(office.port, office.administrator) as head:
                said = {"text": "Dokter datang pukul 10.", "until": "2099-01-01T10:00:00+07:00"}
                assert (await head.post("/branches/lain/notices", said)).status == 201
            assert (await asyncio.to_thread(reader.read, "notice"))["text"] == said["text"]
        slow.send(frame(PING, b"end"))
        types = kinds_until_pong(slow)
    assert "notice" in types


async def snapshot_of(office: Office, branch: str) -> dict[str, int]:
    async with Caller(office.port) as caller:
        snapshot: dict[str, int] = (await caller.get(f"/branches/{branch}/queues/umum")).json
        return snapshot


def newest_of(wire: Wire, queue: str, seq: int) -> None:
    while True:
        shown = wire.read()
        if shown["queue"] == queue and shown["seq"] >= seq:
            return


def kinds_until_pong(wire: Wire) -> list[str]:
    kinds = []
    while True:
        opcode, payload = wire.read_frame()
        if opcode in (PONG, CLOSE):
            return kinds
        assert opcode == TEXT
        kinds.append(json.loads(payload)["type"])


@pytest.mark.slow
async def test_who_never_reads_again_is_let_go(office: Office) -> None:
    """A minute after its last sign of life, and a little for the kernel's own rhythm."""
    wire = Wire(office.port, receive_buffer=SMALL_BUFFER).open("branch=lain")
    async with asyncio.timeout(180):
        while await connections(office):
            await issue(office, "lain", 5, people=1)
            await asyncio.sleep(0.5)
    wire.close()


async def connections(office: Office) -> int:
    async with Caller(office.port) as caller:
        text = (await caller.ask("GET", "/../../metrics")).body.decode()
    return int(float(next(line.split()[1] for line in text.splitlines() if line.startswith("antrean_connections "))))
