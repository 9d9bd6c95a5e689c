"""The lean holder against the real service: its phones come back, and are found behind when they are."""

import re
from pathlib import Path

import pytest

from loadtests import hold
from loadtests.fanout import QUEUE_PATH
from loadtests.phones import Phones
from loadtests.server import Server, running_server
from loadtests.setup_file import QUEUE, BranchPlan

BRANCH = BranchPlan("ramai", counters=2)
COUNT = 6


def held(server: Server, folder: Path) -> Phones:
    return Phones(server.port, COUNT, [QUEUE_PATH], folder, comes_again=True)


def test_phones_that_are_cut_off_come_back(tmp_path: Path) -> None:
    with running_server(tmp_path, BRANCH) as server, held(server, tmp_path) as phones:
        phones.begin()
        phones.cut()
        record = hold.until_all_are_back(phones, COUNT)
        assert (record.live, record.lost, record.back) == (COUNT, COUNT, COUNT)
        assert record.p99_ms == 0  # they saw nothing new


def test_a_phone_is_behind_what_is_newer_and_different(tmp_path: Path) -> None:
    with running_server(tmp_path, BRANCH) as server, held(server, tmp_path) as phones:
        server.issue(2)
        service = hold.Service("127.0.0.1", "127.0.0.1", server.port, f"/api/v1/branches/{BRANCH.id}/queues/{QUEUE}")
        payload, seq = service.snapshot()
        while phones.report().at_newest < COUNT or phones.report().newest < seq:
            pass
        assert phones.behind(payload, seq) == 0
        assert phones.behind(payload, seq + 5) == 0  # another worker counts further, and shows the same
        assert phones.behind(payload.replace(b'["A",1,2]', b'["A",2,2]'), seq + 5) == COUNT


def test_by_hand_it_says_how_many_are_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_server(tmp_path, BRANCH) as server:
        server.issue(1)
        url = f"http://127.0.0.1:{server.port}"
        where = ["--url", url, "--branch", BRANCH.id, "--queue", QUEUE]
        code = hold.main([*where, "--phones", str(COUNT), "--seconds", "6", "--every", "3", "--cut-every", "2"])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert re.search(rf"phones connected at the end \| ≥ {COUNT} \| {COUNT} \| met", printed)
    lost = re.search(r"connections lost \|[^|]*\| (\d+)", printed)
    assert lost and int(lost[1]) >= COUNT
    assert re.search(r"stale phones, at most at once \|[^|]*\| 0 ", printed)
