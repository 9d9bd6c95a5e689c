"""`antrean-double`, as somebody uses it who tries by hand."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.servers import ROOT, free_port

COMMAND = str(Path(sys.executable).with_name("antrean-double"))
PATIENCE = 20  # seconds


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port, log = free_port(), tmp_path / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [COMMAND, "bpjs", "--port", str(port)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while "user key" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait(PATIENCE)


def _outage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, "outage", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)


def test_the_double_is_let_away_and_back_by_a_command(url: str) -> None:
    port = url.rpartition(":")[2]
    assert _outage("bpjs", "down", "--port", port).stdout == "bpjs is away (down).\n"
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(f"{url}/antreanrs/ref/poli")
    assert _outage("bpjs", "none", "--port", port).stdout == "bpjs is back.\n"
    assert httpx2.get(f"{url}/antreanrs/ref/poli").json()["metadata"]["code"] == 401


def test_where_no_double_is_that_is_said() -> None:
    answered = _outage("simrs", "down", "--port", str(free_port()))
    assert (answered.returncode, "No double answers at" in answered.stderr) == (1, True)


def test_without_a_checkout_the_command_says_where_it_is(tmp_path: Path) -> None:
    lone = "import sys; sys.modules['tests'] = None; from integrations.doubles import main; main()"
    answered = subprocess.run([sys.executable, "-c", lone], capture_output=True, text=True, timeout=PATIENCE)
    assert (answered.returncode, answered.stderr.strip()) == (
        1,
        "antrean-double: the doubles are among the tests, which are not here. Run it from a checkout.",
    )
