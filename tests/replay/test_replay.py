"""Invented days through a real server: everything arrives, in order, and a phone sees every call."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from queue_service.replay.client import ReplayStopped, connect
from queue_service.replay.plan import setup_text
from queue_service.replay.recordings import Lane, Recorded, write_recording
from queue_service.replay.report import report
from queue_service.replay.run import replay
from queue_service.replay.tally import total
from tests.replay.inventions import DAYS, LANES, invent
from tests.servers import ROOT, Server, ServerFailed, running_server

CLIENTS = 8
ONE = LANES[:1]


@pytest.fixture
def key(server: Server) -> str:
    return administrator(server)


def administrator(server: Server) -> str:
    return server.run("key", "create", "--role", "administrator").split()[-1]


def database_of(server: Server) -> str:
    return f"sqlite:///{server.data_dir / 'antrean.db'}"


def save(recording: Sequence[Recorded], path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        write_recording(recording, file)
    return path


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Server]:
    """A server with what the invented recording needs."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(setup_text(invent(1, each=2)), encoding="utf-8")
    with running_server(tmp_path / "planned", setup=plan) as server:
        yield server


async def test_what_was_recorded_stands_in_the_journal_and_a_phone_saw_every_call(planned: Server) -> None:
    recording = invent(1, each=30)
    outcome = await replay(
        recording, planned.url, administrator(planned),
        clients=CLIENTS, watch="pendaftaran", database_url=database_of(planned),
    )  # fmt: skip
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


async def test_calls_are_made_in_the_recorded_order(planned: Server) -> None:
    recording = [one for one in invent(2, each=20, lanes=ONE) if one.day == DAYS[0]]
    outcome = await replay(recording, planned.url, administrator(planned), clients=CLIENTS)
    number_of = dict(zip(outcome.account.labels[ONE[0]], (one.number for one in recording), strict=True))
    recorded = [one.number for one in sorted(recording, key=lambda r: r.called or r.issued) if one.called]
    assert [number_of[label] for label in called_in(planned, ONE[0])] == recorded


def called_in(server: Server, lane: Lane) -> list[str]:
    with sqlite3.connect(server.data_dir / "antrean.db") as connection:
        query = "select fields from entries where kind = 'called' and branch = ? order by seq"
        return [json.loads(fields)["label"] for (fields,) in connection.execute(query, (lane.branch,))]


async def test_strangers_who_wait_already_are_left_waiting(server: Server, key: str) -> None:
    async with connect(server.url, key, 1) as client:
        await client.post("/branches/rsud-lahat/tickets", {"queue": "pendaftaran"})
    recording = invent(3, each=10, lanes=ONE, days=DAYS[:1])
    outcome = await replay(recording, server.url, key, clients=2, database_url=database_of(server))
    assert outcome.is_as_recorded, report(outcome)
    assert outcome.account.by_rule == 0
    async with connect(server.url, key, 1) as client:
        queue = await client.get("/branches/rsud-lahat/queues/pendaftaran")
    assert queue["waiting"][0] == ["A", 1, 1]


async def test_counters_are_closed_again_when_all_is_over(server: Server, key: str) -> None:
    await replay(invent(3, each=3, lanes=ONE, days=DAYS[:1]), server.url, key, clients=2)
    async with connect(server.url, key, 1) as client:
        branch = await client.get("/branches/rsud-lahat")
    assert {(counter["state"], counter["ticket"]) for counter in branch["counters"]} == {("closed", None)}


async def test_a_refusal_by_the_rules_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    recording = invent(3, each=10, lanes=ONE, days=DAYS[:1])
    plan = tmp_path / "plan.yaml"
    plan.write_text(setup_text(recording).replace("prefix: A", "prefix: A, quota: 8"), encoding="utf-8")
    async with running_server(tmp_path / "data", setup=plan) as server:
        outcome = await replay(
            recording, server.url, administrator(server), clients=2, database_url=database_of(server)
        )
    assert [refusal.code for refusal in outcome.account.refusals] == ["quota_full"] * 2
    assert outcome.account.refusals[0].what == "issue, rsud-lahat/pendaftaran number 9"
    assert not outcome.is_as_recorded
    assert outcome.journal is not None
    assert total(outcome.journal.lanes) == total(outcome.account.lanes)


async def test_a_wrong_key_ends_it_with_a_sentence(server: Server) -> None:
    with pytest.raises(ReplayStopped, match="does not know this key"):
        await replay(invent(3, each=2, lanes=ONE), server.url, "antrean_00000000_wrong")


async def test_a_queue_that_the_service_does_not_have_ends_it_with_the_way_out(server: Server, key: str) -> None:
    recording = invent(3, each=2, lanes=[Lane("rsud-lahat", "bedah")])
    with pytest.raises(ReplayStopped, match=r"no queue rsud-lahat/bedah.*--plan"):
        await replay(recording, server.url, key)


async def test_a_branch_that_the_service_does_not_have_ends_it_with_the_way_out(server: Server, key: str) -> None:
    with pytest.raises(ReplayStopped, match=r"no branch “puskesmas”.*--plan"):
        await replay(invent(3, each=2, lanes=[Lane("puskesmas", "umum")]), server.url, key)


async def test_a_service_that_limits_its_visitors_is_not_asked_in_vain(tmp_path: Path) -> None:
    recording = invent(3, each=130, lanes=ONE, days=DAYS[:1])
    async with running_server(tmp_path / "data", extra_env={"ANTREAN_RATE_LIMITS": "on"}) as server:
        with pytest.raises(ReplayStopped, match="ANTREAN_RATE_LIMITS=off"):
            await replay(recording, server.url, administrator(server))


async def test_a_service_that_is_not_there_ends_it_with_a_sentence() -> None:
    with pytest.raises(ReplayStopped, match=r"http://127.0.0.1:9 does not answer"):
        await replay(invent(3, each=2, lanes=ONE), "http://127.0.0.1:9", "key")


def test_the_sample_can_be_tried_as_the_documentation_says(server: Server, key: str) -> None:
    sample = str(ROOT / "examples" / "replay-sample.csv")
    url = ["--url", server.url, "--key", key]
    printed = server.run("replay", sample, *url, "--watch", "pendaftaran", "--database", database_of(server))
    assert re.search(r"numbers issued +36 +36 +36\n", printed)
    assert re.search(r"by label, out of turn\.", printed)
    assert "saw 15 of 15 calls" in printed
    assert "Differences: none." in printed


def test_the_plan_of_a_recording_can_be_set_up_and_replayed_to(tmp_path: Path) -> None:
    days = save(invent(5, each=4), tmp_path / "days.csv")
    with running_server(tmp_path / "data", setup=None) as server:
        plan = tmp_path / "setup.yaml"
        plan.write_text(server.run("replay", str(days), "--plan"), encoding="utf-8")
        server.run("setup", str(plan))
        printed = server.run("replay", str(days), "--url", server.url, "--key", administrator(server))
    assert re.search(r"numbers issued +40 +40\n", printed)


def test_the_command_refuses_a_faulty_file_and_a_missing_key(server: Server, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.csv"
    faulty.write_text("queue,number\n")
    with pytest.raises(ServerFailed, match="issued is missing"):
        server.run("replay", str(faulty), "--key", "x")
    with pytest.raises(ServerFailed, match="Whose key"):
        server.run("replay", str(ROOT / "examples" / "replay-sample.csv"))
