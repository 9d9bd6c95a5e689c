"""The catalogue of faults, and what became of each row: counted here, proved elsewhere, or not of this house."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tests.service.ledgers import Account

FOUND = "found"  # the property of a test's report

ROWS = {
    "R1": "no fault: the rules against a naive model",
    "R2": "everybody acts at once",
    "R3": "first come, first served, among workers",
    "R4": "numbers and ids, also when a clock jumps or a day ends",
    "R5": "the same request again and again",
    "R6": "a crash at each step of the write path",
    "R7": "a relay killed in the middle of a batch",
    "R8": "a commit that takes its time while others commit",
    "R9": "the database is killed under load",
    "R10": "the power fails before the disk has what was written",
    "R12": "Redis is killed, or flushed",
    "R13": "Redis is paused",
    "R14": "Redis fails over to a replica that knows less",
    "R15": "Redis throws subscribers out",
    "R16": "Redis has no memory left",
    "R17": "Redis' messages are lost, and nobody says so",
    "R18": "phones connect while everything changes",
    "R19": "phones are thrown out again and again",
    "R20": "a phone comes back to another journal, or another day",
    "R22": "a restart meets a herd",
    "R23": "one of two workers is stopped in good order",
    "R24": "a reader who does not read",
    "R25": "a connection of which only one half is left",
    "R26": "bad links",
    "R28": "revoked while away",
    "R29": "hostile clients",
    "R30": "the protocol, bent in every way",
    "R31": "the event loop stands still",
    "R32": "leaks",
    "R33": "no files or no disk left",
    "R36": "restored from a backup",
}

ELSEWHERE = {  # the row, and the tests that prove it, or what of it is not counted here
    "R1": ["tests/domain/test_floor_machine.py"],
    "R2": ["tests/service/test_busy_hall.py", "tests/service/test_two_processes.py"],
    "R5": ["tests/service/test_idempotency.py"],
    "R6": ["tests/service/test_power_cuts.py"],
    "R12": ["tests/test_nudges.py"],
    "R20": ["tests/stream/test_hub.py::test_at_midnight_screens_move_on_to_the_new_day_and_numbers_begin_anew"],
    "R24": ["tests/service/test_slow_readers.py"],
    "R25": [
        "tests/browser/test_stream.py::test_a_dead_stream_is_said_plainly",
        "tests/service/test_slow_readers.py::test_who_never_reads_again_is_let_go",
    ],
    "R29": [
        "tests/service/test_handshake.py",
        "tests/service/test_odd_input.py",
        "tests/service/test_patience.py",
        "tests/service/test_frames.py",
    ],
    "R30": ["tests/service/test_handshake.py", "tests/service/test_frames.py"],
    "R32": ["tests/service/test_churn.py"],
    "R33": ["tests/service/test_database_away.py"],
    "R36": ["tests/service/test_restore.py"],
}

APART = {  # the row, and why there is nothing to test
    "R7": "there is no relay: a worker reads the journal itself, and a frame is a whole state",
}


@dataclass(frozen=True, slots=True)
class Count:
    """Of actions, or of screens: what was promised and is missing, what is there twice, what nobody asked for, and what
    had gone wrong for a while and was mended."""

    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    recovered: int = 0

    @classmethod
    def of(cls, account: Account) -> Count:
        return cls(len(account.lost), len(account.duplicated), len(account.unexpected), account.recovered)

    def with_faults(self, faults: Sequence[str]) -> Count:
        """Faults of what people and screens saw are unexpected too."""
        return replace(self, unexpected=self.unexpected + len(faults))

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected)

    def __str__(self) -> str:
        return (
            f"lost {self.lost}, duplicated {self.duplicated}, unexpected {self.unexpected}, recovered {self.recovered}"
        )


@dataclass(frozen=True, slots=True)
class Found:
    row: str
    what: str
    counted: str

    def __str__(self) -> str:
        return f"{self.row} {self.what}: {self.counted}"


class Report(Protocol):
    def __call__(self, row: str, what: str, count: Count | Account, faults: Sequence[str] = ()) -> None: ...


def table(found: Sequence[Found]) -> Iterator[str]:
    """Every row, in the order of the catalogue."""
    for row, title in ROWS.items():
        yield f"{row:<4} {title}"
        for one in found:
            if one.row == row:
                yield f"       {one.counted}: {one.what}"
        if row in ELSEWHERE:
            yield f"       proved in {', '.join(ELSEWHERE[row])}"
        if row in APART:
            yield f"       does not apply: {APART[row]}"
