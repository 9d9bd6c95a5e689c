"""`antrean demo` as a newcomer starts it: a process, its words, and what they lead to."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from queue_service.demo.addresses import Sheet, base_address, is_for_this_machine_only, qr
from queue_service.demo.opening import LAHAT
from queue_service.records.setup_files import read_setup_file
from tests.servers import ANTREAN, free_port

PATIENCE_SECONDS = 60
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is asked for, never listened to
BRANCHES = [branch.branch() for branch in read_setup_file(LAHAT).branches]
SHEET = Sheet(
    "http://127.0.0.1:8000", BRANCHES, "antrean_1_secret", ("The phone of A-009", "http://127.0.0.1:8000/t/X")
)


class Demo:
    def __init__(self, process: subprocess.Popen[str], port: int, printed: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self._printed = printed

    @property
    def printed(self) -> str:
        return self._printed.read_text()

    def wait_for(self, words: str, within_seconds: float = 30) -> str:
        deadline = time.monotonic() + within_seconds
        while words not in self.printed:
            assert time.monotonic() < deadline, self.printed
            assert self.process.poll() is None, self.printed
            time.sleep(0.05)
        return self.printed

    def end(self, number: signal.Signals = signal.SIGINT) -> float:
        """How many seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - begin


@contextmanager
def running_demo(folder: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> Iterator[Demo]:
    folder.mkdir(exist_ok=True)
    port, printed = free_port(), folder / "printed"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANTREAN_")}
    with printed.open("w") as out:
        process = subprocess.Popen(
            [ANTREAN, "demo", "--port", str(port), *arguments],
            env={**inherited, "ANTREAN_DATA_DIR": str(folder), **(extra or {})},
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    try:
        yield Demo(process, port, printed)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def address_of(printed: str, name: str) -> str:
    found = re.search(rf"^  {name} +(http\S+)$", printed, re.MULTILINE)
    assert found is not None, printed
    return found[1]


def test_a_demo_lives_leads_everywhere_and_ends_at_once(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--alone", "--speed", "60") as demo, httpx2.Client(trust_env=False) as browser:
        printed = demo.wait_for("--host 0.0.0.0")
        key = re.search(r"Key for every counter +(\S+)", printed)
        assert key is not None
        for name in ("Take a number", "Lobby screen", "Kiosk", "Office", r"The phone of A-\d+"):
            assert browser.get(address_of(printed, name)).status_code == 200
        console = browser.get(
            f"{demo.url}/api/v1/branches/rsud-lahat/counters/1", headers={"Authorization": f"Bearer {key[1]}"}
        )
        assert console.status_code == 200
        before = movement(browser, demo.url)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while movement(browser, demo.url) <= before:
            assert time.monotonic() < deadline, demo.printed
            time.sleep(0.1)
        assert demo.end() < 5
        assert demo.process.returncode == 0
        assert "Traceback" not in demo.printed
        assert re.search(r"The demo has ended: \d+ numbers taken, \d+ calls", demo.printed)


def movement(browser: httpx2.Client, url: str) -> int:
    queues = ("pendaftaran", "poli-anak", "poli-dalam", "farmasi")
    return sum(browser.get(f"{url}/api/v1/branches/rsud-lahat/queues/{queue}").json()["seq"] for queue in queues)


def test_a_still_demo_is_empty_and_a_living_one_may_follow_on_its_data(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--still") as demo, httpx2.Client(trust_env=False) as browser:
        printed = demo.wait_for("--host 0.0.0.0")
        branch = browser.get(f"{demo.url}/api/v1/branches/rsud-lahat").json()
        assert {queue["waiting"] for queue in branch["queues"]} == {0}
        assert {counter["state"] for counter in branch["counters"]} == {"closed"}
        assert address_of(printed, "The code below opens") == f"{demo.url}/b/rsud-lahat"
        assert demo.end(signal.SIGTERM) < 5
        assert demo.process.returncode == 0
    with running_demo(tmp_path, "--alone") as demo:
        demo.wait_for("The phone of A-")
        demo.end()
    with running_demo(tmp_path, "--still") as demo:
        assert "tickets of an earlier run are still here" in demo.wait_for("earlier run")
        demo.end()


@pytest.mark.parametrize("arguments", [[], ["--still"]])
def test_a_demo_refuses_a_real_office_with_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    setup = [ANTREAN, "setup", str(LAHAT.with_name("office-hours.yaml"))]
    env = {**os.environ, "ANTREAN_DATA_DIR": str(tmp_path)}
    subprocess.run(setup, env=env, check=True, capture_output=True, timeout=60)
    with running_demo(tmp_path, *arguments) as demo:
        assert demo.process.wait(30) == 1
        assert "“kecamatan-contoh”, which the demo did not make" in demo.printed
        assert "Traceback" not in demo.printed


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--still") as demo:
        demo.wait_for("Lobby screen")
        again = [ANTREAN, "demo", "--port", demo.url.rpartition(":")[2]]
        env = {**os.environ, "ANTREAN_DATA_DIR": str(tmp_path)}
        second = subprocess.run(again, env=env, capture_output=True, text=True, timeout=60)
        assert second.returncode == 1
        assert "in use" in second.stderr
        assert "Traceback" not in second.stderr


def test_the_addresses_stand_in_aligned_lines() -> None:
    lines = [line for line in SHEET.text().splitlines() if line.startswith("  ")]
    columns = {re.search(r"  (?=http|antrean_)", line).start() for line in lines}  # type: ignore[union-attr]
    assert len(columns) == 1
    assert len(lines) == 2 * 4 + 2 * 2 + 4  # agencies, their teams, and the rest


def test_other_systems_stand_in_line_with_the_rest_and_lead_to_how_they_do() -> None:
    told = [("Insurer, a double", "http://127.0.0.1:8090"), ("  goes away by", "antrean-double outage bpjs down")]
    text = replace(SHEET, outside=told, is_connected=True).text()
    block = next(part for part in text.split("\n\n") if "Insurer" in part).splitlines()[1:]
    assert {line[:2] for line in block} == {"  "}
    assert len({re.search(r"(?<=  )(http|antrean-double)", line).start() for line in block}) == 1  # type: ignore[union-attr]
    assert "/sign-in?next=/office/connections#key=" in block[-1]
    assert "connections" not in SHEET.text()


def test_the_key_travels_in_the_fragment_which_reaches_no_server() -> None:
    for line in SHEET.text().splitlines():
        address = re.search(r"http\S+", line)
        if address is not None:
            assert "secret" not in address[0].partition("#")[0]


def test_a_code_can_be_printed_in_half_blocks() -> None:
    drawn = qr(SHEET.phone[1]).splitlines()
    assert len({len(line) for line in drawn}) == 1
    assert set("".join(drawn)) <= set(" ▀▄█")


@pytest.mark.parametrize(
    ("host", "base", "only_here"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", True),
        ("localhost", "http://localhost:80", True),
        ("::1", "http://[::1]:80", True),
        ("192.168.1.20", "http://192.168.1.20:80", False),
    ],
)
def test_an_address_names_the_host_that_was_asked_for(host: str, base: str, only_here: bool) -> None:
    assert base_address(host, 80) == base
    assert is_for_this_machine_only(host) is only_here


def test_listening_everywhere_gives_an_address_that_others_can_reach() -> None:
    assert re.fullmatch(r"http://\d+\.\d+\.\d+\.\d+:80", base_address(EVERYWHERE, 80))
    assert EVERYWHERE not in base_address(EVERYWHERE, 80)
    assert not is_for_this_machine_only(EVERYWHERE)
