"""The peers against the phones, and what is made of figures; nothing is timed here."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.broadcast import FIRST, PATH
from loadtests.fanout import CALLS, Entrance, Pair, Window
from loadtests.peers.comparison import Beside, Comparison, leads, sorted_out, table
from loadtests.peers.servers import PEERS, Absent, Peer, by_post, printed, python, raise_file_limit
from loadtests.phones import Change, Phones, Record
from loadtests.processes import Memory

COUNT = 4
PHONES = 100
SIZES = (200, 700, 1400)
OPTIONAL = ("nginx", "socketify", "Node")  # the others come with what the tests themselves are installed from
PRESENT, ABSENT = sorted_out(PEERS)


def test_whatever_comes_with_the_tests_is_here() -> None:
    assert [name for name in ABSENT if not name.startswith(OPTIONAL)] == []


@pytest.mark.parametrize("peer", PRESENT, ids=lambda peer: peer.name)
def test_a_peer_delivers_each_state_to_each_phone(peer: Peer, tmp_path: Path) -> None:
    raise_file_limit()
    with peer.serve(tmp_path) as running:
        running.publish([FIRST])
        with Phones(running.port, COUNT, [PATH], tmp_path) as phones:
            assert phones.report().newest == 1  # who comes later has the newest state at once
            phones.begin()
            running.publish(SIZES)
            record = phones.report()
            while record.frames < COUNT * len(SIZES):
                record = phones.report()
    changes = [(change.seq, change.frames, change.size) for change in record.changes]
    assert changes == [(seq, COUNT, size) for seq, size in enumerate(SIZES, start=2)]
    assert (record.live, record.lost, record.repeated, record.older) == (COUNT, 0, 0, 0)


def test_a_peer_that_is_absent_is_left_out_with_a_word() -> None:
    there = replace(a_peer("here"), versions=lambda: "here 1.2")
    missing = replace(a_peer("elsewhere"), versions=lambda: printed("no-such-program", "--version"))
    present, absent = sorted_out([missing, there])
    assert present == {there: "here 1.2"}
    assert absent == {"elsewhere": "no-such-program is not installed"}


def test_a_library_that_does_not_load_is_absent_for_its_own_reason() -> None:
    with pytest.raises(Absent, match="cannot load library"):
        printed(sys.executable, "-c", "raise OSError('cannot load library')")


def test_the_table_holds_what_was_measured() -> None:
    slow = beside("slow", cpu=4.0, p99_ms=90, kib=1000)
    found = Comparison(PHONES, entrance(200), silent=0.5, beside=[slow], absent={"elsewhere": "not installed"})
    lines = table("Beside others", found).splitlines()
    assert lines[0] == "### Beside others"
    assert lines[4:7] == [
        # 1 s over 100 phones × 50 states is 200 µs, and half of that without the calls; 200 KiB are 205 KB.
        "| **Antrean**, one process on SQLite | 200 µs |  | 100 µs | 2.05 KB | 10 ms | 50 ms | 100.0% |",
        "| slow | 800 µs | 0.25 | 0.125 | 10.2 KB | 10 ms | 90 ms | 100.0% |",
        "| elsewhere | not measured: not installed |",
    ]
    assert "3 pairs of windows; frames of 500 to 900 bytes" in lines[8]
    assert found.missed == 0
    assert "ahead of us" not in "\n".join(lines)


def test_a_peer_that_is_ahead_is_said_to_be() -> None:
    fast = beside("fast", cpu=0.8, p99_ms=40, kib=100)
    found = Comparison(PHONES, entrance(200), silent=0.5, beside=[fast], absent={})
    assert leads(found, fast) == ["CPU a frame", "memory a phone", "p99"]
    assert found.missed == 3
    assert "**fast is ahead of us in CPU a frame and memory a phone and p99.**" in table("Beside others", found)


def test_frames_that_a_peer_lost_are_told() -> None:
    lossy = beside("lossy", cpu=4.0, p99_ms=90, kib=1000)
    short = replace(lossy.pairs[0].baseline, record=record(p99_ms=90, frames=4000), is_current=False)
    lossy = replace(lossy, pairs=(replace(lossy.pairs[0], baseline=short), *lossy.pairs[1:]))
    told = table("Beside others", Comparison(PHONES, entrance(200), silent=0.5, beside=[lossy], absent={}))
    assert "| 80.0% |" in told
    assert "lossy: after 1 windows a phone was not at the newest state." in told


def a_peer(name: str) -> Peer:
    return Peer(name, lambda: name, python("by_fastapi"), by_post)


def beside(name: str, *, cpu: float, p99_ms: float, kib: int) -> Beside:
    """In three pairs of windows, in which ours took one second of CPU each."""
    ours, its = Window(1.0, record(p99_ms=50)), Window(cpu, record(p99_ms=p99_ms))
    return Beside(name, f"{name} 1.0", entrance(kib), (Pair(ours, its),) * 3)


def entrance(kib: int) -> Entrance:
    return Entrance(0.1, Memory(5000, 5000), Memory(5000 + kib, 5000 + kib))


def record(*, p99_ms: float, frames: int = PHONES * CALLS) -> Record:
    return Record(
        live=PHONES,
        lost=0,
        frames=frames,
        tickets=0,
        repeated=0,
        older=0,
        back=0,
        newest=60,
        at_newest=PHONES,
        p50_ms=10,
        p99_ms=p99_ms,
        max_ms=p99_ms,
        changes=(Change(59, PHONES, 500), Change(60, PHONES, 900)),
    )
