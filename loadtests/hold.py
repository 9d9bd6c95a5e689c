"""`python -m loadtests.hold`: tens of thousands of phones at a running service, held by one small C program."""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from loadtests.criteria import Result, table
from loadtests.phones import Phones, Record

STALE_SECONDS = 2.0
SETTLING_SECONDS = 40.0  # within which everyone is back after a loss: the protocol's longest wait, and some


@dataclass(frozen=True)
class Service:
    """Where it is, and the queue that is watched there."""

    host: str
    address: str
    port: int
    queue: str  # its path in the API

    def snapshot(self) -> tuple[bytes, int]:
        """The queue's object as it came, and its seq."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request("GET", self.queue)
            response = connection.getresponse()
            payload = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise SystemExit(f"{self.queue}: {response.status} {payload.decode(errors='replace')}")
        return payload, int(json.loads(payload)["seq"])


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.hold", description=__doc__)
    add = parser.add_argument
    add("--url", default="http://127.0.0.1:8000", help="plain HTTP: a proxy's TLS is not this program's business")
    add("--branch", required=True)
    add("--queue", required=True)
    add("--phones", type=int, default=20_000)
    add("--rate", type=int, default=1000, help="how many connect in a second")
    add("--seconds", type=float, default=60.0, help="how long they stay")
    add("--cut-every", type=float, default=0.0, help="seconds after which all lose their connection, again and again")
    add("--every", type=float, default=10.0, help="seconds between two lines")
    return parser.parse_args(given)


def watch(phones: Phones, service: Service, given: argparse.Namespace) -> tuple[Record, int]:
    """The last record, and the most phones that were stale at once."""
    most_stale, began = 0, time.monotonic()
    cuts = 0
    while (elapsed := time.monotonic() - began) < given.seconds:
        time.sleep(max(0.0, min(given.every, given.seconds - elapsed) - STALE_SECONDS))
        if given.cut_every and elapsed >= (cuts + 1) * given.cut_every:
            cuts += 1
            phones.cut()
        payload, seq = service.snapshot()
        time.sleep(STALE_SECONDS)
        stale = phones.behind(payload, seq)
        most_stale = max(most_stale, stale)
        now = phones.report()
        print(
            f"{elapsed:6.0f} s  live {now.live:,}  lost {now.lost:,}  back {now.back:,}  frames {now.frames:,}  "
            f"stale {stale:,}  p50 {now.p50_ms:.0f} ms  p99 {now.p99_ms:.0f} ms",
            flush=True,
        )
    return until_all_are_back(phones, given.phones), most_stale


def until_all_are_back(phones: Phones, count: int) -> Record:
    deadline = time.monotonic() + SETTLING_SECONDS
    record = phones.report()
    while record.live < count and time.monotonic() < deadline:
        time.sleep(0.5)
        record = phones.report()
    return record


def main(arguments_given: Sequence[str] | None = None) -> int:
    given = arguments(arguments_given)
    url = urlsplit(given.url)
    if url.scheme != "http" or not url.hostname:
        raise SystemExit(f"--url: expected http://HOST:PORT, not {given.url}")
    queue = f"/api/v1/branches/{given.branch}/queues/{given.queue}"
    service = Service(url.hostname, socket.gethostbyname(url.hostname), url.port or 80, queue)
    service.snapshot()
    path = f"/stream?branch={given.branch}&queue={given.queue}"
    with TemporaryDirectory() as name:
        held = Phones(
            service.port, given.phones, [path], Path(name), rate=given.rate, address=service.address, comes_again=True
        )
        with held as phones:
            print(f"All have tried to connect, after {phones.seconds:.0f} s.", flush=True)
            phones.begin()
            record, most_stale = watch(phones, service, given)
    results = [
        Result("phones connected at the end", record.live, least=given.phones),
        Result("connections lost", record.lost),
        Result("connections made again", record.back),
        Result("frames", record.frames),
        Result("frames with an older seq than the last", record.older, most=0),
        Result("stale phones, at most at once", most_stale, note=f"{STALE_SECONDS:.0f} s behind what HTTP showed"),
        Result("commit to phone, p50", record.p50_ms, "ms"),
        Result("commit to phone, p99", record.p99_ms, "ms", note=f"max {record.max_ms:.0f} ms"),
    ]
    print(f"\n{table('Phones held', results)}")
    return 0 if all(result.is_met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
