"""Phones held by `phones.c`, and what they say they received."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.compiled import compiled
from loadtests.processes import Talker


@dataclass(frozen=True)
class Change:
    """One state of the queue, by its seq: how many frames with it arrived, and how large one was."""

    seq: int
    frames: int
    size: int


@dataclass(frozen=True)
class Record:
    live: int
    lost: int
    frames: int
    tickets: int  # frames that told a ticket's own state
    repeated: int  # frames that told a phone nothing newer than it had
    older: int
    back: int  # connections that were lost and made again
    newest: int
    at_newest: int  # phones whose last frame was the newest that any of them has
    p50_ms: float
    p99_ms: float
    max_ms: float
    changes: tuple[Change, ...]

    @classmethod
    def read(cls, answer: dict[str, Any]) -> Record:
        counts = ("live", "lost", "frames", "tickets", "repeated", "older", "back", "newest", "at_newest")
        quantiles = ("p50_ms", "p99_ms", "max_ms")
        return cls(
            **{name: answer[name] for name in counts},
            **{name: answer["latency"][name] for name in quantiles},
            changes=tuple(Change(*change) for change in answer["changes"]),
        )


class Phones(Talker):
    """Connected when the constructor returns; a phone asks for one of `paths`, in turn."""

    def __init__(
        self,
        port: int,
        count: int,
        paths: Sequence[str],
        folder: Path,
        *,
        rate: int = 2000,
        address: str = "127.0.0.1",
        comes_again: bool = False,
    ) -> None:
        listed = folder / f"paths-{port}"
        listed.write_text("".join(f"{path}\n" for path in paths))
        again = ["again"] if comes_again else []
        super().__init__([str(compiled("phones")), f"{address}:{port}", str(count), str(listed), str(rate), *again])
        ready = self.hear()
        self.seconds: float = ready["seconds"]
        if ready["live"] != count and not comes_again:
            self.close()
            raise SystemExit(f"Only {ready['live']} of {count} phones were let in: {json.dumps(ready)}")

    def begin(self) -> None:
        self.ask("begin")

    def report(self) -> Record:
        return Record.read(self.ask("report"))

    def behind(self, payload: bytes, seq: int) -> int:
        """How many show an older state than this one of HTTP's, and not the same."""
        said = self.ask(f"behind {seq} {fnv(shown_part(payload))}")
        return int(said["phones"])

    def cut(self) -> None:
        self.ask("cut")


def shown_part(payload: bytes) -> bytes:
    """Of a queue's object: from its state to just before the causes. The same as `shown_of` in C."""
    _, _, rest = payload.partition(b'"state":')
    shown, mark, _ = rest.partition(b',"why":')
    return shown + mark


def fnv(data: bytes) -> int:
    """FNV-1a, 32 bits."""
    digest = 2166136261
    for byte in data:
        digest = (digest ^ byte) * 16777619 & 0xFFFFFFFF
    return digest
