"""The yardstick for the fan-out: `broadcast.c`, the barest loop that sends one frame to many phones."""

from __future__ import annotations

import json
import time

from loadtests.compiled import compiled
from loadtests.processes import Talker

PATH = "/stream"
FIRST = 500  # bytes of the frame that newcomers get


def frame_of(seq: int, size: int, at: float) -> str:
    """A queue frame of that many bytes, filled with spaces."""
    frame = json.dumps({"type": "queue", "epoch": "k3f9", "seq": seq, "at": int(at * 1000)}, separators=(",", ":"))
    return frame.ljust(size)


class Broadcast(Talker):
    def __init__(self, phones: int) -> None:
        super().__init__([str(compiled("broadcast")), "0", str(phones)])
        self.port: int = self.hear()["port"]
        self._seq = 0
        self.send(FIRST)

    def send(self, size: int) -> int:
        """To how many phones it went."""
        self._seq += 1
        sent: int = self.ask(frame_of(self._seq, size, time.time()))["sent"]
        return sent
