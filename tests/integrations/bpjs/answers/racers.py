"""A process of callers who all want the last seat: given a folder, a database, the first and the last of them.

It says that it is ready, begins when it is told a line, and prints the codes that it was told.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.integrations.bpjs.answers.hospitals import a_hospital, a_visit


async def race(folder: Path, database: str, first: int, last: int) -> None:
    async with a_hospital(folder, quota=1, database=database) as jkn:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        told = await asyncio.gather(*(jkn.take(**a_visit(n)) for n in range(first, last)))
        print(*(each.code for each in told), flush=True)


if __name__ == "__main__":
    asyncio.run(race(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
