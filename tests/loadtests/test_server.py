"""The load tools against the real service, with a handful of phones."""

from pathlib import Path

from loadtests.actions import run
from loadtests.fanout import QUEUE_PATH
from loadtests.phones import Phones
from loadtests.server import Server, counter_path, running_server
from loadtests.setup_file import BranchPlan

BRANCH = BranchPlan("ramai", counters=2)


def test_what_clerks_do_is_counted_on_every_phone(tmp_path: Path) -> None:
    with running_server(tmp_path, BRANCH) as server:
        server.at_counter(1, "open")
        token = server.issue(3)[0]
        with Phones(server.port, 4, [QUEUE_PATH, f"/stream?ticket={token}"], tmp_path) as phones:
            phones.begin()
            assert server.at_counter(1, "call-next")["label"] == "A-001"
            record = phones.report()
            while record.frames < 4 or record.tickets < 2:
                record = phones.report()
            assert [(change.seq, change.frames) for change in record.changes] == [(seq_of(server), 4)]
            assert (record.at_newest, record.lost) == (4, 0)


def test_clerks_that_press_together_are_each_given_somebody_else(tmp_path: Path) -> None:
    with running_server(tmp_path, BRANCH) as server:
        server.issue(4)
        paths = [f"/api/v1{counter_path(BRANCH.id, n, 'open')}" for n in (1, 2)]
        assert run(server.port, paths, tmp_path, server.key).statuses == {200: 2}
        calls = run(server.port, [path.replace("open", "call-next") for path in paths], tmp_path, server.key)
        assert {answer.label for answer in calls.answers} == {"A-001", "A-002"}


def seq_of(server: Server) -> int:
    seq: int = server.snapshot()["seq"]
    return seq
