"""Locust against a real server: what people are told agrees with the journal, and a lie is found."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from loadtests.load import compared
from tests.loadtests.crowds import run_locust
from tests.loadtests.liars import Frame, Lie, lying_about
from tests.servers import ROOT, Server, running_server
from tests.service.journals import read_journal
from tests.service.plans import a_branch, write_setup

BRANCH, QUOTA = "ramai", 5
EVERYONE = ("-u", "20", "-r", "20", "--branch", BRANCH)
STAFF = '[{"user_class_name":"Clerk","fixed_count":2},{"user_class_name":"Lobby","fixed_count":1},'
STAFF += '{"user_class_name":"Poller","fixed_count":2}]'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one_queue = a_branch("pendek", queues={"umum": "A"}, queue_extras={"quota": QUOTA})
    branches = [a_branch(BRANCH, counters=4, rules={"pause_minutes": 0}), one_queue]
    setup = write_setup(tmp_path / "setup.yaml", branches)
    with running_server(tmp_path / "data", setup=setup, extra_env={"ANTREAN_RATE_LIMITS": "off"}) as running:
        yield running


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_what_everyone_is_told_is_what_the_journal_says(server: Server, tmp_path: Path, processes: int) -> None:
    """By one process of Locust, and by a master with two workers."""
    spread = ["--processes", str(processes)] if processes > 1 else []
    run = await run_locust(
        tmp_path, server.url, server.key("clerk", BRANCH), *EVERYONE, "-t", "10s", "--config-users", STAFF, *spread
    )
    assert run.code == 0, run.printed
    rows = read_journal(server.data_dir, BRANCH)
    results = {result.name: result for result in compared(run.books.written(), rows)}
    assert [result.name for result in results.values() if not result.is_met] == []
    assert results["acknowledged"].value == run.books.told.total()
    assert len(run.books.numbers()) == sum(row.kind == "issued" for row in rows)
    assert {kind for kind, _, _ in run.books.told} >= {"issued", "called"}
    counts = run.books.counts
    assert min(counts[what] for what in ("frames", "looks", "polls", "connections")) > 0
    assert counts["wrong states"] == 0 and run.row("wrong states") == "0"
    assert run.statistics["stream commit to phone"]["num_requests"] > 0


@pytest.mark.slow
async def test_the_opening_gives_each_number_once_and_tells_the_others_so(server: Server, tmp_path: Path) -> None:
    key = server.key("supervisor", "pendek")
    options = ("--branch", "pendek", "--scale", "0.005", "--speed", "2.5", "--quota", str(QUOTA))
    run = await run_locust(tmp_path, server.url, key, *options, file="shapes/opening.py")
    assert run.code == 0, run.printed
    assert sorted(run.books.numbers()) == [f"A-{number:03d}" for number in range(1, QUOTA + 1)]
    assert run.books.refusals["quota_full"] == 60 - QUOTA
    assert run.row("people who were answered") == "60"
    assert run.row("different numbers given at the opening") == str(QUOTA)


@pytest.mark.slow
async def test_a_quota_that_is_not_kept_is_found(server: Server, tmp_path: Path) -> None:
    """The server has five numbers to give; whoever runs the test knows of four."""
    key = server.key("supervisor", "pendek")
    options = ("--branch", "pendek", "--scale", "0.003", "--speed", "2.5", "--quota", str(QUOTA - 1))
    run = await run_locust(tmp_path, server.url, key, *options, file="shapes/opening.py")
    assert run.code == 1
    assert "5 numbers were given, the highest 5; there were 4." in run.printed


def an_older_seq() -> Lie:
    """Of every other frame, whoever it goes to."""
    frames = count()
    return lambda frame: {**frame, "seq": frame["seq"] - 9} if "waiting" in frame and next(frames) % 2 else frame


def a_place_that_lies(frame: Frame) -> Frame:
    """A stranger is shown as first."""
    return {**frame, "waiting": [["Z", 1, 1], *frame["waiting"]]} if frame["type"] == "queue" else frame


def nobody_is_called(frame: Frame) -> Frame:
    return {**frame, "now": []} if frame["type"] == "queue" else frame


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (an_older_seq(), "went back from seq"),
        (a_place_that_lies, "stand before it by the stream|has two pictures at seq"),
        (nobody_is_called, "shows it at None|has two pictures at seq"),
    ],
)
async def test_a_stream_that_lies_is_found_out(server: Server, tmp_path: Path, lie: Lie, sentence: str) -> None:
    async with lying_about(server.port, lie) as port:
        run = await run_locust(
            tmp_path,
            f"http://127.0.0.1:{port}",
            server.key("clerk", BRANCH),
            *EVERYONE,
            "-t",
            "10s",
            "--config-users",
            STAFF,
        )
    assert run.code == 1
    assert run.books.counts["wrong states"] > 0
    assert any(words in wrong for wrong in run.books.wrong for words in sentence.split("|")), run.books.wrong


def test_the_crowd_needs_nothing_of_the_tests() -> None:
    """Where it runs, only its lock and the checkout's own packages are installed."""
    shapes = "herd, morning, opening, slow_day"
    code = f"import sys; from loadtests import locustfile; from loadtests.shapes import {shapes}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in done.stdout.split()} & {"tests", "playwright", "hypothesis"} == set()


async def test_a_run_that_reaches_nobody_fails(tmp_path: Path) -> None:
    run = await run_locust(tmp_path, "http://127.0.0.1:9", "", "-u", "2", "-t", "3s")
    assert run.code == 1
    assert "Nothing was ever answered by http://127.0.0.1:9." in run.printed
