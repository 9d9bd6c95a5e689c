"""Tickets of Warsaw's offices become a recording."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from queue_service.replay.recordings import Lane, read_recording
from queue_service.replay.warsaw import convert

QUEUES = [{"queue": "W9", "office": "UD_Nowhere_1"}]


def row(ticket: int, issued: tuple[str, str], called: tuple[str, str] = ("", "")) -> dict[str, str]:
    return {
        "date": "2020-01-02",
        "queue": "W9",
        "ticket": str(ticket),
        "issued_after": issued[0],
        "issued_by": issued[1],
        "called_after": called[0],
        "called_by": called[1],
    }


def at(minute: int, second: int = 0) -> datetime:
    return datetime.fromisoformat("2020-01-02") + timedelta(minutes=minute, seconds=second)


def test_what_happened_between_two_readings_is_spread_evenly_by_number() -> None:
    rows = [row(10, ("480", "485")), row(2, ("480", "485")), row(3, ("480", "485"))]
    assert [(one.number, one.issued) for one in convert(rows, QUEUES)] == [
        ("2", at(481, 40)),
        ("3", at(483, 20)),
        ("10", at(485)),
    ]


def test_who_was_there_before_the_first_reading_was_issued_a_ticket_by_then() -> None:
    [one] = convert([row(1, ("", "484"))], QUEUES)
    assert one.issued == at(484)


def test_nobody_is_called_before_their_number_was_issued() -> None:
    rows = [row(1, ("480", "484"), ("480", "484")), row(2, ("484", "488"), ("484", "488"))]
    rows += [row(3, ("484", "488"), ("480", "484"))]
    converted = convert(rows, QUEUES)
    assert all(one.called is not None and one.called >= one.issued for one in converted)


def test_who_never_came_up_stays_uncalled_and_names_become_slugs() -> None:
    [one] = convert([row(1, ("480", "484"))], QUEUES)
    assert one.called is None
    assert one.lane == Lane("ud-nowhere-1", "w9")


def test_as_a_command_it_prints_a_recording(tmp_path: Path) -> None:
    tickets, queues, days = tmp_path / "tickets.csv", tmp_path / "queues.csv", tmp_path / "days.csv"
    tickets.write_text(
        "date,queue,ticket,issued_after,issued_by,called_after,called_by\n2020-01-02,W9,1,480,484,484,490\n"
    )
    queues.write_text("queue,office\nW9,UD_Nowhere_1\n")
    command = [sys.executable, "-m", "queue_service.replay.warsaw", str(tickets), str(queues)]
    days.write_text(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)
    [one] = read_recording(days)
    assert (one.issued, one.called) == (at(484), at(490))
