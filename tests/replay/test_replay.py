"""Invented days through a real server: everything arrives, in order, and a phone sees every call."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from queue_service.replay.client import ReplayStopped, connect
from queue_service.replay.recordings import Lane, Recorded, write_recording
from queue_service.replay.report import report
from queue_service.replay.run import replay
from queue_service.replay.tally import total
from tests.replay.inventions import DAYS, LANES, invent
from tests.servers import LAHAT, ROOT, Server, ServerFailed, running_server

CLIENTS = 8
ORDER, STRANGERS, QUOTA, CLOSING = (Lane("puskesmas", queue) for queue in ("order", "strangers", "quota", "closing"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The example agencies, and what the invented recordings need: each test has queues of its own."""
    folder = tmp_path_factory.mktemp("replay")
    recording = [*invent(1, each=1), *invent(1, each=1, lanes=(ORDER, STRANGERS, QUOTA, CLOSING))]
    days, plan = save(recording, folder / "days.csv"), folder / "plan.yaml"
    server = running_server(folder / "data", setup=None)
    printed = server.run("replay", str(days), "--plan")
    plan.write_text(printed.replace("id: quota,", "id: quota, quota: 8,"), encoding="utf-8")
    server.run("setup", str(plan))
    server.run("setup", str(ROOT / LAHAT))
    with server as running:
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.key("administrator")


@pytest.fixture(scope="module")
def database(server: Server) -> str:
    return f"sqlite:///{server.data_dir / 'antrean.db'}"


def save(recording: Sequence[Recorded], path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        write_recording(recording, file)
    return path


def a_day(seed: int, each: int, lane: Lane, day: date = DAYS[0]) -> list[Recorded]:
    return invent(seed, each, lanes=(lane,), days=(day,))


async def test_what_was_recorded_stands_in_the_journal_and_a_phone_saw_every_call(
    server: Server, key: str, database: str
) -> None:
    recording = invent(1, each=30)
    outcome = await replay(
        recording, server.url, key, clients=CLIENTS, watch="rumah-sakit/pendaftaran", database_url=database
    )
    assert outcome.is_as_recorded, report(outcome)
    assert outcome.journal is not None
    assert outcome.watched is not None

    called = sum(one.called is not None for one in recording)
    never = [one for one in recording if one.called is None]
    journal = total(outcome.journal.lanes)
    assert (journal.issued, journal.called, journal.completed) == (300, called, called)
    assert (journal.cancelled, journal.left) == tuple(sum(one.day == day for one in never) for day in DAYS)
    assert outcome.account.by_rule + outcome.account.by_label == called
    assert outcome.account.by_label > 0
    assert outcome.watched.called == sum(one.called is not None for one in recording if one.lane == LANES[0])


async def test_calls_are_made_in_the_recorded_order(server: Server, key: str) -> None:
    recording = a_day(2, 20, ORDER)
    outcome = await replay(recording, server.url, key, clients=CLIENTS)
    number_of = dict(zip(outcome.account.labels[ORDER], (one.number for one in recording), strict=True))
    recorded = [one.number for one in sorted(recording, key=lambda r: r.called or r.issued) if one.called]
    assert [number_of[label] for label in called_in(server, ORDER, number_of)] == recorded


def called_in(server: Server, lane: Lane, labels: dict[str, str]) -> list[str]:
    with sqlite3.connect(server.data_dir / "antrean.db") as connection:
        query = "select fields from entries where kind = 'called' and branch = ? order by seq"
        called = [json.loads(fields)["label"] for (fields,) in connection.execute(query, (lane.branch,))]
    return [label for label in called if label in labels]


async def test_strangers_who_wait_already_are_left_waiting(server: Server, key: str, database: str) -> None:
    async with connect(server.url, key, 1) as client:
        stranger = await client.post("/branches/puskesmas/tickets", {"queue": "strangers"})
        outcome = await replay(a_day(3, 10, STRANGERS), server.url, key, clients=2, database_url=database)
        queue = await client.get("/branches/puskesmas/queues/strangers")
    assert outcome.is_as_recorded, report(outcome)
    assert outcome.account.by_rule == 0
    assert stranger is not None
    prefix, first, _ = queue["waiting"][0]
    assert f"{prefix}-{first:03}" == stranger["label"]


async def test_counters_are_closed_again_when_all_is_over(server: Server, key: str) -> None:
    await replay(a_day(3, 3, CLOSING), server.url, key, clients=2)
    async with connect(server.url, key, 1) as client:
        branch = await client.get("/branches/puskesmas")
    assert {(counter["state"], counter["ticket"]) for counter in branch["counters"]} == {("closed", None)}


async def test_a_refusal_by_the_rules_is_counted_and_the_rest_goes_on(server: Server, key: str, database: str) -> None:
    outcome = await replay(a_day(3, 10, QUOTA), server.url, key, clients=2, database_url=database)
    assert [refusal.code for refusal in outcome.account.refusals] == ["quota_full"] * 2
    assert outcome.account.refusals[0].what == "issue, puskesmas/quota number 9"
    assert not outcome.is_as_recorded
    assert outcome.journal is not None
    assert total(outcome.journal.lanes) == total(outcome.account.lanes)


async def test_a_wrong_key_ends_it_with_a_sentence(server: Server) -> None:
    with pytest.raises(ReplayStopped, match="does not know this key"):
        await replay(a_day(3, 2, CLOSING), server.url, "antrean_00000000_wrong")


async def test_a_queue_that_the_service_does_not_have_ends_it_with_the_way_out(server: Server, key: str) -> None:
    with pytest.raises(ReplayStopped, match=r"no queue puskesmas/bedah.*--plan"):
        await replay(a_day(3, 2, Lane("puskesmas", "bedah")), server.url, key)


async def test_a_branch_that_the_service_does_not_have_ends_it_with_the_way_out(server: Server, key: str) -> None:
    with pytest.raises(ReplayStopped, match=r"no branch “nowhere”.*--plan"):
        await replay(a_day(3, 2, Lane("nowhere", "umum")), server.url, key)


async def test_a_service_that_is_not_there_ends_it_with_a_sentence() -> None:
    with pytest.raises(ReplayStopped, match=r"http://127\.0\.0\.1:9 does not answer"):
        await replay(a_day(3, 2, CLOSING), "http://127.0.0.1:9", "key")


def test_the_sample_can_be_tried_as_the_documentation_says(server: Server, key: str, database: str) -> None:
    sample = str(ROOT / "examples" / "replay-sample.csv")
    url = ["--url", server.url, "--key", key]
    printed = server.run("replay", sample, *url, "--watch", "pendaftaran", "--database", database)
    assert re.search(r"numbers issued +36 +36 +36\n", printed)
    assert re.search(r"Calls: [1-9]\d* where the rules chose as recorded, [1-9]\d* by label", printed)
    assert "saw 15 of 15 calls" in printed
    assert "Differences: none." in printed


def test_the_command_refuses_a_faulty_file_and_a_missing_key(server: Server, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.csv"
    faulty.write_text("queue,number\n")
    with pytest.raises(ServerFailed, match="issued is missing"):
        server.run("replay", str(faulty), "--key", "x")
    with pytest.raises(ServerFailed, match="Whose key"):
        server.run("replay", str(ROOT / "examples" / "replay-sample.csv"))
