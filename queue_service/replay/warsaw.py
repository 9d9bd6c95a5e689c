"""Makes a recording from the tickets of Warsaw's offices; `docs/replay.md` names the columns that it reads.

python -m queue_service.replay.warsaw TICKETS.csv.gz QUEUES.csv.gz > days.csv
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from queue_service.replay.recordings import Lane, Recorded, open_text, write_recording

Row = Mapping[str, str]


def convert(tickets: Iterable[Row], queues: Iterable[Row]) -> list[Recorded]:
    """The feed was read about every five minutes: what happened in between is spread evenly, by number."""
    lanes = {row["queue"]: Lane(_slug(row["office"]), _slug(row["queue"])) for row in queues}
    ordered = sorted(tickets, key=lambda row: (row["date"], row["queue"], int(row["ticket"])))
    issued = _spread(ordered, "issued_after", "issued_by")
    called = _spread([row for row in ordered if row["called_by"]], "called_after", "called_by")
    recorded = []
    for row in ordered:
        key = _key(row)
        first = issued[key]
        call = max(first, called[key]) if key in called else None
        recorded.append(Recorded(lanes[row["queue"]], row["ticket"], first, call))
    return recorded


def _spread(rows: Sequence[Row], after: str, by: str) -> dict[tuple[str, ...], datetime]:
    together: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        together[row["date"], row["queue"], row[after], row[by]].append(row)
    moments = {}
    for (day, _, begin, end), same in together.items():
        # Without a beginning it was before the first reading of the day: then, at the latest.
        first, last = 60 * int(begin or end), 60 * int(end)
        for position, row in enumerate(same, 1):
            seconds = first + (last - first) * position // len(same)
            moments[_key(row)] = datetime.fromisoformat(day) + timedelta(seconds=seconds)
    return moments


def _key(row: Row) -> tuple[str, ...]:
    return row["date"], row["queue"], row["ticket"]


def _slug(name: str) -> str:
    return name.lower().replace("_", "-")


def main(tickets: str, queues: str) -> None:
    with open_text(Path(tickets)) as ticket_file, open_text(Path(queues)) as queue_file:
        recorded = convert(csv.DictReader(ticket_file), csv.DictReader(queue_file))
    write_recording(recorded, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
