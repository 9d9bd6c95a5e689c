"""stream-protocol.md, line by line: what is received at connect, and whenever something changes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.service.callers import Caller
from tests.service.offices import Office
from tests.service.wires import TEXT, Wire

QUEUE_FIELDS = ["type", "branch", "queue", "epoch", "seq", "at", "state", "waiting", "now", "wait", "why"]
FAR = "2099-01-01T10:00:00+07:00"


class Desk:
    """Everything that people do at one branch."""

    def __init__(self, caller: Caller, branch: str) -> None:
        self.caller = caller
        self.branch = branch

    async def take(self, queue: str = "umum", **more: str) -> str:
        answer = await self.caller.post(f"/branches/{self.branch}/tickets", {"queue": queue, **more})
        assert answer.status == 201, answer
        return str(answer.json["token"])

    async def at(self, counter: str, action: str, body: object = None) -> None:
        answer = await self.caller.post(f"/branches/{self.branch}/counters/{counter}/{action}", body)
        assert answer.status == 200, answer

    async def post(self, path: str, body: object = None) -> Any:
        answer = await self.caller.post(path, body)
        assert answer.status < 300, answer
        return answer.json

    async def snapshot(self, queue: str = "umum") -> dict[str, Any]:
        snapshot: dict[str, Any] = (await self.caller.get(f"/branches/{self.branch}/queues/{queue}")).json
        return snapshot


@pytest.fixture
async def desk(office: Office, branch: str) -> AsyncIterator[Desk]:
    async with Caller(office.port, office.administrator) as caller:
        yield Desk(caller, branch)


def shown(wire: Wire, seq: int, queue: str = "umum") -> dict[str, Any]:
    """The first frame of the queue that includes this seq."""
    while True:
        frame = wire.read()
        if frame["queue"] == queue and frame["seq"] >= seq:
            return frame


async def test_a_queue_s_frame_is_what_the_protocol_says(office: Office, desk: Desk) -> None:
    for label_class in ("general", "general", "lansia"):
        await desk.take(**{"class": label_class})
    await desk.at("2", "open")
    await desk.at("2", "call-next")
    with Wire(office.port).open(f"branch={desk.branch}&queue=umum") as wire:
        frame = wire.read()
    assert list(frame) == QUEUE_FIELDS
    assert (frame["branch"], frame["queue"], frame["seq"], frame["state"]) == (desk.branch, "umum", 5, "open")
    assert frame["waiting"] == [["A", 1, 2]]
    assert frame["now"] == [["A-003", "2", "called"]]
    assert frame["wait"] == []


async def test_a_lobby_gets_every_queue_of_its_branch(office: Office, desk: Desk) -> None:
    with Wire(office.port).open(f"branch={desk.branch}") as wire:
        assert [wire.read()["queue"] for _ in range(2)] == ["umum", "gigi"]
        await desk.take("gigi")
        assert wire.read()["waiting"] == [["B", 1, 1]]
        await desk.take("umum")
        assert wire.read()["waiting"] == [["A", 1, 1]]


async def test_an_embedder_gets_its_queue_only(office: Office, desk: Desk) -> None:
    with Wire(office.port).open(f"branch={desk.branch}&queue=gigi") as wire:
        assert wire.read()["queue"] == "gigi"
        await desk.take("umum")
        await desk.take("gigi")
        frame = wire.read()
    assert (frame["queue"], frame["seq"]) == ("gigi", 2)


async def test_a_phone_gets_its_ticket_and_the_queue_it_stands_in(office: Office, desk: Desk) -> None:
    token = await desk.take()
    with Wire(office.port).open(f"ticket={token}") as wire:
        ticket, queue = (json.loads(wire.read_frame()[1]) for _ in range(2))
    whole = (await desk.caller.get(f"/tickets/{token}")).json
    assert ticket == {name: value for name, value in whole.items() if name not in ("ahead", "wait", "stops", "promise")}
    assert (queue["type"], queue["queue"]) == ("queue", "umum")


async def test_a_phone_is_told_each_time_that_its_ticket_changes(office: Office, desk: Desk) -> None:
    token = await desk.take()
    await desk.at("1", "open")
    with Wire(office.port).open(f"ticket={token}") as wire:
        assert wire.read("ticket")["state"] == "waiting"
        told = []
        for action in ("call-next", "recall", "serve", "complete"):
            await desk.at("1", action)
            ticket = wire.read("ticket")
            told.append((ticket["state"], ticket["counter"]))
    assert told == [("called", "1"), ("called", "1"), ("serving", "1"), ("completed", "1")]


async def test_a_phone_follows_its_visit_to_another_queue(office: Office, desk: Desk) -> None:
    token = await desk.take("umum")
    await desk.at("1", "open")
    await desk.at("1", "call-next")
    with Wire(office.port).open(f"ticket={token}") as wire:
        wire.read()
        await desk.at("1", "transfer", {"queue": "gigi"})
        ticket = wire.read("ticket")
        assert (ticket["queue"], ticket["state"]) == ("gigi", "waiting")
        assert ticket["steps"] == [["umum", "completed"], ["gigi", "waiting"]]
        assert wire.read()["queue"] == "gigi"
        await desk.take("umum")
        await desk.take("gigi")
        assert shown(wire, 6, "gigi")["waiting"] == [["A", 1, 1], ["B", 1, 1]]


async def test_a_phone_that_was_moved_and_moved_back_gets_each_frame_once(office: Office, desk: Desk) -> None:
    token = await desk.take("umum")
    await desk.at("1", "open", {"queues": ["umum", "gigi"]})
    await desk.at("1", "call-next")
    with Wire(office.port).open(f"ticket={token}") as wire:
        for _ in range(3):
            await desk.at("1", "transfer", {"queue": "gigi"})
            await desk.at("1", "undo")
        await desk.take("umum")
        shown(wire, (await desk.snapshot())["seq"])
        seqs = []
        for _ in range(3):
            await desk.take("umum")
            seqs.append(shown(wire, (await desk.snapshot())["seq"])["seq"])
        await desk.post(f"/branches/{desk.branch}/notices", {"text": "Habis.", "until": FAR})
        rest = []
        while (message := json.loads(wire.read_frame()[1]))["type"] != "notice":
            rest.append(message["seq"])
    assert seqs == sorted(set(seqs))
    assert rest == []


async def test_a_notice_reaches_those_it_is_for_at_once_and_those_who_come_later(office: Office, desk: Desk) -> None:
    said = {"text": "Dokter datang pukul 10.", "until": FAR, "queue": "gigi"}
    with Wire(office.port).open(f"branch={desk.branch}&queue=gigi") as concerned:
        await desk.post(f"/branches/{desk.branch}/notices", said)
        notice = concerned.read("notice")
    with Wire(office.port).open(f"branch={desk.branch}") as later:
        assert later.read("notice") == notice
    with Wire(office.port).open(f"branch={desk.branch}&queue=umum") as other:
        await desk.take("umum")
        kinds = [json.loads(other.read_frame()[1])["type"] for _ in range(2)]
    assert notice == {
        "type": "notice",
        "branch": desk.branch,
        "queue": "gigi",
        "text": said["text"],
        "until": 4_070_919_600_000,
    }
    assert kinds == ["queue", "queue"]


async def test_why_tells_what_moved_and_not_who_has_priority(office: Office, desk: Desk) -> None:
    await desk.at("1", "open")
    with Wire(office.port).open(f"branch={desk.branch}&queue=umum") as wire:
        shown(wire, 1)
        await desk.take()
        assert shown(wire, 2)["why"] == [["A-001", "issued"]]
        await desk.take(**{"class": "lansia"})
        assert shown(wire, 3)["why"] == [[None, "priority"]]
        await desk.at("1", "call-next")
        assert shown(wire, 4)["why"] == [["A-002", "called"]]


async def test_what_is_shared_holds_nobody_s_token_and_nobody_s_class(office: Office, desk: Desk) -> None:
    await desk.at("1", "open")
    with Wire(office.port).open(f"branch={desk.branch}") as wire:
        tokens = [await desk.take(**{"class": "lansia" if n % 2 else "general"}) for n in range(6)]
        await desk.at("1", "call-next")
        await desk.at("1", "transfer", {"queue": "gigi"})
        frames: dict[str, Any] = {}
        while {frame["seq"] for frame in frames.values()} != {9}:
            frame = wire.read()
            frames[frame["queue"]] = frame
    shared = json.dumps([frames, await desk.snapshot("umum"), await desk.snapshot("gigi")])
    assert frames["gigi"]["waiting"] == [["A", 2, 2]]
    assert [word for word in (*tokens, "lansia", "token", "class", "administrator") if word in shared] == []


async def test_changes_that_come_close_together_may_become_one_frame_and_the_last_is_always_shown(
    office: Office, desk: Desk
) -> None:
    with Wire(office.port).open(f"branch={desk.branch}&queue=umum") as wire:
        for _ in range(60):
            await desk.take()
        seqs = [wire.read()["seq"]]
        while seqs[-1] < 60:
            seqs.append(wire.read()["seq"])
    print(f"\n60 changes in {len(seqs) - 1} frames")
    assert seqs == sorted(set(seqs))


async def test_the_waiting_stand_in_the_order_in_which_they_would_be_called(office: Office, desk: Desk) -> None:
    """Classes in turn make the most runs, and still a frame of a few bytes for each."""
    for n in range(100):
        await desk.take(**{"class": "lansia" if n % 2 else "general"})
    with Wire(office.port).open(f"branch={desk.branch}&queue=umum") as wire:
        opcode, payload = wire.read_frame()
    labels = [number for _, first, last in json.loads(payload)["waiting"] for number in range(first, last + 1)]
    assert opcode == TEXT
    assert labels == [*range(2, 101, 2), *range(1, 101, 2)]
    assert len(payload) < 300 + 20 * len(labels)


async def test_the_epoch_is_the_same_for_everyone(office: Office, desk: Desk) -> None:
    with Wire(office.port).open(f"branch={desk.branch}") as one, Wire(office.port).open(f"branch={desk.branch}") as two:
        assert one.read()["epoch"] == two.read()["epoch"] == (await desk.snapshot())["epoch"]


@pytest.mark.parametrize(("action", "state"), [("pause", "paused"), ("close", "closed"), ("open", "open")])
async def test_the_state_of_a_queue_is_shown(office: Office, desk: Desk, action: str, state: str) -> None:
    await desk.post(f"/branches/{desk.branch}/queues/umum/pause")
    await desk.post(f"/branches/{desk.branch}/queues/umum/{action}")
    with Wire(office.port).open(f"branch={desk.branch}&queue=umum") as wire:
        assert wire.read()["state"] == state
