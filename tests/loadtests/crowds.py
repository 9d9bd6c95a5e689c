"""Short runs of Locust, as a person would start them."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.crowd.books import Books
from tests.servers import ROOT

PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Run:
    code: int
    printed: str
    books: Books
    statistics: Mapping[str, Mapping[str, Any]]  # by type and name

    def row(self, name: str) -> str:
        """What the summary says of this."""
        found = re.search(rf"^\| {re.escape(name)} \|[^|]*\| ([^|]*?) \|", self.printed, re.MULTILINE)
        assert found, f"{name} is not in {self.printed}"
        return found[1]


async def run_locust(folder: Path, url: str, key: str, *arguments: str, file: str = "locustfile.py") -> Run:
    told, statistics = folder / "told.json", folder / "statistics.json"
    command = [sys.executable, "-m", "locust", "-f", f"loadtests/{file}", "--headless", "--only-summary", "-H", url]
    command += ["--told", str(told), "--json-file", str(statistics.with_suffix("")), *arguments]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=os.environ | {"ANTREAN_LOAD_KEY": key},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert told.exists(), printed.decode()
    books = Books()
    books.add(json.loads(told.read_text()))
    return Run(process.returncode or 0, printed.decode(), books, read_statistics(statistics))


def read_statistics(file: Path) -> Mapping[str, Mapping[str, Any]]:
    listed: Sequence[Mapping[str, Any]] = json.loads(file.read_text())
    return {f"{entry['method']} {entry['name']}": entry for entry in listed}
