"""A client that stops reading costs little, delays nobody, and finds the newest state when it reads again."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from tests.service.callers import Caller
from tests.service.meters import metrics, resident_kilobytes
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import CLOSE, PING, PONG, TEXT, Wire, frame

STALLED = 40
CHEAP_KILOBYTES = 100  # for each connection that does not read
WAITING = 900
ROUNDS = 30
CHANGES = 10  # in each round, all of them shown to the readers before the next
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


async def snapshot_seq(office: Office) -> int:
    async with Caller(office.port) as caller:
        return int((await caller.get("/branches/balai/queues/umum")).json["seq"])


def newest(wire: Wire, seq: int) -> list[int]:
    """The seqs of all frames up to the one of this seq."""
    seqs = [wire.read()["seq"]]
    while seqs[-1] < seq:
        seqs.append(wire.read()["seq"])
    return seqs


@pytest.fixture(scope="module")
def crowd(office: Office) -> Office:
    """So many wait at the branch that one frame is larger than the buffers of a small phone."""
    asyncio.run(issue(office, "balai", WAITING))
    return office


async def test_those_who_do_not_read_cost_little_and_delay_nobody(crowd: Office) -> None:
    pid, query = crowd.server.process.pid, "branch=balai&queue=umum"
    readers = [Wire(crowd.port).open(query) for _ in range(2)]
    stalled = [Wire(crowd.port, receive_buffer=SMALL_BUFFER).open(query) for _ in range(STALLED)]
    for wire in (*readers, *stalled[:1]):
        wire.read()
    seen: list[list[int]] = [[], []]
    before, start = resident_kilobytes(pid), (await snapshot_seq(crowd))
    for n in range(1, ROUNDS + 1):
        await issue(crowd, "balai", CHANGES, people=5)
        for reader, seqs in zip(readers, seen, strict=True):
            seqs += await asyncio.to_thread(newest, reader, start + n * CHANGES)
    end = start + ROUNDS * CHANGES
    cost = (resident_kilobytes(pid) - before) / STALLED
    skipped = metrics(crowd.port)["antrean_frames_skipped_total"]
    late = [newest(wire, end) for wire in stalled]
    print(f"\n{len(seen[1])} frames to each reader, {skipped:.0f} skipped, {cost:.0f} KB for each of {STALLED} stalled")
    assert skipped > 0
    assert cost < CHEAP_KILOBYTES
    assert seen[0] == seen[1]
    assert [seqs for seqs in (*seen, *late) if seqs != sorted(seqs)] == []
    assert {seqs[-1] for seqs in late} == {end}
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


async def test_words_from_the_branch_reach_a_slow_reader_too(crowd: Office) -> None:
    """What it finds when it reads again includes the notice that was given meanwhile."""
    slow = Wire(crowd.port, receive_buffer=SMALL_BUFFER).open("branch=balai&queue=umum")
    skipped = metrics(crowd.port)["antrean_frames_skipped_total"]
    with Wire(crowd.port).open("branch=balai&queue=umum") as reader:
        while metrics(crowd.port)["antrean_frames_skipped_total"] == skipped:
            await issue(crowd, "balai", 1, people=1)
            await asyncio.to_thread(reader.read)
        async with Caller(crowd.port, crowd.administrator) as head:
            said = {"text": "Dokter datang pukul 10.", "until": "2099-01-01T10:00:00+07:00"}
            assert (await head.post("/branches/balai/notices", said)).status == 201
        assert (await asyncio.to_thread(reader.read, "notice"))["text"] == said["text"]
    slow.send(frame(PING, b"end"))
    assert "notice" in kinds_until_pong(slow)
    slow.close()


def kinds_until_pong(wire: Wire) -> list[str]:
    kinds: list[str] = []
    while True:
        opcode, payload = wire.read_frame()
        if opcode in (PONG, CLOSE):
            return kinds
        assert opcode == TEXT
        kinds.append(json.loads(payload)["type"])


@pytest.mark.slow
async def test_who_never_reads_again_is_let_go(crowd: Office) -> None:
    """A minute after its last sign of life, and a little for the kernel's own rhythm."""
    with Wire(crowd.port, receive_buffer=SMALL_BUFFER).open("branch=balai"):
        async with asyncio.timeout(180):
            while metrics(crowd.port)["antrean_connections"]:
                await issue(crowd, "balai", 5, people=1)
                await asyncio.sleep(0.5)
